# Each target does all the set-up it needs; a newcomer calls `make demo` or `make test`.

.PHONY: demo test test-compiled check bench live fuzz compiled lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILED := build/compiled
AS_COMPILED := COMPILED=1 PYTHONPATH=$(CURDIR)/$(COMPILED):$(CURDIR) PYTHONSAFEPATH=1 \
	PYTEST_ADDOPTS=--import-mode=append
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
OF_THE_LIVE_PATH := tests/chaos tests/soak $(wildcard tests/*/capture tests/*/queue) \
	$(wildcard $(addprefix tests/properties/test_,tee* head* queue* sink* tap* guard*))

demo: $(READY)
	$(BIN)/shadow demo --reports reports/example

test: $(READY)
	$(PYTEST)
	@if tools/can-compile $(BIN)/python; then $(MAKE) test-compiled; \
		elif [ -n "$$CI" ]; then exit 1; \
		else echo "NOT RUN: the tests of the live path as it is in an image, compiled."; fi

test-compiled: compiled
	$(AS_COMPILED) $(PYTEST) $(OF_THE_LIVE_PATH)

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY) compiled
	$(AS_COMPILED) $(BIN)/python -m benchmarks
	$(AS_COMPILED) $(BIN)/python -m benchmarks.noise --services 20

# What users pay alone: part of `bench`.
live: $(READY) compiled
	$(AS_COMPILED) $(BIN)/python -m benchmarks.live

fuzz: $(READY) compiled
	@$(AS_COMPILED) tools/fuzz $(BIN)/python

# The package as it is in an image: with what the live path runs compiled.
compiled: $(COMPILED)/.ready

$(COMPILED)/.ready: $(READY) hatch_build.py $(shell find shadow -name '*.py')
	@tools/can-compile $(BIN)/python
	rm -rf $(COMPILED)
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(BIN)/python -m hatchling build -t wheel -d $(COMPILED)
	$(BIN)/python -m zipfile -e $(COMPILED)/*.whl $(COMPILED)
	@touch $@

$(READY): lock.txt pyproject.toml
	@tools/make-venv $(VENV)
	@touch $@

# Run after a change of dependencies in pyproject.toml; needs uv.
lock:
	uv pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.12 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o lock.txt
	uv pip compile pyproject.toml --group build -c lock.txt --universal --python-version 3.12 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o lock-build.txt
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.12 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o lock-runtime.txt

clean:
	rm -rf $(VENV) .cache build dist

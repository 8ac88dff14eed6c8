# Each target does all the set-up it needs; a newcomer calls `make demo` or `make test`.

.PHONY: demo test check bench fuzz lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

demo: $(READY)
	$(BIN)/shadow demo --reports reports/example

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.noise --services 20

fuzz: $(READY)
	@tools/fuzz $(BIN)/python

$(READY): lock.txt pyproject.toml
	@tools/make-venv $(VENV)
	@touch $@

# Run after a change of dependencies in pyproject.toml; needs uv.
lock:
	uv pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.12 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o lock.txt
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.12 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o lock-runtime.txt

clean:
	rm -rf $(VENV) .cache build dist

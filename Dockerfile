FROM python:3.13 AS build
WORKDIR /opt/shadow
COPY lock-build.txt pyproject.toml README.md hatch_build.py ./
RUN pip install --no-cache-dir --require-hashes -r lock-build.txt
COPY shadow shadow
# With what a live process does for each exchange compiled.
RUN HATCH_BUILD_HOOK_ENABLE_CUSTOM=true python -m hatchling build -t wheel -d wheels

FROM python:3.13-slim
WORKDIR /opt/shadow
COPY lock-runtime.txt ./
RUN pip install --no-cache-dir --require-hashes -r lock-runtime.txt
COPY --from=build /opt/shadow/wheels wheels
RUN pip install --no-cache-dir --no-deps wheels/*.whl \
    && useradd --create-home shadow \
    && install -d -o shadow /var/lib/shadow /reports
USER shadow
WORKDIR /var/lib/shadow
ENTRYPOINT ["shadow"]
CMD ["--help"]

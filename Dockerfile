FROM python:3.13-slim
WORKDIR /opt/shadow
COPY lock-runtime.txt pyproject.toml README.md ./
RUN pip install --no-cache-dir --require-hashes -r lock-runtime.txt
COPY shadow shadow
RUN pip install --no-cache-dir --no-deps . \
    && useradd --create-home shadow \
    && install -d -o shadow /var/lib/shadow /reports
USER shadow
WORKDIR /var/lib/shadow
ENTRYPOINT ["shadow"]
CMD ["--help"]

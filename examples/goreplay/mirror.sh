#!/bin/sh
# GoReplay beside production on the same machine, with a copy of what it reads from the network for
# `shadow sink`. Users' requests don't pass through it, so it can slow none down; it loses packets
# on a busy machine, which `captured` of the gate shows against production's own count.
#
#   shadow sink --release 2.4.0 --listen 127.0.0.1:9000 \
#       --primary http://127.0.0.1:8081 --candidate http://127.0.0.1:8082
set -eu
exec gor \
    --input-raw :8080 \
    --output-http http://127.0.0.1:9000 \
    --http-original-host \
    --output-http-workers 16 \
    --output-http-queue-len 1000 \
    --output-http-timeout 200ms \
    --http-disallow-header 'X-Shadow-Loop-Guard: .*'

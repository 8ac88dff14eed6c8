"""wrk as the user: as many requests as are answered, over kept connections."""

import re
import subprocess
from dataclasses import dataclass

from benchmarks.peers import installed

_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of one run; latencies in milliseconds. `errors` are answers that were none."""

    per_second: float
    median_ms: float
    p99_ms: float
    errors: int


def load(port: int, connections: int, seconds: float, path: str) -> Load:
    """Ask `port` over so many connections for so long; wrk needs a whole number of seconds.

    Raises RuntimeError where wrk is missing or says something else than it does.
    """
    wrk = installed("wrk", "Debian's package wrk")
    url = f"http://127.0.0.1:{port}{path}"
    options = ("-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency")
    said = subprocess.run((wrk, *options, url), capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if rate is None:
        raise RuntimeError(f"wrk said what is not understood:\n{said}")
    broken = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said
    )
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    errors = [*(broken.groups() if broken else ()), *(refused.groups() if refused else ())]
    return Load(
        per_second=float(rate[1]),
        median_ms=_percentile(said, "50%"),
        p99_ms=_percentile(said, "99%"),
        errors=sum(map(int, errors)),
    )


def _percentile(said: str, which: str) -> float:
    found = re.search(rf"^\s*{which}\s+([\d.]+)(us|ms|s|m) *$", said, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk gave no {which}:\n{said}")
    return float(found[1]) * _MILLISECONDS[found[2]]

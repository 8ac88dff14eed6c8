"""Work that takes the process it is done in along, or never ends."""

import ctypes
import re

from deepdiff import DeepDiff

from shadow.comparing.pair import Compared


def nested(depth: int, leaves: list[int]) -> object:
    value: object = leaves
    for _ in range(depth):
        value = [value, [value]]
    return value


def work(place: str, line: bytes) -> Compared:
    """Do what the line says."""
    match line:
        case b"deepdiff":
            DeepDiff(nested(18, [1, 2]), nested(18, [2, 1]), ignore_order=True)
        case b"swallow":
            while True:
                try:
                    sum(range(1_000))
                except BaseException:
                    if place == "once":
                        raise
        case b"regex":
            re.match(r"(a+)+$", "a" * 60 + "b")
        case b"loop in C":
            sum(range(10**14))
        case b"crash":
            ctypes.string_at(0)
        case b"memory":
            bytearray(64 * 1024**3)
    return {"id": None, "verdict": "same", "differences": [], "line": line.decode()}

"""How hard property tests look: EFFORT=10 (as in `make fuzz`) looks ten times as hard."""

import os

_EFFORT = int(os.environ.get("EFFORT", "1"))


def examples(number: int) -> int:
    """So many examples, times the effort asked for."""
    return number * _EFFORT

"""What is read of the machine as a whole."""

import os
from pathlib import Path

PROCESSORS = os.cpu_count() or 1

_STAT = Path("/proc/stat")
_IDLE, _WAITING_FOR_DISKS = 3, 4
_COLUMNS = 8
"""What comes behind these (guests) is counted in them already."""


class Machine:
    """How much of all processors idles; where the kernel does not tell, nothing is known."""

    def __init__(self, stat: Path = _STAT) -> None:
        self._stat = stat
        self._last: tuple[int, int] | None = None

    def idle_share(self) -> float | None:
        """The share that idled since the last call, from 0 to 1; None at the first."""
        last, self._last = self._last, self._read()
        if last is None or self._last is None:
            return None
        idle, total = (now - then for now, then in zip(self._last, last, strict=True))
        return min(max(idle / total, 0.0), 1.0) if total > 0 else None

    def forget(self) -> None:
        """Have the next call be a first one."""
        self._last = None

    def _read(self) -> tuple[int, int] | None:
        """Idle and all time of all processors since the machine started, in the kernel's ticks."""
        try:
            with self._stat.open(encoding="ascii") as lines:
                name, *columns = lines.readline().split()
            ticks = [int(column) for column in columns[:_COLUMNS]]
        except (OSError, ValueError):
            return None
        if name != "cpu" or len(ticks) < _COLUMNS:
            return None
        return ticks[_IDLE] + ticks[_WAITING_FOR_DISKS], sum(ticks)

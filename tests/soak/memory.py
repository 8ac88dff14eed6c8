"""How much memory a process takes while it works on, and by how much that grows."""

from tests.support.processes import rss_megabytes


class Memory:
    """Readings of a process's resident memory, each with what was done until then."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._readings: list[tuple[int, float]] = []

    def read(self, done: int) -> None:
        """Take a reading."""
        self._readings.append((done, rss_megabytes(self._pid)))

    @property
    def most(self) -> float:
        """In megabytes."""
        return max(megabytes for _, megabytes in self._readings)

    @property
    def growth(self) -> float:
        """By how many megabytes the end is above what it was after a quarter of all."""
        whole, end = self._readings[-1]
        quarter = next(n for n, (done, _) in enumerate(self._readings) if done >= whole / 4)
        return end - max(megabytes for _, megabytes in self._readings[: quarter + 1])

    def __repr__(self) -> str:
        return " ".join(f"{megabytes:.1f}" for _, megabytes in self._readings) + " MB"

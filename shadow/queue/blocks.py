"""Memory that a live process shares with its workers, so that long bodies need no sending.

The live end writes a body into free blocks, a worker copies it out, and when it is settled the
blocks are free again. To send it would copy it twice more, in both processes' time.
"""

import contextlib
import fcntl
import mmap
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from shadow.queue.lent import BLOCK_BYTES, Blocks, LentBody, blocks_of

_MOST_GIVEN_BACK = 256
"""Blocks at one go: a process that is short of memory still serves users."""

_OVERCOMMIT = Path("/proc/sys/vm/overcommit_memory")
_NEVER = "2"


class SharedBlocks:
    """The live end's: as many blocks as fit into `limit_bytes`, to which whoever uses it keeps.

    What was freed last is taken first: it is in the processor's cache, and most of the other blocks
    never become memory. `descriptor` is what workers map; None where the system has nothing to be
    shared, and then nothing can be kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.descriptor: int | None
        self._mapped: mmap.mmap | None
        self.descriptor, self._mapped = _shared_memory(limit_bytes // BLOCK_BYTES * BLOCK_BYTES)
        self._memory = memoryview(b"" if self._mapped is None else self._mapped)
        self._free: list[int] = []
        self._not_in_memory = 0
        self._used_up_to = 0

    def room_for(self, body_bytes: int) -> int:
        """How many bytes a body takes that is so long."""
        if self._mapped is None:
            return body_bytes
        return blocks_of(body_bytes) * BLOCK_BYTES

    def keep(self, body: bytes) -> Blocks:
        """Write a body into free blocks."""
        blocks = self._take(blocks_of(len(body)))
        content, start = memoryview(body), 0
        for first, end in _runs(blocks):
            # As a rule there is one run: what one body had is what the next one gets.
            piece = content[start : start + (end - first) * BLOCK_BYTES]
            at = first * BLOCK_BYTES
            self._memory[at : at + len(piece)] = piece
            start += len(piece)
        return blocks

    def read(self, blocks: Blocks, body_bytes: int) -> bytes:
        """A body of so many bytes that is kept in these blocks."""
        return b"".join(LentBody(self._memory, blocks, body_bytes).pieces())

    def free(self, blocks: Blocks) -> None:
        """Take back what is not needed any more."""
        self._free.extend(blocks)

    def give_back(self) -> None:
        """Return the memory of free blocks to the system, of some at one go."""
        if self._mapped is None:
            return
        first = self._not_in_memory
        given = self._free[first : first + _MOST_GIVEN_BACK]
        self._not_in_memory += len(given)
        for start, end in _runs(sorted(given)):
            at, length = start * BLOCK_BYTES, (end - start) * BLOCK_BYTES
            with contextlib.suppress(OSError):
                self._mapped.madvise(mmap.MADV_REMOVE, at, length)

    def close(self) -> None:
        """Give it up; workers keep what they have mapped."""
        self._memory.release()
        if self._mapped is not None:
            self._mapped.close()
        if self.descriptor is not None:
            os.close(self.descriptor)
        self.descriptor = self._mapped = None

    def _take(self, number: int) -> list[int]:
        if not number:
            return []
        blocks = self._free[-number:]
        del self._free[-number:]
        self._not_in_memory = min(self._not_in_memory, len(self._free))
        fresh = number - len(blocks)
        if fresh:
            blocks.extend(range(self._used_up_to, self._used_up_to + fresh))
            self._used_up_to += fresh
        return blocks


def _shared_memory(size: int) -> tuple[int, mmap.mmap] | tuple[None, None]:
    """Memory of this size that nobody can make smaller: what is gone of it ends who looks there."""
    if not size or not hasattr(os, "memfd_create") or _may_be_missing_when_used():
        return None, None
    try:
        descriptor = os.memfd_create("shadow-queue", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError:
        return None, None
    try:
        os.ftruncate(descriptor, size)
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        return descriptor, mmap.mmap(descriptor, size)
    except OSError:
        os.close(descriptor)
        return None, None


def _may_be_missing_when_used() -> bool:
    """Whether the system counts each page when it is first written, and may end who writes then."""
    try:
        return _OVERCOMMIT.read_text().strip() == _NEVER
    except OSError:
        return False


def _runs(blocks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where blocks that follow each other begin and end, of numbers in order."""
    start = 0
    for place in range(1, len(blocks) + 1):
        if place == len(blocks) or blocks[place] != blocks[place - 1] + 1:
            yield blocks[start], blocks[place - 1] + 1
            start = place

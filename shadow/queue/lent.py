"""What a worker sees of the memory that a live process shares with it: bodies, in blocks."""

import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass

BLOCK_BYTES = max(8 * 1024, mmap.PAGESIZE)
"""No less than a page, as memory is given back in pages."""

type Blocks = Sequence[int]
"""Numbers of blocks, in the order in which they hold a body."""


class LentBlocks:
    """The worker's end: what a live process keeps, to be read.

    Takes over the descriptor; raises `OSError` or `ValueError` where it cannot be mapped.
    """

    def __init__(self, descriptor: int) -> None:
        try:
            self._memory = memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
        finally:
            os.close(descriptor)

    def body(self, blocks: Blocks, body_bytes: int) -> "LentBody":
        """A body of so many bytes that lies in these blocks.

        Raises `ValueError` where they cannot be those of such a body.
        """
        if len(blocks) != blocks_of(body_bytes) or min(blocks, default=0) < 0:
            raise ValueError(f"not the blocks of a body of {body_bytes} bytes")
        return LentBody(self._memory, blocks, body_bytes)


@dataclass(frozen=True, slots=True)
class LentBody:
    """A body that is still where the live end has put it."""

    memory: memoryview
    blocks: Blocks
    length: int

    def pieces(self) -> list[memoryview]:
        """What is there; less than all of it where these are not blocks of that memory."""
        left, found = self.length, list[memoryview]()
        for block in self.blocks:
            at = block * BLOCK_BYTES
            found.append(self.memory[at : at + min(left, BLOCK_BYTES)])
            left -= BLOCK_BYTES
        return found


def blocks_of(body_bytes: int) -> int:
    """How many blocks a body takes that is so long."""
    return -(-body_bytes // BLOCK_BYTES)

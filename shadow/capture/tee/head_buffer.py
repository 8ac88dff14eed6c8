"""Cuts heads out of a stream, whatever pieces they come in."""

from shadow.capture.tee.heads import MOST_HEAD_BYTES, UnparsedError

_END = b"\r\n\r\n"
_MOST_EMPTY_LINES = 4


class HeadBuffer:
    """Holds the part of a head that has come; `empty_lines` says whether any may stand before it.

    A head ends at its first empty line. One with bare line feeds is refused, here or by who reads
    it as a whole.
    """

    __slots__ = ("_empty_lines", "_held")

    def __init__(self, *, empty_lines: bool) -> None:
        self._empty_lines = _MOST_EMPTY_LINES if empty_lines else 0
        self._held = bytearray()

    @property
    def begun(self) -> bool:
        """Whether part of a head is here."""
        return bool(self._held)

    def feed(self, data: bytes, start: int) -> tuple[bytes | None, int]:
        """Take a head's bytes from `start` on; return it once it is whole, and where it ends.

        Raises `UnparsedError` for one that is too long.
        """
        if self._empty_lines and self._held == b"\r" and data.startswith(b"\n", start):
            # An empty line that came in two pieces.
            self._held.clear()
            start += 1
        if not self._held:
            if self._empty_lines and data.startswith(b"\r\n", start):
                start = self._behind_empty_lines(data, start)
            at = data.find(_END, start, start + MOST_HEAD_BYTES)
            if at >= 0:
                end = at + len(_END)
                return data[start:end], end
        known = len(self._held)
        self._held += memoryview(data)[start : start + MOST_HEAD_BYTES + 1]
        at = self._held.find(_END, max(0, known - len(_END) + 1))
        if at < 0:
            self._refuse_bare_line_feeds(known)
            self._checked(self._held)
            return None, len(data)
        head = self._checked(bytes(self._held[: at + len(_END)]))
        self._held.clear()
        return head, start + len(head) - known

    def _refuse_bare_line_feeds(self, known: int) -> None:
        """Some readers take two of them for the end of a head; others wait for ever."""
        begin = known - 1 if self._held.endswith(b"\r", 0, known) else known
        if self._held.count(b"\n", begin) != self._held.count(b"\r\n", begin):
            raise UnparsedError("bare line feeds")

    def _behind_empty_lines(self, data: bytes, start: int) -> int:
        for _ in range(self._empty_lines):
            if not data.startswith(b"\r\n", start):
                break
            start += 2
        return start

    def _checked[T: (bytes, bytearray)](self, head: T) -> T:
        if len(head) > MOST_HEAD_BYTES:
            raise UnparsedError("a head too long")
        return head

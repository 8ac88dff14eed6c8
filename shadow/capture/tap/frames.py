"""Where one trace in the stream of an Envoy's admin tap ends and the next begins.

Envoy writes each trace as indented JSON with a line break at its end
(`MessageUtil::getJsonStringFromMessage` with `pretty_print`), and no string in JSON holds a line
break. So a brace alone at the begin of a line ends a trace, whatever is inside, and a stream that
went wrong is understood again from the next such brace on.
"""

from enum import Enum

_END = b"\n}\n"


class Gap(Enum):
    """Stands for a trace that was let go."""

    OVERLONG = "overlong"


type Frame = bytearray | Gap
"""The text of one trace, or what became of it."""


class Frames:
    """Cuts a stream of bytes into traces of at most `most_bytes`; holds what is not taken yet."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._buffer = bytearray()
        self._searched = 0
        self._overlong = False

    @property
    def held_bytes(self) -> int:
        """How much is waiting to be taken."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Add bytes in whatever pieces they come."""
        self._buffer += data

    def next(self) -> Frame | None:
        """Take the next complete trace; None as long as there is none."""
        found = self._buffer.find(_END, self._searched)
        if found < 0:
            self._searched = max(0, len(self._buffer) - len(_END) + 1)
            self._bound()
            return None
        end = found + len(_END)
        overlong = self._overlong or end > self._most_bytes
        frame: Frame = Gap.OVERLONG if overlong else self._buffer[:end]
        self._forget(end)
        self._overlong = False
        return frame

    def shed(self) -> int:
        """Let all complete traces go, unread; tell how many. It costs next to nothing."""
        end = self._buffer.rfind(_END) + len(_END)
        if end < len(_END):
            return 0
        number = self._buffer.count(_END, 0, end)
        self._forget(end)
        self._overlong = False
        return number

    def _bound(self) -> None:
        """Keep no more of a trace that is too long than its end is known by."""
        if len(self._buffer) > self._most_bytes:
            self._overlong = True
            self._forget(self._searched)

    def _forget(self, number: int) -> None:
        # CPython moves the begin of a bytearray without copying what stays.
        del self._buffer[:number]
        self._searched = 0

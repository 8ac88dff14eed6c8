"""What passed on one connection, in order, and read a little at a time.

The relay writes down what it relays and goes on; reading happens afterwards, in steps that are
short however the bytes are made. What is written down and not yet read is bounded: where reading
falls behind, it stops for this connection. No mistake of the reading gets out of here.
"""

import logging
from collections import deque
from collections.abc import Callable
from enum import Enum

from shadow.capture.tee.conversation import Conversation
from shadow.model import Drop

logger = logging.getLogger(__name__)

MOST_UNREAD_BYTES = 2 * 1024 * 1024
_READ_AT_ONCE_FROM_BYTES = 256 * 1024
STEPS_AT_ONCE = 32


class Event(Enum):
    """Something that is no bytes."""

    USER_ENDED = 0
    PRIMARY_ENDED = 1
    USER_BROKE = 2
    PRIMARY_BROKE = 3


class Transcript:
    """Takes what passes, and has `conversation` read it when `read` is called."""

    __slots__ = ("_position", "_unread", "_unread_bytes", "conversation")

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self._unread: deque[tuple[bool | Event, bytes, float]] = deque()
        self._unread_bytes = 0
        self._position = 0

    @property
    def under_way(self) -> bool:
        """Whether a user waits for something, as far as is known."""
        return bool(self._unread) or self.conversation.under_way

    @property
    def heard_out(self) -> bool:
        """Whether a user waits, and nothing has to come from there for that, as far as is known."""
        return not self._unread and self.conversation.heard_out

    def wrote(self, data: bytes, at: float, *, by_user: bool) -> bool:
        """Write down bytes that were passed on; tell whether there is something to read."""
        if self.conversation.stopped:
            return False
        self._unread.append((by_user, data, at))
        self._unread_bytes += len(data)
        if self._unread_bytes > _READ_AT_ONCE_FROM_BYTES:
            # Long bodies come faster than what waits is called, and cost next to nothing to read.
            self.read()
            if self._unread_bytes > MOST_UNREAD_BYTES:
                self._give_up(Drop.COPY_ROOM)
        return True

    def happened(self, event: Event, at: float) -> bool:
        """As `wrote`."""
        if not self.conversation.stopped:
            self._unread.append((event, b"", at))
        return not self.conversation.stopped

    def read(self) -> bool:
        """Read some of what is unread, and tell whether there is more."""
        try:
            return self._read()
        except Exception as error:  # a user's connection would pay for what gets through here
            _log(error)
            self._give_up(Drop.INTERNAL_ERROR)
            return False

    def cut(self) -> None:
        """Count what is under way as lost to the end of this process."""
        while self.read():
            pass
        self._end(self.conversation.end, Drop.SHUTDOWN)

    def _read(self) -> bool:
        conversation = self.conversation = self.conversation.known()
        for _ in range(STEPS_AT_ONCE):
            if not self._unread or conversation.stopped:
                break
            source, data, at = self._unread[0]
            if source is True:
                self._position = conversation.user_sent(data, self._position, at)
            elif source is False:
                self._position = conversation.primary_sent(data, self._position, at)
            else:
                self._hear(source, at)
            if self._position >= len(data):
                self._unread.popleft()
                self._unread_bytes -= len(data)
                self._position = 0
        if conversation.stopped:
            self._forget()
        return bool(self._unread)

    def _hear(self, event: Event, at: float) -> None:
        match event:
            case Event.USER_ENDED:
                self.conversation.user_ended()
            case Event.PRIMARY_ENDED:
                self.conversation.primary_ended(at)
            case _:
                self.conversation.broke(by_user=event is Event.USER_BROKE)

    def _give_up(self, reason: Drop) -> None:
        self._end(self.conversation.stop, reason)

    def _end(self, how: Callable[[Drop], None], reason: Drop) -> None:
        try:
            how(reason)
        except Exception as error:  # as above
            _log(error)
        self._forget()

    def _forget(self) -> None:
        self._unread.clear()
        self._unread_bytes = self._position = 0


def _log(error: Exception) -> None:
    logger.warning("capture failed: %s", type(error).__name__)

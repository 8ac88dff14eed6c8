"""Which HTTP a user speaks, told by the first bytes, and read from there on."""

from collections.abc import Callable

from shadow.capture.guard.allowance import LeftOut
from shadow.capture.intake import Intake
from shadow.capture.tee.bodies import Room
from shadow.capture.tee.conversation import Conversation, Http1Conversation
from shadow.capture.tee.http2 import PREFACE, Http2Conversation

MOST_HELD_BYTES = 4096
"""What a primary may say before a user's first bytes are there, as of HTTP/2 it may."""


def begins_http2(said: bytes) -> bool | None:
    """Whether a user who begins so speaks HTTP/2; None as long as it may become either."""
    if said.startswith(PREFACE):
        return True
    return None if PREFACE.startswith(said) else False


class AnyConversation:
    """Holds what is said until the user's first bytes tell, and hands it on then.

    It is HTTP/2 after its preface, and HTTP/1, or what is read as such, after anything else.
    """

    __slots__ = ("_begun_at", "_epoch_of", "_held", "_held_bytes", "_intake", "_known", "_room")

    def __init__(self, intake: Intake, room: Room, epoch_of: Callable[[float], float]) -> None:
        self._intake = intake
        self._room = room
        self._epoch_of = epoch_of
        self._known: Conversation | None = None
        self._begun_at: float | None = None
        self._held: list[tuple[bool, bytes, float]] = []
        self._held_bytes = 0

    @property
    def stopped(self) -> bool:  # noqa: D102
        return self._known is not None and self._known.stopped

    @property
    def begun_at(self) -> float | None:  # noqa: D102
        return self._begun_at if self._known is None else self._known.begun_at

    @property
    def under_way(self) -> bool:  # noqa: D102
        return bool(self._held) if self._known is None else self._known.under_way

    @property
    def heard_out(self) -> bool:  # noqa: D102
        return self._known is not None and self._known.heard_out

    def known(self) -> Conversation:
        """What is spoken, once that is known."""
        return self._known or self

    def user_sent(self, data: bytes, start: int, at: float) -> int:
        """Read one thing, as soon as it is known what is spoken."""
        if self._known is not None:
            return self._known.user_sent(data, start, at)
        said = b"".join(held for by_user, held, _ in self._held if by_user) + data[: len(PREFACE)]
        is_http2 = begins_http2(said)
        if is_http2 is None:
            self._hold(data, at, by_user=True)
            return len(data)
        known = self._read_as(Http2Conversation if is_http2 else Http1Conversation)
        return start if known.stopped else known.user_sent(data, start, at)

    def primary_sent(self, data: bytes, start: int, at: float) -> int:
        """As `user_sent`."""
        if self._known is not None:
            return self._known.primary_sent(data, start, at)
        if self._held_bytes + len(data) <= MOST_HELD_BYTES:
            self._hold(data, at, by_user=False)
            return len(data)
        known = self._read_as(Http1Conversation)
        return start if known.stopped else known.primary_sent(data, start, at)

    def user_ended(self) -> None:  # noqa: D102
        self._settled().user_ended()

    def primary_ended(self, at: float) -> None:  # noqa: D102
        self._settled().primary_ended(at)

    def broke(self, *, by_user: bool) -> None:  # noqa: D102
        self._settled().broke(by_user=by_user)

    def end(self, reason: LeftOut) -> None:  # noqa: D102
        self._settled().end(reason)

    def stop(self, reason: LeftOut) -> None:  # noqa: D102
        self._settled().stop(reason)

    def _hold(self, data: bytes, at: float, *, by_user: bool) -> None:
        self._held.append((by_user, data, at))
        self._held_bytes += len(data)
        if by_user and self._begun_at is None:
            self._begun_at = at

    def _settled(self) -> Conversation:
        """What is spoken; what broke off before that is known is read as HTTP/1."""
        return self._known or self._read_as(Http1Conversation)

    def _read_as(self, kind: type[Http1Conversation | Http2Conversation]) -> Conversation:
        known = self._known = kind(self._intake, self._room, self._epoch_of)
        held, self._held = self._held, []
        for by_user, data, at in held:
            read = known.user_sent if by_user else known.primary_sent
            position = 0
            while position < len(data) and not known.stopped:
                position = read(data, position, at)
        return known

"""One stream of HTTP/2: an exchange of its own, whose mistakes are its own."""

from typing import override

from shadow.capture.guard.allowance import LeftOut
from shadow.capture.intake import Intake
from shadow.capture.tee.asked import Asked
from shadow.capture.tee.bodies import Copy, Room
from shadow.capture.tee.http2_heads import StreamRequest, StreamResponse, read_request
from shadow.model import Drop, Headers, Skip

_FIELD_BYTES = 32
"""What a field takes beside its bytes, as RFC 7541 reckons."""

_NO_BODY = frozenset({204, 304})
_UNKNOWN = StreamRequest(method="", target="", headers=(), length=None, tunnels=False)


class Stream(Asked[StreamRequest, StreamResponse]):
    """The head takes part of the room too, as many streams may be open.

    The head of a request that is left out is not kept.
    """

    __slots__ = ("_head_bytes", "_room")

    def __init__(self, began_at: float, room: Room) -> None:
        super().__init__(_UNKNOWN, began_at)
        self._room = room
        self._head_bytes = 0

    def ask(self, fields: Headers, intake: Intake) -> None:
        """Learn what is asked, and whether that is taken."""
        head = read_request(fields)
        if head is None:
            self.left_out = Skip.UNPARSED
        elif head.tunnels:
            self.left_out = Skip.UPGRADE
        else:
            self.left_out = intake.refusal(head.method, head.target, head.headers)
            if self.left_out is None:
                self._keep(head)

    def await_body(self, limit: int) -> None:
        """Copy the request's body as it comes."""
        if self.left_out is None:
            self.copy = self._copy(limit, self.head.length)

    def answer_with(self, head: StreamResponse, begun_at: float, limit: int) -> None:
        """Learn how it is answered, and copy what comes of the body."""
        self.response = head
        if self.ended_at is None or self.ended_at > begun_at:
            self.leave_out(Skip.EARLY_ANSWER)
        if head.events:
            self.leave_out(Skip.STREAM)
        if self.left_out is None and not self.lacks_copy:
            self.answer = self._copy(limit, None if self._has_no_body(head) else head.length)

    def leave_out(self, reason: LeftOut) -> None:
        """Do not take it, if for no earlier reason."""
        self.left_out = self.left_out or reason

    @override
    def settle(self, intake: Intake, captured_at: float, at: float) -> None:
        if self.left_out is None and self._contradicts_itself():
            self.left_out = Skip.UNPARSED
        super().settle(intake, captured_at, at)

    @override
    def forget(self) -> None:
        super().forget()
        self._room.give_back(self._head_bytes)
        self._head_bytes = 0

    def _keep(self, head: StreamRequest) -> None:
        size = sum(len(name) + len(value) + _FIELD_BYTES for name, value in head.headers)
        if self._room.take(size):
            self.head, self._head_bytes = head, size
        else:
            self.left_out = Drop.COPY_ROOM

    def _copy(self, limit: int, length: int | None) -> Copy:
        copy = Copy(limit, self._room)
        if length is not None and length > limit:
            copy.give_up()
        return copy

    def _has_no_body(self, head: StreamResponse) -> bool:
        return self.head.method == "HEAD" or head.status in _NO_BODY

    def _contradicts_itself(self) -> bool:
        """Whether a body that was kept is of another length than its head says."""
        if self.lacks_copy or self.head.length not in (None, self.copy.length if self.copy else 0):
            return not self.lacks_copy
        answer, response = self.answer, self.response
        if answer is None or response is None or answer.too_long or answer.no_room:
            return False
        if self._has_no_body(response):
            return answer.length > 0
        return response.length not in (None, answer.length)

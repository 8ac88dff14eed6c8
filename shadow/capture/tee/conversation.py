"""One connection's HTTP/1: which answer belongs to which request, from two streams of bytes.

Pure, so that it can be tried with every cut of every stream: bytes are told in the order in which
they came, and finished exchanges go to the intake. An exchange is taken only when it is beyond
doubt that the answer is its request's. Where that can no longer be told, reading stops for good and
what is under way is counted as left out; the bytes are relayed all the same, by others.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

from shadow.capture.guard.allowance import LeftOut
from shadow.capture.intake import Intake
from shadow.capture.tee.asked import Asked
from shadow.capture.tee.bodies import Body, Copy, Room, body_of
from shadow.capture.tee.head_buffer import HeadBuffer
from shadow.capture.tee.heads import (
    Framing,
    RequestHead,
    ResponseHead,
    UnparsedError,
    read_request_head,
    read_response_head,
)
from shadow.model import Skip

MOST_REQUESTS_AHEAD = 256
"""Requests that may wait for their answers; reading stops where a user sends more."""

type _Asked = Asked[RequestHead, ResponseHead]


class Conversation(Protocol):
    """What is read of one connection. Times are of a clock that only goes forward, in seconds.

    `stopped` says that nothing more is read, `begun_at` since when part of a request's head is
    here, and `under_way` whether a user waits for an answer or its end, as far as is known.
    `heard_out` says that it is so, and that nothing has to come from the user for it.
    """

    @property
    def stopped(self) -> bool: ...  # noqa: D102

    @property
    def begun_at(self) -> float | None: ...  # noqa: D102

    @property
    def under_way(self) -> bool: ...  # noqa: D102

    @property
    def heard_out(self) -> bool: ...  # noqa: D102

    def known(self) -> "Conversation":
        """Who reads on: itself, unless it was here to find out who that is, and knows."""

    def user_sent(self, data: bytes, start: int, at: float) -> int:
        """Read one thing of what a user sent and return where it ends; not at the start."""

    def primary_sent(self, data: bytes, start: int, at: float) -> int:
        """As `user_sent`."""

    def user_ended(self) -> None:
        """Nothing more comes from the user."""

    def primary_ended(self, at: float) -> None:
        """Nothing more comes from the primary, which said so itself."""

    def broke(self, *, by_user: bool) -> None:
        """The connection is gone."""

    def end(self, reason: LeftOut) -> None:
        """Read no more; what is under way ends so."""

    def stop(self, reason: LeftOut) -> None:
        """As `end`, but count one exchange at least: there was something that is not known."""


class Http1Conversation:
    """HTTP/1, one request after the other or many ahead of their answers.

    `epoch_of` gives the time of day, in epoch seconds, of a time of the clock.
    """

    def __init__(self, intake: Intake, room: Room, epoch_of: Callable[[float], float]) -> None:
        self.stopped = False
        self.begun_at: float | None = None
        self._intake = intake
        self._room = room
        self._epoch_of = epoch_of
        self._asked: deque[_Asked] = deque()
        self._request_heads = HeadBuffer(empty_lines=True)
        self._response_heads = HeadBuffer(empty_lines=False)
        self._upload: Body | None = None
        self._answer: Body | None = None
        self._is_early = False
        self._last_request = False
        self._last_answer = False
        self._until_close = False
        self._user_left = False

    @property
    def under_way(self) -> bool:
        """Whether a request has begun that is not answered to its end."""
        return bool(self._asked) or self._request_heads.begun

    @property
    def heard_out(self) -> bool:
        """Whether all that was asked is here; who may speak something else next is not."""
        if self.stopped or not self._asked or self._upload is not None:
            return False
        last = self._asked[-1].head
        return not (self._request_heads.begun or last.upgrades or last.method == "CONNECT")

    def known(self) -> Conversation:  # noqa: D102
        return self

    def user_sent(self, data: bytes, start: int, at: float) -> int:
        """Read one head, or what there is of a body."""
        try:
            if self._upload is not None:
                return self._read_upload(self._upload, data, start, at)
            if self._last_request:
                return len(data)
            return self._read_request(data, start, at)
        except UnparsedError:
            self.stop(Skip.UNPARSED)
            return len(data)

    def primary_sent(self, data: bytes, start: int, at: float) -> int:
        """Read one head and what there is of its body, or more of a body."""
        try:
            if self._answer is None:
                return self._read_response(data, start, at)
            return self._read_answer(self._answer, data, start, at)
        except UnparsedError:
            self.stop(Skip.UNPARSED)
            return len(data)

    def user_ended(self) -> None:
        """Nothing more comes from the user, who may still wait for answers."""
        self._user_left = True

    def primary_ended(self, at: float) -> None:
        """Nothing more comes from the primary: the end of an answer, or its failure."""
        if self._until_close and not self._user_left:
            self._answered(at)
        self.broke(by_user=False)

    def broke(self, *, by_user: bool) -> None:
        """Count what will not be answered any more."""
        left = by_user or self._user_left
        self.end(Skip.CLIENT_LEFT if left else Skip.PRIMARY_FAILED)

    def end(self, reason: LeftOut) -> None:
        """Read no more; requests that wait for their answers end so."""
        self.stopped = True
        self.begun_at = None
        while self._asked:
            asked = self._asked.popleft()
            asked.forget()
            self._intake.skip(asked.left_out or reason)

    def stop(self, reason: LeftOut) -> None:
        """As `end`, but count one exchange at least."""
        if not self.stopped and not self._asked:
            self._intake.skip(reason)
        self.end(reason)

    def _read_request(self, data: bytes, start: int, at: float) -> int:
        if self._asked and self._asked[-1].head.upgrades:
            raise UnparsedError("sent before it is known what is spoken")
        raw, end = self._request_heads.feed(data, start)
        if self.begun_at is None:
            self.begun_at = at
        if raw is None:
            return end
        began_at, self.begun_at = self.begun_at, None
        self._ask(read_request_head(raw), began_at, at)
        return end

    def _ask(self, head: RequestHead, began_at: float, at: float) -> None:
        if len(self._asked) >= MOST_REQUESTS_AHEAD:
            raise UnparsedError("more requests than are waited for")
        asked: _Asked = Asked(head, began_at)
        self._asked.append(asked)
        self._last_request = head.last
        asked.left_out = self._intake.refusal(head.method, head.target, head.headers)
        if head.framing is Framing.NONE:
            asked.ended_at = at
            return
        if asked.left_out is None:
            asked.copy = Copy(self._intake.max_body_bytes, self._room)
        self._upload = body_of(head.framing, head.length, asked.copy)

    def _read_upload(self, upload: Body, data: bytes, start: int, at: float) -> int:
        end = upload.feed(data, start)
        if upload.complete:
            self._asked[-1].ended_at = at
            self._upload = None
        return end

    def _read_response(self, data: bytes, start: int, at: float) -> int:
        if self._last_answer:
            raise UnparsedError("more behind the last answer")
        if not self._response_heads.begun:
            self._is_early = not self._asked or self._asked[0].ended_at is None
        raw, end = self._response_heads.feed(data, start)
        if raw is None:
            return end
        if not self._asked:
            raise UnparsedError("an answer to nothing")
        asked = self._asked[0]
        head = read_response_head(raw, asked.head.method)
        if 100 <= head.status < 200 and head.status != 101:
            return end
        return self._begin_answer(asked, head, data, end, at)

    def _read_answer(self, answer: Body, data: bytes, start: int, at: float) -> int:
        end = answer.feed(data, start)
        if answer.complete:
            self._answered(at)
        return end

    def _begin_answer(
        self, asked: _Asked, head: ResponseHead, data: bytes, start: int, at: float
    ) -> int:
        self._last_answer = head.last
        if head.status == 101:
            asked.left_out = Skip.UPGRADE
        if _switches(asked.head, head):
            self.end(Skip.UPGRADE)
            return start
        if self._is_early:
            # Whether the rest of the request's body is read as such, nobody here can tell.
            self.end(Skip.EARLY_ANSWER)
            return start
        asked.response = head
        if head.events and asked.left_out is None:
            asked.left_out = Skip.STREAM
        if head.framing is Framing.NONE:
            self._answered(at)
            return start
        keeps = asked.left_out is None and not asked.lacks_copy
        end = start + head.length
        if head.framing is Framing.LENGTH and end <= len(data):
            # Most answers come as a whole, and need no room to be kept in.
            if keeps:
                asked.keep_whole(data, start, end, self._intake.max_body_bytes)
            self._answered(at)
            return end
        if keeps:
            asked.answer = Copy(self._intake.max_body_bytes, self._room)
        self._answer = body_of(head.framing, head.length, asked.answer)
        self._until_close = head.framing is Framing.UNTIL_CLOSE
        return self._read_answer(self._answer, data, start, at) if start < len(data) else start

    def _answered(self, at: float) -> None:
        """Take the exchange at whose answer's end this is."""
        self._answer = None
        asked = self._asked.popleft()
        try:
            asked.settle(self._intake, self._epoch_of(asked.began_at), at)
        except Exception:
            self.stopped = True
            raise


def _switches(request: RequestHead, response: ResponseHead) -> bool:
    """Whether something else than HTTP/1 is spoken from here on."""
    if response.status == 101:
        return True
    return request.method == "CONNECT" and 200 <= response.status < 300

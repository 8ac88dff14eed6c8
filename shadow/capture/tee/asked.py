"""A request that waits for its answer, whatever the two are spelled in, and what comes of that."""

from typing import Protocol

from shadow.capture.guard.allowance import LeftOut
from shadow.capture.intake import Intake
from shadow.capture.tee.bodies import Copy
from shadow.model import Drop, Headers, Request, Response, Skip


class AskedHead(Protocol):
    """What is said before a request's body."""

    @property
    def method(self) -> str: ...  # noqa: D102

    @property
    def target(self) -> str: ...  # noqa: D102

    @property
    def headers(self) -> Headers: ...  # noqa: D102


class AnswerHead(Protocol):
    """What is said before an answer's body."""

    @property
    def status(self) -> int: ...  # noqa: D102

    @property
    def headers(self) -> Headers: ...  # noqa: D102


class Asked[RequestHead: AskedHead, ResponseHead: AnswerHead]:
    """One request; times are of the conversation's clock.

    `copy` and `answer` are the bodies as far as they have come, None where there is none to keep;
    `whole` is an answer's that came at one go.
    """

    __slots__ = ("answer", "began_at", "copy", "ended_at", "head", "left_out", "response", "whole")

    def __init__(self, head: RequestHead, began_at: float) -> None:
        self.head = head
        self.left_out: LeftOut | None = None
        self.began_at = began_at
        self.ended_at: float | None = None
        self.copy: Copy | None = None
        self.response: ResponseHead | None = None
        self.answer: Copy | None = None
        self.whole = b""

    @property
    def lacks_copy(self) -> bool:
        """Whether it is known that the request's body is not kept as a whole."""
        return self.copy is not None and _lacks(self.copy)

    def keep_whole(self, data: bytes, start: int, end: int, limit: int) -> None:
        """Keep the answer's body, all of which has come, if it is not longer than the limit."""
        if end - start <= limit:
            self.whole = data[start:end]
        else:
            self.left_out = Skip.RESPONSE_TOO_LARGE

    def settle(self, intake: Intake, captured_at: float, at: float) -> None:
        """Take it, or say why not, as its answer has come to its end `at` this time.

        Raises what the intake raises, and has counted it then.
        """
        left_out = self.left_out or self._why_not_whole()
        try:
            if left_out is None:
                self._take(intake, captured_at, at)
            else:
                intake.skip(left_out)
        finally:
            self.forget()

    def forget(self) -> None:
        """Give back what room its copies take."""
        if self.copy is not None:
            self.copy.release()
        if self.answer is not None:
            self.answer.release()

    def _take(self, intake: Intake, captured_at: float, at: float) -> None:
        head, response = self.head, self.response
        assert response is not None  # noqa: S101 - it was begun; said for the type checker
        request = Request(
            method=head.method,
            target=head.target,
            headers=head.headers,
            body=self.copy.whole() if self.copy else b"",
        )
        primary = Response(
            status=response.status,
            headers=response.headers,
            body=self.answer.whole() if self.answer else self.whole,
            seconds=max(0.0, at - (self.ended_at or self.began_at)),
        )
        try:
            intake.take(request, primary, captured_at)
        except Exception:
            intake.failed()
            raise

    def _why_not_whole(self) -> LeftOut | None:
        if self.copy is None and self.answer is None:
            return None
        if self.copy is not None and self.copy.too_long:
            return Skip.REQUEST_TOO_LARGE
        if self.answer is not None and self.answer.too_long:
            return Skip.RESPONSE_TOO_LARGE
        if _lacks(self.copy) or _lacks(self.answer):
            return Drop.COPY_ROOM
        return None


def _lacks(copy: Copy | None) -> bool:
    return copy is not None and (copy.too_long or copy.no_room)

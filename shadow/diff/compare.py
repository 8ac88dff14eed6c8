"""Two replies to one request, compared: the way in to this stage."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field

from shadow.diff.body import compare_bodies
from shadow.diff.excuses import Excuses
from shadow.diff.headers import DEFAULT_IGNORED_HEADERS, compare_headers, compare_lengths
from shadow.diff.limits import DeadlineReachedError, Findings, LimitReachedError, Limits
from shadow.diff.readers.protobuf_messages import KnownMessage, ProtobufMessages
from shadow.model import Difference, DifferenceKind, Failure, Reply, Response

__all__ = ["DEFAULT_IGNORED_HEADERS", "Comparer", "Findings", "Limits"]

_NO_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparer:
    """Compares any reply with the primary's; `ignored_headers` are lower-cased names.

    `protobuf` tells messages by their names where there is a schema.
    """

    ignored_headers: frozenset[str] = DEFAULT_IGNORED_HEADERS
    limits: Limits = field(default_factory=Limits)
    protobuf: ProtobufMessages | None = None

    def gave_up(self, reason: str) -> Findings:
        """What is found where a comparison was ended from outside."""
        findings = Findings(self.limits)
        findings.give_up("reply", reason)
        return findings

    def compare(
        self,
        method: str,
        primary: Response,
        other: Reply,
        rules: Excuses | None = None,
        target: str = "",
    ) -> Findings:
        """Find in what `other` differs from the primary's response to `method` and `target`.

        A failure is one difference. Nothing else is compared when the status classes differ, and
        no rule excuses that: an error page and an answer are different documents. What `rules`
        excuse is marked.
        """
        findings = Findings(self.limits, rules)
        if isinstance(other, Failure):
            findings.add(_failure(primary, other))
            return findings
        known = self.protobuf.of(method, target) if self.protobuf else None
        _bounded(lambda: self._compare(method, primary, other, findings, known), findings)
        return findings

    def _compare(
        self,
        method: str,
        primary: Response,
        candidate: Response,
        findings: Findings,
        known: KnownMessage | None,
    ) -> None:
        is_excused = True
        if primary.status != candidate.status:
            is_excused = findings.add(_status(primary, candidate))
        if primary.status // 100 != candidate.status // 100 and not is_excused:
            return
        compare_headers(primary.headers, candidate.headers, self.ignored_headers, findings)
        if method == "HEAD" and "content-length" in self.ignored_headers:
            compare_lengths(primary.headers, candidate.headers, findings)
        if method != "HEAD" and not {primary.status, candidate.status} <= _NO_BODY:
            compare_bodies(primary, candidate, findings, known)


def _bounded(work: Callable[[], None], findings: Findings) -> None:
    """Do the work, and say so when it comes to a limit before it comes to its end."""
    # Documents have no cycles; looking for some in them is a tenth of the cost of parsing.
    collects = gc.isenabled()
    gc.disable()
    try:
        work()
    except LimitReachedError as limit:
        findings.give_up(limit.location, str(limit))
    except DeadlineReachedError as deadline:
        findings.give_up("reply", str(deadline))
    except MemoryError:
        findings.give_up("reply", "more memory than there is")
    finally:
        if collects:
            gc.enable()


def _failure(primary: Response, failure: Failure) -> Difference:
    return Difference(
        location="reply",
        kind=DifferenceKind.FAILURE,
        primary=str(primary.status),
        candidate=failure.kind.value,
    )


def _status(primary: Response, candidate: Response) -> Difference:
    breaks = candidate.status // 100 == 5 != primary.status // 100
    return Difference(
        location="status",
        kind=DifferenceKind.STATUS_5XX if breaks else DifferenceKind.STATUS,
        primary=str(primary.status),
        candidate=str(candidate.status),
    )

"""What of the live traffic is shadowed: sample, filter, offer or count.

Everything here runs between a user and production. It is synchronous, bounded, and gives up on
an exchange rather than wait for anything.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import translate
from hashlib import blake2b
from re import compile as compile_pattern

from shadow.capture.guard.allowance import Allowance, LeftOut
from shadow.capture.meanings import (
    OVERRIDING_HEADERS,
    leads_elsewhere,
    methods_in_query,
    other_path,
)
from shadow.model import (
    LOOP_GUARD,
    SAFE_METHODS,
    Drop,
    Exchange,
    Headers,
    LiveCounts,
    Outcome,
    OutcomeKey,
    Request,
    Response,
    Skip,
)

CONDITIONAL_HEADERS = frozenset(
    {
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
    }
)
"""Removed from the copy: two 304s, or two different slices, tell nothing about a release."""

_CONDITIONAL_LENGTHS = frozenset(map(len, CONDITIONAL_HEADERS))
_TELLING_LENGTHS = frozenset(map(len, (LOOP_GUARD, *OVERRIDING_HEADERS)))
_HASH_SPACE = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePolicy:
    """Which exchanges are shadowed.

    `sample` is a share from 0 to 1, `sample_by` is `request`, `header:NAME` or `cookie:NAME`.
    `include`, `only`, `exclude` and `unsafe` are globs over `METHOD /path`: what is shadowed is
    like one of `include`, and one of `only`. `unsafe` names the requests with other than safe
    methods that the operator has opted in.
    """

    sample: float = 1.0
    sample_by: str = "request"
    include: tuple[str, ...] = ("*",)
    only: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    unsafe: tuple[str, ...] = ()
    max_body_bytes: int = 1024 * 1024


class Intake:
    """Decides, offers and counts for one live process.

    `source` is unique to the process's run; `offer` must not block. While the queue `refuses`, no
    request is copied in the first place, for the reason that it gives. A request whose loop guard
    is `probe_mark` is one that Shadow sends through itself. `in_sample` counts the requests that
    the sample takes, and `in_rate` those of them that the target rate takes.
    """

    def __init__(
        self,
        policy: IntakePolicy,
        source: str,
        offer: Callable[[Exchange], bool],
        probe_mark: bytes = b"",
        refuses: Callable[[], Drop | None] = lambda: None,
    ) -> None:
        self._policy = policy
        self._offer = offer
        self._refuses = refuses
        self._include = _any_of(policy.include)
        self._only = _any_of(policy.only)
        self._exclude = _any_of(policy.exclude)
        has_all = "*" in policy.include and "*" in policy.only
        self._has_filters = bool(policy.exclude) or not has_all
        self._unsafe = _any_of(policy.unsafe)
        self._probe_mark = probe_mark
        self._skips: Counter[Skip] = Counter()
        self._drops: Counter[Drop] = Counter()
        self._captured = 0
        self._numbers = itertools.count(1)
        self.source = source
        self.max_body_bytes = policy.max_body_bytes
        self.in_sample = 0
        self.in_rate = 0
        self.allow(Allowance())

    def allow(self, allowance: Allowance) -> None:
        """Take what the guards leave of the sample from now on."""
        in_rate = self._policy.sample * allowance.rate_share
        self._allowance = allowance
        self._sample_limit = int(self._policy.sample * _HASH_SPACE)
        self._rate_limit = int(in_rate * _HASH_SPACE)
        self._latency_limit = int(in_rate * allowance.latency_share * _HASH_SPACE)

    def refusal(self, method: str, target: str, headers: Headers) -> LeftOut | None:
        """Say why a request is not to be shadowed, as soon as its head is known; None if it is."""
        meant = methods_in_query(target)
        for name, value in headers:
            if len(name) not in _TELLING_LENGTHS:
                continue
            lower = name.lower()
            if lower == LOOP_GUARD:
                own = self._probe_mark and value == self._probe_mark
                return Skip.PROBE if own else Skip.LOOP_GUARD
            if lower in OVERRIDING_HEADERS:
                meant.append(value.decode("latin-1").strip().upper())
        if not target.startswith("/"):
            return Skip.EXCLUDED
        path = target.partition("?")[0]
        other = other_path(path)
        if (method not in SAFE_METHODS or meant) and self._is_surprise(method, meant, path, other):
            return Skip.METHOD
        if self._has_filters and self._is_excluded(method, path, other):
            return Skip.EXCLUDED
        return self._not_allowed(target, headers)

    def take(self, request: Request, primary: Response | None, captured_at: float) -> None:
        """Offer one finished exchange to the queue; count it as dropped where that refuses it.

        `primary` is None where a worker has to ask the primary.
        """
        if self._allowance.under_way is not None:
            self.skip(self._allowance.under_way)
            return
        exchange = Exchange(
            id=f"{self.source}-{next(self._numbers)}",
            captured_at=captured_at,
            request=unconditional(request),
            primary=primary,
        )
        taken = self._offer(exchange)
        self._captured += 1
        if not taken:
            self._drops[self._refuses() or Drop.QUEUE_FULL] += 1

    def skip(self, reason: LeftOut) -> None:
        """Count an exchange that is left out; a probe of our own is none."""
        if reason is Skip.PROBE:
            return
        self._captured += 1
        if isinstance(reason, Skip):
            self._skips[reason] += 1
        else:
            self._drops[reason] += 1

    def lost(self, reason: Drop, number: int = 1) -> None:
        """Count taken exchanges that the queue will not hand over any more."""
        self._drops[reason] += number

    def overrun(self, number: int) -> None:
        """Count exchanges that came faster than they could be looked at."""
        self._captured += number
        self._drops[Drop.QUEUE_FULL] += number

    def failed(self) -> None:
        """Count an exchange that a mistake of ours lost."""
        self.drop(Drop.INTERNAL_ERROR)

    def drop(self, reason: Drop) -> None:
        """Count an exchange that could not be copied as a whole."""
        self._captured += 1
        self._drops[reason] += 1

    def counts(self) -> LiveCounts:
        """The running totals of this live process."""
        kinds = ((Outcome.SKIPPED, self._skips), (Outcome.DROPPED, self._drops))
        outcomes = [
            (OutcomeKey(outcome=outcome, reason=reason), number)
            for outcome, reasons in kinds
            for reason, number in reasons.items()
            if number
        ]
        return LiveCounts(
            source=self.source, captured=self._captured, outcomes=tuple(sorted(outcomes))
        )

    def _is_excluded(self, method: str, path: str, other: str | None) -> bool:
        """Whether the filters leave a request out, by its path or by the one that may be meant."""
        line = f"{method} {path}"
        if not self._include(line) or not self._only(line) or self._exclude(line):
            return True
        return other is not None and bool(self._exclude(f"{method} {other}"))

    def _is_surprise(
        self, method: str, meant: Collection[str], path: str, other: str | None
    ) -> bool:
        """Whether it may change something that the operator has not opted in.

        In place of a safe method, any that is `meant` and may: what is asked again later goes by
        the request's own.
        """
        writes = {method, *filter(None, meant)} - SAFE_METHODS
        paths = (path,) if other is None or not leads_elsewhere(path, other) else (path, other)
        opted_in = (self._unsafe(f"{write} {where}") for write in writes for where in paths)
        return bool(writes) and (method in SAFE_METHODS or not all(opted_in))

    def _not_allowed(self, target: str, headers: Headers) -> LeftOut | None:
        """Say what leaves a request out: the sample, the target rate within it, or a guard.

        Each takes the lower part of what the one before it takes, so that all processes that take
        less take of the same.
        """
        if not self._sample_limit:
            return Skip.SAMPLING
        place = 0 if self._latency_limit >= _HASH_SPACE else self._place(target, headers)
        if place >= self._sample_limit:
            return Skip.SAMPLING
        self.in_sample += 1
        if place >= self._rate_limit:
            return Skip.TARGET_RATE
        self.in_rate += 1
        if self._allowance.new is not None:
            return self._allowance.new
        if place >= self._latency_limit:
            return Drop.ADDED_LATENCY
        return self._refuses()

    def _place(self, target: str, headers: Headers) -> int:
        """Where a request's key lies, from 0 to `_HASH_SPACE`."""
        key = _sampling_key(self._policy.sample_by, target, headers)
        return int.from_bytes(blake2b(key, digest_size=8).digest(), "big")


def unconditional(request: Request) -> Request:
    """Return the request without validators and ranges, so that it asks for the whole answer."""
    for name, _ in request.headers:
        if len(name) in _CONDITIONAL_LENGTHS and name.lower() in CONDITIONAL_HEADERS:
            break
    else:
        return request
    kept = tuple(h for h in request.headers if h[0].lower() not in CONDITIONAL_HEADERS)
    return Request(method=request.method, target=request.target, headers=kept, body=request.body)


def _any_of(globs: tuple[str, ...]) -> Callable[[str], object]:
    """Tells whether a line is like any of the globs."""
    if not globs or "*" in globs:
        return lambda _: bool(globs)
    return compile_pattern("|".join(translate(glob) for glob in globs)).match


def _sampling_key(sample_by: str, target: str, headers: Headers) -> bytes:
    """The bytes whose hash decides; the same in every process and on every machine.

    Where the header or cookie is missing, and by `request` without a request id or trace id of
    the sender, it is the request's own target and headers, so that not all of these share a fate.
    """
    place, _, name = sample_by.partition(":")
    if place == "header":
        given = _header(headers, name)
    elif place == "cookie":
        given = _cookie(_header(headers, "cookie") or b"", name)
    else:
        given = _header(headers, "x-request-id") or _header(headers, "traceparent")
    return given or target.encode() + b"\n".join(value for _, value in headers)


def _header(headers: Headers, name: str) -> bytes | None:
    wanted = name.lower().encode("latin-1", "replace")
    return next((value for key, value in headers if key.lower() == wanted), None)


def _cookie(header: bytes, name: str) -> bytes:
    wanted = name.encode("latin-1", "replace")
    for part in header.split(b";"):
        key, _, value = part.strip().partition(b"=")
        if key == wanted:
            return value
    return b""

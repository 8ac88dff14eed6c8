"""Whatever the guards leave, every exchange is counted once, and less is always a part of more."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from shadow.capture.guard.allowance import Allowance
from shadow.capture.intake import Intake, IntakePolicy
from shadow.model import LOOP_GUARD, Drop, Outcome, Request, Response, Skip

_OK = Response(status=200, headers=(), body=b"", seconds=0.1)
_MARK = b"probe-1"

shares = st.sampled_from([1.0, 0.5, 0.125, 1 / 64, 0.001]) | st.floats(0, 1)
reasons = st.sampled_from([None, None, Skip.PAUSED, Drop.MEMORY, Drop.ADDED_LATENCY])
allowances = st.builds(
    Allowance, new=reasons, under_way=reasons, rate_share=shares, latency_share=shares
)


def intake(sample: float, taken: list[str] | None = None) -> Intake:
    policy = IntakePolicy(sample=sample, sample_by="header:x-user")
    kept: list[str] = [] if taken is None else taken
    return Intake(policy, "here", lambda e: kept.append(e.id) is None, _MARK)


def refusals(of: Intake, users: range) -> list[object]:
    return [of.refusal("GET", "/", ((b"x-user", b"%d" % user),)) for user in users]


@given(shares, st.lists(allowances, min_size=1, max_size=5), st.integers(0, 2**32))
def test_whatever_the_guards_do_meanwhile_every_exchange_is_counted_once(
    sample: float, course: list[Allowance], seed: int
) -> None:
    chance, taken = random.Random(seed), []
    of = intake(sample, taken)
    under_way, seen = [], 0
    for allowance in course:
        of.allow(allowance)
        for _ in range(30):
            request = Request(
                method="GET", target="/", headers=((b"x-user", b"%d" % chance.randrange(99)),)
            )
            under_way.append((request, of.refusal("GET", "/", request.headers)))
            seen += 1
        chance.shuffle(under_way)
        while len(under_way) > 10:
            request, reason = under_way.pop()
            if reason is None:
                of.take(request, _OK, 0.0)
            else:
                of.skip(reason)
    counts = of.counts()
    ended = Counter(dict(counts.outcomes))
    assert counts.captured == seen - len(under_way)
    assert counts.captured == len(taken) + ended.total()
    assert all(
        (key.outcome is Outcome.DROPPED) == (key.reason in {"memory", "added_latency"})
        for key in ended
    )
    assert of.in_rate <= of.in_sample <= seen


@given(shares, allowances, allowances)
def test_of_two_allowances_the_smaller_takes_a_part_of_what_the_larger_takes(
    sample: float, one: Allowance, other: Allowance
) -> None:
    taken = []
    for allowance in (one, other):
        of = intake(sample)
        of.allow(Allowance(rate_share=allowance.rate_share, latency_share=allowance.latency_share))
        found = refusals(of, range(200))
        taken.append({user for user, reason in enumerate(found) if reason is None})
    assert taken[0] <= taken[1] or taken[1] <= taken[0]


@given(shares, allowances)
def test_a_probe_of_our_own_is_never_taken_and_never_counted(
    sample: float, allowance: Allowance
) -> None:
    of = intake(sample)
    of.allow(allowance)
    reason = of.refusal("HEAD", "/", ((LOOP_GUARD, _MARK),))
    assert reason is Skip.PROBE
    of.skip(reason)
    assert of.counts().captured == 0
    assert of.refusal("HEAD", "/", ((LOOP_GUARD, b"probe-2"),)) is Skip.LOOP_GUARD


def test_the_shares_are_kept_and_each_reason_is_named() -> None:
    of = intake(0.8)
    of.allow(Allowance(rate_share=0.5, latency_share=0.25))
    found = Counter(refusals(of, range(20_000)))
    for reason, share in (
        (Skip.SAMPLING, 0.2),
        (Skip.TARGET_RATE, 0.4),
        (Drop.ADDED_LATENCY, 0.3),
        (None, 0.1),
    ):
        assert abs(found[reason] - 20_000 * share) < 5 * (20_000 * share * (1 - share)) ** 0.5
    assert of.in_sample == 20_000 - found[Skip.SAMPLING]
    assert of.in_rate == of.in_sample - found[Skip.TARGET_RATE]

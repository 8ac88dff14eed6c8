"""How much counts prove, whoever looks and however often.

An **e-value** is a number that is 1 on average, at most, when nothing is wrong; 20 is as strong
as p = 0.05. Each one here is a mixture of likelihood ratios (or of bets) over the exchanges so
far, which makes it a supermartingale under its null hypothesis: by Ville's inequality it ever
reaches 1/alpha with probability at most alpha, so it may be read after every exchange.
Sources: Ramdas, Grünwald, Vovk, Shafer, "Game-theoretic statistics and safe anytime-valid
inference" (2023); Waudby-Smith, Ramdas, "Estimating means of bounded random variables by
betting" (2023); Wang, Ramdas, "False discovery rate control with e-values" (2022).

What all of it assumes: the null hypothesis holds for each exchange given those before it.
Exchanges need be neither independent nor of one rate.
"""

import math
from collections.abc import Callable, Iterable, Sequence

MAX_EVIDENCE = 1e300
"""E-values are cut here, so that they stay finite numbers everywhere."""

# Sums are cut after so many terms, on the safe side: evidence can only look weaker, and does so
# only where it is below 1 and proves nothing.
_MAX_TERMS = 200
_MAX_TERMS_OF_MANY = 4
_MANY = 400
_NEGLIGIBLE = 1e-15

_PRECISION = 1e-6
_LOWEST_RATE = 1e-9
_MAX_COMPARISONS = 10_000_000
_NEEDED_PRECISION = 1e-3

# Bets from bold (best where nothing differs) to timid (best inside much noise), and the logarithm
# of the share of the money on each: 1/2, 1/6, 1/12, ... which sum to less than 1.
_BETS = tuple((-math.log((j + 1) * (j + 2)), 2.0**-j) for j in range(17))


def worse_than_noise(only_candidate: int, only_secondary: int) -> float:
    """Weigh "the candidate differs where the secondary does not more often than the reverse".

    Of the exchanges where one of the two differs, the candidate's share is p <= 1/2 when it is no
    noisier than the secondary. E = 2^(b+c+1) * integral of p^b (1-p)^c over p in [1/2, 1], the
    mixture over p > 1/2 with equal weights; b = `only_candidate`, c = `only_secondary`.
    """
    if not only_candidate:
        return 1 / (only_secondary + 1)
    return _mixture(only_candidate, only_candidate + only_secondary, 0.5)


def above_tolerance(differing: int, compared: int, tolerated_rate: float) -> float:
    """Weigh "more than the tolerated rate of the answers differ", where noise is not known.

    The likelihood ratio of rate q to `tolerated_rate`, mixed over q in [`tolerated_rate`, 1] with
    equal weights. What differs by nature more often than that is evidence too.
    """
    return _mixture(differing, compared, tolerated_rate)


def within_tolerance(
    compared: float, only_candidate: float, only_secondary: float, rate: float
) -> float:
    """Weigh "the excess rate is below `rate`".

    Each exchange has X = +1 (the candidate alone differs), -1 (the secondary alone) or 0, and the
    excess is the mean of X. Under the null hypothesis it is at least `rate`, so betting any part
    g of the money on less, that is multiplying it by 1 - g * (X - rate), is a losing game; E is
    what a fixed spread of bets g has won (Waudby-Smith & Ramdas 2023). Counts may be fractions.
    """
    return _capped_exp(_log_mean(_winnings(compared, only_candidate, only_secondary, rate)))


def least_within_tolerance(
    compared: int, alone: Iterable[tuple[int, int]], rate: float
) -> tuple[int, int]:
    """Of many pairs (only_candidate, only_secondary), find that which is least "within tolerance".

    The logarithm of the evidence is convex in both counts, so it is nowhere below its tangent at
    the least pair so far; that is enough to pass over most. A pair that is more than was
    `compared` counts as all of it. Raises ValueError where there are no pairs.
    """
    least, found = math.inf, None
    along_b = along_c = 0.0
    for b, c in sorted(alone, key=lambda pair: (pair[1] - pair[0], pair)):
        is_whole = b + c <= compared
        if found and is_whole and along_b * (b - found[0]) + along_c * (c - found[1]) >= 0:
            continue
        logs = _winnings(max(compared, b + c), b, c, rate)
        log = _log_mean(logs)
        if log < least:
            least, found = log, (b, c)
            along_b, along_c = _slopes(logs, rate) if is_whole else (math.nan, math.nan)
    if found is None:
        raise ValueError("of no pairs none is the least")
    return found


def excess_upper_bound(
    compared: int, only_candidate: int, only_secondary: int, alpha: float
) -> float:
    """Bound the excess rate from above, in [0, 1]; 1 where nothing is known.

    The lowest rate that `within_tolerance` has ruled out at 1/`alpha`. With probability 1 -
    `alpha` the bound is true at every moment it is looked at, for an excess rate that stays the
    same; where it changes, the bound is above the lowest it has been.
    """

    def beyond(rate: float) -> float:
        """How far the evidence is above what it takes, as a logarithm; rises with the rate."""
        logs = _winnings(compared, only_candidate, only_secondary, rate)
        return _log_mean(logs) + math.log(alpha)

    return _first_not_negative(beyond, _LOWEST_RATE, 1.0)


def comparisons_needed(
    compared: int, only_candidate: int, only_secondary: int, rate: float, alpha: float
) -> int | None:
    """Estimate how many more comparisons would bring the upper bound down to `rate`.

    Supposes that the shares seen so far stay; None if that is then out of reach. Of large totals it
    may be a thousandth too many.
    """
    share_b = only_candidate / compared if compared else 0.0
    share_c = only_secondary / compared if compared else 0.0
    if share_b - share_c >= rate:
        return None

    def enough(total: int) -> bool:
        return within_tolerance(total, total * share_b, total * share_c, rate) * alpha >= 1

    if enough(compared):
        return 0
    low, high = compared, 2 * compared + 1
    while not enough(high):
        low, high = high, high * 2
        if low > _MAX_COMPARISONS:
            return None
    while high - low > max(1, high * _NEEDED_PRECISION):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high - compared


def significant(
    e_values: Sequence[float], alpha: float, weights: Sequence[float] | None = None
) -> tuple[bool, ...]:
    """Tell which e-values are discoveries, by e-BH (Wang & Ramdas 2022), in the order given.

    Of the discoveries at most `alpha` are false on average, however the e-values depend on each
    other: the k greatest are taken, for the greatest k where the k-th is at least n / (alpha * k).
    With `weights`, one for each, an e-value counts as its product with its weight, and n is the sum
    of the weights: a hypothesis of weight w takes the room of w others. Weights must not be chosen
    by what the e-values say.
    """
    if weights is None:
        weights = (1.0,) * len(e_values)
    weighted = [value * weight for value, weight in zip(e_values, weights, strict=True)]
    ranked = sorted(weighted, reverse=True)
    total = math.fsum(weights)
    taken = [k for k, value in enumerate(ranked, start=1) if value * alpha * k >= total]
    if not taken:
        return (False,) * len(ranked)
    least = ranked[taken[-1] - 1]
    return tuple(value >= least for value in weighted)


def _winnings(
    compared: float, only_candidate: float, only_secondary: float, rate: float
) -> list[float]:
    """The logarithm of what each bet of `within_tolerance` has won, its share included."""
    same = compared - only_candidate - only_secondary
    log1p = math.log1p
    return [
        log_share
        + only_candidate * log1p(-bet * (1 - rate))
        + only_secondary * log1p(bet * (1 + rate))
        + same * log1p(bet * rate)
        for log_share, bet in _BETS
    ]


def _slopes(logs: Sequence[float], rate: float) -> tuple[float, float]:
    """How `_log_mean` of `_winnings` changes with either count, of as many comparisons."""
    top = max(logs)
    weights = [math.exp(log - top) for log in logs]
    whole = sum(weights)
    along_b = along_c = 0.0
    for weight, (_, bet) in zip(weights, _BETS, strict=True):
        equal = math.log1p(bet * rate)
        along_b += weight * (math.log1p(-bet * (1 - rate)) - equal) / whole
        along_c += weight * (math.log1p(bet * (1 + rate)) - equal) / whole
    return along_b, along_c


def _log_mean(logs: Sequence[float]) -> float:
    """The logarithm of the sum of what `logs` are the logarithms of."""
    top = max(logs)
    return top + math.log(sum([math.exp(log - top) for log in logs]))


def _first_not_negative(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function stops being negative: just above that, or an end of the range.

    Regula falsi, by which an end that stays twice counts half (the Illinois rule: M. Dowell,
    P. Jarratt, "A modified regula falsi method", BIT 11, 1971).
    """
    at_low, at_high = rising(low), rising(high)
    if at_low >= 0 or at_high < 0:
        return low if at_low >= 0 else high
    moved_low = moved_high = False
    while high - low > max(_PRECISION * high, _LOWEST_RATE):
        step = max(_PRECISION * high, _LOWEST_RATE) / 2
        middle = high - at_high * (high - low) / (at_high - at_low)
        middle = min(max(middle, low + step), high - step)
        at_middle = rising(middle)
        if at_middle >= 0:
            high, at_high = middle, at_middle
            at_low = at_low / 2 if moved_high else at_low
            moved_low, moved_high = False, True
        else:
            low, at_low = middle, at_middle
            at_high = at_high / 2 if moved_low else at_high
            moved_low, moved_high = True, False
    return high


def _mixture(successes: int, trials: int, null_rate: float) -> float:
    """Mix the likelihood ratios of q to r = `null_rate` over q in [r, 1], with equal weights.

    That is the integral of q^k (1-q)^(n-k) over [r, 1], by (1-r) r^k (1-r)^(n-k). The integral is
    an incomplete beta function, hence P(Binomial(n+1, r) <= k) / ((n+1) C(n, k)): a sum of few
    terms that fall off geometrically, on the side of k where they do.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"of {trials} trials {successes} cannot be successes")
    if successes < (trials + 1) * null_rate:
        return _terms_below(successes, trials, null_rate)
    return _terms_above(successes, trials, null_rate)


def _terms_below(successes: int, trials: int, null_rate: float) -> float:
    odds = (1 - null_rate) / null_rate
    term = total = 1 / (trials + 1 - successes)
    for j in range(successes, max(successes - _most_terms(trials), 0), -1):
        term *= odds * j / (trials + 2 - j)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return total


def _terms_above(successes: int, trials: int, null_rate: float) -> float:
    whole = _capped_exp(
        -(
            math.log1p(-null_rate)
            + math.log(trials + 1)
            + log_choose(trials, successes)
            + successes * math.log(null_rate)
            + (trials - successes) * math.log1p(-null_rate)
        )
    )
    if whole * _NEGLIGIBLE > 1:
        return whole
    odds = null_rate / (1 - null_rate)
    last = min(successes + _most_terms(trials), trials + 1)
    term = total = odds / (successes + 1)
    for j in range(successes + 1, last):
        term *= odds * (trials + 1 - j) / (j + 1)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    # The ratio of terms only falls, so what is left is less than a geometric series.
    ratio = odds * (trials + 1 - last) / (last + 1)
    total += term * ratio / (1 - ratio)
    return max(whole - total, 0.0)


def _most_terms(trials: int) -> int:
    return _MAX_TERMS if trials <= _MANY else _MAX_TERMS_OF_MANY


def log_choose(n: int, k: int) -> float:
    """The natural logarithm of the number of ways to choose `k` of `n`."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _capped_exp(log: float) -> float:
    return min(math.exp(min(log, 700.0)), MAX_EVIDENCE)

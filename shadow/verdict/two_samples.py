"""How much counts prove where noise is known from a share of the exchanges only.

Of all n exchanges the candidate is known (it differs in D), and of the m that production was asked
again for also how production differs from itself (in N). The null hypothesis is that of
`shadow.verdict.evidence`: in each exchange, given those before it, the candidate is no likelier to
differ than production is.
"""

import math

from shadow.model import EndpointCounts, SignatureCounts
from shadow.verdict.evidence import MAX_EVIDENCE, worse_than_noise


def worse_than_sampled_noise(
    seen: SignatureCounts, own: EndpointCounts, alone: int, noisy: int
) -> float:
    """Weigh "the candidate differs more often than production from itself": the mean of two.

    One reads the pairs alone, the other all answers. At the signature's place production differed
    in `noisy` pairs and in `alone` of these without the candidate, whatever rules cover.
    """
    differing = seen.only_candidate + seen.both + seen.unpaired
    compared = max(own.compared, differing)
    pairs = worse_than_noise(seen.only_candidate, alone)
    return (pairs + worse_than_sample(differing, compared, min(noisy, own.paired), own.paired)) / 2


def worse_than_sample(differing: int, compared: int, noisy: int, sampled: int) -> float:
    """Weigh "the candidate differs more often than production did where it was asked again".

    D of n = `compared` answers differ, and N = `noisy` of m = `sampled`. With rates q for the
    candidate and r for noise the likelihood is L(q, r) = q^D (1-q)^(n-D) r^N (1-r)^(m-N), and
    E = [mean of L over q > r] / [max of L(p, p) over p]: universal inference (Wasserman, Ramdas,
    Balakrishnan 2020), whose mean is over two Jeffreys priors held to q > r. How much of those
    lies at q > r is not integrated but bounded from below by Cantelli's inequality, so E is a
    little too small, and 0 where the shares do not show an excess.

    E ever reaches 1/alpha with probability at most alpha, in two worlds. If the noise rate stays
    the same, L(q, r) / L(p, p) is a martingale for the true p, whichever exchanges are sampled;
    the maximum in the denominator can only lessen it. If the rate is another one in each exchange,
    it takes that each is sampled with the same probability s, whatever happens in it, and that
    candidate and noise do not differ instead of each other: at p = (q + s r) / (1 + s) one
    exchange then multiplies L(q, r) / L(p, p) by at most 1 - x^2 <= 1 on average (Turner, Ly,
    Grünwald 2024), and the maximum is at least that. No s has to be known.
    """
    if not (0 <= differing <= compared and 0 <= noisy <= sampled):
        raise ValueError(f"{differing} of {compared}, {noisy} of {sampled} are no counts")
    ahead, spread = _lead(differing, compared, noisy, sampled)
    if ahead <= 0:
        return 0.0
    share_ahead = ahead**2 / (ahead**2 + spread)
    log = (
        math.log(2 * share_ahead)
        + _log_jeffreys(differing, compared)
        + _log_jeffreys(noisy, sampled)
        - _log_best(differing + noisy, compared + sampled)
    )
    return min(math.exp(min(log, 700.0)), MAX_EVIDENCE)


def _lead(differing: int, compared: int, noisy: int, sampled: int) -> tuple[float, float]:
    """Mean and variance of q - r after the counts are seen."""
    q, q_variance = _moments(differing, compared)
    r, r_variance = _moments(noisy, sampled)
    return q - r, q_variance + r_variance


def _moments(successes: int, trials: int) -> tuple[float, float]:
    mean = (successes + 0.5) / (trials + 1)
    return mean, mean * (1 - mean) / (trials + 2)


def _log_jeffreys(successes: int, trials: int) -> float:
    """Log of the mean of p^k (1-p)^(n-k) over the Jeffreys prior, Beta(1/2, 1/2)."""
    return (
        math.lgamma(successes + 0.5)
        + math.lgamma(trials - successes + 0.5)
        - math.lgamma(trials + 1)
        - math.log(math.pi)
    )


def _log_best(successes: int, trials: int) -> float:
    """Log of the maximum of p^k (1-p)^(n-k), which is at p = k/n."""
    failures = trials - successes
    return sum(k * math.log(k / trials) for k in (successes, failures) if k)

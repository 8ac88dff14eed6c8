"""How often something rare may happen by chance alone."""

from math import comb


def most_by_chance(runs: int, chance: float) -> int:
    """The least count that more than 99.9 % of simulations with this true rate stay within."""
    total, k = 0.0, -1
    while total < 0.999:
        k += 1
        total += comb(runs, k) * chance**k * (1 - chance) ** (runs - k)
    return k

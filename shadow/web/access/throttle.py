"""How often something may be tried: so many at once, then one again every so often."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

_MOST_ADDRESSES = 4_096
_IPV6_PREFIX = 64
"""Whoever has one IPv6 address has all of its network."""


class _Bucket:
    def __init__(self, now: float) -> None:
        self.level, self.at = 0.0, now

    def is_full(self, now: float, most: float, seconds: float) -> bool:
        """Whether there is no room for another; else it is put in."""
        self.level = max(0.0, self.level - (now - self.at) / seconds)
        self.at = now
        if self.level + 1 > most:
            return True
        self.level += 1
        return False


class Throttle:
    """Lets each address try `most` times at once, then every `seconds`; and all together more.

    What is remembered is bounded: an address that was not seen for long is forgotten.
    """

    def __init__(
        self, clock: Callable[[], float], most: int = 10, seconds: float = 10.0, share: int = 20
    ) -> None:
        self._clock = clock
        self._most, self._seconds, self._share = most, seconds, share
        self._all = _Bucket(clock())
        self._of: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_seconds(self, address: str) -> float:
        """Count a try, and return 0; or how long to wait, where it is one too many."""
        now, key = self._clock(), _network_of(address)
        own = self._of.setdefault(key, _Bucket(now))
        self._of.move_to_end(key)
        if len(self._of) > _MOST_ADDRESSES:
            self._of.popitem(last=False)
        if own.is_full(now, self._most, self._seconds):
            return self._seconds
        if self._all.is_full(now, self._most * self._share, self._seconds / self._share):
            return self._seconds / self._share
        return 0.0


def _network_of(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, _IPV6_PREFIX), strict=False))
    return str(found)

"""How often something may be tried, by address and by all together."""

from shadow.web.access.throttle import Throttle


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_address_may_try_some_times_at_once_and_then_now_and_then() -> None:
    clock = Clock()
    throttle = Throttle(clock, most=3, seconds=10.0)
    assert [throttle.wait_seconds("10.0.0.1") for _ in range(4)] == [0, 0, 0, 10.0]
    assert throttle.wait_seconds("10.0.0.2") == 0
    clock.now = 10.0
    assert [throttle.wait_seconds("10.0.0.1") for _ in range(2)] == [0, 10.0]


def test_all_addresses_together_may_try_so_often() -> None:
    throttle = Throttle(Clock(), most=2, seconds=10.0, share=5)
    waits = [throttle.wait_seconds(f"10.0.0.{number}") for number in range(12)]
    assert waits == [0] * 10 + [2.0] * 2


def test_a_network_of_ipv6_is_one_address() -> None:
    throttle = Throttle(Clock(), most=1, seconds=10.0)
    assert throttle.wait_seconds("2001:db8::1") == 0
    assert throttle.wait_seconds("2001:db8::2") == 10.0
    assert throttle.wait_seconds("2001:db8:0:1::1") == 0


def test_what_is_remembered_is_bounded() -> None:
    throttle = Throttle(Clock(), most=1, seconds=10.0, share=100_000)
    for number in range(10_000):
        throttle.wait_seconds(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert len(throttle._of) <= 4_096
    assert throttle.wait_seconds("10.0.0.0") == 0

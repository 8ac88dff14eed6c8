import pytest
from mitmproxy.connection import ConnectionState
from mitmproxy.flow import Error
from mitmproxy.http import HTTPFlow
from mitmproxy.test import tflow, tutils

from shadow.capture.addon import MITMPROXY_OPTIONS, ShadowAddon
from shadow.capture.intake import Intake, IntakePolicy
from shadow.model import Exchange


class Watched:
    """An addon with what it took and counted."""

    def __init__(self, **policy: object) -> None:
        self.taken: list[Exchange] = []
        self._intake = Intake(
            IntakePolicy(**policy),  # type: ignore[arg-type]
            "test",
            lambda exchange: self.taken.append(exchange) is None,
        )
        self.addon = ShadowAddon(self._intake)

    def ended(self) -> dict[str, int]:
        counts = self._intake.counts()
        assert counts.captured == len(self.taken) + sum(n for _, n in counts.outcomes)
        return {f"{key.outcome}:{key.reason}": n for key, n in counts.outcomes}


def flow(**request: object) -> HTTPFlow:
    return tflow.tflow(req=tutils.treq(content=None, **request))


def answered(watched: Watched, of: HTTPFlow, chunks: list[bytes]) -> list[bytes]:
    """Bring a flow to its end and return what passed on to the user."""
    of.response = tutils.tresp(content=None)
    watched.addon.responseheaders(of)
    stream = of.response.stream
    passed = [stream(chunk) if callable(stream) else chunk for chunk in chunks]
    watched.addon.response(of)
    return passed


def test_chunks_pass_on_unchanged_and_are_kept() -> None:
    watched, of = Watched(), flow()
    watched.addon.requestheaders(of)
    chunks = [b"one", b"", b"two"]
    assert answered(watched, of, chunks) == chunks
    assert watched.taken[0].primary.body == b"onetwo"


def test_chunks_beyond_what_is_kept_pass_on_and_keep_nothing() -> None:
    watched, of = Watched(max_body_bytes=3), flow()
    watched.addon.requestheaders(of)
    chunks = [b"one", b"t", b"", b"x"]
    assert answered(watched, of, chunks) == chunks
    assert watched.ended() == {"skipped:response_too_large": 1}


def test_bodies_stream_also_where_nothing_is_kept() -> None:
    watched, of = Watched(), flow(method=b"POST")
    watched.addon.requestheaders(of)
    assert of.request.stream is True
    answered(watched, of, [])
    assert of.response is not None
    assert of.response.stream is True
    assert watched.ended() == {"skipped:method": 1}


def test_exchange_that_mitmproxy_never_ends_is_counted_when_its_user_is_gone() -> None:
    watched, of = Watched(), flow()
    watched.addon.requestheaders(of)
    watched.addon.client_disconnected(of.client_conn)
    assert watched.addon.under_way == 0
    assert watched.ended() == {"skipped:client_left": 1}


def test_exchange_is_counted_once_whatever_mitmproxy_says_of_it_later() -> None:
    watched, of = Watched(), flow()
    watched.addon.requestheaders(of)
    answered(watched, of, [])
    of.error = Error("late")
    watched.addon.error(of)
    watched.addon.response(of)
    watched.addon.client_disconnected(of.client_conn)
    assert (len(watched.taken), watched.ended()) == (1, {})


def test_error_closes_the_users_connection_instead_of_answering() -> None:
    watched, of = Watched(), flow()
    watched.addon.requestheaders(of)
    of.error = Error("server closed connection")
    watched.addon.error(of)
    assert of.error.msg == Error.KILLED_MESSAGE
    assert watched.ended() == {"skipped:primary_failed": 1}


def test_user_who_left_is_told_from_a_primary_that_failed() -> None:
    watched, of = Watched(), flow()
    watched.addon.requestheaders(of)
    of.client_conn.state = ConnectionState.CLOSED
    of.error = Error("Client disconnected.")
    watched.addon.error(of)
    assert watched.ended() == {"skipped:client_left": 1}


def test_primary_of_http_2_that_resets_a_stream_is_not_taken_for_the_user() -> None:
    watched, of = Watched(), flow()
    watched.addon.requestheaders(of)
    of.server_conn.alpn = b"h2"
    of.error = Error("stream reset by client (INTERNAL_ERROR)")
    watched.addon.error(of)
    assert watched.ended() == {"skipped:primary_failed": 1}


def test_flows_of_one_user_are_told_apart() -> None:
    watched, first, second = Watched(), flow(path=b"/1"), flow(path=b"/2")
    second.client_conn = first.client_conn
    watched.addon.requestheaders(first)
    watched.addon.requestheaders(second)
    assert watched.addon.under_way == 2
    answered(watched, second, [])
    assert watched.addon.under_way == 1
    assert [e.request.target for e in watched.taken] == ["/2"]


def test_answer_copied_in_part_through_a_mistake_of_ours_is_not_taken() -> None:
    watched, of = Watched(), flow()
    watched.addon.requestheaders(of)
    watched.addon.give_up(of)
    answered(watched, of, [b"whole"])
    assert watched.ended() == {"dropped:internal_error": 1}


@pytest.mark.parametrize("hook", ["responseheaders", "response", "error"])
def test_flows_from_before_the_addon_was_loaded_are_let_pass(hook: str) -> None:
    watched, of = Watched(), tflow.tflow(resp=True, err=True)
    getattr(watched.addon, hook)(of)
    assert (watched.taken, watched.ended()) == ([], {})


def test_upgraded_connection_leaves_nothing_behind() -> None:
    relayed = tflow.ttcpflow()
    Watched().addon.tcp_message(relayed)
    assert relayed.messages == []


def test_users_with_public_addresses_are_not_refused() -> None:
    assert MITMPROXY_OPTIONS["block_global"] is False


def test_expect_is_hidden_from_mitmproxy_by_a_space_that_http_ignores() -> None:
    watched, of = Watched(), flow(headers=[(b"eXpect", b"100-continue"), (b"x", b"1")])
    watched.addon.requestheaders(of)
    assert of.request.headers.fields == ((b"eXpect", b"100-continue "), (b"x", b"1"))

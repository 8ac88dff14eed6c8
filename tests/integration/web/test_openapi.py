"""The API keeps what its OpenAPI document says, whatever it is sent."""

import time
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from shadow.model import Asked, Health, Role
from shadow.store.engine import migrate, open_store
from shadow.store.tokens import TokenBook
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import batch, compared, difference, live
from tests.support.effort import examples
from tests.support.web import served_in_background

RELEASE = "2.4.0"
ADDRESS = "/api/v1/openapi.json"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'shadow.db'}"
    engine = open_store(store)
    migrate(engine)
    asked = Asked(at=time.time(), candidate=Health.ANSWERED)
    seen = (
        compared(f"x-{number}", differences=(difference(),), asked=asked) for number in range(400)
    )
    reported = live(source="one", captured=400)
    StoreWriter(engine, RELEASE, "one").commit(batch(*seen, line="one", live=(reported,)))
    engine.dispose()
    return store


@pytest.fixture(scope="module")
def token(store: str) -> str:
    engine = open_store(store)
    _, secret = TokenBook(engine).create("tester", Role.ADMIN, time.time())
    engine.dispose()
    return secret


@pytest.fixture(scope="module")
def url(store: str) -> Iterator[str]:
    with served_in_background(store) as served:
        yield served


def test_nothing_that_is_sent_breaks_it(url: str, token: str) -> None:
    schema = schemathesis.openapi.from_url(url + ADDRESS)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 8
    for operation in operations:
        _try_out(operation, {"Authorization": f"Bearer {token}"})


def _try_out(operation: APIOperation, headers: dict[str, str]) -> None:
    @settings(
        max_examples=examples(15),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
    def kept(case: Case) -> None:
        # Which characters a text may have, and what needs a reason, is more than a schema says.
        apart = [positive_data_acceptance] if case.method == "POST" else []
        if not all(_is_sent(value) for value in (case.query or {}).values()):
            apart.append(negative_data_rejection)
        case.call_and_validate(headers=headers, excluded_checks=apart)
        if "release" in case.path_parameters:
            case.path_parameters["release"] = RELEASE
            apart = [*apart, negative_data_rejection]
            case.call_and_validate(headers=headers, excluded_checks=apart)

    kept()


def _is_sent(value: object) -> bool:
    """Whether a parameter with this value stands in a URL; with an empty list it does not."""
    match value:
        case None:
            return False
        case dict():
            return bool(value)
        case list():
            return any(map(_is_sent, value))
        case _:
            return True


def test_it_is_openapi_3_1_and_says_what_everything_is_for(url: str) -> None:
    said = httpx.get(url + ADDRESS, trust_env=False).json()
    assert said["openapi"].startswith("3.1")
    for path, methods in said["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert operation["security"], path

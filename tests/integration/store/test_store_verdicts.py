"""Of a release's verdicts the latest are kept, and those that people decided on."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from shadow.errors import UsageError
from shadow.store.audit import AuditLog
from shadow.store.tables import verdicts
from shadow.store.verdicts import StoredVerdict, VerdictShelf
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import RELEASE, batch, compared
from tests.integration.store.test_store_audit import sign_off


def verdict(number, release=RELEASE):
    return StoredVerdict(
        id=f"v-{number}",
        release=release,
        decided_at=1_700_000_000.0 + number,
        decision="PASS",
        policy_hash="p",
        content=bytes([number]) * 100,
    )


@pytest.fixture
def known(engine):
    for release in (RELEASE, "other"):
        StoreWriter(engine, release, f"line of {release}").commit(batch(compared()))
    return engine


def ids(engine):
    with engine.connect() as connection:
        return set(connection.scalars(select(verdicts.c.id)))


def test_a_verdict_comes_back_as_it_was(known):
    shelf = VerdictShelf(known)
    shelf.keep(verdict(1))
    shelf.keep(verdict(1))
    assert shelf.content("v-1") == verdict(1).content
    with pytest.raises(UsageError, match="no verdict 'v-2'"):
        shelf.content("v-2")


def test_old_verdicts_make_room_for_new_ones_of_their_release(known):
    shelf = VerdictShelf(known, most=3)
    shelf.keep(replace(verdict(0, "other"), id="of-other"))
    for number in range(10):
        shelf.keep(verdict(number))
    assert ids(known) == {"v-7", "v-8", "v-9", "of-other"}


def test_a_verdict_that_somebody_decided_on_stays(known):
    shelf = VerdictShelf(known, most=1)
    shelf.keep(verdict(2))
    AuditLog(known).append(sign_off())
    for number in range(3, 6):
        shelf.keep(verdict(number))
    assert ids(known) == {"v-2", "v-5"}

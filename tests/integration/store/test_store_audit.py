"""The audit log keeps what was decided, refuses changes, and shows those that were forced on it."""

import threading
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from shadow.errors import UnavailableError
from shadow.model import Approval, Decision, KeptRule, SignOff
from shadow.store.audit import AuditLog
from shadow.store.engine import migrate, open_store
from shadow.store.reader import StoreReader
from tests.integration.store.builders import RELEASE, signature


def approval(reason="meant", release=RELEASE, **fields):
    return Approval(
        release=release,
        signature=signature("$.naïve\u2028"),
        by="Ann Ünal",
        reason=reason,
        at=1_700_000_000.25,
        verdict_id="v-1",
        **{"expires": date(2027, 1, 31), **fields},
    )


def sign_off(release=RELEASE):
    return SignOff(
        release=release,
        by="Ben",
        reason="",
        at=1_700_000_001.5,
        verdict_id="v-2",
        policy_hash="p",
        decision=Decision.PASS,
        captured=2**40,
        settled=2**40,
    )


def kept_rule(**fields):
    return KeptRule(
        release=RELEASE,
        name="cents",
        endpoint="GET /items/*",
        location="$.price",
        action="ignore",
        by="Ann",
        reason="prices are in cents",
        at=1_700_000_002.5,
        since=1_700_000_000.0,
        verdict_id="v-3",
        **fields,
    )


def without_triggers(engine, statement):
    """What somebody does who owns the database."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
        else:
            for name in ("update", "delete", "replace"):
                connection.execute(text(f"DROP TRIGGER audit_log_{name}"))
        connection.execute(text(statement))


def test_what_was_decided_comes_back_as_it_was_in_its_order(engine):
    log = AuditLog(engine)
    acts = (approval(), sign_off(), approval(withdrawn=True, expires=None))
    for act in acts:
        log.append(act)
    log.append(approval(release="other"))
    assert StoreReader(engine).approvals(RELEASE) == acts
    assert len(StoreReader(engine).approvals()) == 4
    assert [entry.number for entry in log.entries(RELEASE)] == [1, 2, 3]
    assert [entry.number for entry in log.entries(RELEASE, before=3)] == [1, 2]
    assert log.broken_at() is None


def test_kept_rules_come_back_whatever_release_they_were_made_in(engine):
    log = AuditLog(engine)
    acts = (kept_rule(expires=date(2027, 1, 31)), kept_rule(only_here=True, withdrawn=True))
    for act in (approval(), acts[0], sign_off(release="other"), acts[1]):
        log.append(act)
    assert StoreReader(engine).kept_rules() == acts
    assert [entry.number for entry in log.entries(RELEASE)] == [1, 2, 4]
    assert log.broken_at() is None


def test_an_entry_that_is_no_longer_said_to_be_about_a_rule_breaks_the_chain(engine):
    log = AuditLog(engine)
    for act in (kept_rule(), kept_rule(withdrawn=True)):
        log.append(act)
    without_triggers(engine, "UPDATE audit_log SET rule = NULL WHERE number = 2")
    assert log.broken_at() == 2


def test_a_log_from_before_rules_were_kept_goes_on_after_the_upgrade(engine):
    log = AuditLog(engine)
    log.append(approval())
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_audit_log_rule"))
        connection.execute(text("ALTER TABLE audit_log DROP COLUMN rule"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    migrate(engine)
    log.append(kept_rule())
    assert StoreReader(engine).kept_rules() == (kept_rule(),)
    assert log.broken_at() is None


def test_an_empty_log_is_whole(engine):
    assert AuditLog(engine).broken_at() is None
    assert AuditLog(engine).entries(RELEASE) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET entry = '{}' WHERE number = 1",
        "UPDATE audit_log SET release = 'other'",
        "DELETE FROM audit_log WHERE number = 1",
        "DELETE FROM audit_log",
    ],
)
def test_the_database_refuses_to_change_or_remove_entries(engine, statement):
    log = AuditLog(engine)
    log.append(approval())
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert len(log.entries(RELEASE)) == 1
    assert log.broken_at() is None


def test_an_entry_cannot_be_written_over(engine):
    log = AuditLog(engine)
    log.append(approval())
    columns = "SELECT number, release, verdict_id, '{}' AS entry, digest, rule FROM audit_log"
    over = {
        "sqlite": f"INSERT OR REPLACE INTO audit_log {columns}",
        "postgresql": f"INSERT INTO audit_log {columns} ON CONFLICT (number) "
        "DO UPDATE SET entry = excluded.entry",
    }
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.execute(text(over[engine.dialect.name]))
    assert log.broken_at() is None


def test_postgresql_refuses_to_empty_the_log(postgres_url):
    engine = open_store(postgres_url)
    migrate(engine)
    AuditLog(engine).append(approval())
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.execute(text("TRUNCATE audit_log"))
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE audit_log SET entry = replace(entry, 'Ann', 'Eve') WHERE number = 2", 2),
        ("UPDATE audit_log SET release = 'other' WHERE number = 2", 2),
        ("UPDATE audit_log SET verdict_id = 'other' WHERE number = 3", 3),
        ("UPDATE audit_log SET entry = 'nonsense' WHERE number = 1", 1),
        ("DELETE FROM audit_log WHERE number = 1", 1),
        ("DELETE FROM audit_log WHERE number = 2", 2),
        ("UPDATE audit_log SET number = 9 WHERE number = 3", 3),
        (
            "INSERT INTO audit_log SELECT 4, release, verdict_id, entry, digest, rule "
            "FROM audit_log WHERE number = 3",
            4,
        ),
    ],
)
def test_a_forced_change_breaks_the_chain_where_it_is(engine, statement, first):
    log = AuditLog(engine)
    for reason in ("one", "two", "three"):
        log.append(approval(reason))
    without_triggers(engine, statement)
    assert log.broken_at() == first


def test_an_entry_that_leaves_no_number_for_others_is_told_as_a_change(engine):
    log = AuditLog(engine)
    log.append(approval("one"))
    without_triggers(engine, f"UPDATE audit_log SET number = {2**63 - 1} WHERE number = 1")
    with pytest.raises(UnavailableError, match="the audit log was changed: it has an entry 9223"):
        log.append(approval("two"))
    assert log.broken_at() == 1


def test_many_may_decide_at_once(url, engine):
    engines = [open_store(url) for _ in range(4)]

    def decide(own):
        for _ in range(5):
            AuditLog(own).append(approval())

    threads = [threading.Thread(target=decide, args=(own,)) for own in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.number for e in AuditLog(engine).entries(RELEASE)] == [*range(1, 21)]
    assert AuditLog(engine).broken_at() is None
    for own in engines:
        own.dispose()

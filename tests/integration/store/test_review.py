"""What reviewers look up beside a verdict."""

from shadow.model import BugLink
from shadow.store.audit import AuditLog
from shadow.store.review import ReviewReader
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import RELEASE, batch, compared, difference, signature


def test_a_signature_is_told_by_where_it_was_seen(engine) -> None:
    price = difference()
    StoreWriter(engine, RELEASE, "one").commit(
        batch(
            compared("1", differences=(price,)),
            compared("2", differences=(price,), noise=(price,)),
            compared("3", noise=(price,)),
            compared("4", differences=(price,), paired=False),
        )
    )
    seen = ReviewReader(engine).signature_counts(RELEASE, signature())
    assert (seen.only_candidate, seen.both, seen.only_secondary, seen.unpaired) == (1, 1, 1, 1)
    nothing = ReviewReader(engine).signature_counts(RELEASE, signature("$.other"))
    assert nothing.only_candidate == 0


def test_rules_are_told_by_what_they_excused_in_each_release(engine) -> None:
    excused = difference(excused_by="rounding")
    for release in ("a", "b"):
        StoreWriter(engine, release, release).commit(
            batch(*(compared(f"{n}", differences=(excused,)) for n in range(3)), line=release)
        )
    found = ReviewReader(engine).rule_matches(("a", "never"))
    assert [(each.release, each.rule, each.differences) for each in found] == [("a", "rounding", 3)]


def test_the_last_word_about_a_bug_counts(engine) -> None:
    log = AuditLog(engine)

    def said(location: str, *, withdrawn: bool = False) -> None:
        act = BugLink(
            release=RELEASE,
            signature=signature(location),
            link="https://tracker.example/1",
            by="Rita",
            at=1.0,
            verdict_id="0a",
            withdrawn=withdrawn,
        )
        log.append(act)

    said("$.a")
    said("$.b")
    said("$.a", withdrawn=True)
    assert [*ReviewReader(engine).bugs(RELEASE)] == [signature("$.b")]
    assert log.broken_at() is None


def test_the_log_is_read_from_its_end_in_pieces(engine) -> None:
    test_the_last_word_about_a_bug_counts(engine)
    reader = ReviewReader(engine)
    latest = reader.acts(2)
    assert [entry.number for entry in latest] == [3, 2]
    assert [entry.number for entry in reader.acts(2, before=2)] == [1]
    assert reader.acts(2, release="other") == ()
    assert (reader.acts_in_all(), reader.acts_in_all("other")) == (3, 0)

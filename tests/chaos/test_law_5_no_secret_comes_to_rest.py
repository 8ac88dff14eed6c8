"""Law 5: nothing that Shadow writes holds a secret: no store, no log, no report, no verdict."""

from pathlib import Path

from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from tests.support.processes import proxy, shadow, target
from tests.support.user import User

SECRETS = (
    "Bearer-s3cret-t0ken-7481",
    "session-c00kie-9902",
    "api-key-in-query-5533",
    "s3cret-in-a-header-1177",
)


def test_secrets_that_a_candidate_echoes_are_nowhere_to_be_found(tmp_path: Path) -> None:
    bearer, cookie, query, header = SECRETS
    with (
        target("echo", mark="production") as primary,
        target("echo", mark="candidate") as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            settings="policy: {min_exchanges: 20}",
        ) as running,
        User(f"http://127.0.0.1:{running.port}") as user,
    ):
        for number in range(50):
            user.get(
                f"/items/{number}?api_key={query}",
                f"Authorization: Bearer {bearer}",
                f"Cookie: sid={cookie}",
                f"X-Api-Key: {header}",
            )
        assert running.stop() == 0
        _, verdict = running.gate()
        report = shadow(
            "report",
            *running.asked(),
            "--output",
            str(tmp_path / "reports"),
        )
        assert report.returncode == 0, report.stderr
    assert verdict["findings"], "the echoes differ, so there is something to keep"
    kept = unpacked(running.store, running.release)
    assert "redacted:" in kept
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    said = f"{kept}{verdict}{report.stdout}{report.stderr}"
    assert not [secret for secret in SECRETS if secret.encode() in written or secret in said]


def unpacked(store: str, release: str) -> str:
    """All examples that the store keeps, as text; packed, they would hide what they hold."""
    engine = open_store(store)
    reader = StoreReader(engine)
    signatures = reader.counts(release).signatures
    kept = repr([reader.examples(release, signature, most=10) for signature in signatures])
    engine.dispose()
    return kept

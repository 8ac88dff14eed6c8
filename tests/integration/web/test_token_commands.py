"""`shadow token` makes, lists and revokes what `shadow web` lets in by."""

from pathlib import Path

import pytest

from tests.support.processes import shadow

USAGE = 2
MAKE = ("token", "create", "--name")


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shadow.db'}"


def test_a_token_is_printed_once_and_only_its_digest_is_kept(store: str, tmp_path: Path) -> None:
    made = shadow(*MAKE, "ci", "--scope", "read", "--store", store)
    again = shadow(*MAKE, "ci", "--scope", "admin", "--store", store)
    listed = shadow("token", "list", "--store", store)
    secret = made.stdout.strip()
    assert made.returncode == 0
    assert secret.startswith("shadow_")
    assert len(secret) >= len("shadow_") + 43
    assert again.returncode == USAGE
    assert "already" in again.stderr
    assert "ci" in listed.stdout
    assert secret not in listed.stdout
    assert not [f for f in tmp_path.iterdir() if secret.encode() in f.read_bytes()]


def test_a_revoked_token_is_listed_as_such_and_its_name_is_free(store: str) -> None:
    shadow(*MAKE, "ci", "--scope", "read", "--store", store)
    done = shadow("token", "revoke", "ci", "--by", "Ann", "--store", store)
    assert done.returncode == 0
    assert "revoked" in shadow("token", "list", "--store", store).stdout
    assert shadow(*MAKE, "ci", "--scope", "read", "--store", store).returncode == 0
    unknown = shadow("token", "revoke", "cd", "--store", store)
    assert unknown.returncode == USAGE
    assert "there are ci" in unknown.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("a b", "--scope", "read"), "--name"),
        (("a", "--scope", "write"), "scope"),
        (("a", "--scope", "read", "--expires", "2020-01-01"), "is over already"),
    ],
)
def test_what_cannot_be_is_said(store: str, more: tuple[str, ...], said: str) -> None:
    done = shadow(*MAKE, *more, "--store", store)
    assert done.returncode == USAGE
    assert said in done.stderr


def test_off_loopback_nothing_is_served_until_somebody_could_sign_in(store: str) -> None:
    shadow(*MAKE, "x", "--scope", "admin", "--store", store)
    shadow("token", "revoke", "x", "--store", store)
    refused = shadow("web", "--listen", "0.0.0.0:0", "--store", store)
    assert refused.returncode == USAGE
    assert "shadow token create" in refused.stderr

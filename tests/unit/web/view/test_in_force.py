from shadow.settings import Settings
from shadow.web.view.in_force import HIDDEN, groups_in_force

SECRETS = ("swordfish", "Bearer top", "0123456789abcdef0123456789abcdef")


def all_settings():
    settings = Settings.model_validate(
        {
            "release": "2.4.0",
            "store": "postgresql://ann:swordfish@db/shadow?sslpassword=swordfish",
            "redact": {"key": SECRETS[2]},
            "replay": {"candidate": {"set_headers": {"authorization": "Bearer top"}}},
            "capture": {"unsafe": [{"endpoint": "POST /quotes", "isolation": "a copy"}]},
        }
    )
    groups = groups_in_force(settings)
    return {each.name: each for group in groups for each in group.settings}


def test_no_secret_is_shown_and_that_there_is_one_is():
    shown = all_settings()
    text = repr(shown)
    assert not any(secret in text for secret in SECRETS)
    assert shown["redact.key"].values == (HIDDEN,)
    assert shown["replay.candidate.set_headers"].values == (f"authorization: {HIDDEN}",)


def test_what_was_given_is_told_from_what_is_as_shipped():
    shown = all_settings()
    assert shown["release"].is_given
    assert not shown["workers"].is_given
    assert shown["capture.unsafe"].values == ("endpoint: POST /quotes, isolation: a copy",)
    assert shown["primary"].values == ("not set",)

"""No secret of the settings is shown."""

import json

import pytest
from pydantic import ValidationError

from shadow.settings import (
    Settings,
    settings_as_json,
    settings_from_json,
)
from tests.unit.settings.loading import load, mistake, mistakes


def test_a_secret_that_is_written_into_a_name_is_not_shown() -> None:
    text = 'replay: {candidate: {set_headers: {"Authorization: Bearer hunter2": x}}}'
    said = mistake(text)
    assert "set_headers.Authorization: …" in said
    assert "hunter2" not in said


def test_the_address_of_a_provider_holds_no_password() -> None:
    text = """
    web:
      url: https://shadow.example
      oidc: {issuer: "https://u:hunter2@login.example", client_id: a, roles: {a: read}}
    """
    said = mistake(text)
    assert "web.oidc.issuer: must not hold a user name or password" in said
    assert "hunter2" not in said


class TestSecrets:
    SECRET = "correct-horse-battery"

    def test_mistakes_show_no_secret(self) -> None:
        text = f"""
primary: http://me:{self.SECRET}@prod
store: mysql://me:{self.SECRET}@db/shadow
queue: *{self.SECRET}
"""
        unknown = f"redact: {{key: !{self.SECRET} a}}"
        headers = {"SHADOW_REPLAY__CANDIDATE__SET_HEADERS": f"authorization {self.SECRET}"}
        found = [
            *mistakes(text),
            *mistakes(text.replace("queue: *", "queue: ")),
            *mistakes(unknown, headers),
            *mistakes("", {"SHADOW_ENDPOINTS": f"*{self.SECRET}"}),
            *mistakes(f"listen: {self.SECRET}", {"SHADOW_WORKERS": self.SECRET}),
        ]
        assert not [m for m in found if "horse" in str(m)]

    def test_settings_show_no_secret(self) -> None:
        settings = self.settings()
        shown = f"{settings!r} {settings} {settings.store_shown}"
        assert "horse" not in shown
        assert settings.store_shown == "postgresql://me@db:5432/shadow"

    def test_json_for_a_child_process_keeps_secrets_and_all_else(self) -> None:
        settings = self.settings()
        again = settings_from_json(settings_as_json(settings))
        assert again == settings
        assert again.redact.key is not None
        assert again.redact.key.get_secret_value() == self.SECRET
        assert again.notify.secret == again.redact.key

    def test_a_child_process_with_other_settings_shows_no_secret(self) -> None:
        values = {**json.loads(settings_as_json(self.settings())), "workers": self.SECRET}
        with pytest.raises(ValidationError) as caught:
            settings_from_json(json.dumps(values))
        assert "horse" not in str(caught.value)

    def settings(self) -> Settings:
        return load(
            f"""
store: postgresql://me:{self.SECRET}@db:5432/shadow?password={self.SECRET}
redact: {{key: {self.SECRET}}}
notify: {{url: "https://hooks.example/{self.SECRET}", secret: {self.SECRET}}}
replay: {{candidate: {{set_headers: {{authorization: {self.SECRET}}}}}}}
rules: [{{name: a, action: ignore, location: status, reason: why, expires: 2099-12-31}}]
"""
        )

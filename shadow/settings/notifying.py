"""Who is told that a verdict has changed, and the secret that messages are signed with."""

from pathlib import Path
from typing import Literal, Self

from pydantic import SecretStr, model_validator

from shadow.errors import Mistake, SettingsError
from shadow.settings import fields as kinds
from shadow.settings.sections import Section

_SHORTEST, _LONGEST = 16, 4096


class NotifySettings(Section):
    """Whom `shadow web` tells; the address is often a secret itself.

    The secret is given, or stands in a file that is read where messages are sent, and only there.
    """

    url: kinds.WebhookUrl | None = None
    format: Literal["generic", "slack"] = "generic"
    secret: kinds.RedactKey | None = None
    secret_file: Path | None = None

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.secret is not None and self.secret_file is not None:
            raise kinds.wrong("has a secret and a secret_file", "leave one of them out")
        unsigned = self.secret is None and self.secret_file is None
        if self.url is not None and self.format == "generic" and unsigned:
            hint = "give notify.secret_file, or SHADOW_NOTIFY__SECRET"
            raise kinds.wrong("has no secret to sign messages with", hint)
        return self

    def signing_secret(self) -> SecretStr | None:
        """Return the secret, from its file if that is where it is; raises `SettingsError`."""
        if self.secret_file is None:
            return self.secret
        try:
            with self.secret_file.open("rb") as stream:
                text = stream.read(_LONGEST + 1).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise self._wrong(f"cannot be read: {reason}") from None
        if not _SHORTEST <= len(text) <= _LONGEST:
            raise self._wrong("holds less than 16 characters, or too many")
        return SecretStr(text)

    def _wrong(self, problem: str) -> SettingsError:
        hint = "make one with: openssl rand -hex 32"
        place = f"notify.secret_file {self.secret_file}"
        return SettingsError((Mistake(place=place, problem=problem, hint=hint),))

"""Settings through their front door: text, variables and flags in, settings or mistakes out."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shadow.errors import Mistake, SettingsError
from shadow.settings import (
    Settings,
    load_settings,
)

TARGETS = {"primary": "http://prod:8080", "candidate": "http://pre:8080"}


def load(
    text: str | bytes = "",
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    file = Path("shadow.yaml")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_settings(file=file, environment=environment or {}, flags=flags or {})


def mistakes(
    text: str | bytes = "",
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> tuple[Mistake, ...]:
    with pytest.raises(SettingsError) as caught:
        load(text, environment, flags)
    return caught.value.mistakes


def mistake(text: str | bytes = "", environment: Mapping[str, str] | None = None) -> str:
    found = mistakes(text, environment)
    assert len(found) == 1, found
    return str(found[0])

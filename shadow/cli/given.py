"""The settings of a command: its flags, the environment and the settings file."""

import os
from pathlib import Path

from shadow.settings import Settings, load_settings


def settings_given(config: Path | None, **flags: object) -> Settings:
    """Read the settings, where flags that were given win; SettingsError if any is wrong."""
    given = {name: value for name, value in flags.items() if value is not None}
    return load_settings(file=config, environment=os.environ, flags=given)

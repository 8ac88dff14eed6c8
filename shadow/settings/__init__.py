"""All settings, and how they are loaded.

Flags are laid over SHADOW_* variables, those over shadow.yaml, that over the defaults. All
mistakes are reported together. docs/settings.md is the reference for operators.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self, get_origin

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from shadow.errors import Mistake, SettingsError
from shadow.settings import fields as kinds
from shadow.settings.mistakes import (
    Problem,
    Route,
    in_short,
    leaves,
    loops,
    problems_in,
    reported,
    unusable_authorities,
    unusable_certificate,
    unusable_store,
)
from shadow.settings.notifying import NotifySettings
from shadow.settings.openapi_file import routes_of
from shadow.settings.policy_globs import conflicting_globs
from shadow.settings.rule_files import repeated_names, rule_settings_in
from shadow.settings.sections import (
    ENGINES_WITHOUT_ANSWERS,
    CaptureSettings,
    CausesSettings,
    DiffSettings,
    OperationSettings,
    PolicySettings,
    RedactSettings,
    ReplaySettings,
    RuleSettings,
    Section,
    TargetSettings,
    TlsSettings,
)
from shadow.settings.sources import (
    PREFIX,
    from_environment,
    from_file,
    from_flags,
    overlaid,
)
from shadow.settings.telemetry import TelemetrySettings
from shadow.settings.web import WebSettings
from shadow.settings.yaml import Path as SettingPath

__all__ = [
    "CaptureSettings",
    "CausesSettings",
    "DiffSettings",
    "NotifySettings",
    "PolicySettings",
    "RedactSettings",
    "ReplaySettings",
    "RuleSettings",
    "Settings",
    "TargetSettings",
    "TelemetrySettings",
    "TlsSettings",
    "WebSettings",
    "environment_names",
    "load_settings",
    "settings_as_json",
    "settings_from_json",
]


class Settings(Section):
    """All that an operator can set."""

    release: kinds.Release | None = None
    primary: kinds.TargetUrl | None = None
    primary_ca: Path | None = None
    candidate: kinds.TargetUrl | None = None
    secondary: kinds.Secondary | None = None
    listen: kinds.ListenAddress = "127.0.0.1:8000"
    store: kinds.StoreUrl = Field(default="sqlite:///shadow.db", repr=False)
    queue: kinds.QueueEndpoint | None = None
    workers: kinds.Whole = Field(default=1, ge=1, le=64)
    reports: Path = Path("reports")
    tls: TlsSettings | None = None
    capture: CaptureSettings = CaptureSettings()
    replay: ReplaySettings = ReplaySettings()
    endpoints: tuple[kinds.EndpointTemplate, ...] = Field(default=(), max_length=kinds.MOST_ROUTES)
    openapi: Path | None = None
    operations: tuple[OperationSettings, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    rules: tuple[RuleSettings, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    rule_files: tuple[Path, ...] = Field(default=(), max_length=100)
    diff: DiffSettings = DiffSettings()
    redact: RedactSettings = RedactSettings()
    causes: CausesSettings = CausesSettings()
    policy: PolicySettings = PolicySettings()
    web: WebSettings = WebSettings()
    notify: NotifySettings = NotifySettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @model_validator(mode="before")
    @classmethod
    def _operations_may_stand_among_endpoints(cls, data: object) -> object:
        """Take entries of `endpoints` that are sections for entries of `operations`."""
        if not isinstance(data, dict) or not isinstance(data.get("endpoints"), list):
            return data
        moved = [entry for entry in data["endpoints"] if isinstance(entry, dict)]
        if not moved or not isinstance(data.get("operations") or [], list):
            return data
        left = [entry for entry in data["endpoints"] if not isinstance(entry, dict)]
        return {**data, "endpoints": left, "operations": [*(data.get("operations") or []), *moved]}

    @field_validator("rules")
    @classmethod
    def _names_are_distinct(cls, rules: tuple[RuleSettings, ...]) -> tuple[RuleSettings, ...]:
        names = [rule.name for rule in rules]
        for position, name in enumerate(names):
            if name in names[:position]:
                raise kinds.wrong(f"has two rules with the name {name!r}", "rename one")
        return rules

    @property
    def listen_address(self) -> tuple[str, int]:
        """Host and port to listen on; port 0 stands for any free port."""
        return kinds.split_address(self.listen)

    @property
    def asks_primary_again(self) -> bool:
        """Whether noise is learned from the primary itself, as there is no second one."""
        return self.secondary == kinds.SELF

    @property
    def asks_primary_first(self) -> bool:
        """Whether only copies of requests come in, so that workers ask the primary too."""
        return self.capture.engine in ENGINES_WITHOUT_ANSWERS

    @property
    def replays_recordings(self) -> bool:
        """Whether exchanges come from files, so that nobody waits for an answer."""
        return self.capture.engine == "files"

    @property
    def store_shown(self) -> str:
        """The store's URL without password, for people."""
        return kinds.without_password(self.store)

    def require(self, *names: str) -> Self:
        """Return the settings if all of these are given; dots lead into sections.

        Raises `SettingsError` that says of each one that is missing how to give it.
        """
        mistakes = tuple(_absent(name) for name in names if self._value(name) is None)
        if mistakes:
            raise SettingsError(mistakes)
        return self

    def require_to_replay(self) -> Self:
        """Return the settings if they say all that a worker needs; raises as `require` does."""
        needed = self.asks_primary_again or self.asks_primary_first
        primary = ("primary",) if needed else ()
        return self.require("release", "candidate", *primary)

    def _value(self, name: str) -> object:
        value: object = self
        for part in name.split("."):
            value = getattr(value, part)
        return value


def environment_names() -> Mapping[str, SettingPath]:
    """Every SHADOW_* variable that is a setting, with where that setting is."""
    paths = (path for path, _ in leaves(Settings))
    return {PREFIX + "__".join(map(str, path)).upper(): path for path in paths}


def load_settings(
    *, file: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]
) -> Settings:
    """Resolve all settings; `file` None takes SHADOW_CONFIG, or ./shadow.yaml where it exists.

    `flags` are named like settings, `capture.sample` for one in a section; None is not given.
    Raises `SettingsError` with every mistake there is.
    """
    variables = from_environment(environment, environment_names(), _structured())
    written = from_file(file, environment)
    given = overlaid(written, (*variables.values, *from_flags(flags).values))
    settings, problems = _validated(given.value)
    mistakes = (*given.mistakes, *variables.mistakes, *reported(problems, given.places))
    if mistakes:
        raise SettingsError(mistakes)
    return _with_routes(_with_rule_files(settings, given.places))


def _with_routes(settings: Settings) -> Settings:
    """Take in the routes of the OpenAPI document, behind those that are given."""
    if settings.openapi is None:
        return settings
    routes = dict.fromkeys((*settings.endpoints, *routes_of(settings.openapi).routes))
    return settings.model_copy(update={"endpoints": tuple(routes), "openapi": None})


def _with_rule_files(settings: Settings, places: Mapping[SettingPath, str]) -> Settings:
    """Take in the rules of all rule files, so that no other process has to read them."""
    if not settings.rule_files:
        return settings
    rules = list(settings.rules)
    mistakes: list[Mistake] = []
    for file in settings.rule_files:
        try:
            rules += rule_settings_in(file)
        except SettingsError as error:
            mistakes += error.mistakes
    mistakes += reported(repeated_names([rule.name for rule in rules]), places)
    if mistakes:
        raise SettingsError(tuple(mistakes))
    return settings.model_copy(update={"rules": tuple(rules), "rule_files": ()})


_SECRETS = (
    ("redact", "key"),
    ("notify", "url"),
    ("notify", "secret"),
    ("web", "oidc", "client_secret"),
)


def settings_as_json(settings: Settings) -> str:
    """Write resolved settings for a child process. Holds secrets: for a pipe, not for a log."""
    values = settings.model_dump(mode="json")
    for path in _SECRETS:
        *sections, name = path
        found: object = settings
        kept = values
        for section in sections:
            found = getattr(found, section)
            kept = kept[section] or {}
        secret: SecretStr | None = getattr(found, name, None)
        if secret is not None:
            kept[name] = secret.get_secret_value()
    return json.dumps(values)


def settings_from_json(text: str) -> Settings:
    """Read what `settings_as_json` wrote; what it names on this machine is not looked at again."""
    return Settings.model_validate_json(text)


def _structured() -> frozenset[SettingPath]:
    """Where settings are that hold lists or names with values, written as YAML in variables."""
    kept = (tuple, Mapping)
    return frozenset(p for p, field in leaves(Settings) if get_origin(field.annotation) in kept)


def _validated(value: object) -> tuple[Settings, list[Problem]]:
    """Check what was given; sections with mistakes are left out, so that the rest is checked."""
    try:
        settings, problems = Settings.model_validate(value), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
        problems = problems_in(Settings, errors)
        bad = {found["loc"][0] for found in errors}
        rest = {k: v for k, v in value.items() if k not in bad} if isinstance(value, dict) else {}
        settings = Settings.model_validate(rest)
    return settings, [*problems, *in_short(conflicting_globs(value)), *_cross_checked(settings)]


def _cross_checked(settings: Settings) -> list[Problem]:
    listen = None if settings.capture.engine == "tap" else settings.listen
    problems = [*loops(_routes(settings), listen), *unusable_store(settings.store)]
    if settings.tls is not None:
        problems += unusable_certificate(settings.tls.certificate, settings.tls.key)
    if settings.web.tls is not None:
        own = settings.web.tls
        problems += unusable_certificate(own.certificate, own.key, ("web", "tls"))
    if settings.primary_ca is not None:
        problems += unusable_authorities(settings.primary_ca)
    return problems


def _routes(settings: Settings) -> Iterator[Route]:
    replay = settings.replay
    for name, url, host in (
        ("primary", settings.primary, None),
        ("candidate", settings.candidate, replay.candidate.host),
        ("secondary", settings.secondary, replay.secondary.host),
    ):
        if url is not None and url != kinds.SELF:
            yield Route(target=name, url=url, host=host)


def _absent(name: str) -> Mistake:
    flag = "--" + name.replace(".", "-").replace("_", "-")
    variable = PREFIX + name.replace(".", "__").upper()
    hint = f"give {flag}, or {variable}, or {name} in shadow.yaml"
    return Mistake(place=name, problem="is not given", hint=hint)

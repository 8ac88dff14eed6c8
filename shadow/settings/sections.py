"""The sections of the settings: names, defaults and limits."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)

from shadow.diff.rules.rule import (
    PLAIN_ACTIONS,
    Action,
    Decode,
    Pattern,
    Rule,
    Tolerance,
    Unordered,
)
from shadow.model import DifferenceKind
from shadow.settings import fields as kinds
from shadow.verdict.policy import MOST_SLOWDOWN, EndpointPolicy, Policy

_KIB, _MIB, _GIB = 1024, 1024**2, 1024**3


class Section(BaseModel):
    """What all sections of the settings share: frozen, and no other names than their own."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_given(cls, data: object) -> object:
        """Take a name with nothing after it, as in `capture:`, for one that is not there."""
        if not isinstance(data, Mapping):
            return data
        return {k: v for k, v in data.items() if v is not None or k not in cls.model_fields}


class TlsSettings(Section):
    """The certificate that users see: PEM files."""

    certificate: Path
    key: Path


class UnsafeSettings(Section):
    """One endpoint with another than a safe method that is shadowed all the same.

    `repeat_to_primary` says that `isolation` holds for the primary as well, where workers ask that.
    """

    endpoint: kinds.UnsafeEndpoint
    isolation: kinds.Sentence
    repeat_to_primary: bool = False


ENGINES_WITHOUT_ANSWERS = frozenset({"sink"})
"""Ways in by which a copy of the request is all that comes in."""


class TapSettings(Section):
    """The Envoy whose admin tap tells of live requests; `match` is a predicate of Envoy's own."""

    admin: kinds.AdminUrl | None = None
    config_id: kinds.ConfigId = Field(default="shadow", max_length=200)
    match: Mapping[str, JsonValue] = Field(default={"any_match": True}, max_length=1)


class SinkSettings(Section):
    """What a mirror adds to its copies, to be taken off again."""

    host_suffix: str = Field(default="-shadow", max_length=64, pattern=r"^[A-Za-z0-9._-]*$")
    remove_headers: tuple[kinds.ChangedHeader, ...] = Field(
        default=(), max_length=kinds.MOST_ENTRIES
    )
    target_header: kinds.ChangedHeader | None = None


class GuardSettings(Section):
    """What Shadow may add to users' waiting, and how that is measured."""

    max_added_ms: kinds.Number = Field(default=25.0, gt=0, le=60_000)
    probe: bool = True
    probe_request: kinds.Probe = "HEAD /"
    probe_seconds: kinds.Number = Field(default=5.0, ge=0.1, le=3600)


class RecordingsSettings(Section):
    """What `shadow replay` replays, of whose requests, and how fast.

    `only` leaves out more than `capture.include` does, and never less.
    `repetition` says which time it is: what was counted before with the same number is not again.
    """

    files: tuple[Path, ...] = Field(default=(), max_length=kinds.MOST_RECORDINGS)
    host: tuple[kinds.HostGlob, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    only: tuple[kinds.Glob, ...] = Field(default=("*",), max_length=kinds.MOST_ENTRIES)
    speed: kinds.Speed = "1x"
    ask_primary: bool = False
    repetition: kinds.Whole = Field(default=1, ge=1, le=1_000_000)

    @property
    def times_as_fast(self) -> float | None:
        """What recorded pauses are divided by; None for no pauses."""
        return None if self.speed == kinds.AS_FAST else float(self.speed.removesuffix("x"))


class TeeSettings(Section):
    """How the tee relays: see `shadow.capture.tee.limits`. Connections are of one process."""

    processes: kinds.Whole = Field(default=1, ge=1, le=64)
    http2: Literal["auto", "prior_knowledge", "never"] = "auto"
    proxy_protocol: bool = False
    max_connections: kinds.Whole = Field(default=4096, ge=1, le=1_000_000)
    idle_seconds: kinds.Number = Field(default=600.0, gt=0, le=86_400)
    head_seconds: kinds.Number = Field(default=60.0, gt=0, le=3600)
    connect_seconds: kinds.Number = Field(default=30.0, gt=0, le=3600)
    max_copied_bytes: kinds.Whole = Field(default=64 * _MIB, ge=_MIB, le=64 * _GIB)


class CaptureSettings(Section):
    """How live requests come in, what of them is shadowed, and how much of it may wait."""

    engine: Literal["mitmproxy", "tee", "tap", "sink", "files"] = "mitmproxy"
    sample: kinds.Share = 1.0
    sample_by: kinds.SampleBy = "request"
    include: tuple[kinds.Glob, ...] = Field(default=("*",), max_length=kinds.MOST_ENTRIES)
    exclude: tuple[kinds.Glob, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    unsafe: tuple[UnsafeSettings, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    max_body_bytes: kinds.Whole = Field(default=_MIB, ge=0, le=_GIB)
    queue_exchanges: kinds.Whole = Field(default=2000, ge=1, le=1_000_000)
    queue_bytes: kinds.Whole = Field(default=16 * _MIB, ge=64 * _KIB, le=64 * _GIB)
    drain_seconds: kinds.Number = Field(default=30.0, ge=0, le=3600)
    tap: TapSettings = TapSettings()
    sink: SinkSettings = SinkSettings()
    target_rate: kinds.Number | None = Field(default=None, gt=0)
    max_memory_bytes: kinds.Whole = Field(default=_GIB, ge=64 * _MIB, le=1024 * _GIB)
    pause_file: kinds.FullPath | None = None
    guard: GuardSettings = GuardSettings()
    recordings: RecordingsSettings = RecordingsSettings()
    tee: TeeSettings = TeeSettings()

    @model_validator(mode="after")
    def _has_what_its_engine_takes(self) -> Self:
        if self.engine == "tap" and self.tap.admin is None:
            hint = "give --admin, or SHADOW_CAPTURE__TAP__ADMIN, or capture.tap.admin in a file"
            raise kinds.wrong("has an Envoy's tap for engine, and no Envoy", hint)
        return self


class TargetSettings(Section):
    """How one target is asked. `concurrency` and `requests_per_second` are of one worker."""

    timeout_seconds: kinds.Number = Field(default=10.0, gt=0, le=3600)
    max_body_bytes: kinds.Whole = Field(default=4 * _MIB, ge=1, le=_GIB)
    concurrency: kinds.Whole = Field(default=16, ge=1, le=1024)
    requests_per_second: kinds.Number | None = Field(default=None, gt=0)
    breaker_failures: kinds.Whole = Field(default=10, ge=1, le=1_000_000)
    breaker_seconds: kinds.Number = Field(default=5.0, gt=0, le=3600)
    breaker_successes: kinds.Whole = Field(default=2, ge=1, le=1000)
    back_off: bool = True
    set_headers: Mapping[kinds.ChangedHeader, kinds.HeaderValue] = Field(
        default={}, max_length=kinds.MOST_ENTRIES, repr=False
    )
    remove_headers: tuple[kinds.ChangedHeader, ...] = Field(
        default=(), max_length=kinds.MOST_ENTRIES
    )
    host: kinds.Host | None = None
    verify_tls: bool = True
    http2: bool = False


class SelfSettings(Section):
    """How often the primary is asked again, for `secondary: self`; the rate is of one worker.

    A delay has to fit into the time that workers have at the end for what is under way.
    """

    share: kinds.Share = 0.05
    requests_per_second: kinds.Number = Field(default=5.0, gt=0)
    delay_seconds: kinds.Number = Field(default=2.0, ge=0, le=10)


class ReplaySettings(Section):
    """How workers ask targets; the primary only for requests that come in without its answer."""

    primary: TargetSettings = TargetSettings()
    candidate: TargetSettings = TargetSettings()
    secondary: TargetSettings = TargetSettings()
    self: SelfSettings = SelfSettings()


class RuleSettings(Section):
    """One rule: which differences are excused, where, and why."""

    name: kinds.Sentence = Field(max_length=100)
    action: Literal[
        "ignore",
        "unordered",
        "set",
        "tolerance",
        "same_shape",
        "same_instant",
        "null_is_missing",
        "empty_is_null",
        "added_ok",
        "case_insensitive",
        "pattern",
        "decode",
    ]
    location: kinds.Location
    reason: kinds.Sentence
    endpoint: kinds.Glob = "*"
    owner: str = ""
    expires: date | None = None
    key: tuple[kinds.Sentence, ...] = Field(default=(), max_length=8)
    absolute: kinds.Number | None = Field(default=None, ge=0)
    relative: kinds.Number | None = Field(default=None, ge=0)
    milliseconds: kinds.Number | None = Field(default=None, ge=0)
    pattern: kinds.Re2 | None = None
    encodings: tuple[Literal["base64", "gzip", "json"], ...] = Field(default=(), max_length=4)

    @model_validator(mode="after")
    def _has_what_its_action_takes(self) -> Self:
        given = [name for name in PARAMETERS if getattr(self, name) not in {None, ()}]
        if (unfit := unfit_parameters(self.action, given)) is not None:
            raise kinds.wrong(*unfit)
        if "json" in self.encodings[:-1]:
            raise kinds.wrong("has encodings behind json", "json is what is inside: put it last")
        return self

    def to_rule(self) -> Rule:
        """The same as the differ knows it."""
        return Rule(
            name=self.name,
            action=self._to_action(),
            location=self.location,
            reason=self.reason,
            endpoint=self.endpoint,
            owner=self.owner,
            expires=self.expires,
        )

    def _to_action(self) -> Action:
        match self.action:
            case "unordered":
                return Unordered(key=self.key)
            case "tolerance":
                return Tolerance(
                    absolute=_exact(self.absolute),
                    relative=_exact(self.relative),
                    milliseconds=_exact(self.milliseconds),
                )
            case "pattern":
                return Pattern(self.pattern or "")
            case "decode":
                return Decode(encodings=self.encodings)
            case plain:
                return PLAIN_ACTIONS[plain]


_TAKES = {
    "unordered": ("key",),
    "tolerance": ("absolute", "relative", "milliseconds"),
    "pattern": ("pattern",),
    "decode": ("encodings",),
}
PARAMETERS = tuple(name for names in _TAKES.values() for name in names)
"""What the actions of rules take."""


def unfit_parameters(action: str, given: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with these parameters for an action, and what to do; None for nothing."""
    takes = _TAKES.get(action, ())
    for name in given:
        if name not in takes:
            hint = f"{action} takes {', '.join(takes) or 'no parameters'}"
            return f"has {name}, which is nothing that {action} takes", hint
    if action in {"tolerance", "pattern"} and not given:
        return f"says nothing to {action}", f"add {' or '.join(takes)}"
    return None


def _exact(number: float | None) -> Fraction | None:
    """The number as it was written, not the binary one that is nearest."""
    return None if number is None else Fraction(repr(number))


class OperationSettings(Section):
    """What names the operation of requests whose path does not."""

    match: kinds.Glob
    by: kinds.OperationName


class RuleFile(Section):
    """A file of rules that are reviewed apart from other settings."""

    rules: tuple[RuleSettings, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)


class MessageSettings(Section):
    """What protobuf message the answers to some requests are."""

    match: kinds.Glob
    message: kinds.Sentence


class DiffSettings(Section):
    """How replies are compared."""

    descriptor_set: Path | None = None
    messages: tuple[MessageSettings, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)

    ignore_headers: tuple[kinds.HeaderName, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    max_decoded_bytes: kinds.Whole = Field(default=16 * _MIB, ge=1, le=_GIB)
    deadline_seconds: kinds.Number = Field(default=1.0, gt=0, le=60)


class RedactSettings(Section):
    """What else than credentials and cookies may not be kept."""

    key: kinds.RedactKey | None = None
    headers: tuple[kinds.HeaderName, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    parameters: tuple[kinds.Sentence, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    paths: tuple[kinds.JsonPath, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)


class EndpointPolicySettings(Section):
    """What a verdict asks for of some endpoints; what is not given is as for all others."""

    match: kinds.Glob
    min_exchanges: kinds.Whole | None = Field(default=None, ge=1)
    max_excess_rate: kinds.Number | None = Field(default=None, gt=0, lt=1)
    max_slowdown: kinds.Number | None = Field(default=None, ge=1, le=MOST_SLOWDOWN)


class CausesSettings(Section):
    """What of requests tells users or variants apart, kept before all that is found by itself."""

    traits: tuple[kinds.TraitName, ...] = Field(default=(), max_length=32)


class PolicySettings(Section):
    """What a verdict asks for: see `shadow.verdict.policy.Policy`."""

    min_exchanges: kinds.Whole = Field(default=100, ge=1)
    max_excess_rate: kinds.Number = Field(default=0.01, gt=0, lt=1)
    alpha: kinds.Number = Field(default=0.05, gt=0, lt=1)
    min_captured_share: kinds.Share = 0.9
    min_judged_share: kinds.Share = 0.95
    min_answered_share: kinds.Share = 0.5
    max_slowdown: kinds.Number = Field(default=1.25, ge=1, le=MOST_SLOWDOWN)
    fail_on: tuple[DifferenceKind, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    required_endpoints: tuple[kinds.Glob, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    ignore_endpoints: tuple[kinds.Glob, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    endpoints: tuple[EndpointPolicySettings, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)

    @field_validator("fail_on")
    @classmethod
    def _can_be_told_at_once(cls, named: tuple[DifferenceKind, ...]) -> tuple[DifferenceKind, ...]:
        if DifferenceKind.SLOW in named:
            raise kinds.wrong("slow takes many answers to tell", "set max_slowdown instead")
        return named

    def to_policy(self) -> Policy:
        """The same as the verdict knows it."""
        endpoints = tuple(EndpointPolicy(**own.model_dump()) for own in self.endpoints)
        return Policy(**self.model_dump(exclude={"endpoints"}), endpoints=endpoints)

"""The sections of the settings: names, defaults and limits."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shadow.settings import fields as kinds
from shadow.verdict.policy import Policy

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
    """One endpoint with another than a safe method that is shadowed all the same."""

    endpoint: kinds.UnsafeEndpoint
    isolation: kinds.Sentence


class CaptureSettings(Section):
    """What of the live traffic is shadowed, and how much of it may wait."""

    sample: kinds.Share = 1.0
    sample_by: kinds.SampleBy = "request"
    include: tuple[kinds.Glob, ...] = Field(default=("*",), max_length=kinds.MOST_ENTRIES)
    exclude: tuple[kinds.Glob, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    unsafe: tuple[UnsafeSettings, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    max_body_bytes: kinds.Whole = Field(default=_MIB, ge=0, le=_GIB)
    queue_exchanges: kinds.Whole = Field(default=2000, ge=1, le=1_000_000)
    queue_bytes: kinds.Whole = Field(default=16 * _MIB, ge=64 * _KIB, le=64 * _GIB)
    drain_seconds: kinds.Number = Field(default=30.0, ge=0, le=3600)


class TargetSettings(Section):
    """How one target is asked. `concurrency` and `requests_per_second` are of one worker."""

    timeout_seconds: kinds.Number = Field(default=10.0, gt=0, le=3600)
    max_body_bytes: kinds.Whole = Field(default=4 * _MIB, ge=1, le=_GIB)
    concurrency: kinds.Whole = Field(default=16, ge=1, le=1024)
    requests_per_second: kinds.Number | None = Field(default=None, gt=0)
    breaker_failures: kinds.Whole = Field(default=10, ge=1, le=1_000_000)
    breaker_seconds: kinds.Number = Field(default=5.0, gt=0, le=3600)
    set_headers: Mapping[kinds.ChangedHeader, kinds.HeaderValue] = Field(
        default={}, max_length=kinds.MOST_ENTRIES, repr=False
    )
    remove_headers: tuple[kinds.ChangedHeader, ...] = Field(
        default=(), max_length=kinds.MOST_ENTRIES
    )
    host: kinds.Host | None = None
    verify_tls: bool = True
    http2: bool = False


class ReplaySettings(Section):
    """How the targets that users never see are asked."""

    candidate: TargetSettings = TargetSettings()
    secondary: TargetSettings = TargetSettings()


class RuleSettings(Section):
    """One rule: which differences are excused, where, and why."""

    name: kinds.Sentence = Field(max_length=100)
    action: Literal["ignore", "unordered"]
    location: kinds.Location
    reason: kinds.Sentence
    endpoint: kinds.Glob = "*"
    owner: str = ""
    expires: date | None = None


class DiffSettings(Section):
    """How replies are compared."""

    ignore_headers: tuple[kinds.HeaderName, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    max_decoded_bytes: kinds.Whole = Field(default=16 * _MIB, ge=1, le=_GIB)


class RedactSettings(Section):
    """What else than credentials and cookies may not be kept."""

    key: kinds.RedactKey | None = None
    headers: tuple[kinds.HeaderName, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    parameters: tuple[kinds.Sentence, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    paths: tuple[kinds.JsonPath, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)


class PolicySettings(Section):
    """What a verdict asks for: see `shadow.verdict.policy.Policy`."""

    min_exchanges: kinds.Whole = Field(default=100, ge=1)
    max_excess_rate: kinds.Number = Field(default=0.01, gt=0, lt=1)
    alpha: kinds.Number = Field(default=0.05, gt=0, lt=1)
    min_captured_share: kinds.Share = 0.9
    min_judged_share: kinds.Share = 0.95
    min_answered_share: kinds.Share = 0.5
    ignore_endpoints: tuple[kinds.Glob, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)

    def to_policy(self) -> Policy:
        """The same as the verdict knows it."""
        return Policy(**self.model_dump())

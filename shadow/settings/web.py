"""The section of the settings about pages and the HTTP API."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from shadow.settings import fields as kinds
from shadow.settings.sections import Section, TlsSettings


class OidcSettings(Section):
    """The OpenID Connect provider that people sign in at, and what they may do then."""

    issuer: kinds.Issuer
    client_id: kinds.Sentence
    client_secret: SecretStr | None = None
    scope: kinds.Sentence = "openid email profile"
    name_claim: kinds.Sentence = "email"
    role_claim: kinds.Sentence = "groups"
    roles: Mapping[str, Literal["read", "approve", "admin"]] = Field(
        min_length=1, max_length=kinds.MOST_ENTRIES
    )


class WebSettings(Section):
    """The pages and the HTTP API: where they are served, and by `shadow proxy` whether."""

    enabled: bool = True
    listen: kinds.ListenAddress = "127.0.0.1:8900"
    url: kinds.PublicUrl | None = None
    hosts: tuple[kinds.HostName, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    trusted_proxies: tuple[kinds.Network, ...] = Field(default=(), max_length=kinds.MOST_ENTRIES)
    tls: TlsSettings | None = None
    oidc: OidcSettings | None = None
    session_hours: kinds.Number = Field(default=12.0, gt=0, le=24 * 30)
    idle_minutes: kinds.Number = Field(default=120.0, ge=1, le=60 * 24 * 30)

    @model_validator(mode="after")
    def _provider_finds_back(self) -> Self:
        if self.oidc is not None and self.url is None:
            hint = "set web.url, which the provider sends browsers back to"
            raise kinds.wrong("has oidc without url", hint)
        return self

    @property
    def listen_address(self) -> tuple[str, int]:
        """Host and port to listen on; port 0 stands for any free port."""
        return kinds.split_address(self.listen)

"""Signing in at an OpenID Connect provider: authorization code with PKCE, state and nonce.

What a browser has to bring back is kept in a cookie of its own, so that any server may take it back
from there, and none has to remember who has begun.
"""

import base64
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from fastapi import Request
from starlette.responses import Response

from shadow.errors import UsageError
from shadow.model import Role

CALLBACK = "/sign-in/oidc/callback"
"""Where the provider sends browsers back to."""

MINUTES = 10
"""How long somebody may take at the provider."""

EVERYBODY = "*"
"""Instead of a value of the claim: whoever the provider knows."""

_COOKIE = "shadow_oidc"
_OWN_HOSTS = "__Host-"
"""Before a cookie's name: no other host, not even one of the same domain, can have set it."""

_VERIFIED = (True, "true")
"""Some providers say it as a text."""

_SECRET_BYTES = 32
_MOST_NAME = 100
_MOST_CODE = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcOptions:
    """The provider, and what it says of people.

    `issuer` is its URL, `url` our own. The claim `role_claim` has one value or several, of which
    `roles` says what they may do; `name_claim` is what their decisions are signed with.
    """

    issuer: str
    url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scope: str = "openid email profile"
    name_claim: str = "email"
    role_claim: str = "groups"
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who has signed in, with what they may do, and the page that their browser wants.

    A browser may say any `target`.
    """

    name: str
    role: Role
    target: str


class DeniedError(UsageError):
    """The provider, or what came back from it, lets nobody in."""


class Asking(Protocol):
    """What asks the provider: `shadow.web.access.provider.Provider`."""

    async def address(self, state: str, nonce: str, verifier: str) -> str:
        """Return where a browser is sent to sign in."""
        ...

    async def claims(self, code: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """Return what the provider says of whoever has this code; raises `DeniedError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """What a browser has to bring back, and where it goes on to."""

    state: str
    nonce: str
    verifier: str
    target: str
    ends_at: float


class Oidc:
    """Lets in by one provider; raises `UnavailableError` where it does not answer as one."""

    def __init__(self, options: OidcOptions, *, is_secure: bool) -> None:
        self._options = options
        self._is_secure = is_secure
        self._cookie = _OWN_HOSTS * is_secure + _COOKIE
        self._provider = _provider(options)

    async def begin(self, target: str) -> tuple[str, str]:
        """Return where to send a browser, and what to keep in its cookie until it is back."""
        begun = _Begun(
            state=secrets.token_urlsafe(_SECRET_BYTES),
            nonce=secrets.token_urlsafe(_SECRET_BYTES),
            verifier=secrets.token_urlsafe(_SECRET_BYTES),
            target=target,
            ends_at=time.time() + MINUTES * 60,
        )
        address = await self._provider.address(begun.state, begun.nonce, begun.verifier)
        return address, base64.urlsafe_b64encode(msgspec.json.encode(begun)).decode()

    async def finish(self, request: Request) -> Person:
        """Return who has signed in; raises `DeniedError` where nobody has."""
        begun, given = _begun(request.cookies.get(self._cookie, "")), request.query_params
        if begun is None or not _same(begun.state, given.get("state", "")):
            detail = "this was begun in another browser, or too long ago; sign in once more"
            raise DeniedError(detail)
        code = given.get("code", "")
        if not code or len(code) > _MOST_CODE:
            raise DeniedError("the provider let nobody in")
        claims = await self._provider.claims(code, begun.nonce, begun.verifier)
        name = self._name_in(claims)
        return Person(name=name, role=self._role_in(claims, name), target=begun.target)

    def keep(self, response: Response, kept: str) -> None:
        """Have a browser keep what `begin` returned."""
        response.set_cookie(
            self._cookie,
            kept,
            max_age=MINUTES * 60,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def forget(self, response: Response) -> None:
        """Have a browser forget it: it is good for one sign-in."""
        response.delete_cookie(self._cookie, path="/", secure=self._is_secure, httponly=True)

    def _name_in(self, claims: Mapping[str, Any]) -> str:
        claim = self._options.name_claim
        name = claims.get(claim)
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise DeniedError(f"the provider says no {claim} to sign decisions with")
        if claim == "email" and claims.get("email_verified", True) not in _VERIFIED:
            raise DeniedError("the provider has not verified this e-mail address")
        return name.strip()[:_MOST_NAME]

    def _role_in(self, claims: Mapping[str, Any], name: str) -> Role:
        said = claims.get(self._options.role_claim)
        values = said if isinstance(said, list) else [said]
        held = {value for value in values if isinstance(value, str)} | {EVERYBODY}
        roles = [role for value, role in self._options.roles.items() if value in held]
        if not roles:
            raise DeniedError(f"{name} may do nothing here: web.oidc.roles names no role for them")
        return max(roles, key=[*Role].index)


def _provider(options: OidcOptions) -> Asking:
    try:
        from shadow.web.access.provider import Provider  # noqa: PLC0415 - comes with an extra
    except ModuleNotFoundError:
        problem = "web.oidc needs the authlib package"
        raise UsageError(f"{problem}: pip install 'shadow-verify[oidc]'") from None
    return Provider(options, options.url + CALLBACK)


def _begun(kept: str) -> _Begun | None:
    try:
        begun = msgspec.json.decode(base64.urlsafe_b64decode(kept), type=_Begun)
    except (ValueError, msgspec.DecodeError):
        return None
    return begun if time.time() < begun.ends_at else None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())

"""The only module that speaks to an OpenID Connect provider, by authlib; it comes with an extra."""

import warnings
from collections.abc import Mapping
from typing import Any

from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shadow.errors import UnavailableError
from shadow.web.access.oidc import DeniedError, OidcOptions

with warnings.catch_warnings():
    # It would rather have httpx2 than httpx.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.common.errors import AuthlibBaseError
    from authlib.integrations.httpx_client import AsyncOAuth2Client
    from authlib.integrations.httpx_client._compat import httpx2
    from authlib.oidc.core import CodeIDToken

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
_WAIT_SECONDS = 10.0
_LEEWAY_SECONDS = 60
_DISCOVERY = "/.well-known/openid-configuration"


class Provider:
    """Asks a provider; raises `UnavailableError` where it does not answer as one."""

    def __init__(self, options: OidcOptions, redirect_uri: str) -> None:
        self._options = options
        self._redirect_uri = redirect_uri

    async def address(self, state: str, nonce: str, verifier: str) -> str:
        """Return where a browser is sent to sign in."""
        async with self._client() as client:
            provider = await self._discovered(client)
            address, _ = client.create_authorization_url(
                provider["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    async def claims(self, code: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """Return what the provider says of whoever has this code; raises `DeniedError`."""
        async with self._client() as client:
            provider = await self._discovered(client)
            try:
                granted = await client.fetch_token(
                    provider["token_endpoint"], code=code, code_verifier=verifier
                )
            except (AuthlibBaseError, httpx2.HTTPError, ValueError, KeyError) as error:
                raise DeniedError(f"the provider refused it ({type(error).__name__})") from error
            keys = await self._asked(client, provider["jwks_uri"])
        try:
            return self._checked(granted, keys, nonce)
        except (JoseError, KeyError, ValueError, TypeError) as error:
            detail = f"what the provider said can't be trusted ({type(error).__name__})"
            raise DeniedError(detail) from error

    def _checked(self, granted: Mapping[str, Any], keys: Any, nonce: str) -> Mapping[str, Any]:
        """Signature, issuer, audience, times and nonce are as they have to be."""
        own = KeySet.import_key_set(keys)
        said = jwt.decode(granted["id_token"], own, algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            said.claims,
            said.header,
            options={
                "iss": {"essential": True, "value": self._options.issuer},
                "aud": {"essential": True, "value": self._options.client_id},
            },
            params={
                "nonce": nonce,
                "client_id": self._options.client_id,
                "access_token": granted.get("access_token"),
            },
        )
        claims.validate(leeway=_LEEWAY_SECONDS)
        return dict(claims)

    async def _discovered(self, client: Any) -> Mapping[str, Any]:
        issuer = self._options.issuer
        said = await self._asked(client, issuer.rstrip("/") + _DISCOVERY)
        if said.get("issuer") != issuer:
            problem = f"the provider calls itself otherwise than {issuer}"
            raise UnavailableError(f"{problem}; write web.oidc.issuer as it does")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(said.get(name), str):
                raise self._no_provider(name)
        return said

    async def _asked(self, client: Any, address: str) -> Mapping[str, Any]:
        try:
            answer = await client.request("GET", address, withhold_token=True)
            answer.raise_for_status()
            said = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise self._no_provider(type(error).__name__) from error
        if not isinstance(said, dict):
            raise self._no_provider("no object")
        return said

    def _no_provider(self, why: str) -> UnavailableError:
        problem = f"the provider at {self._options.issuer} does not answer as one ({why})"
        hint = "check web.oidc.issuer, and whether this server can reach it"
        return UnavailableError(f"{problem}; {hint}")

    def _client(self) -> Any:
        return AsyncOAuth2Client(
            client_id=self._options.client_id,
            client_secret=self._options.client_secret,
            token_endpoint_auth_method=None if self._options.client_secret else "none",
            scope=self._options.scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=_WAIT_SECONDS,
            trust_env=False,
        )

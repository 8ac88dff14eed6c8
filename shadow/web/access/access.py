"""Who may have what: asked before each route, whatever it serves."""

import hmac
import secrets
import time
from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from shadow.errors import UnavailableError
from shadow.model import Role, Token
from shadow.store.engine import Store
from shadow.store.refusals import RefusalBook
from shadow.store.sessions import SEEN_SECONDS, SessionBook
from shadow.store.tokens import USED_SECONDS, TokenBook
from shadow.web.access.caller import Caller, Proof, remember
from shadow.web.access.cookies import SessionCookie, form_token
from shadow.web.access.forms import form_of
from shadow.web.access.oidc import Oidc
from shadow.web.access.refusing import Kind, RefusalTally, RefusedError
from shadow.web.access.sites import SAFE_METHODS, Sites, is_browser
from shadow.web.access.throttle import Throttle
from shadow.web.later import Later

FORM_FIELD = "form_token"
"""The field of a form that its page's token is in."""
FORM_HEADER = "x-form-token"
"""The header that it is in, of a request that is no form."""

METRICS = "/metrics"
"""Where Prometheus asks."""

_CHALLENGE = {"www-authenticate": "Bearer"}
_LOCAL_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOptions:
    """`local` is that only this machine can connect."""

    local: bool
    session_seconds: float
    idle_seconds: float


class Access:
    """Knows who asks, and lets through whoever may."""

    def __init__(
        self,
        store: Store,
        sites: Sites,
        cookie: SessionCookie,
        options: AccessOptions,
        later: Later,
        oidc: Oidc | None = None,
    ) -> None:
        self.oidc = oidc
        self.tokens = TokenBook(store)
        self.sessions = SessionBook(store, options.session_seconds, options.idle_seconds)
        self.refused = RefusalTally(RefusalBook(store))
        self.cookie = cookie
        self.sign_in_throttle = Throttle(time.monotonic)
        # Each return makes the provider be asked, and a browser may say that it comes from there.
        self.return_throttle = Throttle(time.monotonic)
        self._later = later
        self._sites = sites
        self._open = options.local and oidc is None
        self._open_at = float("-inf")
        self._local = Caller(
            name="", role=Role.ADMIN, proof=Proof.LOCAL, form_token=secrets.token_urlsafe(32)
        )

    async def admit(self, request: Request, needed: Role | None, token: str = "") -> None:
        """Let a request through; raises `RefusedError` for whoever may not.

        `needed` None is everybody, signed in or not; `token` is what was sent as one elsewhere
        than in the header, if anything.
        """
        try:
            self._sites.check(request)
            if needed is None:
                remember(request, await self._seen(request))
                return
            caller = await self._caller(request, token)
            remember(request, caller)
            await self._check(request, caller, needed)
        except RefusedError as refused:
            self.refused.add(request, refused)
            raise

    async def _check(self, request: Request, caller: Caller | None, needed: Role) -> None:
        if caller is None:
            detail = "sign in, or send a token: `Authorization: Bearer TOKEN`"
            raise RefusedError(Kind.NOT_SIGNED_IN, 401, detail, headers=_CHALLENGE)
        if not caller.role.covers(needed):
            detail = f"this takes the role {needed}; {caller.name} has {caller.role}"
            raise RefusedError(Kind.ROLE, 403, detail, caller.name)
        if request.method not in SAFE_METHODS and _needs_form_token(request, caller):
            await self._check_form_token(request, caller)

    async def _check_form_token(self, request: Request, caller: Caller) -> None:
        sent = request.headers.get(FORM_HEADER)
        if sent is None and not is_api(request):
            sent = (await form_of(request)).get(FORM_FIELD)
        if sent is None or not hmac.compare_digest(sent.encode(), caller.form_token.encode()):
            detail = "the page that this came from is too old: load it again, and repeat"
            raise RefusedError(Kind.FORM_TOKEN, 403, detail, caller.name)

    async def _caller(self, request: Request, sent: str) -> Caller | None:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" or sent:
            shown = secret.strip() if scheme.lower() == "bearer" else sent
            token = await run_in_threadpool(self.holder, shown)
            return Caller(name=token.name, role=token.role, proof=Proof.TOKEN)
        if (session := await self._session(request)) is not None:
            return session
        return self._local if await run_in_threadpool(self.is_open) else None

    async def _seen(self, request: Request) -> Caller | None:
        """Who has signed in, for what is served to everybody, also while the store is away."""
        try:
            return await self._session(request)
        except UnavailableError:
            return None

    async def _session(self, request: Request) -> Caller | None:
        cookie = self.cookie.read(request)
        return await run_in_threadpool(self._found, cookie) if cookie is not None else None

    def holder(self, secret: str) -> Token:
        """Return the token of a secret; raises `RefusedError` for one that does not hold."""
        now = time.time()
        token = self.tokens.shown(secret)
        if token is None:
            raise RefusedError(Kind.UNKNOWN_TOKEN, 401, "there is no such token", "", _CHALLENGE)
        if token.revoked_at is not None:
            detail = "this token was revoked"
            raise RefusedError(Kind.REVOKED_TOKEN, 401, detail, token.name, _CHALLENGE)
        if not token.holds(now):
            detail = "this token has expired"
            raise RefusedError(Kind.EXPIRED_TOKEN, 401, detail, token.name, _CHALLENGE)
        if token.used_at is None or now - token.used_at >= USED_SECONDS:
            self._later.do(lambda: self.tokens.used(token.id, now))
        return token

    def is_open(self) -> bool:
        """Whether this machine's user needs no token, as there never was one; blocks."""
        now = time.monotonic()
        if self._open and now - self._open_at >= _LOCAL_SECONDS:
            self._open = not self.tokens.any()
            self._open_at = now
        return self._open

    def _found(self, secret: str) -> Caller | None:
        now = time.time()
        session = self.sessions.find(secret, now)
        if session is None:
            return None
        if now - session.seen_at >= SEEN_SECONDS:
            self._later.do(lambda: self.sessions.seen(secret, now))
        return Caller(
            name=session.name,
            role=session.role,
            proof=Proof.SESSION,
            form_token=form_token(secret),
        )


def is_api(request: Request) -> bool:
    """Whether a request is for machines, which get problems as JSON and send no forms."""
    path = request.url.path
    return path.startswith("/api/") or path == METRICS


def _needs_form_token(request: Request, caller: Caller) -> bool:
    """Whether a browser may have been made to send it; programs of this machine know no page."""
    if caller.proof is Proof.LOCAL:
        return is_browser(request) or not is_api(request)
    return caller.proof is Proof.SESSION

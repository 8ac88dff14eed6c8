"""The cookie of a session."""

import hmac

from fastapi import Request
from starlette.responses import Response


class SessionCookie:
    """A cookie that no script reads, that goes to this host alone, and over TLS where there is any.

    `seconds` is how long a browser keeps it. `is_secure` where users come by https; elsewhere its
    name has the port, as cookies don't keep the ports of a host apart.
    """

    def __init__(self, port: int, seconds: float, *, is_secure: bool) -> None:
        self._name = "__Host-shadow" if is_secure else f"shadow_{port}"
        self._seconds = int(seconds)
        self._is_secure = is_secure

    def read(self, request: Request) -> str | None:
        """Return the secret of the session, if a browser sent one."""
        return request.cookies.get(self._name)

    def set(self, response: Response, secret: str) -> None:
        """Have the browser keep a secret."""
        response.set_cookie(
            self._name,
            secret,
            max_age=self._seconds,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(
            self._name, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )


def form_token(secret: str) -> str:
    """What pages of a session put into their forms: nobody can make it who has not its cookie."""
    return hmac.digest(secret.encode(), b"form", "sha256").hex()

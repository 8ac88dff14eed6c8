"""How a receiver knows that a message is ours and new: https://www.standardwebhooks.com."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """Return the key of a secret: its own bytes, or those behind `whsec_` in base 64."""
    if secret.startswith(_PREFIX):
        try:
            return b64decode(secret.removeprefix(_PREFIX), validate=True)
        except ValueError:
            return secret.encode()
    return secret.encode()


def signed_headers(key: bytes, message_id: str, now: float, body: bytes) -> Mapping[str, str]:
    """Make the headers that sign a message sent at `now`, in epoch seconds."""
    moment = str(int(now))
    signed = b".".join((message_id.encode(), moment.encode(), body))
    digest = b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{digest}",
    }

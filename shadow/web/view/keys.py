"""How pages call what has no short name of its own."""

import json
from hashlib import sha256

from shadow.model import Endpoint

_CHARS = 12


def endpoint_key(endpoint: Endpoint) -> str:
    """Name an endpoint in 12 hexadecimal digits, the same in every release."""
    text = json.dumps([endpoint.method, endpoint.template])
    return sha256(text.encode()).hexdigest()[:_CHARS]

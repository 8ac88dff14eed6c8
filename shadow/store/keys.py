"""What rows are called: texts any database takes, and digests of them as keys (pure).

Templates and locations come from requests and answers, so they may hold anything. A text that is
kept once is kept the same again, so keys can be computed from what was read back.
"""

from dataclasses import replace
from hashlib import blake2b

from shadow.model import Difference, Endpoint, Group, Observation, Signature

MAX_TEXT = 512
"""Longer texts are cut, with a digest of the whole so that different ones stay different."""

_CUT_AT = 400
_NUL = "\0"


def kept(text: str) -> str:
    """Return `text` as it can be stored: no NUL, no lone surrogate, at most `MAX_TEXT` long."""
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    if _NUL in text:
        text = text.replace(_NUL, "\\u0000")
    if len(text) > MAX_TEXT:
        text = f"{text[:_CUT_AT]}…{digest(text)}"
    return text


def storable(observation: Observation) -> Observation:
    """Return an observation whose endpoint and differences are named by kept texts."""
    return replace(
        observation,
        endpoint=_endpoint(observation.endpoint),
        differences=tuple(_difference(d) for d in observation.differences),
        noise=tuple(_difference(d) for d in observation.noise),
    )


def digest(*parts: str) -> str:
    """Name a tuple of kept texts in 32 characters."""
    return blake2b(_NUL.join(parts).encode(), digest_size=16).hexdigest()


def endpoint_id(release: str, endpoint: Endpoint) -> str:
    """Return the key of an endpoint's row."""
    return digest(release, kept(endpoint.method), kept(endpoint.template))


def signature_id(release: str, signature: Signature) -> str:
    """Return the key of a signature's row."""
    return digest(
        endpoint_id(release, signature.endpoint),
        kept(signature.location),
        signature.kind,
        kept(signature.excused_by),
    )


def group_id(release: str, group: Group) -> str:
    """Return the key of the row of a group, or of a renaming."""
    return digest(
        endpoint_id(release, group[0].endpoint), *(signature_id(release, each) for each in group)
    )


def example_id(release: str, exchange_id: str) -> str:
    """Return the key of the row that holds an exchange's example."""
    return digest(release, kept(exchange_id))


def _endpoint(endpoint: Endpoint) -> Endpoint:
    return Endpoint(method=kept(endpoint.method), template=kept(endpoint.template))


def _difference(difference: Difference) -> Difference:
    location, excused_by = kept(difference.location), kept(difference.excused_by or "")
    if (location, excused_by) == (difference.location, difference.excused_by or ""):
        return difference
    return replace(difference, location=location, excused_by=excused_by or None)

"""The section of the settings about traces."""

import re
from typing import Annotated

from pydantic import AfterValidator

from shadow.report.trace import TRACE_ID
from shadow.settings import fields as kinds
from shadow.settings.sections import Section

_TRACE_HINT = f"write https://jaeger.example.com/trace/{TRACE_ID}"
_OF_A_URL = r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]{1,2000}"
"""RFC 3986, section 2."""


def _trace_url(url: str) -> str:
    if TRACE_ID not in url:
        raise kinds.wrong(f"has no {TRACE_ID}, where the id of a trace belongs", _TRACE_HINT)
    if not re.fullmatch(_OF_A_URL, url.replace(TRACE_ID, "0")):
        raise kinds.wrong("has characters that no URL has", "write them as %7B and the like")
    parts = kinds.split_web_url(url, _TRACE_HINT)
    if "@" in parts.netloc:
        raise kinds.wrong("must not hold a user name or password", _TRACE_HINT)
    return url


type TraceUrl = Annotated[str, AfterValidator(_trace_url)]


class TelemetrySettings(Section):
    """Where people look at traces."""

    trace_url: TraceUrl | None = None

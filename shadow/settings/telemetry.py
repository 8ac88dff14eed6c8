"""The section of the settings about traces: where they are looked at, and where spans are sent."""

import re
from typing import Annotated

from pydantic import AfterValidator

from shadow.report.trace import TRACE_ID
from shadow.settings import fields as kinds
from shadow.settings.sections import Section

_SPANS = "/v1/traces"
_TRACE_HINT = f"write https://jaeger.example.com/trace/{TRACE_ID}"
_COLLECTOR_HINT = "write http://HOST:4318"
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


def _collector(url: str) -> str:
    parts = kinds.split_web_url(url, _COLLECTOR_HINT)
    if "@" in parts.netloc or "?" in url or "#" in url or not re.fullmatch(_OF_A_URL, url):
        hint = "give credentials as OTEL_EXPORTER_OTLP_HEADERS, in the environment"
        raise kinds.wrong("must be a scheme, a host and at most a path", hint)
    return url.rstrip("/").removesuffix(_SPANS)


type TraceUrl = Annotated[str, AfterValidator(_trace_url)]
type CollectorUrl = Annotated[str, AfterValidator(_collector)]


class TelemetrySettings(Section):
    """Where people look at traces, and the collector that workers send their own spans to.

    `share` is of the traces that whoever began them keeps.
    """

    trace_url: TraceUrl | None = None
    otlp_endpoint: CollectorUrl | None = None
    share: kinds.Share = 1.0

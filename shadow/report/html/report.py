"""A verdict as one HTML file, which needs nothing else: no network, no script."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

from markupsafe import Markup

from shadow.model import Example, HealthSeries, Signature, Verdict
from shadow.report.html.environment import environment, style
from shadow.report.view.page import report_view


def verdict_as_html(
    verdict: Verdict,
    examples: Mapping[Signature, Example],
    trace_url: str | None = None,
    health: HealthSeries | None = None,
) -> str:
    """Write a verdict as one HTML document, with the release's health over time if it is given.

    `examples` holds redacted pairs of replies by the signature they show. `trace_url` is where
    traces are shown, with `{trace_id}` in it. The document forbids
    itself, by a content security policy, whatever is not its own style.
    """
    return (
        environment()
        .get_template("report.html")
        .render(
            report=report_view(verdict, examples, trace_url, health),
            style=Markup(style()),  # noqa: S704 - our own file
            policy=f"default-src 'none'; style-src 'sha256-{_digest(style())}'; base-uri 'none'; "
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()

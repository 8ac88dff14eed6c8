"""The options that several commands share: their names, and what help says of them."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="Settings file.  [default: shadow.yaml, if there is one]",
        show_default=False,
    ),
]
Release = Annotated[
    str | None,
    typer.Option(
        "--release",
        "-r",
        metavar="NAME",
        help="Name of the release that is judged.",
        show_default=False,
    ),
]
Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Database, sqlite:///FILE or postgresql://…  [default: sqlite:///shadow.db]",
        show_default=False,
    ),
]
Candidate = Annotated[
    str | None,
    typer.Option(
        "--candidate", metavar="URL", help="Base URL of the pre-release.", show_default=False
    ),
]
Secondary = Annotated[
    str | None,
    typer.Option(
        "--secondary",
        metavar="URL|self",
        help="Base URL of a second production server, to learn noise from; or self: production "
        "is asked again for a share of the safe requests.",
        show_default=False,
    ),
]
Primary = Annotated[
    str | None,
    typer.Option("--primary", metavar="URL", help="Base URL of production.", show_default=False),
]
Listen = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="Where users connect.  [default: 127.0.0.1:8000]",
        show_default=False,
    ),
]
Admin = Annotated[
    str | None,
    typer.Option(
        "--admin",
        metavar="URL",
        help="Admin interface of the Envoy, as http://127.0.0.1:9901.",
        show_default=False,
    ),
]
ConfigId = Annotated[
    str | None,
    typer.Option(
        "--config-id",
        metavar="ID",
        help="The config_id of the Envoy's tap filter.  [default: shadow]",
        show_default=False,
    ),
]
Sample = Annotated[
    str | None,
    typer.Option(
        "--sample",
        metavar="SHARE",
        help="Share of the requests, by hash: 0.1 is one in ten.  [default: 1.0]",
        show_default=False,
    ),
]
ListenToMirrors = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="Where mirrors connect.  [default: 127.0.0.1:8000]",
        show_default=False,
    ),
]
ListenForPages = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="Where browsers and machines connect.  [default: 127.0.0.1:8900]",
        show_default=False,
    ),
]
NoWeb = Annotated[
    bool, typer.Option("--no-web", help="Serve no review pages beside it (web.enabled).")
]
LIVE_ENGINES = ("mitmproxy", "tee")
EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="|".join(LIVE_ENGINES),
        help="What users' requests come in by; tee is fast and changes no byte.  "
        "[default: mitmproxy]",
        show_default=False,
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes",
        min=1,
        max=64,
        help="Live processes that share the address, with the tee.  [default: 1]",
        show_default=False,
    ),
]
Queue = Annotated[
    str | None,
    typer.Option(
        "--queue",
        metavar="IPC",
        help="Where the live process is met, as ipc:///run/shadow/queue.",
        show_default=False,
    ),
]
FindingId = Annotated[
    str | None,
    typer.Option(
        "--finding",
        metavar="ID",
        help="Accept this finding as intended; the gate and the report show its id.",
        show_default=False,
    ),
]
CoveredFinding = Annotated[
    str | None,
    typer.Option(
        "--finding",
        metavar="ID",
        help="A finding that the rule has to cover; without RULES, the narrowest rule that does.",
        show_default=False,
    ),
]
RuleExpires = Annotated[
    datetime | None,
    typer.Option(
        "--expires",
        metavar="YYYY-MM-DD",
        formats=["%Y-%m-%d"],
        help="Last day, UTC, on which the rule holds.  [default: the rule's own, or for good]",
        show_default=False,
    ),
]
OnlyHere = Annotated[
    bool, typer.Option("--only-here", help="Let it hold in this release alone, in no later one.")
]
By = Annotated[
    str,
    typer.Option(
        "--by", metavar="NAME", help="Who decides: a person's name; needed.", show_default=False
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="TEXT",
        help="Why; needed for all but a sign-off on PASS.",
        show_default=False,
    ),
]
Expires = Annotated[
    datetime | None,
    typer.Option(
        "--expires",
        metavar="YYYY-MM-DD",
        formats=["%Y-%m-%d"],
        help="Last day, UTC, on which the finding is accepted.  [default: for good]",
        show_default=False,
    ),
]
Withdraw = Annotated[bool, typer.Option("--withdraw", help="Take back the approval of --finding.")]
Override = Annotated[
    bool,
    typer.Option("--override", help="Sign off whatever the verdict is; the log says so."),
]
Scratch = Annotated[Path, typer.Option("--scratch")]


class VerdictFormat(StrEnum):
    """How `gate` prints."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """How `report` writes."""

    HTML = "html"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    JSON = "json"
    SARIF = "sarif"

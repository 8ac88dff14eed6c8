"""What people decide about a release, and the log of it."""

from typing import Annotated

import typer

from shadow.cli.exits import EXIT_COULD_NOT_RUN
from shadow.cli.given import settings_given
from shadow.cli.terminals import ERR, OUT
from shadow.errors import UsageError
from shadow.options import (
    By,
    Config,
    Expires,
    FindingId,
    Override,
    Reason,
    Release,
    Store,
    Withdraw,
)

commands = typer.Typer()


@commands.command()
def approve(
    *,
    by: By = "",
    release: Release = None,
    finding: FindingId = None,
    reason: Reason = "",
    expires: Expires = None,
    withdraw: Withdraw = False,
    override: Override = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """Accept a finding as intended, or sign the release off on PASS.

    With --finding, the finding counts no longer in this release's verdict. Without, the release is
    signed off. Both are written to the audit log, for good.
    """
    from shadow.commands import approvals

    settings = settings_given(config, release=release, store=store)
    settings.require("release")
    signer = approvals.Signer(by=by, reason=reason)
    if finding is None:
        if withdraw or expires is not None:
            raise UsageError("--expires and --withdraw go with --finding ID")
        approvals.sign_off(settings, signer, OUT, ERR, override=override)
        return
    if override:
        raise UsageError("--override signs a release off: give it without --finding")
    if not withdraw:
        last_day = expires.date() if expires else None
        approvals.accept(settings, finding, signer, last_day, OUT, ERR)
        return
    if expires is not None:
        raise UsageError("--withdraw holds from now on: give it without --expires")
    approvals.withdraw(settings, finding, signer, OUT, ERR)


@commands.command()
def audit(
    release: Release = None,
    verdict: Annotated[
        str | None,
        typer.Option(
            "--verdict",
            metavar="ID",
            help="Print this stored verdict as JSON instead.",
            show_default=False,
        ),
    ] = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Print who approved what and why, and say whether the log is as it was written.

    Exit code 0 if it is, 4 if an entry was changed, added or removed since.
    """
    from shadow.commands import approvals

    settings = settings_given(config, release=release, store=store)
    if verdict is not None:
        approvals.print_stored(settings, verdict, OUT)
        return
    settings.require("release")
    if not approvals.audit(settings, OUT):
        raise typer.Exit(EXIT_COULD_NOT_RUN)

"""What is served to people and machines over HTTP."""

import typer

from shadow.cli.given import settings_given
from shadow.cli.terminals import OUT
from shadow.options import Config, ListenForPages, Store

commands = typer.Typer()


@commands.command()
def web(listen: ListenForPages = None, store: Store = None, config: Config = None) -> None:
    """Serve the review pages and the HTTP API of a store, until SIGTERM or Ctrl-C.

    `shadow proxy` does so by itself. Policy and rules are those of the settings, so give it the
    file that the gate is given.
    """
    from shadow.web.serving import serve

    serve(settings_given(config, store=store, **{"web.listen": listen}), OUT)

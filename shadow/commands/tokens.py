"""What `shadow token` does: make, list and revoke what lets people and machines in over HTTP."""

import re
import time
from datetime import UTC, datetime, timedelta

from rich.markup import escape
from rich.table import Table

from shadow.errors import UsageError
from shadow.model import Role, Token
from shadow.report.plain import moment
from shadow.settings import Settings
from shadow.store.engine import migrate, open_store
from shadow.store.tokens import TokenBook
from shadow.terminal import Terminal

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


def create(
    settings: Settings, name: str, role: Role, expires: datetime | None, by: str, out: Terminal
) -> None:
    """Make a token and print its secret, this once; `expires` is its last day, UTC."""
    if not _NAME.fullmatch(name):
        hint = "write 1 to 64 letters, digits, '.', '_', '@', '+' or '-', a letter or digit first"
        raise UsageError(f"--name: {hint}")
    now = time.time()
    ends = (
        None if expires is None else (expires.replace(tzinfo=UTC) + timedelta(days=1)).timestamp()
    )
    if ends is not None and ends <= now:
        raise UsageError("--expires is over already (UTC); name today or a later day")
    store = open_store(settings.store)
    try:
        migrate(store)
        _, secret = TokenBook(store).create(name, role, now, ends, by)
    finally:
        store.dispose()
    out.document(f"{secret}\n")


def revoke(settings: Settings, wanted: str, by: str, out: Terminal) -> None:
    """End a token at once, and the sessions that were opened with it."""
    store = open_store(settings.store)
    try:
        migrate(store)
        token = TokenBook(store).revoke(wanted, time.time(), by)
    finally:
        store.dispose()
    out.news(f"revoked {escape(token.name)} ({token.id})")


def list_tokens(settings: Settings) -> Table:
    """A table of the tokens, newest first."""
    table = Table("Id", "Name", "Scope", "State", "Made", "Last used")
    now = time.time()
    for token in TokenBook(open_store(settings.store)).all():
        used = "never" if token.used_at is None else moment(token.used_at)
        row = (token.id, token.name, token.role.value, _state(token, now), moment(token.created_at))
        table.add_row(*(escape(cell) for cell in (*row, used)))
    return table


def _state(token: Token, now: float) -> str:
    if token.revoked_at is not None:
        return f"revoked {moment(token.revoked_at)}"
    if token.expires_at is None:
        return "holds"
    return f"{'holds until' if token.holds(now) else 'expired'} {moment(token.expires_at)}"

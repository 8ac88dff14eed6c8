"""The audit log for people: who decided what, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from shadow.model import Approval, BugLink, KeptRule, Signature, SignOff, TokenChange
from shadow.report.view.texts import Prose, prose, shown
from shadow.store.audit import Act, AuditEntry
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places
from shadow.web.view.ages import Age, age

_MOST_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A finding that an act speaks of."""

    id: str
    location: str
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActView:
    """An entry of the log; `release` is empty for what is about none."""

    number: int
    what: str
    by: str
    at: Age
    release: str
    said: Prose
    places: tuple[Place, ...]
    more_places: str
    digest: str


def act_views(entries: Sequence[AuditEntry], now: float, *, is_admin: bool) -> tuple[ActView, ...]:
    """Show entries in the order they are in; only administrators see what is about tokens."""
    return tuple(_act(entry, now, is_admin=is_admin) for entry in entries)


def _act(entry: AuditEntry, now: float, *, is_admin: bool) -> ActView:
    act = entry.act
    what, said = _said(act, is_admin=is_admin)
    places = act.places if isinstance(act, Approval | BugLink) else ()
    is_hidden = isinstance(act, TokenChange) and not is_admin
    return ActView(
        number=entry.number,
        what=what,
        by="" if is_hidden else shown(act.by) if act.by else "",
        at=age(act.at, now),
        release=act.release,
        said=prose(said, 3_000) if said else (),
        places=tuple(_place(each) for each in places[:_MOST_PLACES]),
        more_places=and_places(len(places) - _MOST_PLACES),
        digest=entry.digest,
    )


def _said(act: Act, *, is_admin: bool) -> tuple[str, str]:
    match act:
        case Approval():
            until = f" (until {act.expires})" if act.expires else ""
            return ("taken back" if act.withdrawn else "accepted"), f"{act.reason}{until}"
        case KeptRule():
            until = f" (until {act.expires})" if act.expires else ""
            reach = ", for this release alone" if act.only_here else ""
            where = f"{shown(act.endpoint, 200)} `{shown(act.location, 200)}`"
            what = "withdrew a rule" if act.withdrawn else "made a rule"
            return what, f"`{act.name}` ({act.action} at {where}){reach}: {act.reason}{until}"
        case SignOff():
            against = f"against the verdict {act.decision}" if act.override else "on PASS"
            return "signed off", f"{against}: {act.reason}" if act.reason else against
        case BugLink():
            return ("no bug after all", "") if act.withdrawn else ("called a bug", act.link)
        case TokenChange():
            what = "token revoked" if act.revoked else "token made"
            said = f"`{act.name}` with the role {act.role}" if is_admin else ""
            return what, said


def _place(signature: Signature) -> Place:
    return Place(
        id=finding_id(signature),
        location=shown(signature.location),
        endpoint=shown(str(signature.endpoint)),
    )

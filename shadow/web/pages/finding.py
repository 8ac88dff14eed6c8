"""A finding: both answers side by side, what is known of it, and what is decided about it."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from shadow.commands.deciding import Decide, acceptance, bug_link, withdrawal
from shadow.errors import NotFoundError
from shadow.model import Approval, BugLink, Example, Role, SignatureCounts, Verdict
from shadow.report.moments import Moment
from shadow.store.reader import StoreReader
from shadow.web.access.forms import form_of
from shadow.web.access.routes import routes_for
from shadow.web.context import Web, web_of
from shadow.web.judging import Judged
from shadow.web.pages.asked import number_asked
from shadow.web.pages.deciders import day_in, decider_of, signer_of, why_undecided
from shadow.web.pages.release import chrome, judging, moments_of
from shadow.web.view.finding import Found, find, finding_page, title_of
from shadow.web.view.story import story_of_finding

routes = routes_for(Role.READ, "/releases/{release}/findings/{wanted}")
deciding_routes = routes_for(Role.APPROVE, "/releases/{release}/findings/{wanted}")

_MOST_EXAMPLES = 10
_MOST_MOMENTS = 12
_SAID = {
    "accepted": "Accepted as intended: it counts neither way from now on.",
    "withdrawn": "Taken back: the finding counts again.",
    "ruled": "Made a rule: what it covers is excused from now on.",
    "unruled": "The rule is withdrawn: what it covered counts again.",
    "bug": "Marked as a bug: it counts as before.",
    "no-bug": "It is no longer marked as a bug.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What the store has of a finding."""

    examples: tuple[Example, ...]
    seen: SignatureCounts
    bug: BugLink | None
    moments: tuple[Moment, ...]


@routes.get("", include_in_schema=False)
async def finding(request: Request, release: str, wanted: str) -> Response:
    """Show a finding with one of its examples."""
    web = web_of(request)
    done = _SAID.get(request.query_params.get("done", ""), "")
    judged = await (web.verdicts.current(release) if done else web.verdicts.shown(release))
    if judged is None:
        return judging(request, release)
    return await _shown(request, judged, wanted, done=done)


@deciding_routes.post("/accept", include_in_schema=False)
async def accept(request: Request, release: str, wanted: str) -> Response:
    """Accept it as intended."""
    form = await form_of(request)

    def decide(verdict: Verdict, _reader: StoreReader) -> Approval:
        signer, until = signer_of(request, form), day_in(form.get("expires", ""))
        return acceptance(verdict, wanted, signer, time.time(), until)

    return await _decided(request, release, wanted, decide, "accepted")


@deciding_routes.post("/withdraw", include_in_schema=False)
async def withdraw(request: Request, release: str, wanted: str) -> Response:
    """Take its approval back."""
    form = await form_of(request)

    def decide(verdict: Verdict, reader: StoreReader) -> Approval:
        acts = reader.approvals(release)
        return withdrawal(verdict, acts, wanted, signer_of(request, form), time.time())

    return await _decided(request, release, wanted, decide, "withdrawn")


@deciding_routes.post("/bug", include_in_schema=False)
async def bug(request: Request, release: str, wanted: str) -> Response:
    """Mark it as a bug, or no longer."""
    form = await form_of(request)
    is_none = form.get("withdrawn", "") == "yes"

    def decide(verdict: Verdict, _reader: StoreReader) -> BugLink:
        signer, link = signer_of(request, form), form.get("link", "").strip()
        return bug_link(verdict, wanted, link, signer, time.time(), withdrawn=is_none)

    return await _decided(request, release, wanted, decide, "no-bug" if is_none else "bug")


async def _decided(
    request: Request, release: str, wanted: str, decide: Decide, done: str
) -> Response:
    """Write a decision down; of one that can't be, the finding's page says why."""
    if (undecided := await why_undecided(web_of(request), release, decide)) is not None:
        judged, status, problem = undecided
        return await _shown(request, judged, wanted, status=status, problem=problem)
    place = f"/releases/{quote(release, safe='')}/findings/{quote(wanted, safe='')}"
    return RedirectResponse(f"{place}?done={done}", 303)


async def _shown(
    request: Request,
    judged: Judged,
    wanted: str,
    *,
    status: int = 200,
    done: str = "",
    problem: str = "",
) -> Response:
    web, verdict = web_of(request), judged.verdict
    found = await asyncio.to_thread(find, verdict, wanted)
    if found is None:
        hint = "it may have become noise that is not listed, or was never there"
        raise NotFoundError(f"the verdict of {verdict.release} has no such finding: {hint}")
    looked = await asyncio.to_thread(_look, web, verdict.release, found)
    number = min(number_asked(request, "example"), max(len(looked.examples), 1))
    example = looked.examples[number - 1] if looked.examples else None
    page = await asyncio.to_thread(
        finding_page,
        verdict,
        found,
        example,
        looked.seen,
        looked.bug,
        time.time(),
        web.settings.telemetry.trace_url,
    )
    return web.renderer.page(
        request,
        "finding.html",
        status,
        release=chrome(judged, "findings"),
        page=page,
        title=title_of(found.finding.signature),
        example_number=number,
        examples=len(looked.examples),
        story=story_of_finding(looked.moments, page.view.id, time.time()),
        here=f"/releases/{quote(verdict.release, safe='')}/findings/{quote(wanted, safe='')}",
        done=done,
        problem=problem,
        decider=decider_of(request),
    )


def _look(web: Web, release: str, found: Found) -> _Looked:
    signature = found.finding.signature
    return _Looked(
        examples=web.reader.examples(release, signature, _MOST_EXAMPLES),
        seen=web.review.signature_counts(release, signature),
        bug=web.review.bugs(release).get(signature),
        moments=moments_of(web, release, _MOST_MOMENTS),
    )

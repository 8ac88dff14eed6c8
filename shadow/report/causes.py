"""Causes for people and for machines: what findings have in common, and a request to try."""

from collections.abc import Sequence

from shadow.model import Cause, Renaming, SharedTrait
from shadow.report.curl import MAX_CHARS, curl_line
from shadow.report.escape import block, code, sentence
from shadow.report.markdown_room import ROOMS, Room
from shadow.report.plain import listed_in_json
from shadow.verdict.cause_wording import said_of_cause

MAX_LISTED = 1_000
"""How many causes are told to machines."""

type _Json = str | int | float | bool | list[_Json] | dict[str, _Json] | None


def causes_as_json(causes: Sequence[Cause]) -> list[_Json]:
    """Write at most `MAX_LISTED` causes in the shape that `shadow.report.json` gives."""
    return [_cause(each) for each in causes[:MAX_LISTED]]


def causes_as_markdown(causes: Sequence[Cause], room: Room = ROOMS[0]) -> str:
    """Write causes as a section, each with its smallest example as a line for a shell."""
    if not causes:
        return ""
    shown = (
        _item(number, cause, room) for number, cause in enumerate(causes[: room.causes], start=1)
    )
    more, rest = len(causes) - room.causes, listed_in_json(len(causes), MAX_LISTED)
    left_out = (f"And {more:,} more; {rest}.",) if more > 0 else ()
    return "\n\n".join(("## What the differences share", *shown, *left_out))


def _item(number: int, cause: Cause, room: Room) -> str:
    said = sentence(f"{said_of_cause(cause)}.", 2 * room.reason_chars)
    parts = (f"**{number}.** {said}", *_renamed(cause.renaming), *_request(cause, room))
    return "\n\n".join(parts)


def _renamed(renaming: Renaming | None) -> tuple[str, ...]:
    if renaming is None:
        return ()
    pair = f"{code(renaming.primary)} became {code(renaming.candidate)}"
    more = f", and {renaming.pairs - 1:,} more likewise" if renaming.pairs > 1 else ""
    return (f"One renaming, in {renaming.places:,} places of the example: {pair}{more}.",)


def _request(cause: Cause, room: Room) -> tuple[str, ...]:
    if cause.example is None or not room.curl_chars:
        return ()
    line = curl_line(cause.example.request)
    if line is None or len(line) > room.curl_chars:
        return ("The smallest request that is kept is too long for a line.",)
    return ("The smallest request that is kept:", block(line, MAX_CHARS, MAX_CHARS))


def _cause(cause: Cause) -> _Json:
    example = cause.example
    return {
        "endpoint": str(cause.endpoint),
        "places": [
            {"location": each.location, "kind": str(each.kind)} for each in cause.signatures
        ],
        "requests": cause.requests,
        "compared": cause.compared,
        "said": said_of_cause(cause),
        "shared": [_shared(each) for each in cause.shared],
        "renaming": _renaming(cause.renaming),
        "example": {"exchange_id": example.exchange_id, "curl": curl_line(example.request)}
        if example
        else None,
    }


def _shared(shared: SharedTrait) -> _Json:
    return {
        "trait": str(shared.trait),
        "absent": shared.absent,
        "requests": shared.requests,
        "share": shared.share,
        "rest_share": shared.rest_share,
        "lift": shared.lift,
        "p_value": shared.p_value,
    }


def _renaming(renaming: Renaming | None) -> _Json:
    if renaming is None:
        return None
    return {
        "primary": renaming.primary,
        "candidate": renaming.candidate,
        "pairs": renaming.pairs,
        "places": renaming.places,
    }

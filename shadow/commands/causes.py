"""What the findings of a verdict have in common, read from a store."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from shadow.model import Cause, Example, Verdict
from shadow.store.reader import StoreReader
from shadow.verdict.causes import causes_of, renaming_in, smallest

_MOST_ENDPOINTS = 50
_MOST_WITH_EXAMPLE = 50
_MOST_SIGNATURES = 4
_MOST_EXAMPLES = 5


def with_causes(verdict: Verdict, reader: StoreReader, first: Iterable[str]) -> Verdict:
    """Return the verdict with its causes, those with the most requests with their example.

    `first` are names of traits to be told before others. Raises `UnavailableError` when the store
    can't be read.
    """
    named = dict.fromkeys(finding.signature.endpoint for finding in verdict.findings)
    if not named:
        return verdict
    counted = reader.traits(verdict.release, islice(named, _MOST_ENDPOINTS))
    causes = causes_of(verdict.findings, counted, frozenset(first))
    shown = [_with_example(cause, verdict, reader) for cause in causes[:_MOST_WITH_EXAMPLE]]
    return replace(verdict, causes=(*shown, *causes[_MOST_WITH_EXAMPLE:]))


def _with_example(cause: Cause, verdict: Verdict, reader: StoreReader) -> Cause:
    kept: dict[str, Example] = {}
    for signature in cause.signatures[:_MOST_SIGNATURES]:
        for example in reader.examples(verdict.release, signature, _MOST_EXAMPLES):
            kept[example.exchange_id] = example
    least = smallest(cause, verdict.findings, kept.values())
    if least is None:
        return cause
    return replace(cause, example=least, renaming=renaming_in(cause, least.differences))

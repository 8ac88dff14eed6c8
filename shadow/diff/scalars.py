"""In what way two single values differ, in JSON's terms rather than Python's."""

from decimal import Decimal
from typing import cast

from shadow.diff.canonical import EXACT_FLOATS, exact_text
from shadow.diff.parse import Json
from shadow.diff.shape import shape_changed
from shadow.model import DifferenceKind


def scalar_difference(primary: Json, candidate: Json) -> DifferenceKind | None:
    """In what way two values differ that are not both objects or both arrays."""
    if type(primary) is str and type(candidate) is str:
        if primary == candidate:
            return None
        changed = shape_changed(primary, candidate)
        return DifferenceKind.SHAPE if changed else DifferenceKind.VALUE
    here, there = _type_name(primary), _type_name(candidate)
    if here != there:
        return DifferenceKind.NULL if "null" in {here, there} else DifferenceKind.TYPE
    if isinstance(primary, dict | list) or isinstance(candidate, dict | list):
        return None
    if _is_one_number(primary, candidate):
        return None
    changed = shape_changed(primary, candidate)
    return DifferenceKind.SHAPE if changed else DifferenceKind.VALUE


def _is_one_number(primary: Json, candidate: Json) -> bool:
    """Whether two values of one type are equal, if they are numbers: whatever they are kept in."""
    if isinstance(primary, Decimal) and isinstance(candidate, Decimal):
        return primary == candidate or (primary.is_nan() and candidate.is_nan())
    types = {type(primary), type(candidate)}
    if types == {Decimal, float}:
        return False
    if types == {int, float} and abs(cast("float", primary)) >= EXACT_FLOATS:
        return exact_text(primary) == exact_text(candidate)
    return primary == candidate


def _type_name(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float() | Decimal():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"

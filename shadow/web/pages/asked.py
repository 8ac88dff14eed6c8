"""What is asked for in an address."""

from fastapi import Request

_MOST_DIGITS = 9


def page_asked(request: Request) -> int:
    """Return the page of a list that is asked for; what is no number is the first."""
    return number_asked(request, "page")


def number_asked(request: Request, name: str) -> int:
    """Return a number from 1 up; what is none is 1."""
    given = request.query_params.get(name, "")
    is_number = given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS
    return max(int(given), 1) if is_number else 1

"""Errors, by whose fault they are.

A target that cannot answer is not an error but a value: see `shadow.model.Failure`.

ShadowError
├── UsageError        the operator asked for something that cannot be (exit code 2)
│   ├── SettingsError     every mistake in the settings at once, each with its place
│   ├── NotFoundError     what was named is not there
│   └── ConflictError     it is there, and as it stands now, that can't be done with it
└── UnavailableError  something Shadow needs is not there: a database, a port (exit code 4)
"""

from dataclasses import dataclass


class ShadowError(Exception):
    """Base of all errors Shadow raises itself; the message says what to do next."""


class UsageError(ShadowError):
    """The operator's request or configuration cannot be carried out as it stands."""


class NotFoundError(UsageError):
    """What the operator named is not there; the message names what is."""


class ConflictError(UsageError):
    """It is there, but as things stand that can't be done; the message says what stands against."""


class UnavailableError(ShadowError):
    """Something outside Shadow that it needs now does not work: a database, a port, a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake in the settings: where it is, what is wrong, what would be right."""

    place: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}" + (f" ({self.hint})" if self.hint else "")


class SettingsError(UsageError):
    """All mistakes of a configuration, reported together."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))

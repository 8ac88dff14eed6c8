"""Where settings are written: a file, environment variables, flags. One is laid over the other."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path as FilePath

from shadow.errors import Mistake, SettingsError
from shadow.settings.yaml import MOST_FILE_BYTES, Given, Path, below, dotted, parse_yaml

PREFIX = "SHADOW_"
FILE_VARIABLE = "SHADOW_CONFIG"
DEFAULT_FILE = FilePath("shadow.yaml")

_OF_KUBERNETES = re.compile(
    r"SHADOW_(?:\w+_)?(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT_\d+_[A-Z]+(?:_(?:PROTO|PORT|ADDR))?)"
)
"""Kubernetes sets these in every pod beside a service whose name begins with `shadow`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A value for one setting that is written outside the file."""

    path: Path
    value: object
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a source outside the file says, and what of it could not be read."""

    values: tuple[Override, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def from_file(named: FilePath | None, environment: Mapping[str, str]) -> Given:
    """Read the file of `--config`, of SHADOW_CONFIG, or `./shadow.yaml` where there is one."""
    if named is not None:
        return _read(named, f"--config {named}")
    if variable := environment.get(FILE_VARIABLE):
        return _read(FilePath(variable), f"environment {FILE_VARIABLE}={variable}")
    if DEFAULT_FILE.exists():
        return _read(DEFAULT_FILE, str(DEFAULT_FILE))
    return Given(value={})


def from_environment(
    environment: Mapping[str, str], names: Mapping[str, Path], structured: Iterable[Path]
) -> Overrides:
    """Read SHADOW_* variables; those of `structured` settings hold YAML or JSON.

    `names` are all variables there are. An empty variable counts as not set.
    """
    values: list[Override] = []
    mistakes: list[Mistake] = []
    for variable, text in sorted(environment.items()):
        place = f"environment {variable}"
        if variable in names and text:
            given = _parsed(text, place) if names[variable] in structured else Given(value=text)
            mistakes.extend(given.mistakes)
            if not given.mistakes:
                values.append(Override(path=names[variable], value=given.value, place=place))
        elif variable not in names and _meant_for_us(variable, text):
            mistakes.append(_unknown_variable(variable, names))
    return Overrides(values=tuple(values), mistakes=tuple(mistakes))


def from_flags(flags: Mapping[str, object]) -> Overrides:
    """Read flags, named like settings (`listen`, `capture.sample`); None is a flag not given.

    On the command line a flag is called by the last part of that name.
    """
    values = (
        Override(
            path=tuple(name.split(".")),
            value=value,
            place="--" + name.rpartition(".")[2].replace("_", "-"),
        )
        for name, value in flags.items()
        if value is not None
    )
    return Overrides(values=tuple(values))


def overlaid(given: Given, overrides: Iterable[Override]) -> Given:
    """Lay single settings over a file's, the later ones on top."""
    value, places = given.value, dict(given.places)
    for override in overrides:
        value = _put(value, override.path, override.value)
        depth = len(override.path)
        places = {path: place for path, place in places.items() if path[:depth] != override.path}
        places[override.path] = override.place
    return Given(value=value, places=places, mistakes=given.mistakes)


def place_of(path: Path, places: Mapping[Path, str]) -> str:
    """Say where a setting is written, or where it would have to be."""
    for known in range(len(path), 0, -1):
        if place := places.get(path[:known]):
            return place + below(path[known:])
    return " ".join(filter(None, (places.get(()), dotted(path)))) or "settings"


def read_text(file: FilePath, place: str = "") -> str:
    """The text of a settings file. Raises `SettingsError` for one that cannot be read."""
    place = place or str(file)
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise _unreadable(place, f"cannot be read: {error.strerror}", "check the path") from None
    if len(content) > MOST_FILE_BYTES:
        problem = f"is larger than {MOST_FILE_BYTES} bytes"
        raise _unreadable(place, problem, "is it the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(f"{file}:{line}", "is not UTF-8", "save the file as UTF-8") from None


def _read(file: FilePath, place: str) -> Given:
    try:
        return _document(read_text(file, place), str(file))
    except SettingsError as error:
        return Given(value={}, mistakes=error.mistakes)


def _document(text: str, name: str) -> Given:
    given = parse_yaml(text, lambda line, path: f"{name}:{line} {dotted(path)}".rstrip())
    value = {} if given.value is None else given.value
    if not isinstance(value, dict):
        raise _unreadable(f"{name}:1", "holds no settings", "write lines like 'name: value'")
    return Given(value=value, places={(): name, **given.places}, mistakes=given.mistakes)


def _unreadable(place: str, problem: str, hint: str) -> SettingsError:
    return SettingsError((Mistake(place=place, problem=problem, hint=hint),))


def _parsed(text: str, place: str) -> Given:
    return parse_yaml(text, lambda _line, path: place + below(path))


def _meant_for_us(variable: str, text: str) -> bool:
    if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
        return False
    address_of_service = variable.endswith("_PORT") and "://" in text
    return not address_of_service and not _OF_KUBERNETES.fullmatch(variable)


def _unknown_variable(variable: str, names: Mapping[str, Path]) -> Mistake:
    near = get_close_matches(variable, [*names, FILE_VARIABLE], n=1)
    hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists all variables"
    return Mistake(place=f"environment {dotted((variable,))}", problem="no such setting", hint=hint)


def _put(value: object, path: Path, put: object) -> object:
    """Put a value at a path; where something else than a section is in the way, leave that."""
    if not path:
        return put
    section = {} if value is None else value
    if not isinstance(section, dict):
        return value
    return {**section, path[0]: _put(section.get(path[0]), path[1:], put)}

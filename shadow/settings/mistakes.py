"""What a validation found wrong, said to the operator: the place, the problem, what to write."""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import islice
from pathlib import Path as FilePath
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from shadow.errors import Mistake
from shadow.settings.fields import split_address, sqlite_file, target_address
from shadow.settings.sources import place_of
from shadow.settings.yaml import Path, dotted

_MOST_SHOWN = 50
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on
_LIST = (
    "should be a list",
    "write ['first', 'second'], or one line each that begins with '- '",
)
_SECTION = ("should be a section", "write 'name: value' lines below it, indented")
_NUMBER = ("should be a number", "write it plainly; its unit is part of the setting's name")
_YES_OR_NO = ("should be true or false", "")
_DATE = ("should be a date", "write YYYY-MM-DD")
_NOTHING = ("is nothing, as YAML reads it", "for the kind null write 'null' in quotes")
_WRONG_TYPE = {
    "tuple_type": _LIST,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "dict_type": _SECTION,
    "mapping_type": _SECTION,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": ("should be a whole number", ""),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with the setting at `path`."""

    path: Path
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How requests reach a target: its URL, and the Host that is set for it."""

    target: str
    url: str
    host: str | None = None

    def same_as(self, other: "Route") -> bool:
        """Tell whether both lead to the same server; a proxy in front may route by Host."""
        same_address = target_address(self.url) == target_address(other.url)
        return same_address and self.host == other.host


def leaves(model: type[BaseModel], above: Path = ()) -> Iterator[tuple[Path, FieldInfo]]:
    """All settings of a model that are not sections themselves, with their paths."""
    for name, field in model.model_fields.items():
        section = section_of(field)
        if section is None or _is_list(field):
            yield (*above, name), field
        else:
            yield from leaves(section, (*above, name))


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a section, or of the entries of a list of sections."""
    candidates = (field.annotation, *get_args(field.annotation))
    models = (c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return next(models, None)


def reported(problems: Iterable[Problem], places: Mapping[Path, str]) -> tuple[Mistake, ...]:
    """Give every problem its place."""
    return tuple(
        Mistake(place=place_of(p.path, places), problem=p.text, hint=p.hint) for p in problems
    )


def problems_in(root: type[BaseModel], errors: list[ErrorDetails]) -> list[Problem]:
    """Say in an operator's words what a validation found, the first fifty errors at most."""
    return in_short(_problem(root, error) for error in errors)


def in_short(problems: Iterable[Problem]) -> list[Problem]:
    """The first fifty problems at most, and how many more there are."""
    every = iter(problems)
    shown = list(islice(every, _MOST_SHOWN))
    more = sum(1 for _ in every)
    return shown + [Problem(path=(), text=f"and {more} more mistakes")] * (more > 0)


def loops(routes: Iterable[Route], listen: str | None) -> Iterator[Problem]:
    """Find targets that would be compared with themselves, or that are Shadow itself.

    `listen` is None where Shadow listens nowhere.
    """
    by_name = {route.target: route for route in routes}
    for name, other in (("candidate", "primary"), ("secondary", "candidate")):
        if name in by_name and other in by_name and by_name[name].same_as(by_name[other]):
            text = f"is the same server as {other}, so nothing would be compared"
            hint = f"give its own address, or a Host of its own: replay.{name}.host"
            yield Problem(path=(name,), text=text, hint=hint)
    if {"primary", "secondary"} <= by_name.keys() and by_name["secondary"].same_as(
        by_name["primary"]
    ):
        text = "is the primary itself, which would get every copy, writes included"
        hint = "write `secondary: self` to ask it again for a share of what is safe"
        yield Problem(path=("secondary",), text=text, hint=hint)
    for route in by_name.values():
        if listen is not None and _leads_to(target_address(route.url), split_address(listen)):
            text = "is the address Shadow itself listens on: requests would go in circles"
            yield Problem(path=(route.target,), text=text, hint=f"change it, or listen ({listen})")


def unusable_store(store: str) -> Iterator[Problem]:
    """Find a SQLite file that can't be made where it is said to be."""
    file = sqlite_file(store)
    if file is None:
        return
    if not file.parent.is_dir():
        text = f"the directory {file.parent} does not exist"
        yield Problem(path=("store",), text=text, hint=f"make it: mkdir -p {file.parent}")
    elif file.is_dir():
        yield Problem(path=("store",), text="is a directory", hint="name a file in it")


def unusable_authorities(file: FilePath) -> Iterator[Problem]:
    """Find a PEM file of authorities that is not there, or holds none."""
    hint = "name a PEM file with the certificates of authorities"
    if not file.is_file():
        yield Problem(path=("primary_ca",), text=f"there is no file {file}", hint=hint)
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:
        text = f"cannot be used: {error.strerror or error}"
        yield Problem(path=("primary_ca",), text=text, hint=hint)


def unusable_certificate(
    certificate: FilePath, key: FilePath, section: Path = ("tls",)
) -> Iterator[Problem]:
    """Find PEM files that are not there, or don't belong together."""
    files = {"certificate": certificate, "key": key}
    absent = [name for name, file in files.items() if not file.is_file()]
    for name in absent:
        text = f"there is no file {files[name]}"
        yield Problem(path=(*section, name), text=text, hint="name a PEM file")
    if absent:
        return
    try:
        # The password keeps an encrypted key from asking for one at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="-")  # noqa: S106
    except OSError as error:
        text = f"certificate and key can't be used together: {error.strerror or error}"
        yield Problem(
            path=section, text=text, hint="name a pair of PEM files, the key not encrypted"
        )


def _problem(root: type[BaseModel], error: ErrorDetails) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    context = error.get("ctx", {})
    match error["type"]:
        case "setting":
            return Problem(path=path, text=context["problem"], hint=context["hint"])
        case "extra_forbidden":
            return Problem(path=path, text="no such setting", hint=_nearest(root, path))
        case "missing":
            return Problem(path=path, text="is missing", hint=f"add '{path[-1]}: …'")
        case "literal_error":
            return Problem(path=path, text="is not allowed", hint=f"one of {context['expected']}")
        case "string_type":
            quoted = isinstance(error["input"], int | float | date)
            return Problem(path=path, text="should be text", hint="put it in quotes" * quoted)
    otherwise = (error["msg"].removeprefix("Input "), "")
    text, hint = _NOTHING if _lacks_quotes(error) else _WRONG_TYPE.get(error["type"], otherwise)
    return Problem(path=path, text=text, hint=hint)


def _lacks_quotes(error: ErrorDetails) -> bool:
    """Tell whether nothing was given where the word null is one of those that may stand."""
    is_nothing = error["type"] == "enum" and error["input"] is None
    return is_nothing and "'null'" in error.get("ctx", {})["expected"]


def _leads_to(target: tuple[str, int], listen: tuple[str, int]) -> bool:
    if target[1] != listen[1]:
        return False
    here = _LOCAL if listen[0] in _LOCAL | _EVERYWHERE else frozenset({listen[0]})
    return target[0] in here | {listen[0]}


def _is_list(field: FieldInfo) -> bool:
    return Ellipsis in get_args(field.annotation)


def _nearest(root: type[BaseModel], path: Path) -> str:
    """The right name for an unknown one: first among its neighbours, then anywhere."""
    model, name = root, str(path[-1])
    for part in path[:-1]:
        if isinstance(part, str):
            model = section_of(model.model_fields[part]) or model
    if near := get_close_matches(name, model.model_fields, n=1):
        return f"did you mean {dotted((*path[:-1], near[0]))}?"
    anywhere = {str(leaf[-1]) for leaf, _ in leaves(root)}
    if near := get_close_matches(name, anywhere, n=1):
        same = (dotted(leaf) for leaf, _ in leaves(root) if leaf[-1] == near[0])
        return f"did you mean {' or '.join(same)}?"
    return f"there are: {', '.join(model.model_fields)}"

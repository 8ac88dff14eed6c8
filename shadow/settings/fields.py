"""The kinds of value a setting can have: what each accepts, and what it says to anything else."""

import re
from ipaddress import IPv6Address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from shadow.diff.endpoints.operations import Discriminator
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.rules.patterns import parse_location
from shadow.diff.rules.rule import compiled
from shadow.errors import UsageError
from shadow.redact.paths import parse_path
from shadow.store.sqlite_url import sqlite_file_of

MOST_ENTRIES = 1000
"""How many entries a list in the settings may have."""

MOST_RECORDINGS = 200
"""How many files one replay may have: what it is known by again has a part for each of them."""

MOST_ROUTES = 12_000
"""How many routes there may be, with those of an OpenAPI document."""

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - RFC 9110, section 5.6.2
_OF_THE_CONNECTION = frozenset(
    {"connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"}
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_POSTGRESQL = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
_PLACES = frozenset({"host", "port", "mode", "uri"})
"""The parameters of a store's URL that say where it is, and how it is opened."""

_IPC = "ipc://"
_LONGEST_SOCKET_PATH = 100
_GLOB_HINT = "write a method and a path, for example 'GET /items/*' or '* /items/*'"
_TARGET_HINT = "write http://HOST:PORT"
SELF = "self"
"""Instead of a secondary's URL: the primary, asked again for a share of the requests."""
AS_FAST = "max"
"""Instead of a speed: as fast as workers and targets take it."""
_STORE_HINT = "write sqlite:///shadow.db or postgresql://USER:PASSWORD@HOST/DATABASE"


def wrong(problem: str, hint: str = "") -> PydanticCustomError:
    """Make the error a validator raises: what is wrong, and what to write instead."""
    return PydanticCustomError("setting", "{problem}", {"problem": problem, "hint": hint})


def split_address(address: str) -> tuple[str, int]:
    """Split `host:port` or `[::1]:port`; the host comes without brackets.

    Raises an error with a hint for anything else; port 0 stands for any free port.
    """
    found = re.fullmatch(r"(?:\[([^\[\]]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})", address)
    hint = "write host:port, for example 127.0.0.1:8000, [::1]:8000 or 0.0.0.0:8000"
    if found is None or int(found[3]) > 65535 or (found[1] and not _is_ipv6(found[1])):
        raise wrong("is not an address to listen on", hint)
    return found[1] or found[2], int(found[3])


def target_address(url: str) -> tuple[str, int]:
    """Host and port that a target's URL leads to."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]


def sqlite_file(store: str) -> Path | None:
    """The file of a SQLite URL; None for another database."""
    return sqlite_file_of(store).path if store.startswith("sqlite") else None


def without_password(store: str) -> str:
    """A store's URL as it may be shown: no password, no parameters but those that say where."""
    scheme, separator, rest = store.partition("://")
    address, _, query = rest.partition("?")
    if "@" in query and "@" not in address:
        # What stands before the question mark may be a part of a password that has one.
        return scheme + separator + "…"
    credentials, at, place = address.rpartition("@")
    user = credentials.partition(":")[0]
    where = "&".join(each for each in query.split("&") if each.partition("=")[0] in _PLACES)
    return scheme + separator + user + at + place + f"?{where}" * bool(where)


def _credentials(rest: str) -> str:
    return rest.partition("?")[0].rpartition("@")[0]


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise wrong("should be a number, not yes or no")
    return value


def _release(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}", name):
        raise wrong("is not 1 to 64 letters, digits, '.', '_', '+' or '-'", "for example 2.4.0-rc1")
    return name


def _target(url: str) -> str:
    parts = split_web_url(url)
    if "@" in parts.netloc:
        problem = "must not hold a user name or password: they would be seen in logs and reports"
        raise wrong(problem, "send them as a header: replay.candidate.set_headers")
    if parts.path not in {"", "/"}:
        problem = "must not have a path: a request keeps the path its user asked for"
        raise wrong(problem, _TARGET_HINT)
    if "?" in url or "#" in url:
        problem = "must not have a query or fragment: a request keeps the query its user sent"
        raise wrong(problem, _TARGET_HINT)
    return f"{parts.scheme}://{parts.netloc.lower().rstrip(':')}"


def _admin(url: str) -> str:
    if not url.startswith("http://"):
        hint = "write http://HOST:PORT, as under `admin` in Envoy's settings"
        raise wrong("is not the http URL of an admin interface", hint)
    return _target(url)


def _secondary(text: str) -> str:
    if text == SELF:
        return text
    if "://" not in text:
        raise wrong("is not an http or https URL", f"{_TARGET_HINT}, or self to ask primary again")
    return _target(text)


def split_web_url(url: str, hint: str = _TARGET_HINT) -> SplitResult:
    """Split an http or https URL; raises an error with `hint` for anything else."""
    problem = "is not an http or https URL"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise wrong(problem, hint) from None
    named = re.fullmatch(r"[a-z0-9._-]+", host) or _is_ipv6(host)
    if parts.scheme not in _DEFAULT_PORTS or not named or port == 0 or not url.isprintable():
        raise wrong(problem, hint)
    return parts


def _listen(address: str) -> str:
    split_address(address)
    return address


def _store(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme in {"sqlite", "sqlite+pysqlite"}:
        try:
            sqlite_file_of(url)
        except ValueError as error:
            raise wrong(str(error), _STORE_HINT) from None
    elif scheme not in _POSTGRESQL or not separator or not rest:
        raise wrong("is neither a SQLite nor a PostgreSQL URL", _STORE_HINT)
    elif "@" in rest.partition("?")[0].partition("@")[2] or "/" in _credentials(rest):
        # What follows would be taken for a host or a database, and be shown as that.
        raise wrong("has a password with @ or /", "write them as %40 and %2F in it")
    return url


def _queue(endpoint: str) -> str:
    path = endpoint.removeprefix(_IPC)
    if path in {endpoint, ""}:
        raise wrong("is not an ipc:// endpoint", "write ipc:///run/shadow/queue")
    if len(path.encode()) > _LONGEST_SOCKET_PATH:
        problem = f"is longer than the {_LONGEST_SOCKET_PATH} bytes a socket's path may have"
        raise wrong(problem, "use a shorter path, for example ipc:///run/shadow/queue")
    return endpoint


def _sample_by(text: str) -> str:
    if not re.fullmatch(f"request|(?:header|cookie):{_TOKEN}", text):
        raise wrong("is not something to sample by", "one of request, header:NAME, cookie:NAME")
    return text


def _trait_name(text: str) -> str:
    if not re.fullmatch(rf"(?:header|query|cookie):(?:{_TOKEN}|[A-Za-z0-9_.\[\]-]+)", text):
        hint = "write header:NAME, query:NAME or cookie:NAME"
        raise wrong("is not something that requests can have in common", hint)
    kind, _, name = text.partition(":")
    return f"{kind}:{name.lower() if kind == 'header' else name}"


def _glob(text: str) -> str:
    if not re.fullmatch(r"\*.*|[A-Z?*\[\]!-]+ [/*?\[].*", text):
        raise wrong("can never match a request", _GLOB_HINT)
    return text


def _unsafe_endpoint(text: str) -> str:
    if not re.fullmatch(r"[A-Z]+ /.*", text):
        problem = "must name one method and a path: writes are shadowed endpoint by endpoint"
        raise wrong(problem, "for example 'POST /orders' or 'PUT /orders/*'")
    return text


def _endpoint_template(text: str) -> str:
    hint = "write '/items/{id}', 'GET /items/{id}' or '/files/{name}.json'"
    if not re.fullmatch(r"(?:[A-Z]+ )?(?:/(?:[^\s{}?#/]|\{[^\s{}/]+\})*)+", text):
        raise wrong("is not a route template", hint)
    try:
        EndpointRouter(templates=(text,))
    except ValueError:
        raise wrong("is not a route template", hint) from None
    return text


def _location(text: str) -> str:
    try:
        parse_location(text)
    except ValueError as error:
        raise wrong(str(error)) from None
    return text


def _operation_name(by: str) -> str:
    try:
        Discriminator.of("*", by)
    except ValueError as error:
        raise wrong(str(error)) from None
    return by


def _re2(pattern: str) -> str:
    try:
        compiled(pattern)
    except ValueError as error:
        raise wrong(str(error)) from None
    return pattern


def _json_path(text: str) -> str:
    try:
        parse_path(text)
    except UsageError:
        hint = "write $ and then .name, ['name'], [3], [*] or ..name, as in $.customer.email"
        raise wrong("is not a path that can be redacted", hint) from None
    return text


def _header_name(name: str) -> str:
    if not re.fullmatch(_TOKEN, name):
        raise wrong("is not the name of a header", "for example x-api-key")
    return name


def _changed_header(name: str) -> str:
    lower = name.lower()
    if lower == "host":
        raise wrong("can't be changed like other headers", "use the setting 'host' of the target")
    if lower in _OF_THE_CONNECTION or lower.startswith("x-shadow-"):
        raise wrong("is a header that Shadow sets itself", "leave it out")
    return _header_name(name)


def _header_value(value: str) -> str:
    if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value):
        raise wrong("has characters that a header's value can't have", "leave out line breaks")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?", value):
        raise wrong("is not the value of a Host header", "for example shop.example.com")
    return value


def _host_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", name):
        raise wrong("is not the name of a host", "write it without port: shadow.example.com")
    return name.lower()


def _host_glob(glob: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._*?\[\]!:-]{1,253}", glob):
        hint = "write shop.example.com, or '*.example.com'"
        raise wrong("is no host, and no glob over hosts", hint)
    return glob.lower()


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise wrong("is not an address or a network", "write 10.0.0.7 or 10.0.0.0/8") from None


def _public_url(url: str) -> str:
    parts = split_web_url(url)
    if "@" in parts.netloc or parts.path not in {"", "/"} or parts.query or parts.fragment:
        hint = "write https://shadow.example.com"
        raise wrong("must be a scheme and a host, and nothing behind them", hint)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise wrong("is not the https URL of a provider", "as in https://login.example.com/shop")
    if "@" in parts.netloc or not url.isprintable():
        raise wrong("must not hold a user name or password", "give web.oidc.client_secret")
    return url


def _webhook_url(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    parts = split_web_url(url)
    if "@" in parts.netloc or parts.fragment or not re.fullmatch(r"[!-~]{1,2000}", url):
        hint = "write https://hooks.example.com/shadow"
        raise wrong("is not a web address without user, password and fragment", hint)
    return secret


def _probe(text: str) -> str:
    if not re.fullmatch(r"(?:HEAD|GET) /[!-~]{0,1000}", text) or "#" in text:
        raise wrong("is not HEAD or GET and a path", "for example 'HEAD /' or 'GET /healthz'")
    return text


def _full_path(path: Path) -> Path:
    if not path.is_absolute():
        problem = "is not a full path, which all processes understand alike"
        raise wrong(problem, "for example /run/shadow/pause")
    return path


def _speed(text: str) -> str:
    if text != AS_FAST and not (re.fullmatch(r"\d{1,6}(\.\d{1,3})?x", text) and float(text[:-1])):
        raise wrong("is no speed", "write 1x for as recorded, 10x for ten times that, or max")
    return text


def _filled(hint: str) -> AfterValidator:
    def filled(text: str) -> str:
        if not text.strip():
            raise wrong("is empty", hint)
        return text.strip()

    return AfterValidator(filled)


def _key(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < 16:
        raise wrong("is shorter than 16 characters", "make one with: openssl rand -hex 32")
    return secret


type Whole = Annotated[int, BeforeValidator(_number)]
type Number = Annotated[float, BeforeValidator(_number)]
type Share = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1)]
type Release = Annotated[str, AfterValidator(_release)]
type TargetUrl = Annotated[str, AfterValidator(_target)]
type AdminUrl = Annotated[str, AfterValidator(_admin)]
type Secondary = Annotated[str, AfterValidator(_secondary)]
type ListenAddress = Annotated[str, AfterValidator(_listen)]
type StoreUrl = Annotated[str, AfterValidator(_store)]
type QueueEndpoint = Annotated[str, AfterValidator(_queue)]
type SampleBy = Annotated[str, AfterValidator(_sample_by)]
type TraitName = Annotated[str, AfterValidator(_trait_name)]
type Glob = Annotated[str, AfterValidator(_glob)]
type UnsafeEndpoint = Annotated[str, AfterValidator(_unsafe_endpoint)]
type EndpointTemplate = Annotated[str, AfterValidator(_endpoint_template)]
type Location = Annotated[str, AfterValidator(_location)]
type OperationName = Annotated[str, AfterValidator(_operation_name)]
type Re2 = Annotated[str, AfterValidator(_re2)]
type JsonPath = Annotated[str, AfterValidator(_json_path)]
type HeaderName = Annotated[str, AfterValidator(_header_name)]
type ChangedHeader = Annotated[str, AfterValidator(_changed_header)]
type HeaderValue = Annotated[str, AfterValidator(_header_value)]
type Host = Annotated[str, AfterValidator(_host)]
type HostName = Annotated[str, AfterValidator(_host_name)]
type HostGlob = Annotated[str, AfterValidator(_host_glob)]
type Network = Annotated[str, AfterValidator(_network)]
type PublicUrl = Annotated[str, AfterValidator(_public_url)]
type Issuer = Annotated[str, AfterValidator(_issuer)]
type Probe = Annotated[str, AfterValidator(_probe)]
type FullPath = Annotated[Path, AfterValidator(_full_path)]
type Sentence = Annotated[str, _filled("write a sentence")]
type ConfigId = Annotated[str, _filled("write that of Envoy's tap filter, or leave it out")]
type Speed = Annotated[str, AfterValidator(_speed)]
type WebhookUrl = Annotated[SecretStr, AfterValidator(_webhook_url)]
type RedactKey = Annotated[SecretStr, AfterValidator(_key)]

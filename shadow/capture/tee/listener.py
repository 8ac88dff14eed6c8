"""The socket that users connect to, which several processes may share.

Each process has a socket of its own on the address (SO_REUSEPORT), and the kernel spreads new
connections over them. A process that comes later takes over: from when it listens, the kernel gives
new connections to it and to those that came with it alone. So the earlier ones can serve what is
queued at theirs, and close them without turning anybody away.
"""

import contextlib
import ctypes
import logging
import socket
import struct
from itertools import takewhile
from pathlib import Path

from shadow.errors import UnavailableError

logger = logging.getLogger(__name__)

_BACKLOG = 4096
_SO_ATTACH_REUSEPORT_CBPF, _SO_DETACH_REUSEPORT_BPF = 51, 68
_LISTENING = "0A"

# Classic BPF, see linux/filter.h and linux/bpf_common.h.
_LOAD_WORD, _MODULO, _ADD, _RETURN_A = 0x20, 0x94, 0x04, 0x16
_RANDOM = 0xFFFFF000 + 56


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the address beside others of this user; port 0 is any free one.

    Of a name with several addresses the first is taken, one of IPv4 if there is any.
    Raises `UnavailableError` that says why it cannot.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        found.sort(key=lambda each: each[0] is not socket.AF_INET)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unavailable(host, port, error) from None
    try:
        listening.settimeout(0)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise _unavailable(host, port, error) from None
    return listening


def take_over(listening: socket.socket, siblings: int) -> bool:
    """Have the kernel give new connections to the last `siblings` sockets on the address alone.

    The kernel numbers the sockets in the order in which they began to listen, and anew when one is
    closed: to be called from time to time for as long as it tells that there are earlier ones.
    Where the kernel cannot be told, it goes on spreading connections over all of them.
    """
    try:
        earlier = _listening_on(listening) - siblings
        if earlier > 0:
            _choose(listening, earlier, siblings)
        else:
            _spread(listening)
    except (OSError, ValueError) as error:
        logger.warning("connections go to earlier processes too: %s", error)
        return False
    return earlier > 0


def _spread(listening: socket.socket) -> None:
    with contextlib.suppress(OSError):  # nothing was chosen
        listening.setsockopt(socket.SOL_SOCKET, _SO_DETACH_REUSEPORT_BPF, 0)


def _choose(listening: socket.socket, first: int, number: int) -> None:
    steps = (
        (_LOAD_WORD, 0, 0, _RANDOM),
        (_MODULO, 0, 0, number),
        (_ADD, 0, 0, first),
        (_RETURN_A, 0, 0, 0),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HL", len(steps), ctypes.addressof(code))
    listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, program)


def _listening_on(listening: socket.socket) -> int:
    """How many sockets listen on the same address; these stand before all others in the table."""
    host, port = listening.getsockname()[:2]
    table = "tcp6" if listening.family is socket.AF_INET6 else "tcp"
    address = f"{_as_in_proc(listening.family, host)}:{port:04X}"
    with Path(f"/proc/net/{table}").open() as rows:
        next(rows)
        split = (row.split() for row in rows)
        return sum(row[1] == address for row in takewhile(lambda r: r[3] == _LISTENING, split))


def _as_in_proc(family: int, host: str) -> str:
    """An address as /proc/net shows it: words of the machine's own byte order."""
    packed = socket.inet_pton(family, host.partition("%")[0])
    return "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", packed))


def _unavailable(host: str, port: int, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"cannot listen on {host}:{port}: {error.strerror}; free the address, or give another one"
    )

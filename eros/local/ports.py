"""Loopback ports: taking one, and naming the program that already has it."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

from eros.errors import UserError
from eros.local.engine import HOST


def take(port: int) -> socket.socket:
    """A socket bound to a loopback port (0: any free one), for a server to listen on.

    Raises:
        UserError: another program listens there.
    """
    if port > 65535:
        raise UserError(f"there is no port {port}.", remedy="Name one up to 65535 with --port.")
    # The protocol by name: asyncio sends without delay (TCP_NODELAY) only where it stands, and every further answer on
    # a connection would wait 40 ms for the client's acknowledgement.
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else a port stays busy a minute after a stop
    try:
        taken.bind((HOST, port))
        taken.listen()
    except OSError as error:
        taken.close()
        if error.errno == errno.EACCES:
            raise UserError(f"port {port} needs administrator rights.", remedy="Name another with --port.") from None
        if error.errno != errno.EADDRINUSE:
            raise
        owner = listener(port) or "another program"
        raise UserError(
            f"port {port} is in use by {owner}.", remedy="Stop it, or name another port with --port."
        ) from None
    return taken


def take_near(port: int) -> socket.socket:
    """Like `take`, with any free port where the wished one is busy."""
    try:
        return take(port)
    except UserError:
        return take(0)


def number(taken: socket.socket) -> int:
    return int(taken.getsockname()[1])


def listener(port: int) -> str | None:
    """'name (pid 123)' of the program that listens on a port; None where the system does not tell."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        try:
            if any(os.readlink(fd) in inodes for fd in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:  # ended meanwhile, or another user's
            continue
    return None


def _listening_inodes(port: int) -> set[str]:
    """Links of the sockets that listen on a port, as /proc/<pid>/fd shows them (Linux only)."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found

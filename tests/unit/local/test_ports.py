"""Taking loopback ports, and naming who has one."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from eros.errors import UserError
from eros.local import ports


def test_zero_takes_a_free_port_on_loopback_only() -> None:
    with ports.take(0) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"
        assert ports.number(taken) > 0


def test_a_busy_port_is_an_error_that_names_the_way_out() -> None:
    with ports.take(0) as taken, pytest.raises(UserError, match=rf"port {ports.number(taken)} is in use by .*--port"):
        ports.take(ports.number(taken))


def test_a_busy_port_beside_gives_way_to_a_free_one() -> None:
    with ports.take(0) as taken, ports.take_near(ports.number(taken)) as other:
        assert ports.number(other) != ports.number(taken)


def test_a_port_is_free_again_at_once() -> None:
    with ports.take(0) as taken:
        number = ports.number(taken)
        with socket.create_connection(("127.0.0.1", number)) as client, taken.accept()[0]:
            assert client
    with ports.take(number):
        pass


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who listens without tools")
def test_the_program_on_a_busy_port_is_named() -> None:
    with ports.take(0) as taken:
        assert ports.listener(ports.number(taken)).endswith(f"(pid {os.getpid()})")
    assert ports.listener(1) is None

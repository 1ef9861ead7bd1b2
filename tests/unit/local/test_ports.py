"""Taking loopback ports, and naming who has one."""

from __future__ import annotations

import asyncio
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


def test_answers_are_sent_without_delay() -> None:
    """A connection that waits for acknowledgements (Nagle's algorithm) makes every request 40 ms longer."""

    async def delay_is_off() -> bool:
        found = asyncio.get_running_loop().create_future()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            option = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            found.set_result(option != 0)
            writer.close()

        taken = ports.take(0)
        async with await asyncio.start_server(accept, sock=taken):
            _, writer = await asyncio.open_connection(*taken.getsockname())
            writer.close()
            return bool(await found)

    assert asyncio.run(delay_is_off())

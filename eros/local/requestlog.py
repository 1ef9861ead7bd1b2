"""One line per HTTP request of the local engine, so that a test can say what a step did not send.

Each line of `requests.log` is a JSON object with the fields of `Request`. It is written before the response
is sent: a client that has its answer finds its request in the log. Only HTTP is seen: rows written through the
Storage API (gRPC) leave no line.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LONGEST_STATEMENT = 2_000
JOBS = re.compile(r"^/bigquery/v2/projects/[^/]+/(queries|jobs)$")
READING_POSTS = (":getIamPolicy", ":testIamPermissions", ":checkValidCreds")
READING_WORDS = frozenset({"SELECT", "WITH", "FROM"})
COMMENT = r"--[^\n]*|#[^\n]*|/\*.*?\*/"
QUOTED = "|".join(rf"{quote}(?:\\.|[^\\])*?{quote}" for quote in ('"""', "'''", '"', "'", "`"))
NOT_CODE = re.compile(rf"(?P<quoted>{QUOTED})|{COMMENT}", re.DOTALL)


@dataclass(frozen=True)
class Request:
    """One request as the engine saw it."""

    time: str
    """UTC, RFC 3339, with milliseconds."""
    service: str
    """bigquery or transfer."""
    method: str
    path: str
    status: int
    writes: bool
    """True unless the request can only read: a GET, a dry run, or a query job that is one SELECT without a
    destination. A script counts as writing whatever it holds, and so does a load or copy job: a wrong True
    fails a test loudly, a wrong False would let a change pass unseen."""
    statement: str | None = None
    """The SQL of a query job, its first 2,000 characters; None for any other request."""

    def __str__(self) -> str:
        sql = f": {' '.join(self.statement.split())[:120]}" if self.statement else ""
        return f"{self.service} {self.method} {self.path} {self.status}{sql}"


def read(path: Path) -> list[Request]:
    """The requests of a log, oldest first; a last line cut off by a crash is left out."""
    requests = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            requests.append(Request(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return requests


def only_reads(statement: str) -> bool:
    """True for one SELECT, WITH or FROM query; False for anything else and for a script."""
    code = NOT_CODE.sub(lambda match: "''" if match["quoted"] else " ", statement)
    code = code.strip("; \t\r\n")
    first = re.match(r"[\s(]*(\w+)", code)
    return first is not None and first[1].upper() in READING_WORDS and ";" not in code


class RequestLog:
    """ASGI middleware that writes the log of one service. It never changes a request or a response."""

    def __init__(self, app: App, service: str, file: TextIO) -> None:
        self.app, self.service, self.file = app, service, file

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        method, path = scope["method"], scope["path"]
        statement = None
        writes = method not in ("GET", "HEAD", "OPTIONS") and not path.endswith(READING_POSTS)
        if method == "POST" and JOBS.match(path):
            body, receive = await _buffered(receive)
            gzipped = dict(scope["headers"]).get(b"content-encoding") == b"gzip"
            statement, writes = _job(body, gzipped)

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                entry = Request(now, self.service, method, path, message["status"], writes, statement)
                self.file.write(json.dumps(asdict(entry)) + "\n")
                self.file.flush()
            await send(message)

        return await self.app(scope, receive, logged)


async def _buffered(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body of a request, and a `receive` that gives the same messages once more."""
    messages: list[Message] = []
    while not messages or messages[-1].get("more_body", False):
        messages.append(await receive())
    replay = iter(messages)

    async def again() -> Message:
        return next(replay, None) or await receive()

    return b"".join(message.get("body", b"") for message in messages), again


def _job(body: bytes, gzipped: bool) -> tuple[str | None, bool]:
    """(statement, writes) of a jobs.query or jobs.insert body; (None, True) for what is neither."""
    try:
        request = json.loads(gzip.decompress(body) if gzipped else body)
        configuration = request.get("configuration", request)
        query = configuration.get("query")
        query = query if isinstance(query, dict) else {"query": query}
        statement = query.get("query")
        if not isinstance(statement, str):
            return None, True
        harmless = configuration.get("dryRun") is True or (only_reads(statement) and "destinationTable" not in query)
        return statement[:LONGEST_STATEMENT], not harmless
    except (ValueError, AttributeError, OSError, EOFError, zlib.error):
        return None, True

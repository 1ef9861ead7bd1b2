"""Which requests to the local engine count as writing."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from eros.local import requestlog
from eros.local.requestlog import Message, RequestLog, only_reads

QUERIES = "/bigquery/v2/projects/p/queries"
JOBS = "/bigquery/v2/projects/p/jobs"


class TestAStatementReadsOnlyIfItIsOneSelect:
    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT 1",
            "select 1;",
            "\n -- why; because\n SELECT 1;\n",
            "/* ; */ (SELECT 1) UNION ALL (SELECT 2)",
            "WITH a AS (SELECT ';' AS x) SELECT * FROM a",
            "SELECT r'#[^;]' , \"it's -- no; comment\" FROM `p.d.t;u`",
            'SELECT """a; "b" ; c""" # ; the end',
            "FROM t |> SELECT a",
            r"SELECT 'it\'s; fine'",
        ],
    )
    def test_one_query_reads(self, statement: str) -> None:
        assert only_reads(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "",
            "-- SELECT 1",
            "CREATE TABLE t AS SELECT 1",
            "/* SELECT */ DROP TABLE t",
            "CALL p()",
            "SELECT 1; DROP TABLE t",
            "SELECT 'a'; DELETE FROM t WHERE TRUE",
            "SELECT 1 -- '\n; DROP TABLE t -- '",
            "BEGIN SELECT 1; END",
            "DECLARE x INT64; SELECT x",
            "MERGE t USING s ON FALSE WHEN NOT MATCHED THEN INSERT ROW",
            "SELECTED",
            "EXPORT DATA OPTIONS () AS SELECT 1",
        ],
    )
    def test_anything_else_writes(self, statement: str) -> None:
        assert not only_reads(statement)


def logged(method: str, path: str, body: Any = None, *, gzipped: bool = False, chunk: int = 7) -> dict[str, Any]:
    """The log line of one request sent in small chunks; also checks that the application gets the same body."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    raw = gzip.compress(raw) if gzipped else raw
    chunks = [raw[i : i + chunk] for i in range(0, len(raw), chunk)] or [b""]
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": i < len(chunks) - 1} for i, part in enumerate(chunks)
    ]
    received = b""

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            assert file.getvalue(), "the line is written before the response is sent"

    async def app(scope: Message, receive: requestlog.Receive, send: requestlog.Send) -> None:
        nonlocal received
        more = True
        while more:
            message = await receive()
            received += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    file = io.StringIO()
    headers = [(b"content-encoding", b"gzip")] if gzipped else []
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(RequestLog(app, "bigquery", file)(scope, receive, send))
    assert received == raw
    (line,) = file.getvalue().splitlines()
    return json.loads(line)


class TestARequestIsLoggedWithWhatItCouldChange:
    @pytest.mark.parametrize(
        ("method", "path", "body", "writes"),
        [
            ("GET", "/bigquery/v2/projects/p/datasets", None, False),
            ("DELETE", "/bigquery/v2/projects/p/datasets/d", None, True),
            ("PATCH", "/v1/projects/p/transferConfigs/c", {"disabled": True}, True),
            ("POST", "/bigquery/v2/projects/p/datasets/d/tables", {"tableReference": {}}, True),
            ("POST", "/bigquery/v2/projects/p/datasets/d/tables/t:getIamPolicy", {}, False),
            ("POST", QUERIES, {"query": "SELECT 1"}, False),
            ("POST", QUERIES, {"query": "DROP TABLE t"}, True),
            ("POST", QUERIES, {"query": "DROP TABLE t", "dryRun": True}, False),
            ("POST", JOBS, {"configuration": {"query": {"query": "SELECT 1"}}}, False),
            ("POST", JOBS, {"configuration": {"query": {"query": "SELECT 1", "destinationTable": {}}}}, True),
            ("POST", JOBS, {"configuration": {"query": {"query": "CALL p()"}, "dryRun": True}}, False),
            ("POST", JOBS, {"configuration": {"load": {}}}, True),
            ("POST", JOBS, b"no json", True),
            ("POST", JOBS, b"[1]", True),
            ("POST", JOBS, b"", True),
        ],
    )
    def test_writes(self, method: str, path: str, body: Any, writes: bool) -> None:
        line = logged(method, path, body)
        assert (line["method"], line["path"], line["status"]) == (method, path, 201)
        assert line["writes"] is writes

    def test_a_compressed_body_is_read_and_passed_on_as_it_came(self) -> None:
        line = logged("POST", QUERIES, {"query": "SELECT 1"}, gzipped=True)
        assert (line["statement"], line["writes"]) == ("SELECT 1", False)

    def test_a_long_statement_is_judged_whole_and_logged_cut(self) -> None:
        line = logged("POST", QUERIES, {"query": f"SELECT '{'x' * 5000}'; DROP TABLE t"}, chunk=1000)
        assert line["writes"] is True
        assert len(line["statement"]) == requestlog.LONGEST_STATEMENT


class TestReadingALog:
    def test_lines_come_back_in_order_and_a_cut_last_line_is_left_out(self, tmp_path: Path) -> None:
        lines = [json.dumps(logged("GET", path)) for path in ("/a", "/b", "/c")]
        (tmp_path / "log").write_text("\n".join([*lines[:2], lines[2][:30]]))
        assert [request.path for request in requestlog.read(tmp_path / "log")] == ["/a", "/b"]

    def test_no_log_is_no_request(self, tmp_path: Path) -> None:
        assert requestlog.read(tmp_path / "none") == []

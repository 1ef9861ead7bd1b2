"""Rules on time zones: an instant becomes a date, an hour or a text only in a zone that is named.

The business lives in America/Los_Angeles; BigQuery's default is UTC and silently another day for eight hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from zoneinfo import available_timezones

from zetasql.wasi._pb2.zetasql.public.functions.datetime_pb2 import DateTimestampPart

from eros.gate.analyzer import spelled
from eros.gate.rules.base import Hit, Rule, at_resolved, function_name, literal_text
from eros.gate.statements import Statement
from eros.gate.tree import Node, kind, part

LOS_ANGELES = "America/Los_Angeles"

#: Function -> position of its time zone. They turn an instant into a date or the other way round.
_BUSINESS_ZONE = {
    "current_date": 0,
    "current_datetime": 0,
    "current_time": 0,
    "date": 1,
    "datetime": 1,
    "time": 1,
    "timestamp": 1,
    "timestamp_trunc": 2,
    "$extract_date": 1,
    "$extract_datetime": 1,
    "$extract_time": 1,
    "$extract": 2,
}
#: Those that write or read a text. A technical one may name UTC.
_ANY_ZONE = {"format_timestamp": 2, "string": 1, "parse_timestamp": 2}
_POSITIONS = _BUSINESS_ZONE | _ANY_ZONE
_FROM_INSTANT = {"date", "datetime", "time", "timestamp_trunc", "string", "$extract"}
_FROM_CIVIL = {"timestamp"}
#: Parts that are the same in every zone whose offset is a number of hours, as Los Angeles' is.
_FINE_PARTS = {"MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND"}
#: Function -> parts for which it needs no zone.
_ZONELESS = {"timestamp_trunc": _FINE_PARTS | {"HOUR"}, "$extract": _FINE_PARTS}
#: The end of a text that names its zone: an offset or Z after the time, or a zone's name.
_EXPLICIT_ZONE = re.compile(r"(:\d{2}(\.\d+)?\s*(Z|[+-]\d{1,2}(:?\d{2})?)|\s(UTC|[A-Z]\w+/[\w/]+))$", re.I)


def _type(node: Node) -> str:
    """The type of an expression in SQL's words."""
    return spelled(node.type) if node.type is not None else ""


def _part(node: Node) -> str:
    """The date part of EXTRACT or TIMESTAMP_TRUNC, such as DAY."""
    if kind(node) != "ResolvedLiteral" or not node.value.value.HasField("enum_value"):
        return ""
    return str(DateTimestampPart.Name(node.value.value.enum_value))


class DateNamesZone(Rule):
    """{call} takes its date or hour in UTC, because it names no time zone.

    Name it: {how}.
    """

    bad = (
        "SELECT CURRENT_DATE();",
        "SELECT CURRENT_DATETIME();",
        "SELECT DATE(CURRENT_TIMESTAMP());",
        "SELECT DATETIME(CURRENT_TIMESTAMP());",
        "SELECT EXTRACT(DATE FROM CURRENT_TIMESTAMP());",
        "SELECT EXTRACT(HOUR FROM CURRENT_TIMESTAMP());",
        "SELECT EXTRACT(DAYOFWEEK FROM CURRENT_TIMESTAMP());",
        "SELECT FORMAT_TIMESTAMP('%Y%m%d', CURRENT_TIMESTAMP());",
        "SELECT PARSE_TIMESTAMP('%Y%m%d', '20250101');",
        "SELECT STRING(CURRENT_TIMESTAMP());",
        "SELECT TIMESTAMP(DATE '2025-03-09');",
        "SELECT TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), DAY);",
        "SELECT CAST(CURRENT_TIMESTAMP() AS DATE);",
        "SELECT CAST(CURRENT_TIMESTAMP() AS STRING);",
        "SELECT TIMESTAMP '2025-03-09 10:00:00';",
        "SELECT CURRENT_TIMESTAMP() > '2025-03-09';",
    )
    good = (
        "SELECT CURRENT_DATE('America/Los_Angeles');",
        "SELECT DATE(CURRENT_TIMESTAMP(), 'America/Los_Angeles');",
        "SELECT EXTRACT(DAYOFWEEK FROM CURRENT_TIMESTAMP() AT TIME ZONE 'America/Los_Angeles');",
        "SELECT EXTRACT(MINUTE FROM CURRENT_TIMESTAMP() AT TIME ZONE 'UTC');",
        "SELECT EXTRACT(YEAR FROM DATE '2025-03-09'), DATE(2025, 3, 9), DATE(DATETIME '2025-03-09 10:00:00');",
        "SELECT FORMAT_TIMESTAMP('%Y%m%d_%H%M%S', CURRENT_TIMESTAMP(), 'UTC');",
        "SELECT TIMESTAMP(DATE '2025-03-09', 'America/Los_Angeles'), TIMESTAMP '2025-03-09 10:00:00+00';",
        "SELECT TIMESTAMP('2025-03-09 10:00:00+00'), CAST('2025-03-09 10:00:00Z' AS TIMESTAMP);",
        "SELECT TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), HOUR), TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), DAY, "
        "'America/Los_Angeles');",
        "SELECT PARSE_TIMESTAMP('%Y-%m-%d %z', '2025-01-01 +0000'), FORMAT_DATE('%Y', DATE '2025-01-01');",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.resolved_nodes(frozenset({"partition_by_list"})):  # no zone there
            name = function_name(node)
            if name in _POSITIONS and kind(node).startswith("Resolved"):
                if _derives(node, name) and _zone(node, name) is None:
                    yield self._hit(statement, node, _call(name), name)
            elif kind(node) == "ResolvedCast" and not node.time_zone and _zoned_cast(node):
                yield self._hit(statement, node, "this CAST", "cast")
            elif kind(node) == "ResolvedLiteral" and _type(node) == "TIMESTAMP":
                offset = statement.offset(node)
                if offset is not None:
                    text = statement.source.between(offset, offset + node.end - node.start)
                    quoted = re.search(r"""(['"])(.*?)\1""", text, re.S)
                    if quoted and not _EXPLICIT_ZONE.search(quoted[2]):
                        yield self._hit(statement, node, text, "literal")

    @staticmethod
    def _hit(statement: Statement, node: Node, call: str, name: str) -> Hit:
        how = {
            "cast": f"DATE(instant, '{LOS_ANGELES}') or FORMAT_TIMESTAMP(format, instant, 'UTC')",
            "literal": "an offset at the end of the text, such as +00",
            "$extract": f"EXTRACT(part FROM instant AT TIME ZONE '{LOS_ANGELES}')",
            "$extract_date": f"EXTRACT(DATE FROM instant AT TIME ZONE '{LOS_ANGELES}')",
        }.get(name, f"'{LOS_ANGELES}' as last argument (a technical text may name 'UTC')")
        return at_resolved(statement, node, call=call, how=how)


class DateInBusinessZone(Rule):
    """{call} takes a business date in {zone}.

    A date, a day of the week or midnight is always that of 'America/Los_Angeles'. 'UTC' may be named where the hour of
    a UTC schedule or a technical text is meant.
    """

    bad = (
        "SELECT DATE(CURRENT_TIMESTAMP(), 'UTC');",
        "SELECT CURRENT_DATE('Europe/Paris');",
        "SELECT EXTRACT(DAYOFWEEK FROM CURRENT_TIMESTAMP() AT TIME ZONE 'UTC');",
        "SELECT FORMAT_TIMESTAMP('%F', CURRENT_TIMESTAMP(), 'Europe/Paris');",
        "SELECT DATE(CURRENT_TIMESTAMP(), z) FROM UNNEST(['UTC']) AS z;",
    )
    good = (
        "SELECT TIMESTAMP('2025-03-09 10:00:00', 'UTC'), FORMAT_TIMESTAMP('%H', CURRENT_TIMESTAMP(), 'UTC');",
        "SELECT EXTRACT(HOUR FROM CURRENT_TIMESTAMP() AT TIME ZONE 'UTC');",
        "SELECT DATE(CURRENT_TIMESTAMP(), 'America/Los_Angeles');",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.resolved_nodes():
            name = function_name(node)
            if name not in _POSITIONS or not _derives(node, name) or (zone := _zone(node, name)) is None:
                continue
            named = literal_text(zone)
            if named == LOS_ANGELES or (named == "UTC" and _may_be_utc(node, name)):
                continue
            if named is not None and named not in _zones():
                continue  # the next rule's
            yield at_resolved(statement, zone, call=_call(name), zone=f"'{named}'" if named else "a zone that varies")


class UnknownTimeZone(Rule):
    """There is no time zone {zone}, so BigQuery fails when it runs.

    Write 'America/Los_Angeles', or 'UTC' where UTC is meant.
    """

    bad = ("SELECT DATE(CURRENT_TIMESTAMP(), 'America/Los_Angles');",)
    good = ("SELECT DATE(CURRENT_TIMESTAMP(), 'America/Los_Angeles');",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.resolved_nodes():
            name = function_name(node)
            if name in _POSITIONS and (zone := _zone(node, name)) is not None:
                named = literal_text(zone)
                if named is not None and named not in _zones():
                    yield at_resolved(statement, zone, zone=f"'{named}'")


@cache
def _zones() -> set[str]:
    return available_timezones()


def _may_be_utc(node: Node, name: str) -> bool:
    """Whether a technical text or the hour of a UTC schedule may be meant, and no business date."""
    if name == "timestamp":
        return _type(_arguments(node)[0]) == "STRING"
    return name in _ANY_ZONE or (name == "$extract" and _part_of(node) in {"HOUR"} | _FINE_PARTS)


def _call(name: str) -> str:
    """A function's name as people write it."""
    return "EXTRACT" if name.startswith("$extract") else name.upper()


def _arguments(node: Node) -> list[Node]:
    return part(node, "argument_list") or []


def _zone(node: Node, name: str) -> Node | None:
    """The time zone argument of a call."""
    arguments = _arguments(node)
    position = _POSITIONS[name]
    return arguments[position] if len(arguments) > position else None


def _part_of(node: Node) -> str:
    return next((part for argument in _arguments(node) if (part := _part(argument))), "")


def _derives(node: Node, name: str) -> bool:
    """Whether this call turns an instant into civil time or the other way round, so that a zone matters."""
    arguments = _arguments(node)
    first = _type(arguments[0]) if arguments else None
    if name in _FROM_INSTANT:
        if first != "TIMESTAMP":
            return False
        return _part_of(node) not in _ZONELESS.get(name, ())
    if name in _FROM_CIVIL:
        return first in ("DATE", "DATETIME", "STRING") and not _EXPLICIT_ZONE.search(literal_text(arguments[0]) or "")
    if name == "parse_timestamp":  # a format may read the zone from the text
        return not re.search(r"%E?z|%Z", literal_text(arguments[0]) or "")
    return True


def _zoned_cast(node: Node) -> bool:
    source, target = _type(node.expr), _type(node)
    civil = {"DATE", "DATETIME", "TIME", "STRING"}
    return (source == "TIMESTAMP" and target in civil) or (target == "TIMESTAMP" and source in civil)

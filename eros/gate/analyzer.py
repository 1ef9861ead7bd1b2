"""GoogleSQL as BigQuery speaks it: parses scripts and analyzes statements against a catalog.

The dialect itself (features, statements, system variables) is data: data/bigquery.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as rpc
from zetasql.wasi._pb2.zetasql.proto import options_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as enums
from zetasql.wasi._pb2.zetasql.public import type_pb2
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2 as kinds

from eros.errors import UserError
from eros.gate.engine import Engine, Refused
from eros.gate.tree import Node, node_of

#: A ZetaSQL type as protobuf message.
type Type = Any

DATA = Path(__file__).parent / "data"
#: The system variable an expression is assigned to when it must fit a type: `SET @@eros_target = <expression>`.
_TARGET = "eros_target"


def data(name: str) -> Any:
    """One of the gate's data files."""
    return yaml.load((DATA / name).read_text(encoding="utf-8"), yaml.CSafeLoader)


_REINSTALL = "Nothing was checked. Reinstall the locked package versions: pipenv sync --dev"


def _silent(line: str) -> None:
    """Nobody to tell."""


@dataclass(frozen=True)
class Resolved:
    """A statement with every name and type resolved. `shift` bytes stood before the text's first one."""

    tree: Node
    shift: int


class Analyzer:
    """Parses and analyzes. Proves at its start that it accepts what is right and refuses what is wrong.

    Raises:
        UserError: the self-test failed, so that no answer could be trusted.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        profile = data("bigquery.yaml")
        self.language = options_pb2.LanguageOptionsProto(
            name_resolution_mode=enums.NAME_RESOLUTION_DEFAULT,
            product_mode=enums.PRODUCT_EXTERNAL,
            reserved_keywords=["QUALIFY"],
            enabled_language_features=[enums.LanguageFeature.Value(f"FEATURE_{f}") for f in profile["features"]],
            supported_statement_kinds=[
                kinds.ResolvedNodeKind.Value(f"RESOLVED_{s}_STMT") for s in profile["statements"]
            ],
        )
        self._types: dict[str, Type] = {}
        self._regexps: dict[str, str | None] = {}
        self._built_in = self._built_in_catalog(profile["type_aliases"])
        self._options = options_pb2.AnalyzerOptionsProto(
            language_options=self.language,
            error_message_mode=enums.ERROR_MESSAGE_ONE_LINE,
            default_timezone="UTC",
            parse_location_record_type=enums.PARSE_LOCATION_RECORD_CODE_SEARCH,
        )
        self._add_variables(self._options, profile["system_variables"])
        allowed = self._options.allowed_hints_and_options
        allowed.disallow_unknown_options = allowed.disallow_duplicate_option_names = True
        for name, text in profile["options"].items():
            allowed.option.add(name=name, type=self.type_of(text))
        self._handler_options = options_pb2.AnalyzerOptionsProto()
        self._handler_options.CopyFrom(self._options)
        self._add_variables(self._handler_options, profile["handler_variables"])
        self._self_test()

    def _built_in_catalog(self, aliases: Mapping[str, str]) -> bytes:
        catalog = simple_catalog_pb2.SimpleCatalogProto(name="bigquery")
        catalog.builtin_function_options.language_options.CopyFrom(self.language)
        for alias, name in aliases.items():
            catalog.named_type.add(
                name=alias, type=type_pb2.TypeProto(type_kind=type_pb2.TypeKind.Value(f"TYPE_{name}"))
            )
        return bytes(catalog.SerializeToString())

    def _add_variables(self, options: Any, variables: Mapping[str, str]) -> None:
        for name, text in variables.items():
            options.system_variables.add(name_path=name.split("."), type=self.type_of(text))

    def _self_test(self) -> None:
        """One statement that must pass and one that must be refused, before anything else is believed."""
        try:
            self.analyze("SELECT DATE_ADD(DATE '2025-03-09', INTERVAL 1 DAY)")
        except Refused as error:
            raise UserError(
                f"the GoogleSQL analyzer refuses a correct statement: {error.message}.", remedy=_REINSTALL
            ) from error
        try:
            self.analyze("SELECT DATE_ADD('tomorrow', INTERVAL 'one' DAY)")
        except Refused:
            return
        raise UserError("the GoogleSQL analyzer accepts a wrong statement.", remedy=_REINSTALL)

    def parse(self, text: str) -> Node:
        """The syntax tree of a script. Raises Refused."""
        request = rpc.ParseRequest(sql_statement=text, options=self.language, allow_script=True)
        return node_of(self.engine.call("Parse", request, rpc.ParseResponse).parsed_script)

    def analyze(
        self,
        text: str,
        catalog: bytes = b"",
        *,
        before: str = "",
        target: Type | None = None,
        in_handler: bool = False,
        parameters: Mapping[str, str] | None = None,
    ) -> Resolved:
        """The resolved form of one statement.

        Args:
            catalog: the objects it may name, a serialized SimpleCatalogProto; built-in ones are added.
            before: words that make a statement of an expression, such as SELECT. They are no part of the file.
            target: `text` is an expression and must fit this type by the rules of assignment.
            in_handler: it stands in an exception handler and may read @@error.message and its like.
            parameters: named query parameters and their types.

        Raises:
            Refused: the statement is wrong. Line and column are those of `text`.
        """
        request = rpc.AnalyzeRequest(options=self._handler_options if in_handler else self._options)
        for name, sql_type in (parameters or {}).items():
            request.options.query_parameters.add(name=name, type=self.type_of(sql_type))
        if target is not None:
            request.options.system_variables.add(name_path=[_TARGET], type=target)
            before = f"SET @@{_TARGET} ="
        request.sql_statement = f"{before}\n{text}" if before else text
        # Protobuf messages are merged by writing one after the other.
        request.registered_catalog_id = self.engine.catalog(self._built_in + catalog)
        try:
            response = self.engine.call("Analyze", request, rpc.AnalyzeResponse)
        except Refused as error:
            error.shift(1 if before else 0)
            raise
        return Resolved(node_of(response.resolved_statement), len(before) + 1 if before else 0)

    def regexp_error(self, literal: str) -> str | None:
        """Why RE2 refuses a regular expression, given as a SQL literal; None if it is fine."""
        if literal not in self._regexps:
            self._regexps[literal] = self._regexp_error(literal)
        return self._regexps[literal]

    def _regexp_error(self, literal: str) -> str | None:
        request = rpc.EvaluateRequest(sql=f"REGEXP_CONTAINS('', {literal})")
        request.options.language_options.CopyFrom(self.language)
        try:
            self.engine.call("Evaluate", request, rpc.EvaluateResponse)
        except Refused as error:
            return error.message
        return None

    def type_of(self, text: str) -> Type:
        """The type a text such as `STRUCT<lo FLOAT64>` names. Raises Refused."""
        if text not in self._types:
            request = rpc.AnalyzeRequest(sql_statement=f"SELECT CAST(NULL AS {text})")
            request.options.language_options.CopyFrom(self.language)
            request.registered_catalog_id = self.engine.catalog(self._built_in)
            response = self.engine.call("Analyze", request, rpc.AnalyzeResponse).resolved_statement
            self._types[text] = response.resolved_query_stmt_node.output_column_list[0].column.type
        return self._types[text]


@cache
def start(notify: Callable[[str], None] = _silent) -> Analyzer:
    """The analyzer of this process, started once.

    Args:
        notify: told one line of text if the start is the slow first one of this machine.
    """
    return Analyzer(Engine(notify))


def spelled(sql_type: Type) -> str:
    """A type in SQL's words: `STRUCT<lo FLOAT64>`."""
    name = str(type_pb2.TypeKind.Name(sql_type.type_kind)).removeprefix("TYPE_")
    if name == "ARRAY":
        return f"ARRAY<{spelled(sql_type.array_type.element_type)}>"
    if name == "STRUCT":
        fields = (f"{f.field_name} {spelled(f.field_type)}".strip() for f in sql_type.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    return {"DOUBLE": "FLOAT64"}.get(name, name)

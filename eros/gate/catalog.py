"""What SQL may name: tables, views, functions and procedures of a dataset, with BigQuery's INFORMATION_SCHEMA.

Every object is known under its full name in one pair of backticks alone, so that a bare or a split name is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zetasql.wasi._pb2.zetasql.proto import function_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import function_pb2 as enums

from eros.gate.analyzer import Analyzer, Type, data
from eros.gate.tree import Node
from eros.model import PREFIX, Column, Environment, Model, Routine

_ARGUMENT_MODES = {"IN": enums.FunctionEnums.IN, "OUT": enums.FunctionEnums.OUT, "INOUT": enums.FunctionEnums.INOUT}
#: Aggregates BigQuery has under these names and the package's built-in list does not.
_EXTRA_AGGREGATES = ("max_by", "min_by")


@dataclass(frozen=True)
class Table:
    """A table or view: its columns in order, and those an INSERT must give a value (NOT NULL without a default).

    `is_view` holds for INFORMATION_SCHEMA, too: rows can be read there and not written.
    """

    columns: Mapping[str, Type]
    required: frozenset[str] = frozenset()
    is_view: bool = False


@dataclass(frozen=True)
class Procedure:
    """A procedure's arguments: (mode, name, type)."""

    arguments: tuple[tuple[str, str, Type], ...]


@dataclass
class Catalog:
    """The objects of one dataset. Names are full ones, without backticks."""

    analyzer: Analyzer
    prefix: str = PREFIX
    location: str = "US"
    tables: dict[str, Table] = field(default_factory=dict)
    procedures: dict[str, Procedure] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)
    _serialized: bytes = b""

    def __post_init__(self) -> None:
        schema = data("information_schema.yaml")
        project = self.prefix.split(".", 1)[0]
        places = [(self.prefix, "dataset"), (f"{self.prefix}_backup", "dataset")]
        places.append((f"{project}.region-{self.location.lower()}", "region"))
        for place, level in places:
            for view, columns in schema[level].items():
                types = {name: self.analyzer.type_of(text) for name, text in columns.items()}
                self.tables[f"{place}.INFORMATION_SCHEMA.{view}"] = Table(types, is_view=True)

    @classmethod
    def of(cls, model: Model, analyzer: Analyzer, environment: Environment | None = None) -> Catalog:
        """Everything the model declares, under the names of an environment or the canonical ones."""
        catalog = cls(analyzer)
        if environment:
            catalog = cls(analyzer, environment.rewrite(PREFIX), environment.location)
        for contract in model.contracts.values():
            catalog.add_table(contract.name, contract.columns, is_view=contract.name in model.views)
        for routine in model.routines.values():
            catalog.add_routine(routine)
        return catalog

    def full(self, name: str) -> str:
        """The full name of an object of the dataset."""
        return f"{self.prefix}.{name}"

    def add_table(self, name: str, columns: Iterable[Column], *, is_view: bool = False) -> None:
        """Add a table or view by its contract's columns."""
        columns = tuple(columns)
        self.tables[self.full(name)] = Table(
            {c.name: self.analyzer.type_of(c.type) for c in columns},
            frozenset(c.name for c in columns if c.mode == "REQUIRED" and c.default is None),
            is_view,
        )
        self._serialized = b""

    def add_routine(self, routine: Routine) -> None:
        """Add a function or procedure by its header."""
        types = [(a.mode or "IN", a.name, self.analyzer.type_of(a.type)) for a in routine.arguments]
        if routine.kind == "PROCEDURE":
            self.procedures[self.full(routine.name)] = Procedure(tuple(types))
        else:
            result = self.analyzer.type_of(routine.return_type or "")
            self.functions[self.full(routine.name)] = _function(
                self.full(routine.name), [(name, t) for _, name, t in types], result
            )
        self._serialized = b""

    def contents(self) -> tuple[object, ...]:
        """What is declared, without the dataset's name: equal for two environments whose objects are the same."""
        cut = len(self.prefix)
        return (
            self.location,
            *(
                (
                    name[cut:],
                    *((c, t.SerializeToString()) for c, t in table.columns.items()),
                    table.required,
                    table.is_view,
                )
                for name, table in sorted(self.tables.items())
                if ".INFORMATION_SCHEMA." not in name
            ),
            *((name[cut:], f.signature[0].SerializeToString()) for name, f in sorted(self.functions.items())),
            *(
                (name[cut:], *((mode, argument, t.SerializeToString()) for mode, argument, t in p.arguments))
                for name, p in sorted(self.procedures.items())
            ),
        )

    def serialized(
        self,
        variables: Mapping[str, Type] | None = None,
        temp_tables: Mapping[str, Table] | None = None,
        temp_functions: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The catalog as ZetaSQL takes it, together with what is visible at one point of a script."""
        if not self._serialized:
            self._serialized = self._permanent()
        local = simple_catalog_pb2.SimpleCatalogProto()
        for name, table in sorted((temp_tables or {}).items()):
            _add_table(local, name, table)
        for _, function in sorted((temp_functions or {}).items()):
            local.custom_function.append(function)
        for name, sql_type in sorted((variables or {}).items()):
            # A variable behaves as a constant whose value is not known yet: columns of its name win over it.
            local.constant.add(name_path=[name], type=sql_type)
        # Protobuf messages are merged by writing one after the other.
        return self._serialized + bytes(local.SerializeToString())

    def _permanent(self) -> bytes:
        catalog = simple_catalog_pb2.SimpleCatalogProto()
        for name, table in self.tables.items():
            _add_table(catalog, name, table)
        for name in _EXTRA_AGGREGATES:
            catalog.custom_function.append(_aggregate_of_two(name))
        catalog.custom_function.extend(self.functions.values())
        for name, procedure in self.procedures.items():
            added = catalog.procedure.add(name_path=[name])
            for mode, argument, sql_type in procedure.arguments:
                added.signature.argument.append(_argument(argument, sql_type, mode))
            # A procedure returns nothing, but ARG_TYPE_VOID ends the WebAssembly instance; any type does.
            added.signature.return_type.CopyFrom(_argument("", self.analyzer.type_of("INT64")))
        return bytes(catalog.SerializeToString())


def temp_table(resolved: Node) -> Table:
    """The table a resolved CREATE TEMP TABLE statement makes."""
    return Table({c.name: c.type for c in resolved.column_definition_list})


def temp_function(resolved: Node) -> Any:
    """The function a resolved CREATE TEMP FUNCTION statement makes."""
    arguments = [
        (name, argument.type)
        for name, argument in zip(resolved.argument_name_list, resolved.signature.argument, strict=True)
    ]
    return _function(resolved.name_path[-1], arguments, resolved.return_type)


def _add_table(catalog: Any, name: str, table: Table) -> None:
    added = catalog.table.add(name=name)
    for column, sql_type in table.columns.items():
        added.column.add(name=column, type=sql_type, is_writable_column=True)


def _argument(name: str, sql_type: Type, mode: str | None = None) -> Any:
    argument = function_pb2.FunctionArgumentTypeProto(kind=enums.ARG_TYPE_FIXED, type=sql_type, num_occurrences=1)
    argument.options.cardinality = enums.FunctionEnums.REQUIRED
    if name:
        argument.options.argument_name = name
    if mode:
        argument.options.procedure_argument_mode = _ARGUMENT_MODES[mode]
    return argument


def _function(name: str, arguments: Iterable[tuple[str, Type]], result: Type) -> Any:
    function = function_pb2.FunctionProto(name_path=[name], group="UDF", mode=enums.FunctionEnums.SCALAR)
    signature = function.signature.add(return_type=_argument("", result))
    signature.argument.extend(_argument(argument, sql_type) for argument, sql_type in arguments)
    return function


def _aggregate_of_two(name: str) -> Any:
    """f(x, y) -> type of x, such as MAX_BY."""
    function = function_pb2.FunctionProto(name_path=[name], group="BigQuery", mode=enums.FunctionEnums.AGGREGATE)
    any_1, any_2 = (
        function_pb2.FunctionArgumentTypeProto(kind=kind, num_occurrences=-1)
        for kind in (enums.ARG_TYPE_ANY_1, enums.ARG_TYPE_ANY_2)
    )
    function.signature.add(argument=[any_1, any_2], return_type=any_1)
    return function

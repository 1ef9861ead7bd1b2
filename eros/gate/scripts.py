"""Walks a script the way BigQuery would run it: every statement with the variables and temp tables it can see.

ZetaSQL analyzes single statements; of a CREATE PROCEDURE it checks the structure alone. So the blocks are walked
here, and each statement inside is analyzed in its own scope. What is wrong with a statement beyond what the analyzer
refuses is the business of the rules.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

from zetasql.wasi._pb2.zetasql.public import type_pb2

from eros.gate.analyzer import Type
from eros.gate.catalog import Catalog, temp_function, temp_table
from eros.gate.engine import Refused
from eros.gate.source import Source
from eros.gate.statements import Scope, Statement
from eros.gate.tree import Node, kind, walk


class ScriptWalk:
    """Yields the statements of one script.

    Args:
        query_parameters: the named query parameters it may use, with their types.
    """

    def __init__(self, source: Source, catalog: Catalog, query_parameters: Mapping[str, str] | None = None) -> None:
        self._source, self._catalog, self._analyzer = source, catalog, catalog.analyzer
        self._query_parameters = query_parameters or {}

    def statements(self) -> Iterator[Statement]:
        """All of them, in the order of the text. Raises Refused where the script can't be parsed."""
        script = self._analyzer.parse(self._source.text)
        top = script.statement_list_node.statement_list if script.statement_list_node else []
        if not top:
            raise Refused("There is no statement here")
        scope = Scope(query_parameters=self._query_parameters)
        try:
            self._check_structure(script, top)
        except Refused as refusal:
            yield self._statement(script, scope, refusal=refusal)
        yield from self._block(script.statement_list_node, scope)

    def _check_structure(self, script: Node, top: list[Node]) -> None:
        """ZetaSQL checks where DECLARE, BREAK and the like may stand when it sees CREATE PROCEDURE: so be one."""
        if all(kind(node).startswith("ASTCreate") for node in top):
            return
        code = bytearray(self._source.text.encode()[: top[-1].end])
        for node in walk(script):
            if kind(node) == "ASTParameterExpr":  # a procedure has no query parameters; the structure is the same
                code[node.start : node.start + 1] = b" "
        text = code.decode()
        self._analyzer.analyze(f"{text}\n;\nEND", before="CREATE PROCEDURE script() BEGIN")

    def _block(self, statements: Node | None, scope: Scope) -> Iterator[Statement]:
        for node in statements.statement_list if statements is not None else ():
            handler = getattr(self, f"_{kind(node)}", self._plain)
            # A DECLARE widens the scope of what follows it in its block.
            scope = (yield from handler(node, scope)) or scope

    # ---- statements that hold others ----------------------------------------------------------------------------

    def _ASTBeginEndBlock(self, node: Node, scope: Scope) -> Iterator[Statement]:
        yield self._statement(node, scope)
        yield from self._block(node.statement_list_node, scope)
        if node.handler_list:
            for handler in node.handler_list.exception_handler_list:
                yield from self._block(handler.statement_list, scope.within(in_handler=True))

    def _ASTIfStatement(self, node: Node, scope: Scope) -> Iterator[Statement]:
        yield self._condition(node.condition, scope)
        yield from self._block(node.then_list, scope)
        for clause in node.elseif_clauses.elseif_clauses if node.elseif_clauses else ():
            yield self._condition(clause.condition, scope)
            yield from self._block(clause.body, scope)
        yield from self._block(node.else_list, scope)

    def _ASTCaseStatement(self, node: Node, scope: Scope) -> Iterator[Statement]:
        for clause in node.when_then_clauses.when_then_clauses:
            if node.expression is None:
                yield self._condition(clause.condition, scope)
            else:
                before = f"SELECT ({self._source.of(node.expression)}) ="
                yield self._analyzed(clause.condition, scope, beside=node.expression, before=before)
            yield from self._block(clause.body, scope)
        yield from self._block(node.else_list, scope)

    def _ASTWhileStatement(self, node: Node, scope: Scope) -> Iterator[Statement]:
        yield self._statement(node, scope)
        if node.condition is not None:  # LOOP is a WHILE without one
            yield self._condition(node.condition, scope)
        yield from self._block(node.body, scope)

    def _ASTRepeatStatement(self, node: Node, scope: Scope) -> Iterator[Statement]:
        yield self._statement(node, scope)
        yield from self._block(node.body, scope)
        yield self._condition(node.until_clause.condition, scope)

    def _ASTForInStatement(self, node: Node, scope: Scope) -> Iterator[Statement]:
        yield self._statement(node, scope)
        query = self._analyzed(node.query, scope)
        yield query
        if query.resolved:
            columns = query.resolved.tree.output_column_list
            record = _struct((c.name, c.column.type) for c in columns)
            yield from self._block(node.body, scope.within(**{node.variable.id_string.lower(): record}))

    def _ASTCreateProcedureStatement(self, node: Node, scope: Scope) -> Iterator[Statement]:
        created = self._analyzed(node, replace(scope, routine=node.name.names[-1].id_string.rsplit(".", 1)[-1]))
        yield created
        if created.resolved and node.body is not None:
            arguments = created.resolved.tree.signature.argument
            names = [entry.name.id_string.lower() for entry in node.parameters.parameter_entries]
            types = [argument.type for argument in arguments]
            inside = Scope(created.scope.routine, dict(zip(names, types, strict=True)))
            yield from self._block(node.body.statement_list_node, inside)

    # ---- statements about variables -----------------------------------------------------------------------------

    def _ASTVariableDeclaration(self, node: Node, scope: Scope) -> Generator[Statement, None, Scope]:
        declared: Type | None = None
        if node.type is not None:
            try:
                declared = self._analyzer.type_of(self._source.of(node.type))
            except Refused as refusal:
                refusal.line = None
                yield self._statement(node.type, scope, refusal=refusal)
        yield self._statement(node, scope)
        if node.default_value is not None:
            if declared is not None:
                yield self._analyzed(node.default_value, scope, target=declared)
            else:
                default = self._analyzed(node.default_value, scope, before="SELECT")
                yield default
                if default.resolved:
                    declared = default.resolved.tree.output_column_list[0].column.type
        if declared is None:
            return scope
        return scope.within(**{i.id_string.lower(): declared for i in node.variable_list.identifier_list})

    def _ASTSingleAssignment(self, node: Node, scope: Scope) -> Iterator[Statement]:
        if (known := self._variable(node.variable, scope)).refusal:
            yield known
        else:
            target = scope.variables[node.variable.id_string.lower()]
            yield self._analyzed(node.expression, scope, target=target)

    def _ASTAssignmentFromStruct(self, node: Node, scope: Scope) -> Iterator[Statement]:
        names = node.variables.identifier_list
        if unknown := [s for s in (self._variable(name, scope) for name in names) if s.refusal]:
            yield from unknown
        else:
            target = _struct(("", scope.variables[name.id_string.lower()]) for name in names)
            yield self._analyzed(node.struct_expression, scope, target=target)

    def _variable(self, identifier: Node, scope: Scope) -> Statement:
        if identifier.id_string.lower() in scope.variables:
            return self._statement(identifier, scope)
        return self._statement(identifier, scope, refusal=Refused(f"Undeclared variable: {identifier.id_string}"))

    # ---- everything else ----------------------------------------------------------------------------------------

    def _ASTRaiseStatement(self, node: Node, scope: Scope) -> Iterator[Statement]:
        if node.message is not None:
            yield self._analyzed(node.message, scope, target=self._analyzer.type_of("STRING"))

    def _ASTReturnStatement(self, node: Node, scope: Scope) -> Iterator[Statement]:
        yield self._statement(node, scope)

    _ASTBreakStatement = _ASTContinueStatement = _ASTReturnStatement

    def _plain(self, node: Node, scope: Scope) -> Iterator[Statement]:
        routine = scope.routine
        if kind(node) in ("ASTCreateFunctionStatement", "ASTCreateViewStatement"):
            name = node.name if kind(node) == "ASTCreateViewStatement" else node.function_declaration.name
            routine = name.names[-1].id_string.rsplit(".", 1)[-1]
        statement = self._analyzed(node, replace(scope, routine=routine))
        yield statement
        if not statement.resolved:
            return
        tree = statement.resolved.tree
        made = kind(tree)
        if made in ("ResolvedCreateTableStmt", "ResolvedCreateTableAsSelectStmt") and len(tree.name_path) == 1:
            scope.temp.tables[tree.name_path[0].lower()] = temp_table(tree)
        elif made == "ResolvedCreateFunctionStmt" and "." not in tree.name_path[-1]:
            scope.temp.functions[tree.name_path[0].lower()] = temp_function(tree)
        elif kind(node) == "ASTDropStatement":
            scope.temp.tables.pop(node.name.names[-1].id_string.lower(), None)

    def _condition(self, node: Node, scope: Scope) -> Statement:
        return self._analyzed(node, scope, target=self._analyzer.type_of("BOOL"))

    def _statement(self, node: Node, scope: Scope, **result: Any) -> Statement:
        return Statement(self._source, node, scope, self._catalog, **result)

    def _analyzed(self, node: Node, scope: Scope, *, beside: Node | None = None, **options: Any) -> Statement:
        try:
            resolved = self._analyzer.analyze(
                self._source.alone(node),
                self._visible(scope, node, beside),
                in_handler=scope.in_handler,
                parameters=scope.query_parameters,
                **options,
            )
        except Refused as refusal:
            return self._statement(node, scope, refusal=refusal)
        return self._statement(node, scope, resolved=resolved)

    def _visible(self, scope: Scope, *nodes: Node | None) -> bytes:
        """The catalog with the variables and temp objects of the scope.

        A statement that mentions none of them shares the catalog of all files: registering one is dear.
        """
        parts = [part for node in nodes if node is not None for part in walk(node)]
        mentioned = {part.id_string.lower() for part in parts if kind(part) == "ASTIdentifier"}
        temp = scope.temp
        if mentioned.isdisjoint([*scope.variables, *temp.tables, *temp.functions]):
            return self._catalog.serialized()
        return self._catalog.serialized(scope.variables, temp.tables, temp.functions)


def _struct(fields: Any) -> Type:
    """The STRUCT type of (name, type) pairs."""
    struct = type_pb2.TypeProto(type_kind=type_pb2.TYPE_STRUCT)
    for name, sql_type in fields:
        struct.struct_type.field.add(field_name=name, field_type=sql_type)
    return struct

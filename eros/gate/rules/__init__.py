"""Every rule of the gate. A new one is a class in the module of its subject, named in the list below."""

from __future__ import annotations

from eros.gate.rules import arithmetic, clock, dates, functions, joins, names, procedures, tables, texts
from eros.gate.rules.base import Rule

#: All rules, in the order in which they are tried.
RULES: tuple[Rule, ...] = (
    names.ObjectName(),
    names.VariablePrefix(),
    names.ColumnPrefix(),
    names.ColumnShadowsVariable(),
    names.OuterName(),
    names.SelfReference(),
    functions.FunctionInBigquery(),
    functions.FunctionListed(),
    functions.LanguageOfFunction(),
    functions.RandomInSubquery(),
    functions.NeedsWindow(),
    arithmetic.Division(),
    dates.DateNamesZone(),
    dates.DateInBusinessZone(),
    dates.UnknownTimeZone(),
    clock.RealClockForDurations(),
    clock.ClockReadOnce(),
    texts.RegularExpression(),
    texts.AsciiOnlyClass(),
    texts.ImpossibleValue(),
    joins.OuterJoinNeedsEquality(),
    joins.CorrelatedSubquery(),
    tables.PartitionExpression(),
    tables.ClusterColumns(),
    tables.KeyNotEnforced(),
    tables.InsertNamesColumns(),
    tables.InsertRequiredColumns(),
    tables.NullForRequiredColumn(),
    tables.WriteToView(),
    tables.InsertMode(),
    procedures.OutArgument(),
    procedures.NoSessionSettings(),
    procedures.NoTransactions(),
    procedures.NoSchemaChangeInScript(),
    procedures.ReplaceTempTable(),
    procedures.NestedHandler(),
    procedures.NoLoops(),
    procedures.NoDynamicSql(),
    procedures.GroupByVariable(),
)

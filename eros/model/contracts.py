"""Table and view contracts: the YAML files under schemas/. The SELECT of a view stands in sql/views/, not here."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from eros.errors import nearest
from eros.model import types
from eros.model.documents import Document

type Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
type Mode = Literal["NULLABLE", "REQUIRED", "REPEATED"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=300)]
Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,63}$")]

#: Types BigQuery partitions by directly, and those it can cluster by.
_PARTITION_TYPES = {"DATE", "TIMESTAMP", "DATETIME"}
_CLUSTER_TYPES = {
    "BIGNUMERIC",
    "BOOL",
    "DATE",
    "DATETIME",
    "GEOGRAPHY",
    "INT64",
    "NUMERIC",
    "STRING",
    "TIMESTAMP",
}


class Column(Document):
    """One column. `type` is a standard name; `ARRAY<T>` makes a repeated column; `default` is SQL text."""

    name: Name
    type: Text
    mode: Mode = "NULLABLE"
    default: Text | None = None
    description: Text

    @model_validator(mode="before")
    @classmethod
    def _array_is_repeated(cls, data: object) -> object:
        if isinstance(data, dict) and str(data.get("type", "")).startswith("ARRAY<"):
            return {"mode": "REPEATED", **data}
        return data

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        try:
            types.routine_type(value)
        except ValueError as error:
            usual = types.standard_type(value.upper())
            raise ValueError(f"{error}. {nearest(usual, (*types.SCALARS, 'ARRAY<…>', 'STRUCT<…>'))}") from None
        if (upper := types.element_type(value).upper()) in types.SCALARS and upper not in value:
            raise ValueError(f"unknown type {value!r}. Did you mean {value.upper()!r}?")
        return value

    @model_validator(mode="after")
    def _array_mode(self) -> Self:
        if self.type.startswith("ARRAY<") != (self.mode == "REPEATED"):
            raise ValueError(f"type {self.type} does not go with mode {self.mode}")
        return self


class Partition(Document):
    """Time partitioning. `keep_days` is the retention in days; absent where the table is kept for ever."""

    by: Literal["hour", "day", "month", "year"]
    column: Name
    keep_days: Annotated[int, Field(gt=0)] | None = None


class Contract(Document):
    """What a table or view looks like, whoever creates it.

    `owned` and `file` come from where the file lies: schemas/owned or schemas/external.
    """

    name: Name
    kind: Literal["table", "view"]
    description: Text
    owner: Label
    component: Label
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    primary_key: tuple[Name, ...] = ()
    partition: Partition | None = None
    keep_forever: bool = False
    cluster: Annotated[tuple[Name, ...], Field(max_length=4)] = ()
    sources_only: bool = False
    owned: bool = Field(exclude=True)
    file: str = Field(exclude=True)

    @property
    def keep_days(self) -> int | None:
        """Retention in days; None is for ever."""
        return self.partition.keep_days if self.partition else None

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return {c.name: c for c in self.columns}[name]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [c.name for c in self.columns]
        if twice := {n for n in names if names.count(n) > 1}:
            raise ValueError(f"columns named twice: {', '.join(sorted(twice))}")
        used = [("primary_key", c) for c in self.primary_key] + [("cluster", c) for c in self.cluster]
        if self.partition:
            used.append(("partition", self.partition.column))
        for key, column in used:
            if column not in names:
                raise ValueError(f"{key} names {column!r}, which is no column of the table")
        if self.kind == "view":
            if used or self.keep_forever or any(c.default for c in self.columns):
                raise ValueError("a view has no keys, partition, clustering, retention or defaults")
        else:
            self._check_table()
        return self

    def _check_table(self) -> None:
        if self.keep_forever == bool(self.keep_days):
            raise ValueError("say how long rows are kept: partition.keep_days, or keep_forever: true, and not both")
        if self.partition:
            kind = self.column(self.partition.column).type
            if kind not in _PARTITION_TYPES or (kind == "DATE" and self.partition.by == "hour"):
                raise ValueError(f"BigQuery cannot partition a {kind} column by {self.partition.by}")
        for column in self.cluster:
            if self.column(column).type not in _CLUSTER_TYPES:
                raise ValueError(f"BigQuery cannot cluster by {column!r} of type {self.column(column).type}")

"""Columns to Arrow tables in the shape the contracts declare. The only place that knows Arrow's types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eros.errors import UserError, nearest
from eros.model import Contract
from eros.model.types import element_type

type Columns = dict[str, Any]

_TYPES = {
    "INT64": pa.int64(),
    "FLOAT64": pa.float64(),
    "BOOL": pa.bool_(),
    "STRING": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
}


def table(contract: Contract, columns: Mapping[str, Any]) -> pa.Table:
    """An Arrow table with the contract's columns in order; one the sample knows nothing about is NULL.

    Raises UserError for a column the contract does not have, or a required one that is missing.
    """
    known = [column.name for column in contract.columns]
    for name in columns:
        if name not in known:
            raise UserError(
                f"the sample fills a column {name!r} that the contract lacks.",
                where=contract.name,
                remedy=nearest(name, known),
            )
    count = len(next(iter(columns.values())))
    fields, arrays = [], []
    for column in contract.columns:
        kind = _TYPES[element_type(column.type)]
        repeated, required = column.mode == "REPEATED", column.mode == "REQUIRED"
        kind = pa.list_(kind) if repeated else kind
        if column.name in columns:
            values = columns[column.name]
        elif required:
            raise UserError(f"the sample does not fill the required column {column.name!r}.", where=contract.name)
        else:
            values = pa.array([[]] * count, kind) if repeated else pa.nulls(count, kind)
        fields.append(pa.field(column.name, kind, nullable=not required))
        arrays.append(values.cast(kind) if isinstance(values, pa.Array) else pa.array(values, kind))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def strings(values: Sequence[str | None]) -> pa.StringArray:
    """Texts, to be chosen from with take(); a NULL index gives NULL."""
    return pa.array(values, pa.string())


def where_null(values: NDArray[Any], null: NDArray[np.bool_]) -> pa.Array:
    """The values, NULL where `null` is true. NaN stays NaN."""
    return pa.array(values, mask=null)


def instants(microseconds: NDArray[np.int64], null: NDArray[np.bool_] | None = None) -> pa.Array:
    """UTC timestamps from microseconds since 1970."""
    return pa.array(microseconds, mask=null).cast(_TYPES["TIMESTAMP"])

"""What the daily snapshots keep."""

from __future__ import annotations

from eros.model import Model


def test_every_owned_table_is_kept_daily(model: Model) -> None:
    """A new table belongs into the list of sql/procedures/snapshot_state.sql, or nothing of it can be restored."""
    assert model.graph.depends_on("snapshot_state") & model.tables.keys() == model.owned_tables().keys()

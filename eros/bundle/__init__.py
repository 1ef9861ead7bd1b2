"""`eros bundle`: the deployment as SQL scripts, for people who work in the BigQuery console or with bq."""

from eros.bundle.command import bundle, run

__all__ = ["bundle", "run"]

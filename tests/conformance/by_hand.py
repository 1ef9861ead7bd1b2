"""What people do to a live project beside Terraform: through the console, bq or a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.cloud import bigquery
from google.cloud.bigquery_datatransfer import TransferConfig, UpdateTransferConfigRequest

from eros.model import PREFIX
from eros.warehouse import Warehouse


@dataclass(frozen=True)
class Hands:
    """Changes of one project. In SQL, `D` stands for the dataset: "DROP TABLE `D.lock_sweep_log`"."""

    live: Warehouse

    def sql(self, statement: str) -> None:
        self.live.query(statement.replace("`D.", f"`{PREFIX}."))

    def table(self, name: str, **rest: Any) -> None:
        """Set fields of a table's or view's REST body; None takes one away."""
        client = self.live.client
        body = client.get_table(f"{PREFIX}.{name}").to_api_repr() | rest
        client.update_table(bigquery.Table.from_api_repr(body), list(rest))

    def labels(self, name: str, **labels: str | None) -> None:
        table = self.live.client.get_table(f"{PREFIX}.{name}")
        table.labels = table.labels | labels
        self.live.client.update_table(table, ["labels"])

    def partition(self, name: str, **rest: Any) -> None:
        """Set fields of a table's time partitioning."""
        partitioning = self.live.client.get_table(f"{PREFIX}.{name}").to_api_repr()["timePartitioning"]
        self.table(name, timePartitioning=partitioning | rest)

    def routine(self, name: str, body: str) -> None:
        """Replace the body of a routine and nothing else of it."""
        routine = self.live.client.get_routine(f"{PREFIX}.{name}")
        routine.body = body
        self.live.client.update_routine(routine, [key for key in routine.to_api_repr() if key != "routineReference"])

    def dataset(self, name: str, **rest: Any) -> None:
        client = self.live.client
        body = client.get_dataset(f"{self.live.environment.project}.{name}").to_api_repr() | rest
        client.update_dataset(bigquery.Dataset.from_api_repr(body), list(rest))

    def grant(self, name: str, role: str, email: str) -> None:
        dataset = self.live.client.get_dataset(f"{self.live.environment.project}.{name}")
        dataset.access_entries = [*dataset.access_entries, bigquery.AccessEntry(role, "userByEmail", email)]
        self.live.client.update_dataset(dataset, ["access_entries"])

    def schedule(self, display_name: str, **fields: Any) -> None:
        """Set fields of a schedule."""
        config = TransferConfig(name=self._name(display_name), **fields)
        self.live.transfer_client().update_transfer_config(
            transfer_config=config, update_mask={"paths": sorted(fields)}
        )

    def run_as(self, display_name: str, account: str) -> None:
        """Give a schedule's runs to another account."""
        request = UpdateTransferConfigRequest(
            transfer_config=TransferConfig(name=self._name(display_name)),
            update_mask={"paths": ["service_account_name"]},
            service_account_name=account,
        )
        self.live.transfer_client().update_transfer_config(request=request)

    def remove_schedule(self, display_name: str) -> None:
        self.live.transfer_client().delete_transfer_config(name=self._name(display_name))

    def add_schedule(self, display_name: str, query: str) -> None:
        environment = self.live.environment
        self.live.transfer_client().create_transfer_config(
            parent=f"projects/{environment.project}/locations/{environment.location.lower()}",
            transfer_config=TransferConfig(
                display_name=display_name,
                data_source_id="scheduled_query",
                schedule="every 2 hours",
                params={"query": query},
            ),
        )

    def _name(self, display_name: str) -> str:
        found = self.live.schedules.read(display_name)
        assert found is not None, display_name
        return str(found["name"])

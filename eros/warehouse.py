"""The one way to talk to an environment's BigQuery: Google's, or the local engine. Deploying is not done here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from eros.errors import UserError
from eros.model import Environment, Model

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError
    from google.cloud.bigquery import Client
    from google.cloud.bigquery.query import ArrayQueryParameter, ScalarQueryParameter
    from google.cloud.bigquery.table import RowIterator
    from google.cloud.bigquery_datatransfer import DataTransferServiceClient

    from eros.schedules import Schedules

type Parameter = ScalarQueryParameter | ArrayQueryParameter


@dataclass(frozen=True)
class Warehouse:
    """An environment and the clients that reach it. SQL is given with canonical names and rewritten here."""

    environment: Environment
    client: Client
    transfer_client: Callable[[], DataTransferServiceClient]

    def query(self, sql: str, parameters: Sequence[Parameter] = ()) -> RowIterator:
        """Run a statement or script to its end and return the rows of its last SELECT.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: BigQuery refused or failed it.
        """
        from google.cloud.bigquery import QueryJobConfig

        config = QueryJobConfig(query_parameters=list(parameters))
        return self.client.query_and_wait(self.environment.rewrite(sql), job_config=config)

    @cached_property
    def schedules(self) -> Schedules:
        """The environment's scheduled queries."""
        from eros.schedules import Schedules

        return Schedules(self.transfer_client(), self.environment.project, self.environment.location)


def connect(model: Model, environment: str = "local", port: int | None = None) -> Warehouse:
    """Reach an environment.

    Args:
        model: the loaded model.
        environment: its name.
        port: for the local one, which engine; None is the one this checkout started last.

    Raises:
        UserError: unknown environment, no engine running, no Google credentials on this machine, or no network.
    """
    declared = model.environment(environment)
    if declared.local:
        from eros.local.process import require

        engine = require(port)
        return Warehouse(declared, engine.client(declared.location), engine.transfer_client)
    if port is not None:
        raise UserError(f"--port is for the local engine, not for {environment}.", remedy="Leave it out.")
    return _google(declared)


def reason(error: GoogleAPICallError) -> str:
    """What BigQuery said, without the request's method and address that the client puts before it."""
    return re.sub(r"^[A-Z]+ https?://\S+: ", "", str(error.message))


def _google(environment: Environment) -> Warehouse:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError, TransportError
    from google.auth.transport.requests import Request
    from google.cloud import bigquery
    from google.cloud.bigquery_datatransfer import DataTransferServiceClient

    try:
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        # Once, here: without a network or a fresh login the clients would go on trying for ten minutes.
        credentials.refresh(Request())  # type: ignore[no-untyped-call] # google-auth has no types
    except DefaultCredentialsError:
        raise UserError(
            f"no Google credentials on this machine to reach {environment.name}.",
            remedy="Run: gcloud auth application-default login",
        ) from None
    except TransportError as error:
        raise UserError(
            f"Google cannot be reached from this machine, so nobody can sign in for {environment.name}: {error}.",
            remedy="Is the network there?",
        ) from None
    client = bigquery.Client(project=environment.project, location=environment.location, credentials=credentials)
    return Warehouse(environment, client, lambda: DataTransferServiceClient(credentials=credentials))

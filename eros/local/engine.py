"""What one running local engine is: its process, ports, folder and addresses. Starting and stopping: process.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eros.local import datadir, requestlog

if TYPE_CHECKING:
    from google.cloud.bigquery import Client
    from google.cloud.bigquery_datatransfer import DataTransferServiceClient

HOST = "127.0.0.1"  # nothing of the local engine listens on any other address
IDENTITY_PATH = "/eros/engine"  # GET on the BigQuery port returns the Engine as JSON
LOG, REQUEST_LOG = "engine.log", "requests.log"


@dataclass(frozen=True)
class Engine:
    """One local engine: the embedded BigQuery and the Data Transfer stand-in, in one process."""

    pid: int
    project: str
    port: int
    grpc_port: int
    transfer_port: int
    data_dir: Path
    started_at: str
    """UTC, RFC 3339."""
    versions: Mapping[str, str]

    @property
    def endpoint(self) -> str:
        """Address of the BigQuery REST API, as `api_endpoint` of google-cloud-bigquery wants it."""
        return f"http://{HOST}:{self.port}"

    @property
    def transfer_endpoint(self) -> str:
        """Address of the Data Transfer REST API (its paths begin with /v1/)."""
        return f"http://{HOST}:{self.transfer_port}"

    @property
    def grpc_endpoint(self) -> str:
        """Address of the Storage Read and Write API."""
        return f"{HOST}:{self.grpc_port}"

    @property
    def log(self) -> Path:
        """What the engine printed; the first place to look after a crash."""
        return self.data_dir / LOG

    @property
    def request_log(self) -> Path:
        """One line per HTTP request of either API, see requestlog.py."""
        return self.data_dir / REQUEST_LOG

    @property
    def alive(self) -> bool:
        """True while this very process runs; a pid given to another program since does not count."""
        holder = datadir.holder(self.data_dir)
        return holder is not None and holder.get("pid") == self.pid

    def requests(self) -> list[requestlog.Request]:
        """Every request since the engine started, oldest first. Slice it to see what one step sent."""
        return requestlog.read(self.request_log)

    def client(self, location: str = "US", project: str | None = None) -> Client:
        """A google-cloud-bigquery client of this engine, for its own project or another. The caller closes it."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import bigquery

        client = bigquery.Client(
            project=project or self.project,
            location=location,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": self.endpoint},
        )
        client._http.trust_env = False  # HTTP_PROXY is for the way out, not for loopback
        return client

    def transfer_client(self) -> DataTransferServiceClient:
        """A google-cloud-bigquery-datatransfer client of the stand-in.

        Its REST transport only speaks plain HTTP when it is built by hand: through client_options the
        address is taken for a host name and gets https:// in front.
        """
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import bigquery_datatransfer
        from google.cloud.bigquery_datatransfer_v1.services.data_transfer_service.transports.rest import (
            DataTransferServiceRestTransport,
        )

        transport = DataTransferServiceRestTransport(
            host=f"{HOST}:{self.transfer_port}",
            url_scheme="http",
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        )
        transport._session.trust_env = False
        return bigquery_datatransfer.DataTransferServiceClient(transport=transport)

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "data_dir": str(self.data_dir), "versions": dict(self.versions)})

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Engine | None:
        """The engine a JSON object describes, or None if it describes something else."""
        try:
            return cls(
                pid=int(value["pid"]),
                project=str(value["project"]),
                port=int(value["port"]),
                grpc_port=int(value["grpc_port"]),
                transfer_port=int(value["transfer_port"]),
                data_dir=Path(value["data_dir"]),
                started_at=str(value["started_at"]),
                versions={str(k): str(v) for k, v in value["versions"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

"""Environments: the YAML files under environments/, the only place where local, dev and prod differ."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from eros.model.adoption import Adoption
from eros.model.contracts import Label, Name, Text
from eros.model.documents import Document
from eros.model.sqltext import PREFIX

Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+/$")]


class Endpoints(Document):
    """Base addresses of the APIs, version included, trailing slash included. Absent means Google's own."""

    bigquery: Url
    data_transfer: Url


class LocalBackend(Document):
    """Terraform state in a file on this machine."""

    kind: Literal["local"]


class GcsBackend(Document):
    """Terraform state in a Cloud Storage bucket."""

    kind: Literal["gcs"]
    bucket: Text


class Budget(Document):
    """Monthly spending limit in USD of a billing account, watched by the observability stack."""

    billing_account: Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$")]
    monthly_usd: Annotated[int, Field(gt=0)]


class Environment(Document):
    """One environment.

    `schedule_start_times` holds a fixed instant (RFC 3339, UTC) per schedule. `adopt` lists declared objects that
    exist already and are to be imported by the next apply.
    """

    project: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
    project_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,}$")]
    dataset: Name
    location: Text
    endpoints: Endpoints | None = None
    backend: Annotated[LocalBackend | GcsBackend, Field(discriminator="kind")]
    deletion_protection: bool
    creates_sources: bool
    managed_access: bool
    schedule_start_times: dict[Name, Text]
    alert_email: Text | None = None
    budget: Budget | None = None
    labels: dict[Label, Label]
    adopt: tuple[Adoption, ...] = ()
    name: str = Field(exclude=True)
    file: str = Field(exclude=True)

    @property
    def local(self) -> bool:
        """Whether this environment is the embedded BigQuery on this machine."""
        return self.endpoints is not None

    @property
    def backup_dataset(self) -> str:
        """The dataset that holds the snapshots."""
        return f"{self.dataset}_backup"

    def rewrite(self, sql: str) -> str:
        """The SQL with the canonical prefix replaced by this environment's project and dataset."""
        return sql.replace(PREFIX, f"{self.project}.{self.dataset}")

    @field_validator("schedule_start_times")
    @classmethod
    def _utc_instants(cls, value: dict[str, str]) -> dict[str, str]:
        for schedule, text in value.items():
            try:
                instant = datetime.fromisoformat(text)
            except ValueError:
                raise ValueError(f"{schedule}: {text!r} is no instant like 2026-01-05T00:17:00Z") from None
            if not text.endswith("Z") or instant.tzinfo is None:
                raise ValueError(f"{schedule}: {text!r} must be UTC and end with Z")
        return value

    @model_validator(mode="after")
    def _managed_access_needs_google(self) -> Self:
        if self.local and self.managed_access:
            raise ValueError("managed_access needs Google Cloud; an environment with endpoints has none")
        return self

"""What every stack of an environment shares: provider, state backend, required versions, labels."""

from __future__ import annotations

from cdktf import GcsBackend as TerraformGcsBackend
from cdktf import LocalBackend as TerraformLocalBackend
from cdktf import TerraformResource, TerraformStack
from cdktf_cdktf_provider_google.provider import GoogleProvider
from constructs import Construct

from eros.model import Environment, Model
from eros.model.environments import GcsBackend

#: Terraform and OpenTofu versions the plan is tested with.
REQUIRED_VERSION = ">= 1.9.0, < 2.0.0"

#: The embedded BigQuery takes any token; the provider insists on having one.
LOCAL_TOKEN = "local"


class EnvironmentStack(TerraformStack):
    """One stack of one environment. `part` is the last word of its name: eros-<env>-<part>."""

    def __init__(self, scope: Construct, part: str, model: Model, environment: Environment) -> None:
        name = f"eros-{environment.name}-{part}"
        super().__init__(scope, name)
        self.model, self.environment = model, environment
        self.add_override("terraform.required_version", REQUIRED_VERSION)
        if isinstance(environment.backend, GcsBackend):
            TerraformGcsBackend(self, bucket=environment.backend.bucket, prefix=name)
        else:
            # Relative to the stack's folder under cdktf.out, so that no path of a machine enters the plan.
            TerraformLocalBackend(self, path=f"../../../terraform.{name}.tfstate")
        self._provider()

    def _provider(self) -> None:
        endpoints = self.environment.endpoints
        if endpoints is None:
            GoogleProvider(self, "google", project=self.environment.project)
            return
        GoogleProvider(
            self,
            "google",
            project=self.environment.project,
            access_token=LOCAL_TOKEN,
            big_query_custom_endpoint=endpoints.bigquery,
            bigquery_data_transfer_custom_endpoint=endpoints.data_transfer,
        )

    def adopt(self, *types: str) -> None:
        """Import what the environment file lists under `adopt:`, as far as this stack declares the Terraform types.

        An import block of an object that is in the state already does nothing, so an entry may stay for a while.
        """
        environment = self.environment
        blocks = [
            {"to": entry.object, "id": entry.import_id(environment.project, environment.dataset)}
            for entry in environment.adopt
            if entry.object.partition(".")[0] in types
        ]
        if blocks:
            self.add_override("import", blocks)

    def labels(self, component: str, owner: str = "scheduling") -> dict[str, str]:
        """The labels of a resource: the environment's, its component and its owner."""
        return {**self.environment.labels, "component": component, "owner": owner}


def address[R: TerraformResource](resource: R, name: str) -> R:
    """Give the resource the Terraform address `<type>.<name>`, whatever construct it was made in."""
    resource.override_logical_id(name)
    return resource

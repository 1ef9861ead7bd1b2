"""Prints, for a workflow's outputs, as whom it may sign in for an environment. All of it follows from its YAML file."""

from __future__ import annotations

import sys

from eros.access import DEPLOYER_ACCOUNT, PLANNER_ACCOUNT, account_email, identity_provider
from eros.errors import UserError
from eros.model import load_model


def main(name: str) -> None:
    """`identities.py ENV`: one `key=value` line each for provider, planner and deployer."""
    environment = load_model().environment(name)
    print(f"provider={identity_provider(environment)}")
    print(f"planner={account_email(PLANNER_ACCOUNT, environment)}")
    print(f"deployer={account_email(DEPLOYER_ACCOUNT, environment)}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2] or ["local"])
    except UserError as error:
        sys.exit(f"error: {error}")

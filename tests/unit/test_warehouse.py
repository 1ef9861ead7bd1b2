"""Reaching Google: who is not signed in, or has no network, is told so at once."""

from __future__ import annotations

from typing import Any

import google.auth
import pytest
from google.api_core.exceptions import RetryError
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, TransportError

from eros.cli import _api_error
from eros.errors import UserError
from eros.model import Model
from eros.warehouse import connect


class Credentials(AnonymousCredentials):
    """Credentials of a person whose sign-in has to be renewed first."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__()
        self.failure, self.renewed = failure, 0

    def refresh(self, request: object) -> None:
        self.renewed += 1
        if self.failure is not None:
            raise self.failure


def sign_in(monkeypatch: pytest.MonkeyPatch, credentials: Credentials) -> None:
    monkeypatch.setattr(google.auth, "default", lambda **_: (credentials, "any-project"))


def test_without_a_network_it_says_so_before_the_clients_try_for_minutes(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(monkeypatch, Credentials(TransportError("no route")))
    with pytest.raises(UserError, match=r"Google cannot be reached .* for prod: no route\. Is the network there\?"):
        connect(model, "prod")


def test_without_credentials_it_says_how_to_sign_in(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise DefaultCredentialsError("none")

    monkeypatch.setattr(google.auth, "default", refuse)
    with pytest.raises(UserError, match="gcloud auth application-default login"):
        connect(model, "dev")


def test_the_sign_in_is_renewed_once(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials()
    sign_in(monkeypatch, credentials)
    warehouse = connect(model, "prod")
    assert (credentials.renewed, warehouse.client.project) == (1, model.environment("prod").project)


def test_a_port_is_for_the_local_engine(model: Model) -> None:
    with pytest.raises(UserError, match="--port is for the local engine, not for prod"):
        connect(model, "prod", 9050)


def test_an_api_that_never_answered_is_no_stack_trace() -> None:
    assert "does not answer" in (_api_error(RetryError("tried for ten minutes", cause=None)) or "")

"""The REST routes of the Data Transfer stand-in: https://cloud.google.com/bigquery/docs/reference/datatransfer/rest

It serves the data source scheduled_query: transferConfigs (create, get, list, patch, delete, startManualRuns),
their runs (get, list, delete), dataSources and locations, each with and without a location in the path.
It has no timer: a schedule runs only when it is started by hand.
"""

from __future__ import annotations

import base64
import json
import traceback
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from typing import Any

from google.cloud.bigquery_datatransfer_v1.types import ListTransferRunsRequest, TransferState
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eros.errors import nearest
from eros.local.engine import Engine
from eros.local.transfer import configs, schedule
from eros.local.transfer.errors import ApiError, invalid, not_found
from eros.local.transfer.runs import Runner
from eros.local.transfer.store import Json, Store, created

FILE = "transfers.json"
PROJECT_NUMBER = "100000000000"  # of the engine's own project
USER_ID = "1000000000000000000"
DEFAULT_LOCATION = "us"
LARGEST_PAGE = 1_000
RunAttempt = ListTransferRunsRequest.RunAttempt


def transfer_app(engine: Engine) -> Starlette:
    """The application of one engine; its state lies in the engine's data folder."""
    service = _Service(engine)
    routes: list[Route] = [
        Route("/v1/projects/{project}/locations", service.list_locations),
        Route("/v1/projects/{project}/locations/{location}", service.get_location),
    ]
    for parent in ("/v1/projects/{project}/locations/{location}", "/v1/projects/{project}"):
        config = f"{parent}/transferConfigs/{{config}}"
        for path, method, endpoint in (
            (f"{config}:startManualRuns", "POST", service.start_runs),
            (f"{config}/runs", "GET", service.list_runs),
            (f"{config}/runs/{{run}}", "GET", service.get_run),
            (f"{config}/runs/{{run}}", "DELETE", service.delete_run),
            (f"{parent}/transferConfigs", "POST", service.create),
            (f"{parent}/transferConfigs", "GET", service.list),
            (config, "GET", service.get),
            (config, "PATCH", service.patch),
            (config, "DELETE", service.delete),
            (f"{parent}/dataSources", "GET", service.list_data_sources),
            (f"{parent}/dataSources/{{source}}:checkValidCreds", "POST", service.check_credentials),
            (f"{parent}/dataSources/{{source}}", "GET", service.get_data_source),
        ):
            routes.append(Route(path, endpoint, methods=[method]))
    handlers: dict[Any, Callable[..., Response]] = {
        ApiError: _api_error,
        HTTPException: _no_such_method,
        Exception: _internal_error,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


class _Service:
    """One method per API method. All run on the server's event loop, so none sees another half done."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.store = Store(engine.data_dir / FILE)
        self.runner = Runner(self.store, engine)

    async def create(self, request: Request) -> JSONResponse:
        config = configs.read(await _body(request))
        configs.check(config)
        config |= {
            "name": f"{self._parent(request)}/transferConfigs/{uuid.uuid4()}",
            "datasetRegion": request.path_params.get("location", DEFAULT_LOCATION).lower(),
            "updateTime": configs.format_time(datetime.now(UTC)),
            "state": "PENDING",
            "userId": USER_ID,
        }
        project = request.path_params["project"]
        project = self.engine.project if project == PROJECT_NUMBER else project
        self.store.add(config, project=project, service_account=request.query_params.get("serviceAccountName", ""))
        return JSONResponse(self._shown(config["name"]))

    async def get(self, request: Request) -> JSONResponse:
        name = self._config_name(request)
        shown, account = self._shown(name), self.store.record(name)["service_account"]
        return JSONResponse(shown | ({"ownerInfo": {"email": account}} if account else {}))

    async def list(self, request: Request) -> JSONResponse:
        parent = f"{self._parent(request)}/transferConfigs/"
        sources = request.query_params.getlist("dataSourceIds")
        shown = [self._shown(name) for name in self.store.names() if name.startswith(parent)]
        wanted = [config for config in shown if not sources or config["dataSourceId"] in sources]
        return JSONResponse(_page(request, "transferConfigs", wanted))

    async def patch(self, request: Request) -> JSONResponse:
        record = self.store.record(self._config_name(request))
        wanted = configs.read(await _body(request))
        config, others = configs.masked(record["config"], wanted, request.query_params.get("updateMask", ""))
        configs.check(config)
        account = record["service_account"]
        if "service_account_name" in others:
            account = request.query_params.get("serviceAccountName", "")
            if not account:
                raise invalid("The requested service account name () doesn't exist.")
        config["updateTime"] = configs.format_time(datetime.now(UTC))
        self.store.change(config, service_account=account)
        return JSONResponse(self._shown(config["name"]))

    async def delete(self, request: Request) -> JSONResponse:
        self.store.remove(self._config_name(request))
        return JSONResponse({})

    async def start_runs(self, request: Request) -> JSONResponse:
        runs = self.runner.start(self._config_name(request), await _body(request))
        return JSONResponse({"runs": runs} if runs else {})

    async def list_runs(self, request: Request) -> JSONResponse:
        runs = list(reversed(self.store.record(self._config_name(request))["runs"]))
        if states := {_enum(TransferState, text) for text in request.query_params.getlist("states")}:
            runs = [run for run in runs if run["state"] in states]
        if _enum(RunAttempt, request.query_params.get("runAttempt", "0")) == "LATEST":
            newest = {run["runTime"][:10]: run for run in reversed(runs)}
            runs = [run for run in runs if newest[run["runTime"][:10]] is run]
        return JSONResponse(_page(request, "transferRuns", runs))

    async def get_run(self, request: Request) -> JSONResponse:
        name = f"{self._config_name(request)}/runs/{request.path_params['run']}"
        for run in self.store.record(self._config_name(request))["runs"]:
            if run["name"] == name:
                return JSONResponse(run)
        raise not_found()

    async def delete_run(self, request: Request) -> JSONResponse:
        self.store.remove_run(f"{self._config_name(request)}/runs/{request.path_params['run']}")
        return JSONResponse({})

    async def list_data_sources(self, request: Request) -> JSONResponse:
        return JSONResponse(_page(request, "dataSources", [self._data_source(request)]))

    async def get_data_source(self, request: Request) -> JSONResponse:
        if request.path_params["source"] != configs.DATA_SOURCE:
            raise not_found()
        return JSONResponse(self._data_source(request))

    async def check_credentials(self, request: Request) -> JSONResponse:
        if request.path_params["source"] != configs.DATA_SOURCE:
            raise not_found()
        return JSONResponse({"hasValidCreds": True})

    async def list_locations(self, request: Request) -> JSONResponse:
        return JSONResponse(_page(request, "locations", [self._location(request, DEFAULT_LOCATION)]))

    async def get_location(self, request: Request) -> JSONResponse:
        return JSONResponse(self._location(request, request.path_params["location"].lower()))

    def _parent(self, request: Request) -> str:
        location = request.path_params.get("location", DEFAULT_LOCATION).lower()
        return f"projects/{self._number(request.path_params['project'])}/locations/{location}"

    def _config_name(self, request: Request) -> str:
        return f"{self._parent(request)}/transferConfigs/{request.path_params['config']}"

    def _number(self, project: str) -> str:
        """A project is named by id or number in requests, and by number in answers."""
        if project.isdigit():
            return project
        digest = int.from_bytes(sha256(project.encode()).digest()[:4])
        return PROJECT_NUMBER if project == self.engine.project else str(200_000_000_000 + digest)

    def _shown(self, name: str) -> Json:
        record = self.store.record(name)
        config: Json = record["config"]
        run = configs.next_run_time(config, created=created(record), now=datetime.now(UTC))
        return config | ({"nextRunTime": run} if run else {})

    def _data_source(self, request: Request) -> Json:
        return {
            "name": f"{self._parent(request)}/dataSources/{configs.DATA_SOURCE}",
            "dataSourceId": configs.DATA_SOURCE,
            "displayName": "Scheduled Query",
            "supportsCustomSchedule": True,
            "defaultSchedule": schedule.DEFAULT,
            "minimumScheduleInterval": f"{int(schedule.SHORTEST.total_seconds())}s",
            "parameters": [
                {
                    "paramId": name,
                    "type": "STRING",
                    "description": text,
                    **({"required": True} if name == "query" else {}),
                }
                for name, text in configs.QUERY_PARAMETERS.items()
            ],
        }

    def _location(self, request: Request, location: str) -> Json:
        project = self._number(request.path_params["project"])
        return {"name": f"projects/{project}/locations/{location}", "locationId": location}


async def _body(request: Request) -> object:
    raw = await request.body()
    try:
        return json.loads(raw) if raw else {}
    except ValueError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error


def _page(request: Request, key: str, items: Sequence[Json]) -> Json:
    """One page of a list: `pageSize` items (1,000 at most and by default) from `pageToken` on."""
    try:
        size = int(request.query_params.get("pageSize") or 0)
        token = request.query_params.get("pageToken")
        start = int(base64.urlsafe_b64decode(token).decode()) if token else 0
    except ValueError:
        raise invalid("Invalid page_size or page_token.") from None
    if size < 0 or start < 0:
        raise invalid("Invalid page_size or page_token.")
    end = start + min(size or LARGEST_PAGE, LARGEST_PAGE)
    more = {"nextPageToken": base64.urlsafe_b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return ({key: items[start:end]} if items[start:end] else {}) | more


def _enum(kind: type[IntEnum], text: str) -> str:
    """The name of an enum value, which clients send as a name or, like Google's own for Python, as a number."""
    try:
        return (kind(int(text)) if text.isdecimal() else kind[text]).name
    except (KeyError, ValueError):
        raise invalid(f"Invalid value {text!r}. {nearest(text, kind.__members__)}") from None


def _api_error(request: Request, error: ApiError) -> Response:
    return JSONResponse(error.body(), error.http_status)


def _no_such_method(request: Request, error: HTTPException) -> Response:
    message = f"Method not found: the local stand-in does not offer {request.method} {request.url.path}."
    return JSONResponse(ApiError("NOT_FOUND", message).body(), 404)


def _internal_error(request: Request, error: Exception) -> Response:
    traceback.print_exception(error)
    return JSONResponse(ApiError("INTERNAL", f"{type(error).__name__}: {error}").body(), 500)

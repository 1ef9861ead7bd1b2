"""The Data Transfer stand-in, through Google's own client and in the words of Terraform's provider."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud.bigquery_datatransfer import (
    DataTransferServiceClient,
    ListTransferConfigsRequest,
    ListTransferRunsRequest,
    StartManualTransferRunsRequest,
    TransferConfig,
    TransferRun,
    TransferState,
)
from google.protobuf.field_mask_pb2 import FieldMask

from eros.errors import UserError
from eros.local.engine import Engine
from eros.local.process import running_engine

PARENT = "projects/of-scheduler-proj/locations/us"
DONE = (TransferState.SUCCEEDED, TransferState.FAILED)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_engine() as engine:
        yield engine


@pytest.fixture
def transfers(engine: Engine) -> Iterator[DataTransferServiceClient]:
    """A client of a stand-in without any config."""
    with engine.transfer_client() as client:
        yield client
        for config in client.list_transfer_configs(parent=PARENT):
            client.delete_transfer_config(name=config.name)


def create(client: DataTransferServiceClient, query: str = "SELECT 1", **fields: Any) -> TransferConfig:
    config = {"display_name": "job", "data_source_id": "scheduled_query", "params": {"query": query}}
    return client.create_transfer_config(parent=PARENT, transfer_config=TransferConfig(config | fields))


def run(client: DataTransferServiceClient, config: TransferConfig, run_time: datetime) -> TransferRun:
    """Start a run by hand and wait for its end."""
    request = StartManualTransferRunsRequest(parent=config.name, requested_run_time=run_time)
    (started,) = client.start_manual_transfer_runs(request=request).runs
    assert started.state == TransferState.PENDING
    return finished(client, started.name)


def finished(client: DataTransferServiceClient, name: str) -> TransferRun:
    deadline = time.monotonic() + 30
    while (current := client.get_transfer_run(name=name)).state not in DONE:
        assert time.monotonic() < deadline, f"{name} is still {current.state.name}"
        time.sleep(0.05)
    return current


def send(engine: Engine, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{engine.transfer_endpoint}/v1/{path}", data, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class TestConfigs:
    def test_what_was_created_is_read_back(self, transfers: DataTransferServiceClient) -> None:
        start = datetime(2026, 1, 5, 0, 17, tzinfo=UTC)
        config = create(transfers, schedule="every 6 hours", schedule_options={"start_time": start})
        assert config.name.startswith("projects/100000000000/locations/us/transferConfigs/")
        assert (config.dataset_region, config.state, config.schedule) == ("us", TransferState.PENDING, "every 6 hours")
        assert config.next_run_time > datetime.now(UTC)
        assert (config.next_run_time - start) % timedelta(hours=6) == timedelta(0)
        assert transfers.get_transfer_config(name=config.name) == config
        assert list(transfers.list_transfer_configs(parent=PARENT)) == [config]

    @pytest.mark.parametrize(
        "parent",
        ["projects/of-scheduler-proj", "projects/100000000000", "projects/of-scheduler-proj/locations/US"],
    )
    def test_number_id_and_missing_location_mean_the_same(
        self, transfers: DataTransferServiceClient, parent: str
    ) -> None:
        config = create(transfers)
        assert [found.name for found in transfers.list_transfer_configs(parent=parent)] == [config.name]
        identifier = config.name.rpartition("/")[2]
        assert transfers.get_transfer_config(name=f"{parent}/transferConfigs/{identifier}").name == config.name

    def test_another_location_and_another_project_hold_none(self, transfers: DataTransferServiceClient) -> None:
        name = create(transfers).name
        for parent in ("projects/of-scheduler-proj/locations/eu", "projects/other/locations/us"):
            assert list(transfers.list_transfer_configs(parent=parent)) == []
            with pytest.raises(NotFound):
                transfers.get_transfer_config(name=f"{parent}/transferConfigs/{name.rpartition('/')[2]}")

    def test_long_lists_come_in_pages_in_order(self, transfers: DataTransferServiceClient) -> None:
        names = [create(transfers, display_name=str(number)).name for number in range(5)]
        request = ListTransferConfigsRequest(parent=PARENT, page_size=2)
        pages = list(transfers.list_transfer_configs(request=request).pages)
        assert [[config.name for config in page.transfer_configs] for page in pages] == [
            names[:2],
            names[2:4],
            names[4:],
        ]

    def test_an_update_changes_what_its_mask_names(self, transfers: DataTransferServiceClient) -> None:
        config = create(transfers, schedule="every day 10:05")
        config.schedule, config.disabled, config.display_name = "every day 11:05", True, "not named in the mask"
        updated = transfers.update_transfer_config(
            transfer_config=config, update_mask=FieldMask(paths=["schedule", "disabled"])
        )
        assert (updated.schedule, updated.disabled, updated.display_name) == ("every day 11:05", True, "job")
        assert "next_run_time" not in updated
        assert transfers.get_transfer_config(name=config.name) == updated

    def test_a_bad_update_changes_nothing(self, transfers: DataTransferServiceClient) -> None:
        config = create(transfers)
        wanted = TransferConfig(name=config.name, schedule="hourly")
        for paths in ([], ["nonsense"], ["schedule"], ["display_name"], ["data_source_id"]):
            with pytest.raises(BadRequest):
                transfers.update_transfer_config(transfer_config=wanted, update_mask=FieldMask(paths=paths))
        assert transfers.get_transfer_config(name=config.name) == config

    def test_what_was_deleted_is_gone(self, transfers: DataTransferServiceClient) -> None:
        config = create(transfers)
        transfers.delete_transfer_config(name=config.name)
        for call in (transfers.delete_transfer_config, transfers.get_transfer_config):
            with pytest.raises(NotFound, match="Requested entity was not found"):
                call(name=config.name)
        with pytest.raises(NotFound):
            transfers.update_transfer_config(transfer_config=config, update_mask=FieldMask(paths=["schedule"]))

    def test_many_at_once_are_all_kept(self, transfers: DataTransferServiceClient) -> None:
        with ThreadPoolExecutor(8) as pool:
            names = {config.name for config in pool.map(lambda _: create(transfers), range(24))}
            list(pool.map(lambda name: transfers.delete_transfer_config(name=name), sorted(names)[:12]))
        assert {config.name for config in transfers.list_transfer_configs(parent=PARENT)} == set(sorted(names)[12:])

    def test_the_data_source_is_listed(self, transfers: DataTransferServiceClient) -> None:
        (source,) = transfers.list_data_sources(parent=PARENT)
        assert transfers.get_data_source(name=source.name) == source
        assert [parameter.param_id for parameter in source.parameters if parameter.required] == ["query"]


class TestRuns:
    def test_the_script_gets_its_time_and_date(self, engine: Engine, transfers: DataTransferServiceClient) -> None:
        with engine.client() as client:
            client.query_and_wait("CREATE SCHEMA IF NOT EXISTS d")
            client.query_and_wait("CREATE OR REPLACE TABLE d.seen (run_time TIMESTAMP, run_date DATE)")
            config = create(
                transfers, "DECLARE t TIMESTAMP DEFAULT @run_time; INSERT INTO d.seen VALUES (t, @run_date);"
            )
            run_time = datetime(2026, 3, 8, 23, 5, tzinfo=UTC)
            ended = run(transfers, config, run_time)
            assert (ended.state, ended.run_time) == (TransferState.SUCCEEDED, run_time)
            assert ended.schedule_time <= ended.start_time <= ended.end_time
            (row,) = client.query_and_wait("SELECT * FROM d.seen")
            assert row.values() == (run_time, run_time.date())
        assert transfers.get_transfer_config(name=config.name).state == TransferState.SUCCEEDED

    def test_a_failure_tells_what_the_script_raised(self, transfers: DataTransferServiceClient) -> None:
        config = create(transfers, "SELECT 1; RAISE USING MESSAGE = 'breaker tripped';")
        ended = run(transfers, config, datetime(2026, 1, 5, tzinfo=UTC))
        assert ended.state == TransferState.FAILED
        assert (ended.error_status.code, ended.error_status.message) == (3, "breaker tripped")
        assert transfers.get_transfer_config(name=config.name).state == TransferState.FAILED

    def test_runs_are_listed_newest_first_and_by_state(self, transfers: DataTransferServiceClient) -> None:
        config = create(transfers, "SELECT IF(@run_date = '2026-01-06', ERROR('bad day'), 1)")
        runs = [run(transfers, config, datetime(2026, 1, day, tzinfo=UTC)) for day in (5, 6, 7)]
        assert list(transfers.list_transfer_runs(parent=config.name)) == runs[::-1]
        request = ListTransferRunsRequest(parent=config.name, states=[TransferState.FAILED])
        assert list(transfers.list_transfer_runs(request=request)) == [runs[1]]

    def test_a_range_starts_every_scheduled_run_in_it(self, transfers: DataTransferServiceClient) -> None:
        start = datetime(2026, 1, 5, 0, 17, tzinfo=UTC)
        config = create(transfers, schedule="every 6 hours", schedule_options={"start_time": start})
        wanted = {"start_time": start + timedelta(hours=6), "end_time": start + timedelta(hours=18)}
        request = StartManualTransferRunsRequest(parent=config.name, requested_time_range=wanted)
        runs = transfers.start_manual_transfer_runs(request=request).runs
        assert [one.run_time for one in runs] == [start + timedelta(hours=6), start + timedelta(hours=12)]
        assert {finished(transfers, one.name).state for one in runs} == {TransferState.SUCCEEDED}

    def test_runs_of_one_config_follow_one_another(self, engine: Engine, transfers: DataTransferServiceClient) -> None:
        config = create(transfers)
        request = StartManualTransferRunsRequest(
            parent=config.name, requested_run_time=datetime(2026, 1, 5, tzinfo=UTC)
        )
        names = [transfers.start_manual_transfer_runs(request=request).runs[0].name for _ in range(3)]
        ended = sorted((finished(transfers, name) for name in names), key=lambda one: one.start_time)
        assert all(before.end_time <= after.start_time for before, after in pairwise(ended))

    @pytest.mark.parametrize(
        "time_spec",
        [
            {},
            {"requested_run_time": datetime.now(UTC) + timedelta(days=1)},
            {"requested_time_range": {"start_time": datetime(2026, 1, 2, tzinfo=UTC)}},
            {
                "requested_time_range": {
                    "start_time": datetime(2026, 1, 2, tzinfo=UTC),
                    "end_time": datetime.now(UTC) + timedelta(days=1),
                }
            },
        ],
        ids=["none", "future", "open range", "range into the future"],
    )
    def test_a_time_the_service_refuses(self, transfers: DataTransferServiceClient, time_spec: dict[str, Any]) -> None:
        config = create(transfers)
        with pytest.raises(BadRequest):
            transfers.start_manual_transfer_runs(
                request=StartManualTransferRunsRequest(parent=config.name, **time_spec)
            )
        assert list(transfers.list_transfer_runs(parent=config.name)) == []

    def test_a_disabled_config_does_not_run(self, transfers: DataTransferServiceClient) -> None:
        config = create(transfers, disabled=True)
        assert "next_run_time" not in config
        request = StartManualTransferRunsRequest(
            parent=config.name, requested_run_time=datetime(2026, 1, 5, tzinfo=UTC)
        )
        with pytest.raises(BadRequest, match="disabled"):
            transfers.start_manual_transfer_runs(request=request)

    def test_deleting_a_config_during_its_run_harms_nothing(self, transfers: DataTransferServiceClient) -> None:
        config = create(transfers)
        request = StartManualTransferRunsRequest(
            parent=config.name, requested_run_time=datetime(2026, 1, 5, tzinfo=UTC)
        )
        transfers.start_manual_transfer_runs(request=request)
        transfers.delete_transfer_config(name=config.name)
        assert run(transfers, create(transfers), datetime(2026, 1, 5, tzinfo=UTC)).state == TransferState.SUCCEEDED
        assert [one.display_name for one in transfers.list_transfer_configs(parent=PARENT)] == ["job"]


class TestWhatTerraformSends:
    """Requests of google_bigquery_data_transfer_config, as the provider's source builds them."""

    BODY: dict[str, Any] = {  # noqa: RUF012
        "displayName": "EROS: lock sweep",
        "dataSourceId": "scheduled_query",
        "params": {"query": "CALL `p.d.sweep`();"},
        "schedule": "every 1 hours",
        "scheduleOptions": {"startTime": "2026-01-05T00:37:00Z"},
    }
    COLLECTION = "projects/of-scheduler-proj/locations/US/transferConfigs"

    def test_create_read_update_delete(self, engine: Engine, transfers: DataTransferServiceClient) -> None:
        status, created = send(engine, "POST", f"{self.COLLECTION}?serviceAccountName=", self.BODY)
        assert status == 200
        assert {field: created[field] for field in self.BODY} == self.BODY
        assert not {"ownerInfo", "serviceAccountName", "disabled", "dataRefreshWindowDays"} & set(created)

        changed = self.BODY | {"schedule": "every 2 hours"}
        del changed["scheduleOptions"]
        mask = "schedule%2CscheduleOptions"
        status, updated = send(engine, "PATCH", f"{created['name']}?serviceAccountName=&updateMask={mask}", changed)
        assert (status, updated["schedule"]) == (200, "every 2 hours")
        assert "scheduleOptions" not in updated
        assert send(engine, "GET", created["name"]) == (200, updated)

        assert send(engine, "DELETE", created["name"]) == (200, {})
        status, error = send(engine, "GET", created["name"])
        assert (status, error["error"]["status"]) == (404, "NOT_FOUND")

    def test_a_service_account_shows_as_owner_and_can_be_changed_but_not_removed(
        self, engine: Engine, transfers: DataTransferServiceClient
    ) -> None:
        _, created = send(
            engine, "POST", f"{self.COLLECTION}?serviceAccountName=a@p.iam.gserviceaccount.com", self.BODY
        )
        name = created["name"]
        assert send(engine, "GET", name)[1]["ownerInfo"] == {"email": "a@p.iam.gserviceaccount.com"}
        mask = "updateMask=serviceAccountName"
        assert send(engine, "PATCH", f"{name}?{mask}&serviceAccountName=b@p.iam.gserviceaccount.com", {})[0] == 200
        assert send(engine, "GET", name)[1]["ownerInfo"] == {"email": "b@p.iam.gserviceaccount.com"}
        status, error = send(engine, "PATCH", f"{name}?{mask}&serviceAccountName=", {})
        assert (status, error["error"]["message"]) == (400, "The requested service account name () doesn't exist.")

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("POST", COLLECTION, b"{", 400),
            ("POST", COLLECTION, b"\xff\xfe", 400),
            ("POST", COLLECTION, [], 400),
            ("POST", COLLECTION, None, 400),
            ("POST", COLLECTION, BODY | {"displayNmae": ""}, 400),
            ("GET", f"{COLLECTION}?pageSize=-1", None, 400),
            ("GET", f"{COLLECTION}?pageSize=many", None, 400),
            ("GET", f"{COLLECTION}?pageToken=%25", None, 400),
            ("PUT", COLLECTION, BODY, 404),
            ("GET", "nothing/here", None, 404),
            ("GET", f"{COLLECTION}/none/runs", None, 404),
            ("GET", f"{COLLECTION}/none/runs?states=DONE", None, 404),
            ("GET", f"{COLLECTION}/none/runs/none", None, 404),
            ("POST", f"{COLLECTION}/none:startManualRuns", {}, 404),
            ("GET", "projects/p/locations/us/dataSources/youtube_channel", None, 404),
        ],
    )
    def test_a_bad_request_is_answered_in_the_form_of_google_errors(
        self, engine: Engine, method: str, path: str, body: object, status: int
    ) -> None:
        code, answer = send(engine, method, path, body)
        assert (code, answer["error"]["code"]) == (status, status)
        assert set(answer["error"]) == {"code", "message", "status"}
        assert answer["error"]["message"]


class TestWhatIsKept:
    def test_configs_and_runs_survive_the_engine_and_an_interrupted_run_has_failed(self, tmp_path: Path) -> None:
        forever = "SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a, UNNEST(GENERATE_ARRAY(1, 1000000)) b"
        with running_engine(tmp_path) as engine, engine.transfer_client() as client:
            config = create(client, display_name="kept")
            ended = run(client, config, datetime(2026, 1, 5, tzinfo=UTC))
            slow = create(client, forever, display_name="slow")
            request = StartManualTransferRunsRequest(
                parent=slow.name, requested_run_time=datetime(2026, 1, 5, tzinfo=UTC)
            )
            client.start_manual_transfer_runs(request=request)
            os.kill(engine.pid, signal.SIGKILL)
        with running_engine(tmp_path) as engine, engine.transfer_client() as client:
            assert [one.display_name for one in client.list_transfer_configs(parent=PARENT)] == ["kept", "slow"]
            assert list(client.list_transfer_runs(parent=config.name)) == [ended]
            (interrupted,) = client.list_transfer_runs(parent=slow.name)
            assert interrupted.state == TransferState.FAILED
            assert "ended while this run was under way" in interrupted.error_status.message
            assert client.get_transfer_config(name=slow.name).state == TransferState.FAILED

    def test_a_damaged_file_is_named_with_the_way_out(self, tmp_path: Path) -> None:
        with running_engine(tmp_path):
            pass
        (tmp_path / "transfers.json").write_text('{"projects/')
        with pytest.raises(UserError, match=r"transfers\.json: is damaged.*Remove it"), running_engine(tmp_path):
            pass

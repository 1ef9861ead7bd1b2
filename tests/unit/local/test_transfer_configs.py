"""What a transfer config may hold, and what an update mask does."""

from __future__ import annotations

from typing import Any

import pytest

from eros.local.transfer.configs import check, masked, read
from eros.local.transfer.errors import ApiError

VALID: dict[str, Any] = {
    "displayName": "EROS: lock sweep",
    "dataSourceId": "scheduled_query",
    "params": {"query": "CALL p()"},
    "schedule": "every 1 hours",
}


class TestReadingARequest:
    def test_fields_of_the_service_are_dropped_and_defaults_left_out(self) -> None:
        sent = {**VALID, "name": "x", "state": "FAILED", "userId": "5", "nextRunTime": "2026-01-01T00:00:00Z"}
        assert read({**sent, "disabled": False, "dataRefreshWindowDays": 0}) == VALID

    def test_names_may_be_snake_case_and_enums_numbers_as_clients_send_them(self) -> None:
        sent = {"display_name": "a", "data_source_id": "scheduled_query", "state": 4}
        assert read(sent) == {"displayName": "a", "dataSourceId": "scheduled_query"}

    def test_times_are_returned_in_canonical_form(self) -> None:
        assert read({"scheduleOptions": {"startTime": "2026-01-05T02:17:00.000+02:00"}}) == {
            "scheduleOptions": {"startTime": "2026-01-05T00:17:00Z"}
        }

    def test_preferences_that_are_off_come_back_as_an_empty_object(self) -> None:
        assert read({"emailPreferences": {"enableFailureEmail": False}}) == {"emailPreferences": {}}

    @pytest.mark.parametrize(
        "body",
        [
            {"displayname": "a"},
            {"displayName": 3},
            {"serviceAccountName": "a@b"},
            {"scheduleOptions": {"startTime": "yesterday"}},
            {"scheduleOptionsV2": {"manualSchedule": {}}},
            [],
            "text",
            None,
            5,
        ],
    )
    def test_anything_else_is_refused(self, body: object) -> None:
        with pytest.raises(ApiError) as error:
            read(body)
        assert error.value.http_status == 400


class TestAConfigTheServiceRefuses:
    def test_a_valid_one_passes(self) -> None:
        check(VALID)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"displayName": ""}, "display_name is required"),
            ({"displayName": "  "}, "display_name is required"),
            ({"dataSourceId": ""}, "not none"),
            ({"dataSourceId": "youtube_channel"}, "not youtube_channel"),
            ({"params": {}}, "query is required"),
            ({"params": {"query": " \n"}}, "query is required"),
            ({"params": {"query": "SELECT 1", "qeury": "x"}}, "parameter Id: qeury"),
            ({"params": {"query": 1.0}}, "must be a string"),
            ({"schedule": "hourly"}, "Invalid schedule: 'hourly'"),
            (
                {"scheduleOptions": {"startTime": "2026-01-05T00:00:00.500Z", "endTime": "2026-01-05T00:00:00Z"}},
                "end_time must be after",
            ),
        ],
    )
    def test_refused(self, change: dict[str, Any], message: str) -> None:
        with pytest.raises(ApiError, match=message):
            check(VALID | change)


class TestUpdateMask:
    def test_only_named_fields_change(self) -> None:
        wanted = {"displayName": "new", "schedule": "every 2 hours", "disabled": True}
        changed, others = masked(VALID, wanted, "schedule, disabled")
        assert changed == VALID | {"schedule": "every 2 hours", "disabled": True}
        assert others == frozenset()

    def test_a_named_field_that_is_absent_gets_its_default(self) -> None:
        current = VALID | {"disabled": True, "scheduleOptions": {"startTime": "2026-01-05T00:17:00Z"}}
        changed, _ = masked(current, {}, "disabled,scheduleOptions,params,displayName")
        assert changed == {"dataSourceId": "scheduled_query", "schedule": "every 1 hours"}

    def test_params_are_replaced_as_a_whole(self) -> None:
        current = VALID | {"params": {"query": "SELECT 1", "write_disposition": "WRITE_APPEND"}}
        changed, _ = masked(current, {"params": {"query": "SELECT 2"}}, "params")
        assert changed["params"] == {"query": "SELECT 2"}

    def test_a_nested_field_changes_alone(self) -> None:
        options = {"startTime": "2026-01-05T00:17:00Z", "endTime": "2027-01-05T00:17:00Z"}
        wanted = {"scheduleOptions": {"startTime": "2026-02-05T00:17:00Z"}}
        changed, _ = masked(VALID | {"scheduleOptions": options}, wanted, "schedule_options.start_time")
        assert changed["scheduleOptions"] == options | {"startTime": "2026-02-05T00:17:00Z"}

    def test_fields_of_the_request_itself_are_handed_back(self) -> None:
        changed, others = masked(VALID, {}, "serviceAccountName,authorizationCode")
        assert (changed, others) == (VALID, {"service_account_name", "authorization_code"})

    @pytest.mark.parametrize(
        ("mask", "message"),
        [
            ("", "must name at least one"),
            (" , ", "must name at least one"),
            ("displayNmae", "no field display_nmae. Did you mean 'display_name'"),
            ("schedule,params.query", "no field params.query"),
            ("scheduleOptions.start", "no field schedule_options.start"),
            ("disabled.x", "no field disabled.x"),
            ("*", r"no field \*"),
            ("dataSourceId", "data_source_id cannot be changed"),
            ("name", "name cannot be changed"),
            ("state", "state cannot be changed"),
        ],
    )
    def test_a_mask_the_service_refuses(self, mask: str, message: str) -> None:
        with pytest.raises(ApiError, match=message):
            masked(VALID, VALID, mask)

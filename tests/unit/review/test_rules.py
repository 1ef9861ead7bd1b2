"""What the recorded plans do not show: one made plan for each such rule, from recorded resources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eros.errors import UserError
from eros.review import CostChange
from eros.review.review import ObjectReview
from eros.review.rules import RULES, ChangeClass
from tests.unit.review.plans import (
    BOUNDS,
    DATASET,
    HOLIDAYS,
    JOB,
    PERFORMANCE,
    STATS,
    VIEW,
    Everything,
    document,
    live,
    messages,
    only_object,
    resource,
    review,
    updated,
    with_columns,
)

ADD, WIDEN, CHANGE, REPLACE, LOSS = ChangeClass
DAY = 24 * 3600 * 1000


def judged(tmp_path: Path, *resources: dict[str, Any], **more: Any) -> ObjectReview:
    """The review of a plan's one changed object."""
    return only_object(review(tmp_path, document(*resources, **more)))


def rules_of(reviewed: ObjectReview) -> set[str]:
    return {finding.rule.slug for finding in reviewed.findings}


def partitioned(**new: Any) -> list[dict[str, Any]]:
    return [{**live(STATS)["time_partitioning"][0], **new}]


class TestRowsAtStake:
    def test_shorter_retention_is_data_loss(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(STATS, time_partitioning=partitioned(expiration_ms=30 * DAY)))
        assert reviewed.classed is LOSS
        assert "Partitions are kept 30 days instead of 90 days. Rows older" in messages(reviewed)[0]

    def test_a_first_retention_is_shorter_than_for_ever(self, tmp_path: Path) -> None:
        holidays = [{**live(HOLIDAYS)["time_partitioning"][0], "expiration_ms": 365 * DAY}]
        reviewed = judged(tmp_path, updated(HOLIDAYS, time_partitioning=holidays))
        assert (reviewed.classed, "365 days instead of for ever" in messages(reviewed)[0]) == (LOSS, True)

    def test_retention_given_up_is_wider(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(STATS, time_partitioning=partitioned(expiration_ms=0)))
        assert (reviewed.classed, rules_of(reviewed)) == (WIDEN, {"retention-lengthened"})

    @pytest.mark.parametrize(
        ("before", "after", "classed"), [(0, 5000, LOSS), (9000, 5000, LOSS), (5000, 9000, CHANGE)]
    )
    def test_a_table_that_expires(self, before: int, after: int, classed: ChangeClass, tmp_path: Path) -> None:
        changed = updated(STATS, expiration_time=after)
        changed["change"]["before"]["expiration_time"] = before
        assert judged(tmp_path, changed).classed is classed

    @pytest.mark.parametrize("block", ["view", "materialized_view", "external_data_configuration"])
    def test_a_table_that_turns_into_something_else(self, block: str, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(STATS, **{block: [{"query": "SELECT 1"}]}))
        assert (reviewed.classed, "table-turns-into-view" in rules_of(reviewed)) == (LOSS, True)

    def test_a_table_counted_empty_may_still_hold_rows(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, resource(STATS, ["delete"], {**live(STATS), "num_rows": 0}))
        assert reviewed.classed is LOSS
        assert "0 rows at the last refresh, rows still streaming in not counted" in messages(reviewed)[0]

    def test_an_unknown_number_of_rows(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, resource(STATS, ["delete"], {"table_id": "caption_bandit_stats"}))
        assert "its rows (number unknown)" in messages(reviewed)[0]

    @pytest.mark.parametrize("address", [VIEW, BOUNDS, PERFORMANCE])
    @pytest.mark.parametrize("actions", [["delete"], ["delete", "create"], ["create", "delete"]])
    def test_views_routines_and_schedules_take_no_rows(self, address: str, actions: list[str], tmp_path: Path) -> None:
        after = None if actions == ["delete"] else live(address)
        assert judged(tmp_path, resource(address, actions, live(address), after)).classed is REPLACE

    def test_one_row_is_one_row(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(STATS, actions=("delete", "create"), num_rows=1))
        assert "is dropped with its 3 rows and created again: it comes back empty" in messages(reviewed)[0]
        reviewed = judged(tmp_path, resource(STATS, ["delete", "create"], {**live(STATS), "num_rows": 1}, live(STATS)))
        assert "is dropped with its 1 row and created again: it comes back empty" in messages(reviewed)[0]

    def test_a_replacement_that_creates_first_is_data_loss_too(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, resource(STATS, ["create", "delete"], live(STATS), live(STATS)))
        assert (reviewed.classed, "created-before-removed" in rules_of(reviewed)) == (LOSS, True)

    def test_a_deposed_table_is_data_loss(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, resource(STATS, ["delete"], live(STATS), deposed="ab12cd34"))
        assert reviewed.classed is LOSS
        assert any("deposed object (ab12cd34)" in m for m in messages(reviewed))

    def test_the_same_table_under_a_new_address_asks_for_a_moved_block(self, tmp_path: Path) -> None:
        new = "google_bigquery_table.stats"
        plan = document(resource(STATS, ["delete"], live(STATS)), resource(new, ["create"], None, live(STATS)))
        removed = review(tmp_path, plan).objects[0]
        assert removed.classed is LOSS
        assert any(f"created again under the address {new}" in m for m in messages(removed))

    @pytest.mark.parametrize("kind", ["google_storage_bucket", "google_project", "google_kms_crypto_key"])
    def test_other_resources_that_hold_data(self, kind: str, tmp_path: Path) -> None:
        assert judged(tmp_path, resource(f"{kind}.x", ["delete"], {"name": "x"})).classed is LOSS


class TestColumns:
    def test_a_dropped_field_of_a_struct_is_data_loss(self, tmp_path: Path) -> None:
        struct = {"type": "RECORD", "fields": [{"name": "a", "type": "STRING"}, {"name": "b", "type": "STRING"}]}
        changed = updated(STATS, schema=with_columns(STATS, ("s", {**struct, "fields": struct["fields"][:1]})))
        changed["change"]["before"]["schema"] = with_columns(STATS, ("s", struct))
        [loss] = judged(tmp_path, changed).losses
        assert loss.finding.column == "s.b"

    def test_a_dropped_struct_is_named_once(self, tmp_path: Path) -> None:
        struct = {"type": "RECORD", "fields": [{"name": "a", "type": "STRING"}]}
        changed = updated(STATS)
        changed["change"]["before"]["schema"] = with_columns(STATS, ("s", struct))
        assert [j.finding.column for j in judged(tmp_path, changed).losses] == ["s"]

    @pytest.mark.parametrize(
        ("column", "role"),
        [("last_updated", "partitioning"), ("last_used", "clustering"), ("caption_id", "primary key")],
    )
    def test_dropping_a_column_the_table_needs_is_refused(self, column: str, role: str, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(STATS, schema=with_columns(STATS, (column, None))))
        assert reviewed.classed is LOSS
        assert any(f"Column {column} is a {role} column" in m for m in messages(reviewed))
        assert any(f.rule.refused for f in reviewed.findings)

    def test_every_dropped_column_is_named(self, tmp_path: Path) -> None:
        schema = with_columns(STATS, ("avg_emv", None), ("successes", None))
        assert {j.finding.column for j in judged(tmp_path, updated(STATS, schema=schema)).losses} == {
            "avg_emv",
            "successes",
        }

    def test_a_column_tightened(self, tmp_path: Path) -> None:
        schema = with_columns(STATS, ("avg_emv", {"mode": "REQUIRED"}))
        reviewed = judged(tmp_path, updated(STATS, actions=("delete", "create"), schema=schema))
        assert any("avg_emv changes its mode from NULLABLE to REQUIRED" in m for m in messages(reviewed))

    def test_policy_tags_are_an_option(self, tmp_path: Path) -> None:
        schema = with_columns(STATS, ("avg_emv", {"policyTags": {"names": ["secret"]}}))
        reviewed = judged(tmp_path, updated(STATS, schema=schema))
        assert (reviewed.classed, rules_of(reviewed)) == (CHANGE, {"column-option-changed"})

    @pytest.mark.parametrize("spelling", ["INT64", "integer"])
    def test_another_spelling_of_a_type_is_no_change(self, spelling: str, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(STATS, schema=with_columns(STATS, ("caption_id", {"type": spelling}))))
        assert rules_of(reviewed) == {"nothing-visible"}

    def test_adding_next_to_something_else_is_no_longer_wider_only(self, tmp_path: Path) -> None:
        schema = with_columns(STATS, ("extra", {"type": "STRING"}))
        assert judged(tmp_path, updated(STATS, schema=schema, description="new")).classed is CHANGE

    def test_a_schema_that_is_no_json_is_not_judged(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="columns cannot be compared"):
            review(tmp_path, document(updated(STATS, schema="[{]")))


class TestWhatCannotBeSeen:
    @pytest.mark.parametrize("attribute", ["schema", "time_partitioning", "expiration_time"])
    def test_an_unknown_value_may_hide_a_loss(self, attribute: str, tmp_path: Path) -> None:
        changed = updated(STATS, **{attribute: None}, more={"after_unknown": {attribute: True}})
        assert judged(tmp_path, changed).classed is LOSS

    def test_an_unknown_retention_may_hide_a_loss(self, tmp_path: Path) -> None:
        unknown = {"time_partitioning": [{"expiration_ms": True}]}
        assert judged(tmp_path, updated(STATS, description="x", more={"after_unknown": unknown})).classed is LOSS

    @pytest.mark.parametrize("written", [2592000000.0, "2592000000"])
    def test_a_shorter_retention_is_a_loss_however_its_number_is_written(self, written: Any, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(STATS, time_partitioning=partitioned(expiration_ms=written)))
        assert (reviewed.classed, rules_of(reviewed)) == (LOSS, {"retention-shortened"})

    @pytest.mark.parametrize("written", [float("nan"), -1, True, "soon", [30]])
    def test_a_retention_that_is_no_number_may_hide_a_loss(self, written: Any, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(STATS, time_partitioning=partitioned(expiration_ms=written)))
        assert (reviewed.classed, rules_of(reviewed)) == (LOSS, {"loss-cannot-be-excluded"})

    @pytest.mark.parametrize(
        ("attribute", "mask"),
        [
            ("time_partitioning", True),
            ("time_partitioning", [{"expiration_ms": True}]),
            ("expiration_time", True),
        ],
    )
    def test_a_secret_retention_may_hide_a_loss(self, attribute: str, mask: Any, tmp_path: Path) -> None:
        new = partitioned(expiration_ms=30 * DAY) if attribute == "time_partitioning" else 1_900_000_000_000
        changed = updated(STATS, **{attribute: new}, more={"after_sensitive": {attribute: mask}})
        reviewed = judged(tmp_path, changed)
        assert (reviewed.classed, rules_of(reviewed)) == (LOSS, {"loss-cannot-be-excluded"})

    def test_a_secret_retention_that_stays_hides_nothing(self, tmp_path: Path) -> None:
        changed = updated(STATS, description="x", more={"after_sensitive": {"time_partitioning": True}})
        assert judged(tmp_path, changed).classed is CHANGE

    def test_computed_values_of_a_new_table_hide_nothing(self, tmp_path: Path) -> None:
        created = resource(
            STATS, ["create"], None, live(STATS), after_unknown={"expiration_time": True, "schema": True}
        )
        assert judged(tmp_path, created).classed is ADD

    def test_a_secret_schema_cannot_be_compared(self, tmp_path: Path) -> None:
        schema = with_columns(STATS, ("avg_emv", None))
        changed = updated(STATS, schema=schema, more={"after_sensitive": {"schema": True}})
        assert rules_of(judged(tmp_path, changed)) == {"columns-not-comparable"}

    @pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
    def test_a_secret_is_never_shown(self, side: str, tmp_path: Path) -> None:
        changed = updated(STATS, description="hunter2", more={side: {"description": True}})
        changed["change"]["before"]["description"] = "old-hunter"
        said = " ".join(messages(judged(tmp_path, changed)))
        assert said == "description changes from (sensitive value) to (sensitive value)."

    def test_an_unchanged_secret_is_no_change(self, tmp_path: Path) -> None:
        changed = updated(STATS, more={"after_sensitive": {"description": True}})
        assert rules_of(judged(tmp_path, changed)) == {"nothing-visible"}


class TestProtection:
    def test_switched_off_alone(self, tmp_path: Path) -> None:
        changed = updated(STATS, deletion_protection=False)
        changed["change"]["before"]["deletion_protection"] = True
        [said] = messages(judged(tmp_path, changed))
        assert said.startswith("deletion_protection is switched off. ")

    def test_switched_off_together_with_something_else(self, tmp_path: Path) -> None:
        changed = updated(STATS, deletion_protection=False, description="new")
        changed["change"]["before"]["deletion_protection"] = True
        reviewed = judged(tmp_path, changed)
        assert any("switched off together with other changes" in m for m in messages(reviewed))

    def test_switched_off_in_a_plan_that_changes_other_objects(self, tmp_path: Path) -> None:
        changed = updated(STATS, deletion_protection=False)
        changed["change"]["before"]["deletion_protection"] = True
        plan = document(changed, resource(PERFORMANCE, ["delete"], live(PERFORMANCE)))
        said = [m for o in review(tmp_path, plan).objects for m in messages(o)]
        assert any("switched off together with other changes" in m for m in said)

    def test_switched_on_by_the_replacement_itself(self, tmp_path: Path) -> None:
        changed = updated(STATS, actions=("delete", "create"), deletion_protection=True)
        assert "protection-comes-too-late" in rules_of(judged(tmp_path, changed))


class TestDatasets:
    def test_removed_with_its_contents(self, tmp_path: Path) -> None:
        before = {**live(DATASET), "delete_contents_on_destroy": True}
        reviewed = judged(tmp_path, resource(DATASET, ["delete"], before))
        assert (reviewed.classed, rules_of(reviewed)) == (LOSS, {"dataset-removed", "contents-go-too"})

    @pytest.mark.parametrize("contents", [False, None])
    def test_removing_one_that_keeps_its_contents_is_refused(self, contents: bool | None, tmp_path: Path) -> None:
        before = {**live(DATASET), "delete_contents_on_destroy": contents}
        reviewed = judged(tmp_path, resource(DATASET, ["delete"], before))
        assert (reviewed.classed, rules_of(reviewed)) == (LOSS, {"dataset-removed", "contents-stop-apply"})

    def test_recreated_after_a_deletion_by_hand(self, tmp_path: Path) -> None:
        gone = resource(DATASET, ["delete"], live(DATASET))
        reviewed = judged(tmp_path, resource(DATASET, ["create"], None, live(DATASET)), resource_drift=[gone])
        assert reviewed.classed is LOSS
        assert "UNDROP SCHEMA" in messages(reviewed)[0]

    @pytest.mark.parametrize(("hours", "classed"), [("48", CHANGE), ("168", CHANGE), (None, CHANGE)])
    def test_time_travel(self, hours: str | None, classed: ChangeClass, tmp_path: Path) -> None:
        changed = updated(DATASET, max_time_travel_hours=hours)
        reviewed = judged(tmp_path, changed)
        assert reviewed.classed is classed
        assert ("time-travel-shortened" in rules_of(reviewed)) is (hours == "48")

    def test_longer_time_travel_is_wider(self, tmp_path: Path) -> None:
        changed = updated(DATASET, max_time_travel_hours="168")
        changed["change"]["before"]["max_time_travel_hours"] = "48"
        assert judged(tmp_path, changed).classed is WIDEN

    def test_delete_contents_switched_on(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(DATASET, delete_contents_on_destroy=True))
        assert rules_of(reviewed) == {"delete-contents-switched-on"}

    def test_a_default_expiration_reaches_new_tables(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(DATASET, default_table_expiration_ms=DAY))
        assert any("default_table_expiration_ms changes from nothing to 86,400,000" in m for m in messages(reviewed))


class TestSchedules:
    @pytest.mark.parametrize(
        ("start", "at_once"),
        [
            (None, "is absent"),
            ("2025-01-01T23:59:00Z", "2025-01-01 23:59 UTC is past"),
            ("2025-01-02T00:00:00Z", "is past"),  # exactly now
            ("2025-01-02T00:01:00Z", None),
            ("2025-01-01T20:00:00-08:00", None),  # 04:00 UTC of the next day
            ("soon", "is no RFC 3339 instant"),
        ],
    )
    def test_a_new_one_runs_at_once_unless_it_starts_later(
        self, start: str | None, at_once: str | None, tmp_path: Path
    ) -> None:
        after = {**live(PERFORMANCE), "schedule_options": [{"start_time": start}] if start else []}
        reviewed = judged(tmp_path, resource(PERFORMANCE, ["create"], None, after))
        said = [m for m in messages(reviewed) if "runs at once" in m]
        assert (at_once in said[0]) if at_once else (said == [])

    def test_an_unknown_start_may_be_past(self, tmp_path: Path) -> None:
        after = {**live(PERFORMANCE), "schedule_options": [{"start_time": None}]}
        unknown = {"schedule_options": [{"start_time": True}]}
        reviewed = judged(tmp_path, resource(PERFORMANCE, ["create"], None, after, after_unknown=unknown))
        assert "runs-at-once" in rules_of(reviewed)

    @pytest.mark.parametrize("off", [{"disabled": True}, {"schedule_options": [{"disable_auto_scheduling": True}]}])
    def test_a_new_one_that_is_off_does_not(self, off: dict[str, Any], tmp_path: Path) -> None:
        reviewed = judged(tmp_path, resource(PERFORMANCE, ["create"], None, {**live(PERFORMANCE), **off}))
        assert "runs-at-once" not in rules_of(reviewed)

    @pytest.mark.parametrize("account", [None, ""])
    def test_taking_the_service_account_away_is_refused(self, account: str | None, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(PERFORMANCE, service_account_name=account))
        assert any("empty update mask" in m for m in messages(reviewed))
        assert any(f.rule.refused for f in reviewed.findings)

    def test_another_service_account_is_not(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, updated(PERFORMANCE, service_account_name="other@x.iam"))
        assert rules_of(reviewed) == {"attribute-changed"}


class TestStateOnly:
    def test_a_moved_object_is_not_touched(self, tmp_path: Path) -> None:
        moved = resource(STATS, ["no-op"], live(STATS), live(STATS), previous_address="google_bigquery_table.old")
        reviewed = judged(tmp_path, moved)
        assert (reviewed.classed, rules_of(reviewed)) == (CHANGE, {"moved"})

    def test_a_forgotten_table_keeps_its_rows(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, resource(STATS, ["forget"], live(STATS)))
        assert (reviewed.classed, rules_of(reviewed)) == (CHANGE, {"forgotten"})

    def test_an_adopted_object(self, tmp_path: Path) -> None:
        adopted = resource(STATS, ["no-op"], live(STATS), live(STATS), importing={"id": "p/d/t"})
        [said] = messages(judged(tmp_path, adopted))
        assert said == "The live object p/d/t is taken into Terraform's state as it is."

    def test_an_adoption_that_drops_a_column_is_data_loss(self, tmp_path: Path) -> None:
        schema = with_columns(STATS, ("avg_emv", None))
        adopted = updated(STATS, schema=schema, more={"importing": {"id": "p/d/t"}})
        assert judged(tmp_path, adopted).classed is LOSS

    def test_a_new_object_beside_the_old_one(self, tmp_path: Path) -> None:
        assert judged(tmp_path, resource(STATS, ["create", "forget"], live(STATS), live(STATS))).classed is REPLACE


class TestOtherResources:
    @pytest.mark.parametrize(
        ("actions", "classed"),
        [(["create"], ADD), (["update"], CHANGE), (["delete"], REPLACE), (["delete", "create"], REPLACE)],
    )
    def test_have_a_class_too(self, actions: list[str], classed: ChangeClass, tmp_path: Path) -> None:
        before = None if actions == ["create"] else {"role": "a", "enabled": None}
        after = None if actions == ["delete"] else {"role": "b", "enabled": False}
        assert judged(tmp_path, resource("google_project_iam_member.x", actions, before, after)).classed is classed

    def test_null_and_false_differ_where_nothing_is_known_about_the_type(self, tmp_path: Path) -> None:
        changed = resource("random_x.y", ["update"], {"enabled": None}, {"enabled": False})
        assert messages(judged(tmp_path, changed)) == ["enabled changes from nothing to false."]

    @pytest.mark.parametrize(("kept_on", "warned"), [(False, False), (True, True), (None, True)])
    def test_removing_a_service_may_switch_it_off(self, kept_on: bool | None, warned: bool, tmp_path: Path) -> None:
        before = {"service": "bigquery.googleapis.com", "disable_on_destroy": kept_on}
        reviewed = judged(tmp_path, resource("google_project_service.bq", ["delete"], before))
        assert ("service-switched-off" in rules_of(reviewed)) is warned

    def test_data_sources_are_only_read(self, tmp_path: Path) -> None:
        read = resource("google_project.x", ["read"], None, {"a": 1}) | {"mode": "data"}
        assert review(tmp_path, document(read)).objects == ()

    def test_a_job_that_keeps_its_id_is_refused(self, tmp_path: Path) -> None:
        changed = updated(JOB, actions=("delete", "create"), job_timeout_ms="5")
        assert "job-id-reused" in rules_of(judged(tmp_path, changed))

    def test_what_a_replacement_waits_for_is_named(self, tmp_path: Path) -> None:
        more = {"after_unknown": {"encryption_key": True}, "replace_paths": [["encryption_key"]]}
        changed = updated(VIEW, actions=("delete", "create"), encryption_key=None, more=more)
        changed["change"]["before"]["encryption_key"] = "a"
        assert "encryption_key changes from a to (known after apply)." in messages(judged(tmp_path, changed))

    def test_terraforms_reason_is_given(self, tmp_path: Path) -> None:
        tainted = updated(VIEW, actions=("delete", "create"), more={"action_reason": "replace_because_tainted"})
        assert any("reason: replace because tainted" in m for m in messages(judged(tmp_path, tainted)))


class TestWhoIsTouched:
    def test_readers_of_a_changed_object(self, tmp_path: Path) -> None:
        plan = document(updated(STATS, schema=with_columns(STATS, ("avg_emv", None))))
        affected = review(tmp_path, plan, readers=Everything()).affected
        assert [(a.name, a.through) for a in affected] == [
            ("page_bandit_summary", ("caption_bandit_stats",)),
            ("update_caption_performance", ("caption_bandit_stats",)),
        ]

    def test_a_reader_that_changes_itself_is_not_indirect(self, tmp_path: Path) -> None:
        view = [{"query": "SELECT 2", "use_legacy_sql": False}]
        plan = document(updated(STATS, schema=with_columns(STATS, ("avg_emv", None))), updated(VIEW, view=view))
        assert [a.name for a in review(tmp_path, plan, readers=Everything()).affected] == ["update_caption_performance"]

    @pytest.mark.parametrize(
        "changed", [{"description": "new"}, {"labels": {"system": "x"}}, {"schema": ("avg_emv", {"description": "x"})}]
    )
    def test_nobody_notices_words(self, changed: dict[str, Any], tmp_path: Path) -> None:
        if "schema" in changed:
            changed = {"schema": with_columns(STATS, changed["schema"])}
        assert review(tmp_path, document(updated(STATS, **changed)), readers=Everything()).affected == ()

    def test_nobody_reads_a_new_object_but_everybody_one_that_comes_back_empty(self, tmp_path: Path) -> None:
        created = resource(STATS, ["create"], None, live(STATS))
        gone = resource(STATS, ["delete"], live(STATS))
        assert review(tmp_path, document(created), readers=Everything()).affected == ()
        back = review(tmp_path, document(created, resource_drift=[gone]), readers=Everything())
        assert len(back.affected) == 2


class TestCost:
    def test_is_what_the_callable_computes(self, tmp_path: Path) -> None:
        plan = document(resource(PERFORMANCE, ["delete"], live(PERFORMANCE)))
        cost = CostChange(-1.5, ("10 MB a table",))
        assert review(tmp_path, plan, costing=lambda _: cost).cost == cost

    def test_is_absent_without_one(self, tmp_path: Path) -> None:
        assert review(tmp_path, document()).cost is None


class TestRules:
    def test_have_a_sentence_and_a_name_each(self) -> None:
        assert all(rule.template.endswith((".", "}")) for rule in RULES)
        assert len({rule.slug for rule in RULES}) == len(RULES)

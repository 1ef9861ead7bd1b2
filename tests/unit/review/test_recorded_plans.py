"""Every plan recorded from the real provider gets its class, its objects and the sentence a reviewer needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eros.review.rules import ChangeClass
from tests.unit.review.plans import (
    BOUNDS,
    DATASET,
    HOLIDAYS,
    JOB,
    PERFORMANCE,
    RECORDED,
    STATS,
    SWEEP,
    VIEW,
    messages,
    recorded,
    review,
)

ADD, WIDEN, CHANGE, REPLACE, LOSS = ChangeClass


@dataclass(frozen=True)
class Expected:
    """Objects with their classes, and words the sentences about them must hold."""

    objects: dict[str, ChangeClass] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    refused: bool = False


NOTHING = Expected()
REBUILT = "is dropped with its 3 rows and created again: it comes back empty"

EXPECTED = {
    "create_all": Expected(
        {
            DATASET: ADD,
            STATS: ADD,
            HOLIDAYS: ADD,
            VIEW: ADD,
            BOUNDS: ADD,
            SWEEP: ADD,
            "google_bigquery_routine.wilson_sample": ADD,
            PERFORMANCE: ADD,
            "google_bigquery_data_transfer_config.sweep": ADD,
            JOB: ADD,
        },
        ("runs at once, as soon as it is created: its start_time is absent", "even if its query fails"),
    ),
    "no_op": NOTHING,
    "no_op_after_first_apply": NOTHING,
    "add_column": Expected({STATS: WIDEN}, ("Column decay_factor (FLOAT64) is added",)),
    "drop_column": Expected(
        {STATS: LOSS},
        (
            "Column exploration_score is dropped and its values are gone",
            "neither deletion_protection nor prevent_destroy",
        ),
    ),
    "add_required_column": Expected({STATS: LOSS}, (REBUILT, "Column tenant (STRING) is added as REQUIRED")),
    "widen_type": Expected(
        {STATS: LOSS},
        (REBUILT, "Column performance_percentile changes its type from INT64 to FLOAT64", "a wider one too"),
    ),
    "narrow_type": Expected({STATS: LOSS}, (REBUILT, "Column avg_emv changes its type from FLOAT64 to INT64")),
    "rename_column": Expected(
        {STATS: LOSS}, (REBUILT, "Column avg_emv is not in the new table", "Column mean_emv (FLOAT64) is added")
    ),
    "reorder_columns": NOTHING,
    "change_column_description": Expected({STATS: CHANGE}, ("description of column avg_emv changes",)),
    "change_column_default": Expected({STATS: CHANGE}, ("default of column successes changes from 1 to 2",)),
    "relax_mode": Expected({STATS: WIDEN}, ("Column page_name no longer refuses NULL",)),
    "change_partition_type": Expected(
        {STATS: CHANGE}, ("from DAY to HOUR", "BigQuery cannot change the partition type"), refused=True
    ),
    "change_partition_field": Expected(
        {STATS: LOSS}, (REBUILT, "partition column changes from last_updated to last_used")
    ),
    "change_clustering": Expected(
        {STATS: CHANGE}, ("from page_name, caption_id, last_used to page_name, last_used; 1 column dropped",)
    ),
    "change_primary_key": Expected({STATS: CHANGE}, ("primary key changes from caption_id, page_name to caption_id",)),
    "change_labels": Expected({STATS: CHANGE}, ("labels.system changes from eros to eros-v2", "labels.component")),
    "change_table_description": Expected({STATS: CHANGE}, ("description changes from Bandit statistics.",)),
    "change_partition_expiration": Expected({STATS: WIDEN}, ("kept 180 days instead of 90 days",)),
    "remove_partition_expiration": NOTHING,
    "remove_table": Expected({HOLIDAYS: LOSS}, ("Table holiday_calendar is removed with its 2 rows",)),
    "rename_table": Expected(
        {STATS: LOSS}, (REBUILT, "renamed from caption_bandit_stats to caption_bandit_statistics")
    ),
    "change_function_body": Expected({BOUNDS: CHANGE}, ("The SQL changes",)),
    "change_function_return_type": Expected(
        {BOUNDS: CHANGE},
        ("to STRUCT<lower_bound FLOAT64, upper_bound FLOAT64, exploration_bonus FLOAT64, center FLOAT64>",),
    ),
    "change_function_arguments": Expected(
        {"google_bigquery_routine.wilson_sample": CHANGE},
        ("from (successes INT64, failures INT64) to (successes INT64, failures INT64, draws INT64)", "Every caller"),
    ),
    "change_procedure_body": Expected({SWEEP: CHANGE}, ("The SQL changes",)),
    "change_view_query": Expected({VIEW: CHANGE}, ("The SQL changes",)),
    "change_schedule": Expected({PERFORMANCE: CHANGE}, ("runs every 12 hours instead of every 6 hours",)),
    "change_schedule_query": Expected({PERFORMANCE: CHANGE}, ("The SQL changes",)),
    "disable_schedule": Expected({PERFORMANCE: CHANGE}, ("switched off: it does not run again",)),
    "remove_schedule": Expected({PERFORMANCE: REPLACE}, ("is removed and no longer runs",)),
    "change_seed_job": Expected({JOB: REPLACE}, ("is removed and created again", "job_id changes")),
    "change_dataset_description": Expected({DATASET: CHANGE}, ("description changes",)),
    "change_dataset_location": Expected(
        {DATASET: LOSS},
        ("The plan lists only the dataset", "location changes from US to EU", "400, still in use"),
        refused=True,
    ),
    "drift_column_added": Expected(
        {STATS: LOSS}, ("Column hand_added was added outside Terraform and is dropped with its values",)
    ),
    "drift_table_description": Expected({STATS: CHANGE}, ("changed outside Terraform (description)",)),
    "drift_label_added": NOTHING,
    "drift_procedure_body": Expected({SWEEP: CHANGE}, ("changed outside Terraform (definition_body)",)),
    "drift_routine_deleted": Expected({SWEEP: ADD}, ("deleted outside Terraform and is created again",)),
    "drift_table_deleted": Expected(
        {HOLIDAYS: ADD}, ("deleted outside Terraform with its 2 rows and comes back empty",)
    ),
    "drift_view_query": Expected({VIEW: CHANGE}, ("changed outside Terraform (view.query)",)),
    "drift_extra_table_and_routine": NOTHING,
    "drift_extra_schedule": NOTHING,
    "drift_partition_expiration": Expected(
        {STATS: WIDEN},
        ("kept 90 days instead of 30 days", "changed outside Terraform (time_partitioning.expiration_ms)"),
    ),
    "drift_schedule_disabled": Expected({PERFORMANCE: CHANGE}, ("switched on again", "outside Terraform (disabled)")),
    "drift_schedule_service_account": NOTHING,
}


def test_every_recorded_plan_is_expected_here() -> None:
    assert sorted(EXPECTED) == sorted(path.stem for path in RECORDED.glob("*.json"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
class TestRecordedPlan:
    def test_has_these_objects_and_classes(self, name: str, tmp_path: Path) -> None:
        reviewed = review(tmp_path, recorded(name))
        assert {o.change.address: o.classed for o in reviewed.objects} == EXPECTED[name].objects

    def test_says_what_a_reviewer_needs(self, name: str, tmp_path: Path) -> None:
        said = "\n".join(m for o in review(tmp_path, recorded(name)).objects for m in messages(o))
        assert [words for words in EXPECTED[name].words if words not in said] == [], said

    def test_says_no_attribute_twice(self, name: str, tmp_path: Path) -> None:
        for reviewed in review(tmp_path, recorded(name)).objects:
            assert len(set(messages(reviewed))) == len(messages(reviewed)), messages(reviewed)

    def test_lists_no_computed_value_of_a_rebuilt_object(self, name: str, tmp_path: Path) -> None:
        said = [m for o in review(tmp_path, recorded(name)).objects for m in messages(o)]
        assert [m for m in said if "known after apply" in m] == []

    def test_warns_of_a_refused_apply_only_where_one_was_seen(self, name: str, tmp_path: Path) -> None:
        reviewed = review(tmp_path, recorded(name))
        assert any(f.rule.refused for o in reviewed.objects for f in o.findings) is EXPECTED[name].refused


@pytest.mark.parametrize("name", ["add_required_column", "change_partition_field", "narrow_type", "rename_table"])
def test_a_protected_table_stops_the_apply_but_stays_data_loss(name: str, tmp_path: Path) -> None:
    plan = recorded(name)
    for changed in plan["resource_changes"]:
        if changed["address"] == STATS:
            changed["change"]["before"]["deletion_protection"] = True
            changed["change"]["after"]["deletion_protection"] = True
    [reviewed] = review(tmp_path, plan).objects
    assert reviewed.classed is LOSS
    assert any("deletion_protection is on in the state, so the apply stops" in m for m in messages(reviewed))


def test_protection_does_not_stop_a_dropped_column(tmp_path: Path) -> None:
    plan = recorded("drop_column")
    for changed in plan["resource_changes"]:
        if changed["address"] == STATS:
            changed["change"]["before"]["deletion_protection"] = True
            changed["change"]["after"]["deletion_protection"] = True
    [reviewed] = review(tmp_path, plan).objects
    assert reviewed.classed is LOSS
    assert not any(f.rule.refused for f in reviewed.findings)


class TestHandChangesThePlanLeavesAlone:
    def test_an_added_label_is_shown(self, tmp_path: Path) -> None:
        [hand] = review(tmp_path, recorded("drift_label_added")).hand_changes
        assert (hand.change.address, hand.attributes) == (STATS, ("effective_labels.owner",))

    @pytest.mark.parametrize("name", ["no_op_after_first_apply", "no_op", "drift_extra_schedule"])
    def test_noise_is_not(self, name: str, tmp_path: Path) -> None:
        assert review(tmp_path, recorded(name)).hand_changes == ()

    def test_what_the_plan_puts_back_is_said_with_the_object_instead(self, tmp_path: Path) -> None:
        assert review(tmp_path, recorded("drift_view_query")).hand_changes == ()

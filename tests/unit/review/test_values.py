"""Unknown, secret and noisy values of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from eros.review.values import UNKNOWN, Secret, conceal, differences, first_block, mark_unknown


class TestUnknown:
    @pytest.mark.parametrize(
        ("value", "unknown", "marked"),
        [
            ({"a": 1}, {}, {"a": 1}),
            ({"a": 1}, None, {"a": 1}),
            ({"a": 1}, {"b": True}, {"a": 1, "b": UNKNOWN}),
            ({"a": [{"x": 1}]}, {"a": [{"y": True}]}, {"a": [{"x": 1, "y": UNKNOWN}]}),
            ({"a": ["x", "y"]}, {"a": [False, True]}, {"a": ["x", UNKNOWN]}),
            ({}, {"a": [{"b": True}]}, {"a": [{"b": UNKNOWN}]}),
            ({"a": None}, {"a": {"b": False}}, {"a": None}),
            ({"a": None}, {"a": []}, {"a": None}),
            ({"a": 1}, True, UNKNOWN),
        ],
    )
    def test_is_marked_where_terraform_says(self, value: Any, unknown: Any, marked: Any) -> None:
        assert mark_unknown(value, unknown) == marked


class TestSecret:
    def test_hides_and_compares(self) -> None:
        one, same, other = (conceal({"p": [v]}, {"p": [True]})["p"][0] for v in ("a", "a", "b"))
        assert isinstance(one, Secret)
        assert (one == same, one == other, repr(one)) == (True, False, "(sensitive value)")

    def test_nothing_is_no_secret(self) -> None:
        assert conceal({"p": None}, {"p": True}) == {"p": None}

    def test_a_whole_object_can_be_one(self) -> None:
        assert isinstance(conceal({"p": 1}, True), Secret)


class TestDifferences:
    @pytest.mark.parametrize(
        ("before", "after"), [(None, ""), ({}, None), ([], None), (0, None), (False, None), ("", []), ([], [])]
    )
    def test_the_providers_ways_to_say_nothing_are_equal(self, before: Any, after: Any) -> None:
        assert differences({"a": before}, {"a": after}) == []

    @pytest.mark.parametrize("name", ["etag", "last_modified_time", "num_rows", "num_bytes", "self_link"])
    def test_what_the_service_counts_is_noise(self, name: str) -> None:
        assert differences({name: 1}, {name: 2}) == []

    @pytest.mark.parametrize(
        ("before", "after", "paths"),
        [
            ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b"]),
            ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ["a.b"]),
            ({"a": []}, {"a": [{"b": 2}]}, ["a.b"]),
            ({"a": ["x", "y"]}, {"a": ["y", "x"]}, ["a"]),
            ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}]}, ["a"]),
            ({"a": True}, {"a": None}, ["a"]),
            ({"a": 1}, {"a": UNKNOWN}, ["a"]),
            ({"a": 1}, None, ["a"]),
        ],
    )
    def test_are_named_by_dotted_path(self, before: Any, after: Any, paths: list[str]) -> None:
        assert [d.path for d in differences(before, after)] == paths

    @pytest.mark.parametrize(
        ("families", "kept"),
        [
            (["labels", "terraform_labels", "effective_labels"], "labels.x"),
            (["terraform_labels", "effective_labels"], "effective_labels.x"),
            (["effective_labels"], "effective_labels.x"),
            (["terraform_labels"], "terraform_labels.x"),
        ],
    )
    def test_name_a_label_once(self, families: list[str], kept: str) -> None:
        after = {family: {"x": "1"} for family in families}
        assert [d.path for d in differences({}, after)] == [kept]

    def test_of_unknown_types_keep_null_and_false_apart(self) -> None:
        assert [d.path for d in differences({"a": None}, {"a": False}, strict=True)] == ["a"]


@pytest.mark.parametrize("attributes", [None, {}, {"b": None}, {"b": []}, {"b": [None]}, {"b": UNKNOWN}, {"b": "x"}])
def test_a_missing_block_is_empty(attributes: Any) -> None:
    assert first_block(attributes, "b") == {}

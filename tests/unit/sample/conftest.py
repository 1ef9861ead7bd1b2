"""One world at the real sizes for all tests of the sample; it takes a second to draw."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from eros.sample import SampleWorld, generate

#: A moment at which the LA date is not the UTC date.
NOW = datetime(2026, 3, 9, 4, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> SampleWorld:
    return generate(7, NOW)

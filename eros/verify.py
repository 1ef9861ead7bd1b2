"""`eros verify`: the tests of sql/verification/, each one SELECT that says PASS or FAIL and what it found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from eros.model import Query
from eros.warehouse import Warehouse, reason


@dataclass(frozen=True)
class Result:
    """The outcome of one test; `status` is PASS or FAIL, `seconds` its wall time."""

    id: str
    category: str
    name: str
    status: str
    detail: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether it passed."""
        return self.status == "PASS"

    def as_json(self) -> dict[str, Any]:
        """id, category, name, status, detail, seconds."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def verify(
    warehouse: Warehouse, tests: Iterable[Query], progress: Callable[[Result], None] = lambda result: None
) -> list[Result]:
    """Run the tests one after another, so that the measured one is not disturbed by the others."""
    results = []
    for test in tests:
        results.append(_run(warehouse, test))
        progress(results[-1])
    return results


def _run(warehouse: Warehouse, test: Query) -> Result:
    start = time.perf_counter()
    category, name = test.category, test.name
    try:
        rows = [dict(row.items()) for row in warehouse.query(test.sql)]
        if len(rows) != 1 or rows[0].get("status") not in ("PASS", "FAIL"):
            status, detail = "FAIL", f"expected one row with status PASS or FAIL, found {len(rows)} rows: {rows[:2]}"
        else:
            status, detail = rows[0]["status"], rows[0]["detail"]
            category, name = rows[0]["category"], rows[0]["name"]
    except GoogleAPICallError as error:
        # A subject that is gone or broken makes the test itself fail: that is a finding about the subject.
        status, detail = "FAIL", f"the test could not run: {reason(error)}"
    return Result(test.id, category, name, status, detail, time.perf_counter() - start)


def table(results: Iterable[Result]) -> Group:
    """The results for a person: a line each, and below them whole what the failed ones found."""
    shown, failed = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)), []
    for name in ("id", "status", "seconds"):
        shown.add_column(name, no_wrap=True)
    for name in ("category", "test", "detail"):
        shown.add_column(name)
    for r in results:
        status = Text(r.status, style="green" if r.passed else "bold red")
        texts = (Text(text, no_wrap=True, overflow="ellipsis") for text in (r.category, r.name, r.detail))
        shown.add_row(r.id, status, f"{r.seconds:.2f}", *texts)
        if not r.passed:
            failed.append(Text.assemble((f"{r.id} {r.name}: ", "bold"), r.detail, overflow="fold"))
    return Group(shown, *failed)


def line(results: Sequence[Result]) -> str:
    """`21 of 21 PASS in 1.9 s`."""
    passed = sum(r.passed for r in results)
    return f"{passed} of {len(results)} PASS in {sum(r.seconds for r in results):.1f} s"

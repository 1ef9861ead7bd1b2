"""`eros health`: the queries of sql/health/ as one page. Each row says for itself how bad it is, in its column `level`.

Who is told when nobody looks stands in sql/procedures/monitor_system_health.sql.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from eros.model import Model, Query
from eros.review.escape import visible_line
from eros.warehouse import Warehouse, reason

#: From good to bad.
LEVELS = ("OK", "WARNING", "CRITICAL")
STYLES = {"OK": "green", "WARNING": "bold yellow", "CRITICAL": "bold red", "FAILED": "bold red"}

#: The page from what concerns everybody to what explains it; queries not named here follow.
ORDER = (
    "scorecard",
    "job_status",
    "recent_alerts",
    "failing_creators",
    "page_freshness",
    "stale_pages",
    "page_saturation",
    "sweep_volumes",
    "schedule_queue",
    "duration_trend",
)

#: A section with more rows shows its findings alone, and no more of them than this.
ROWS = 10

HEALTHY, COULD_NOT, CRITICAL, WARNINGS = 0, 1, 2, 3


@dataclass(frozen=True)
class Section:
    """One query's answer: its rows, worst first as the query orders them, or why it could not be asked."""

    id: str
    title: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None

    @property
    def level(self) -> str:
        """The worst level of its rows; FAILED where it could not be asked."""
        if self.error is not None:
            return "FAILED"
        return max((row["level"] for row in self.rows), key=LEVELS.index, default="OK")


def look(
    warehouse: Warehouse, queries: Iterable[Query], progress: Callable[[str], None] = lambda title: None
) -> list[Section]:
    """Ask every query. One that fails is a section that says so; the others are asked all the same."""
    found = []
    for query in sorted(queries, key=lambda q: (ORDER.index(q.id) if q.id in ORDER else len(ORDER), q.id)):
        title = query.description.split(":")[0].split(".")[0]
        progress(title)
        try:
            rows = [dict(row.items()) for row in warehouse.query(query.sql)]
        except GoogleAPICallError as error:
            found.append(Section(query.id, title, error=reason(error)))
            continue
        strange = {str(row.get("level")) for row in rows} - set(LEVELS)
        wrong = f"{query.file} gives level {', '.join(sorted(strange))}, expected one of {', '.join(LEVELS)}"
        found.append(Section(query.id, title, error=wrong) if strange else Section(query.id, title, rows))
    return found


def exit_code(sections: Sequence[Section]) -> int:
    """0 healthy, 3 warnings only, 2 something is critical; 1 where nothing critical was seen but not all was asked."""
    levels = {section.level for section in sections}
    if "CRITICAL" in levels:
        return CRITICAL
    if "FAILED" in levels:
        return COULD_NOT
    return WARNINGS if "WARNING" in levels else HEALTHY


def run(model: Model, warehouse: Warehouse, *, everything: bool = False, as_json: bool = False) -> int:
    """Print the page and return the exit code. `everything` shows every row of every section."""
    with Console(stderr=True).status("Looking") as status:
        sections = look(warehouse, model.health.values(), status.update)
    if as_json:
        sys.stdout.write(json.dumps(as_dict(warehouse, sections), indent=2, ensure_ascii=False, default=str) + "\n")
    else:
        # A log has no width of its own; at the usual 80 characters every cell would be folded.
        width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 200
        Console(highlight=False, width=width).print(page(warehouse.environment.name, sections, everything))
    return exit_code(sections)


def as_dict(warehouse: Warehouse, sections: Sequence[Section]) -> dict[str, Any]:
    """The page for a program."""
    return {
        "environment": warehouse.environment.name,
        "exit_code": exit_code(sections),
        "sections": [
            {"id": s.id, "title": s.title, "level": s.level, "error": s.error, "rows": s.rows} for s in sections
        ],
    }


def page(environment: str, sections: Sequence[Section], everything: bool = False) -> RenderableType:
    """The page for a person: every section with its level; of long ones the findings."""
    parts: list[RenderableType] = []
    for section in sections:
        parts.append(Text.assemble((f"{section.level:8} ", STYLES[section.level]), (section.title, "bold")))
        if section.error is not None:
            parts.append(Text(f"  could not be asked: {visible_line(section.error)}"))
        elif section.rows:
            parts += _rows(section, everything)
        else:
            parts.append(Text("  nothing to show", style="dim"))
    return Group(*parts, Text(), _sentence(environment, sections))


def _rows(section: Section, everything: bool) -> Iterable[RenderableType]:
    rows = section.rows
    if not everything and len(rows) > ROWS:
        rows = [row for row in rows if row["level"] != "OK"][:ROWS]
    if rows:
        shown = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
        for name in columns:
            shown.add_column(name.replace("_", " "), overflow="fold")
        for row in rows:
            style = STYLES[row["level"]]
            shown.add_row(*(Text(_cell(row[name]), style=style if name == "level" else "") for name in columns))
        yield shown
    if hidden := len(section.rows) - len(rows):
        levels = Counter(row["level"] for row in section.rows)
        counts = ", ".join(f"{levels[level]} {level}" for level in reversed(LEVELS) if levels[level])
        yield Text(f"  {hidden} more rows with --all ({counts})", style="dim")


def _sentence(environment: str, sections: Sequence[Section]) -> Text:
    code = exit_code(sections)
    bad = {level: [s.id for s in sections if s.level == level] for level in ("CRITICAL", "WARNING", "FAILED")}
    words = {"CRITICAL": "critical", "WARNING": "with warnings", "FAILED": "not asked"}
    counted = "; ".join(f"{len(ids)} {words[level]}: {', '.join(ids)}" for level, ids in bad.items() if ids)
    style = {HEALTHY: "bold green", WARNINGS: "bold yellow"}.get(code, "bold red")
    return Text(f"{environment}: {counted or f'healthy, all {len(sections)} sections are OK'}.", style=style)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return visible_line(str(value))

"""Writes the generated parts of docs/review-format.md: rules and JSON schema. Run it as a module to renew them."""

from __future__ import annotations

import json
from pathlib import Path

from eros.model import REPOSITORY
from eros.review.report import ReviewReport
from eros.review.rules import RULES
from eros.review.rules.base import Rule
from eros.review.rules.generic import ATTRIBUTE_CHANGED, COSMETIC_ATTRIBUTE_CHANGED, NOTHING_VISIBLE

DOCUMENT = REPOSITORY / "docs" / "review-format.md"
ALL_RULES: tuple[Rule, ...] = (*RULES, ATTRIBUTE_CHANGED, COSMETIC_ATTRIBUTE_CHANGED, NOTHING_VISIBLE)


def rule_table() -> str:
    """Every rule with its class and sentence, worst class first."""
    lines = ["| rule | class | sentence |", "|---|---|---|"]
    for rule in sorted(ALL_RULES, key=lambda r: -(r.classed or 0)):
        classed = rule.classed.label if rule.classed else "remark"
        refused = ", refused" if rule.refused else ""
        lines.append(f"| `{rule.slug}` | {classed}{refused} | {rule.template} |")
    return "\n".join(lines)


def json_schema() -> str:
    """The JSON schema of `--output json`."""
    return f"```json\n{json.dumps(ReviewReport.model_json_schema(), indent=2)}\n```"


def renewed(text: str) -> str:
    """The document with its generated parts renewed. They stand between `<!-- NAME -->` and `<!-- /NAME -->`."""
    for name, content in (("rules", rule_table()), ("schema", json_schema())):
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(opening)
        _, _, after = rest.partition(closing)
        text = f"{before}{opening}{content}\n{closing}{after}"
    return text


def write(document: Path = DOCUMENT) -> None:
    document.write_text(renewed(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()

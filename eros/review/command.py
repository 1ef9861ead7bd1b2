"""`eros review PLAN`: read, judge, print. The exit code is what a pipeline goes by."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

from rich.console import Console

from eros.errors import UserError, nearest
from eros.model import REPOSITORY, load_model
from eros.review.escape import guarded, visible
from eros.review.markdown import markdown
from eros.review.planfile import read_plan
from eros.review.report import to_json
from eros.review.retirements import read_retirements
from eros.review.review import Costing, FailOn, Readers, review_plan
from eros.review.text import print_review

OUTPUTS = ("text", "markdown", "json")
FINE, COULD_NOT, FINDINGS = 0, 1, 2


def run(
    plan: Path,
    output: Literal["text", "markdown", "json"] = "text",
    fail_on: str | None = None,
    environment: str | None = None,
    *,
    root: Path | None = None,
    readers: Readers | None = None,
    costing: Costing | None = None,
    now: datetime | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Review a plan and print the result.

    Args:
        plan: the output of `terraform show -json`.
        output: text for a terminal, markdown for a pull request, json for a program.
        fail_on: data-loss, replace or any: the class from which on the exit code is 2.
        environment: names the environment in the Markdown comment, so that each has its own.
        root: the repository whose retirements count; default this one.
        readers: the SQL graph; default the model's.
        costing: computes the change of the monthly bill; without it none is shown.
        now: decides about past start times and expired retirements; default the clock.
        stdout, stderr: where to print; default the process's.

    Returns:
        0 fine, 1 the plan could not be reviewed (the reason is on stderr), 2 findings at or above `fail_on`.
    """
    out = stdout or sys.stdout
    now = now or datetime.now(UTC)
    try:
        level = _fail_on(fail_on)
        if output not in OUTPUTS:
            raise UserError(f"unknown output {output!r}.", where="--output", remedy=nearest(output, OUTPUTS))
        review = review_plan(
            read_plan(plan),
            readers=readers or load_model(root or REPOSITORY).graph,
            retirements=read_retirements(root or REPOSITORY),
            costing=costing,
            now=now,
        )
    except UserError as error:
        for line in f"error: {error}".splitlines():
            print(guarded(visible(line)), file=stderr or sys.stderr)
        return COULD_NOT
    match output:
        case "text":
            print_review(review, Console(file=out), fail_on=level, today=now.date())
        case "markdown":
            out.write(markdown(review, environment=environment, fail_on=level, today=now.date()))
        case "json":
            out.write(to_json(review, level) + "\n")
    return FINDINGS if review.stops(level) else FINE


def _fail_on(value: str | None) -> FailOn | None:
    if value is None:
        return None
    try:
        return FailOn(value)
    except ValueError:
        levels = [level.value for level in FailOn]
        raise UserError(f"unknown level {value!r}.", where="--fail-on", remedy=nearest(value, levels)) from None

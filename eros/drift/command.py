"""`eros drift`: look, judge, print. The exit code is what a nightly run goes by."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from rich.console import Console

from eros.drift.drift import Drift, find_drift
from eros.drift.markdown import markdown
from eros.drift.report import to_json
from eros.drift.text import print_drift
from eros.errors import UserError, nearest
from eros.model import Model
from eros.review.escape import guarded, visible
from eros.synth import synthesize
from eros.warehouse import Warehouse, reason

OUTPUTS = ("text", "markdown", "json")
CLEAN, COULD_NOT, FINDINGS = 0, 1, 2


def run(
    model: Model,
    reach: Callable[[], Warehouse],
    output: str = "text",
    *,
    plan: Path | None = None,
    everything: bool = False,
    say: Callable[[str], None] = lambda step: None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Look for drift and print it.

    Args:
        model: the loaded model.
        reach: connects to the environment.
        output: text for a terminal, markdown for an issue, json for a program.
        plan: cdktf's output folder; None synthesizes the plan first.
        everything: in text, every finding with its whole difference.
        say: told each step as it begins.
        stdout, stderr: where to print; default the process's.

    Returns:
        0 clean, 1 it could not look, or not at everything and found nothing (the reason is on stderr), 2 findings.
    """
    out = stdout or sys.stdout
    try:
        if output not in OUTPUTS:
            raise UserError(f"unknown output {output!r}.", where="--output", remedy=nearest(output, OUTPUTS))
        drift = _look(model, reach, plan, say)
        if drift.unseen and not drift.findings:  # nothing to show, and yet nobody may call it clean
            raise _partly(drift)
    except UserError as error:
        for line in f"error: {error}".splitlines():
            print(guarded(visible(line)), file=stderr or sys.stderr)
        return COULD_NOT
    match output:
        case "text":
            print_drift(drift, Console(file=out), everything=everything)
        case "markdown":
            out.write(markdown(drift))
        case "json":
            out.write(to_json(drift) + "\n")
    return CLEAN if drift.clean else FINDINGS


def _partly(drift: Drift) -> UserError:
    """What to say where everything seen is as planned, but not everything was seen."""
    first, *others = drift.unseen
    more = f" And {len(others)} more." if others else ""
    return UserError(
        f"could not look at everything in {drift.environment}. {first.rstrip('.')}.{more}",
        remedy="Give this account the planner's role, see docs/security.md.",
    )


def _look(model: Model, reach: Callable[[], Warehouse], plan: Path | None, say: Callable[[str], None]) -> Drift:
    from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import RequestException

    warehouse = reach()
    if plan is None:
        say("Synthesizing the plan")
        plan = synthesize()
    name = warehouse.environment.name
    try:
        return find_drift(model, warehouse, plan, say)
    except GoogleAuthError as error:
        remedy = "Run: gcloud auth application-default login"
        raise UserError(f"could not look at {name}: {error}.", remedy=remedy) from None
    except (GoogleAPIError, RequestException, ConnectionError, TimeoutError) as error:
        # A client that gave up after many tries, or never got through, has no answer of an API to show.
        said = reason(error) if isinstance(error, GoogleAPICallError) else "it does not answer"
        remedy = "Is the API reachable, switched on, and may this account read it?"
        raise UserError(f"could not look at {name}: {said}.", remedy=remedy) from None

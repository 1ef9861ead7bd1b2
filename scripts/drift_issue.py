"""Keeps one issue an environment about drift: opened, updated, closed when clean. Standard library and `gh` only.

A night on which nobody could look is told, too: on the open issue, or in one of its own kind.
Usage: drift_issue.py ENV FOLDER RUN_URL, where FOLDER holds what the look left: `code`, `drift.md`, `error.txt`.
"""

import json
import subprocess
import sys
from pathlib import Path

LABEL = "drift"
CLEAN, FINDINGS = "0", "2"


def gh(*arguments: str, text: str | None = None) -> str:
    """Run gh; texts go through its standard input, never through a command line."""
    done = subprocess.run(["gh", *arguments], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"error: gh {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
    return done.stdout


def main(environment: str, folder: str, run: str) -> None:
    """Report what the look found. Exits 1 if nobody could look, so that the run is red, too."""
    left = Path(folder)
    code = read(left / "code")
    report = read(left / "drift.md")
    marker = f"<!-- eros-drift:{environment} -->"
    issue = open_issue(marker)
    if code == CLEAN:
        if issue:
            gh("issue", "close", issue, "--comment", f"Clean again: {run}")
        return
    if code == FINDINGS and report.startswith(marker):
        write(issue, f"Drift in {environment}", f"{report.rstrip()}\n\nLast look: {run}\n")
        return
    # No code at all is a job that died before it looked: signing in, installing, the runner itself.
    error = fenced(read(left / "error.txt") or "The run ended before it could look.")
    text = f"Nobody could look for drift in `{environment}`: {run}\n\n{error}\n"
    if issue:
        gh("issue", "comment", issue, "--body-file", "-", text=text)
    else:
        write(None, f"Nobody could look for drift in {environment}", f"{marker}\n{text}")
    sys.exit(1)


def open_issue(marker: str) -> str | None:
    """The number of the open issue that begins with the marker, or None."""
    found = gh("issue", "list", "--state", "open", "--label", LABEL, "--limit", "200", "--json", "number,body")
    mine = [i["number"] for i in json.loads(found) if i["body"].partition("\n")[0].rstrip("\r") == marker]
    return str(min(mine)) if mine else None


def write(issue: str | None, title: str, text: str) -> None:
    """Replace the issue's text, or open one."""
    if issue:
        gh("issue", "edit", issue, "--title", title, "--body-file", "-", text=text)
        return
    gh("label", "create", LABEL, "--force", "--description", "The live project differs from the plan")
    gh("issue", "create", "--title", title, "--label", LABEL, "--body-file", "-", text=text)


def read(file: Path) -> str:
    """The file's text, or an empty one."""
    return file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""


def fenced(text: str) -> str:
    """The text as a code block that it cannot end itself."""
    fence = "`" * 3
    while fence in text:
        fence += "`"
    return f"{fence}\n{text[-4000:]}\n{fence}"


if __name__ == "__main__":
    main(*sys.argv[1:4])

"""Puts a review on a pull request as one comment, and replaces that comment next time. Standard library and `gh` only.

The comment's first line is an invisible marker, by which it is found again. Where there is no review, because the plan
could not be made or read, the comment says so: an older one would pass for the newest commit's.
Usage: sticky_comment.py NUMBER FILE ENVIRONMENT COMMIT RUN_URL
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path


def gh(*arguments: str, body: str | None = None) -> str:
    """Run gh; texts go through its standard input, never through a command line."""
    text = None if body is None else json.dumps({"body": body})
    done = subprocess.run(["gh", *arguments], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"error: gh {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def main(number: str, file: str, environment: str, commit: str, run: str) -> None:
    """Create the comment or replace it. Exits 1 if there is no review, so that the run is red, too."""
    if not number.isdecimal() or not re.fullmatch("[0-9a-f]{7,64}", commit):
        sys.exit(f"error: {number!r} is no pull request's number, or {commit!r} no commit.")
    marker = f"<!-- eros-review:{environment} -->"
    about = f"commit `{commit[:12]}`: {run}\n"
    review = Path(file)
    if not review.is_file():
        write(
            number, marker, f"{marker}\n## {environment} was not reviewed\n\nNo plan could be made or read of {about}"
        )
        sys.exit(f"error: there is no {file}: the plan failed.")
    text = review.read_text(encoding="utf-8")
    if text.partition("\n")[0] != marker:
        sys.exit(f"error: {file} does not begin with the marker {marker}.")
    write(number, marker, f"{text.rstrip()}\n\nPlan of {about}")


def write(number: str, marker: str, text: str) -> None:
    """Replace the comment that begins with the marker and was written by a workflow, or make it.

    Anybody else's, another bot's too, cannot be edited with a workflow's token: trying would fail every time.
    """
    comments = f"repos/{os.environ['GH_REPO']}/issues/{number}/comments"
    found = gh("api", "--paginate", comments, "--jq", '.[] | select(.user.login == "github-actions[bot]") | {id, body}')
    lines = found.strip("\n").split("\n")  # not splitlines: a comment may hold U+2028, which jq does not escape
    mine = [
        c["id"] for c in map(json.loads, filter(None, lines)) if c["body"].partition("\n")[0].rstrip("\r") == marker
    ]
    if mine:
        gh("api", "-X", "PATCH", f"repos/{os.environ['GH_REPO']}/issues/comments/{mine[0]}", "--input", "-", body=text)
    else:
        gh("api", "-X", "POST", comments, "--input", "-", body=text)


if __name__ == "__main__":
    main(*sys.argv[1:6])

"""Puts a text on a pull request as one comment, and replaces that comment next time. Standard library and `gh` only.

The text's first line is an invisible marker, by which the comment is found again. Usage: sticky_comment.py NUMBER FILE
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


def main(number: str, file: str) -> None:
    """Create the comment, or replace the one that begins with the same marker and was written by a workflow."""
    text = Path(file).read_text(encoding="utf-8")
    marker = text.partition("\n")[0]
    if not re.fullmatch(r"<!-- eros-\w+:\w+ -->", marker) or not number.isdecimal():
        sys.exit(f"error: {file} does not begin with a marker, or {number!r} is no number.")
    comments = f"repos/{os.environ['GH_REPO']}/issues/{number}/comments"
    lines = gh("api", "--paginate", comments, "--jq", '.[] | select(.user.type == "Bot") | {id, body}').splitlines()
    mine = [c["id"] for c in map(json.loads, lines) if c["body"].partition("\n")[0].rstrip("\r") == marker]
    if mine:
        gh("api", "-X", "PATCH", f"repos/{os.environ['GH_REPO']}/issues/comments/{mine[0]}", "--input", "-", body=text)
    else:
        gh("api", "-X", "POST", comments, "--input", "-", body=text)


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""Typed confirmation of what cannot be undone by typing something else. Saying what will happen is the verb's part."""

from __future__ import annotations

import sys
from collections.abc import Callable

from eros.errors import UserError
from eros.model import Environment

type Ask = Callable[[str], str]


def confirm(
    environment: Environment,
    word: str,
    *,
    yes: bool = False,
    dataset: str | None = None,
    ask: Ask | None = None,
) -> None:
    """Go on only if the user says so.

    `--yes` stands for the typed word. In prod (and wherever tables are protected from deletion) the dataset's name is
    asked for as well, `--yes` or not: a command line taken from the shell's history must not be enough there.

    Args:
        environment: where it happens.
        word: what has to be typed, such as `rollback`.
        yes: the user gave --yes.
        dataset: the dataset's name as given on the command line, for use without a terminal.
        ask: shows a question and returns the answer; default a terminal.

    Raises:
        UserError: not confirmed, or nobody is there to ask. Nothing has been done then.
    """
    ask = ask or _ask_terminal
    if not yes:
        _expect(ask(f"Type {word!r} to go on: "), word)
    if environment.deletion_protection:
        question = f"{environment.name} is protected. Type the name of its dataset to go on: "
        _expect(dataset if dataset is not None else ask(question), environment.dataset)


def _expect(answer: str, word: str) -> None:
    if answer.strip() != word:
        raise UserError(f"not confirmed, nothing was changed: expected {word!r}, got {answer.strip()!r}.")


def _ask_terminal(question: str) -> str:
    """Ask on standard error, so that --json leaves standard output to the result."""
    if not sys.stdin.isatty():
        raise UserError(
            "this needs a confirmation and there is no terminal to ask on; nothing was changed.",
            remedy="Add --yes, and in prod --dataset NAME.",
        )
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()

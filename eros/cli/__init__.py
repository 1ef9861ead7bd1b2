"""The `eros` command. Names, options and output stand here; what a verb does, in the module named as the verb."""

from __future__ import annotations

import sys
from typing import NoReturn

from eros.cli import checks, local, operate, recover
from eros.cli.common import app, err
from eros.errors import UserError

__all__ = ["app", "checks", "local", "main", "operate", "recover"]


def main() -> NoReturn:
    """Run the command. A user's mistake is one clear message and exit code 1, never a stack trace."""
    try:
        app()
    except UserError as error:
        err.print(f"[red]error:[/red] {_plain(error)}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except Exception as error:
        if (said := _api_error(error)) is None:
            raise
        err.print(f"[red]error:[/red] {_plain(said)}", highlight=False, soft_wrap=True)
        sys.exit(1)
    sys.exit(0)


def _api_error(error: Exception) -> str | None:
    """What an API said, or None if the error is none of an API's and so a fault of ours."""
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import ConnectionError as Unreachable

    if isinstance(error, GoogleAPICallError):
        from eros.warehouse import reason

        return reason(error)
    if isinstance(error, Unreachable | RetryError):
        return "the API does not answer. Is it running? eros status tells about the local engine."
    if isinstance(error, GoogleAuthError):
        return f"{error} Run: gcloud auth application-default login"
    return None


def _plain(text: object) -> str:
    """The text so that rich shows brackets as they are."""
    from rich.markup import escape

    return escape(str(text))

"""Errors of the Data Transfer stand-in, in the JSON form of Google's APIs."""

from __future__ import annotations

from typing import Any

HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "NOT_FOUND": 404,
    "INTERNAL": 500,
}


class ApiError(Exception):
    """An error the client is to see, with the canonical code of google.rpc.Code as `status`."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message

    @property
    def http_status(self) -> int:
        return HTTP_STATUS[self.status]

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.http_status, "message": self.message, "status": self.status}}


def invalid(message: str) -> ApiError:
    """A request that is wrong whatever the state of the service: 400 INVALID_ARGUMENT."""
    return ApiError("INVALID_ARGUMENT", message)


def not_found() -> ApiError:
    """In the words of the service, which never says what it did not find."""
    return ApiError("NOT_FOUND", "Requested entity was not found.")

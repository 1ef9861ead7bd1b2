"""The REST routes of the Data Transfer stand-in."""

from fastapi import FastAPI

from eros.local.engine import Engine


def transfer_app(engine: Engine) -> FastAPI:
    return FastAPI(title=f"Data Transfer stand-in of {engine.project}")

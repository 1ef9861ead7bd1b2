"""The GoogleSQL engine in this process: ZetaSQL compiled to WebAssembly. Start-up, compile cache, calls, crashes.

Compiling the module takes 12 to 45 seconds. It is done once per machine and kept in the user's cache folder, never in
the project; a start from there takes a fraction of a second. BigQuery's dialect stands in analyzer.py, not here.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import platform
import re
from collections import OrderedDict
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import wasmtime
from google.protobuf.message import DecodeError
from zetasql.core.exceptions import ServerError
from zetasql.core.wasm_client import WasmClient
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as rpc

# A tree's depth is its message's. Protobuf reads a hundred levels, which thirty texts joined by || already pass.
with contextlib.suppress(ImportError, AttributeError):  # another implementation: then such a text is reported unchecked
    from google._upb import _message

    _message.SetAllowOversizeProtos(True)

#: Registered catalogs kept inside the instance. Each holds all built-in functions, about a megabyte.
_CATALOGS = 24


class Refused(Exception):
    """The engine refuses a text. `line` and `column` count from 1 within it, None where the engine gave none."""

    def __init__(self, error: str) -> None:
        text = " ".join(error.split("Message: ", 1)[-1].split())
        at = re.search(r" \[at (\d+):(\d+)\]$", text)
        self.message = (text[: at.start()] if at else text).rstrip(".;")
        self.line = int(at[1]) if at else None
        self.column = int(at[2]) if at else None
        super().__init__(text)

    def shift(self, lines: int) -> None:
        """Take off lines that stood before the text."""
        self.line = self.line - lines if self.line else None
        self.message = re.sub(r"\[at (\d+):", lambda m: f"[at {int(m[1]) - lines}:", self.message)


class Crashed(Refused):
    """The engine broke down on a text; it was restarted and can be used further."""


def cache_file() -> Path:
    """Where the compiled module is kept: ~/.cache/eros, or below XDG_CACHE_HOME."""
    versions = "-".join(f"{name}-{version(name)}" for name in ("zetasql", "wasmtime"))
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder / "eros" / f"{versions}-{platform.machine()}.cwasm"


def _compiled(engine: wasmtime.Engine, notify: Callable[[str], None]) -> wasmtime.Module:
    """The module from the cache, or compiled now and put there."""
    cached = cache_file()
    try:
        return wasmtime.Module.deserialize_file(engine, str(cached))
    except (OSError, wasmtime.WasmtimeError):
        pass  # not there yet, cut off, or made for another processor
    notify("Compiling the GoogleSQL analyzer, once per machine. This takes up to a minute …")
    module = wasmtime.Module.from_file(engine, get_wasm_path())
    temporary = cached.with_suffix(f".{os.getpid()}")
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(module.serialize())
        temporary.replace(cached)  # in one step, for processes that start at the same time
    except OSError:  # a folder that can't be written costs time, nothing else
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return module


class _Client(WasmClient):  # type: ignore[misc]
    """The package's client with three changes: it takes a compiled module, copies memory in one go instead of byte by
    byte (ten times faster), and leaves this process's standard streams alone."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        wasi = wasmtime.WasiConfig()
        if zones := importlib.util.find_spec("tzdata"):
            for folder in zones.submodule_search_locations or ():
                wasi.preopen_dir(f"{folder}/zoneinfo", "/usr/share/zoneinfo")
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self.instance = linker.instantiate(self.store, module)
        self.exports = self.instance.exports(self.store)
        self.exports["_initialize"](self.store)
        self.memory = self.exports["memory"]

    def _address(self, pointer: int) -> int:
        return (ctypes.cast(self.memory.data_ptr(), ctypes.c_void_p).value or 0) + pointer

    def write_bytes(self, ptr: int, data: bytes) -> None:
        ctypes.memmove(self._address(ptr), data, len(data))

    def read_bytes(self, ptr: int, size: int) -> bytes:
        return ctypes.string_at(self._address(ptr), size)


class Engine:
    """One running instance.

    Args:
        notify: told one line of text before the slow first compile.
    """

    def __init__(self, notify: Callable[[str], None] = lambda text: None) -> None:
        config = wasmtime.Config()
        config.shared_memory = True
        self._engine = wasmtime.Engine(config)
        self._module = _compiled(self._engine, notify)
        self._restart()

    def _restart(self) -> None:
        self._client = _Client(self._engine, self._module)
        self._catalogs: OrderedDict[bytes, int] = OrderedDict()

    def call(self, method: str, request: Any, response: Any = None) -> Any:
        """One call of ZetaSQL's local service.

        Raises:
            Refused: the engine says no, and why.
            Crashed: a failed internal check ended the instance. A new one is in place.
        """
        try:
            arguments = (response,) if response else ()
            return self._client.call_grpc_func(f"ZetaSqlLocalService_{method}", request, *arguments)
        except ServerError as error:
            raise Refused(error.raw_error) from None
        except DecodeError:
            raise Crashed("the analyzer broke down: the text is nested too deeply") from None
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            self._restart()
            raise Crashed(f"the analyzer broke down: {str(error).strip().splitlines()[0]}") from error

    def catalog(self, serialized: bytes) -> int:
        """The id of a registered catalog, given as a serialized SimpleCatalogProto."""
        if serialized in self._catalogs:
            self._catalogs.move_to_end(serialized)
            return self._catalogs[serialized]
        if len(self._catalogs) >= _CATALOGS:
            _, oldest = self._catalogs.popitem(last=False)
            self.call("UnregisterCatalog", rpc.UnregisterRequest(registered_id=oldest))
        request = rpc.RegisterCatalogRequest()
        request.simple_catalog.ParseFromString(serialized)
        registered = self.call("RegisterCatalog", request, rpc.RegisterResponse).registered_id
        self._catalogs[serialized] = registered
        return int(registered)

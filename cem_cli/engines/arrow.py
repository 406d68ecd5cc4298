"""Results of a query as numpy arrays, by the Arrow C stream interface; no pyarrow. Reads what the query reads.

`fetchnumpy` makes a Python object of every text and holds the interpreter meanwhile: here half a million texts take a
tenth of the time, beside other threads. The structures: https://arrow.apache.org/docs/format/CStreamInterface.html.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cem_cli.engines.duck import Connection, EngineFault

NUMBERS = {b"l": np.dtype(np.int64), b"L": np.dtype(np.uint64)}
"""Arrow's letters for BIGINT and UBIGINT, the numbers that are read here."""
TEXT = b"u"


class _Schema(ctypes.Structure):
    """`ArrowSchema`."""


class _Array(ctypes.Structure):
    """`ArrowArray`."""


class _Stream(ctypes.Structure):
    """`ArrowArrayStream`."""


_Schema._fields_ = [
    ("format", ctypes.c_char_p), ("name", ctypes.c_char_p), ("metadata", ctypes.c_char_p), ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64), ("children", ctypes.POINTER(ctypes.POINTER(_Schema))), ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))), ("private_data", ctypes.c_void_p),
]
_Array._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)), ("children", ctypes.POINTER(ctypes.POINTER(_Array))), ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))), ("private_data", ctypes.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema))),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))), ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
_address = ctypes.pythonapi.PyCapsule_GetPointer
_address.restype, _address.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)


@dataclass(frozen=True)
class Column:
    """One column of a result."""

    values: npt.NDArray[Any]
    """Numbers; of texts, where each begins in `letters`. Undefined where absent."""
    present: npt.NDArray[np.bool_]
    length: npt.NDArray[np.int32]
    """Bytes of each text; empty for numbers."""
    letters: npt.NDArray[np.uint8]
    """All texts, one after the other, and eight zeros; empty for numbers."""


def fetch_columns(con: Connection, sql: str) -> dict[str, Column]:
    """Return the columns (BIGINT, UBIGINT, VARCHAR) of a query. Raises `EngineFault` where it fails, TypeError for other types."""
    capsule = con.sql(sql).__arrow_c_stream__()
    stream = _Stream.from_address(_address(capsule, b"arrow_array_stream"))
    schema = _Schema()
    _check(stream, stream.get_schema(stream, schema))
    kinds = {c.contents.name.decode(): c.contents.format for c in schema.children[: schema.n_children]}
    schema.release(schema)
    batches: list[_Array] = []
    try:
        batches.extend(_batches(stream))
        return {
            name: _joined([_column(batch.children[k].contents, kind) for batch in batches], kind)
            for k, (name, kind) in enumerate(kinds.items())
        }
    finally:
        for batch in batches:
            batch.release(batch)


def _batches(stream: _Stream) -> Iterator[_Array]:
    """Yield the batches of a result, which the caller releases."""
    while True:
        batch = _Array()
        _check(stream, stream.get_next(stream, batch))
        if not batch.release:
            return
        yield batch


def _check(stream: _Stream, code: int) -> None:
    if code:
        raise EngineFault((stream.get_last_error(stream) or b"").decode("utf-8", "replace"))


def _column(array: _Array, kind: bytes) -> Column:
    """Return one column of a batch, which lies in the engine's memory."""
    present = np.ones(array.length, bool)
    if array.null_count and array.buffers[0]:
        bits = _view(array.buffers[0], -(-array.length // 8), np.dtype(np.uint8))
        present = np.unpackbits(bits, count=array.length, bitorder="little").view(bool)
    if kind in NUMBERS:
        return Column(_view(array.buffers[1], array.length, NUMBERS[kind]), present, np.empty(0, np.int32), np.empty(0, np.uint8))
    if kind != TEXT:
        raise TypeError(f"columns of Arrow's type {kind!r} are not read")
    ends = _view(array.buffers[1], array.length + 1, np.dtype(np.int32))
    letters = _view(array.buffers[2], int(ends[-1]) if array.length else 0, np.dtype(np.uint8))
    return Column(ends[:-1], present, np.diff(ends), letters)


def _view(address: int | None, count: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return the engine's memory as an array, which lasts as long as its batch."""
    if not address or not count:
        return np.empty(0, dtype)
    return np.frombuffer(memoryview((ctypes.c_uint8 * (count * dtype.itemsize)).from_address(address)), dtype)


def _joined(parts: list[Column], kind: bytes) -> Column:
    """Return the batches of a column as one, copied."""
    starts = np.cumsum([0, *(len(p.letters) for p in parts)])
    shifted = [p.values if kind in NUMBERS else p.values + at for p, at in zip(parts, starts, strict=False)]
    return Column(
        np.concatenate([np.empty(0, NUMBERS.get(kind, np.dtype(np.int64))), *shifted]),
        np.concatenate([np.empty(0, bool), *(p.present for p in parts)]),
        np.concatenate([np.empty(0, np.int32), *(p.length for p in parts)]),
        np.concatenate([*(p.letters for p in parts), np.zeros(8, np.uint8)]),
    )

"""One JSON document that wraps its records: where each record's text begins and ends, without parsing the whole.

A document that is broken or was cut fails as a whole: nobody can tell what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.sources.intake import Intake
from cem_cli.sources.json_fault import fault_of
from cem_cli.sources.split import HEAD, MAX_RECORD, Bad
from cem_cli.sources.staged import Sheet

MAX_DOCUMENT = 1 << 30
"""Bytes of a document that wraps its records; larger deliveries must be one record per line."""


def split_document(intake: Intake, records_path: str | None, spill: Path) -> Sheet:
    """Write the document's records to a sheet. Raises CemError (exit 5) for one too large, broken, or without records there."""
    if intake.path.stat().st_size > MAX_DOCUMENT:
        raise CemError("E-JSON-SIZE", "the document is larger than 1 GiB", where=intake.origin.name, code=ExitCode.INPUT,
                       fix="export one record per line (NDJSON), or in parts")
    text = intake.path.read_text(encoding="utf-8")
    with Sheet(spill, intake.path.stem, intake.encoding) as sheet:
        spans = _elements(text, records_path, intake.origin.name)
        for number, (start, end) in enumerate(spans, start=1):  # records share lines here: their number stands for the line
            element = text[start:end]
            reason = "too_long" if end - start > MAX_RECORD else fault_of(element)
            if reason:
                place = (len(text[:start].encode()), len(text[:end].encode()))
                sheet.refuse(Bad(number, 1, *place, reason, element[:HEAD].encode()))
            else:
                sheet.row(number, [element])
    return sheet


def _elements(text: str, records_path: str | None, where: str) -> Iterator[tuple[int, int]]:
    """Yield the span of every record's text: elements of the array at `records_path`, or the one object there."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    try:
        start = _skip_space(text, 0)
        for key in (records_path or "").split(".") if records_path else ():
            start = _value_of(decoder, text, start, key, where)
        if text[start : start + 1] != "[":
            yield start, decoder.raw_decode(text, start)[1]
            return
        start = _skip_space(text, start + 1)
        while text[start : start + 1] != "]":
            end = decoder.raw_decode(text, start)[1]
            yield start, end
            start = _skip_space(text, end)
            if text[start : start + 1] == ",":
                start = _skip_space(text, start + 1)
            elif text[start : start + 1] != "]":
                start = len(text)  # neither a comma nor the end: nothing can be decoded from here, which is the error
    except (ValueError, RecursionError) as err:
        raise CemError("E-JSON-BROKEN", "the JSON document is broken or was cut", where=where, code=ExitCode.INPUT,
                       why="a wrapped array is whole or not at all", fix="ask for the file again") from err


def _value_of(decoder: json.JSONDecoder, text: str, start: int, key: str, where: str) -> int:
    """Return where the value of `key` begins in the object at `start`."""
    if text[start : start + 1] != "{":
        raise _no_records(where, key)
    at = _skip_space(text, start + 1)
    while text[at : at + 1] == '"':
        name, at = decoder.raw_decode(text, at)
        at = _skip_space(text, _skip_space(text, at) + 1)
        if name == key:
            return at
        at = _skip_space(text, decoder.raw_decode(text, at)[1])
        at = _skip_space(text, at + 1)
    raise _no_records(where, key)


def _no_records(where: str, key: str) -> CemError:
    return CemError("E-JSON-PATH", f"the document has no key '{key}' where the records should be", where=where, code=ExitCode.INPUT,
                    fix="correct reader.records_path of the source")


def _skip_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at

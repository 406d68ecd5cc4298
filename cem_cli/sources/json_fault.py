"""Why a text cannot be a JSON record, told without building it in memory first."""

from __future__ import annotations

import json

MAX_DEPTH, MAX_KEYS, MAX_DIGITS = 64, 2000, 64


class _FaultError(ValueError):
    """The text is JSON, but not to be taken in; the argument is the reason."""


def fault_of(text: str) -> str | None:
    """Return why a text cannot be a record, or None: no JSON object, too deep, too many keys, a key twice, a huge number."""
    if _depth(text) > MAX_DEPTH:
        return "json_too_deep"
    try:
        document = json.loads(text, object_pairs_hook=_pairs, parse_int=_number, parse_float=_number, parse_constant=str)
    except _FaultError as fault:
        return str(fault)
    except ValueError:
        return "json_broken"
    return None if isinstance(document, dict) else "json_no_object"


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > MAX_KEYS:
        raise _FaultError("json_too_many_keys")
    document = dict(pairs)
    if len(document) < len(pairs):
        raise _FaultError("json_key_twice")
    return document


def _number(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise _FaultError("json_number_too_long")
    return text


def _depth(text: str) -> int:
    """Return how deep brackets nest outside strings; stops counting beyond the cap."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    quoted = escaped = False
    for sign in text:
        if quoted:
            quoted, escaped = (sign != '"' or escaped), (sign == "\\" and not escaped)
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif sign in "]}":
            depth -= 1
    return deepest

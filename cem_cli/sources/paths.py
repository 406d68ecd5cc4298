"""Paths into a JSON record, as a mapping writes them, in SQL.

    via.channel                                       a key of a key
    tags[0]                                           an element by position
    event_params[key=page_location].value.*           the element whose `key` is `page_location`; the first value it holds
"""

from __future__ import annotations

import re

from cem_cli.base.sql import literal
from cem_cli.kinds.kind import let_sql

_FILTER = re.compile(r"\[([^\[\]=]+)=([^\[\]]*)\]")


def is_plain(path: str) -> bool:
    """Return whether a path is keys and positions only (several of them are then extracted in one go)."""
    return "=" not in path and not path.endswith("*")


def json_path(path: str) -> str:
    """Return a plain path as JSONPath with every key quoted."""
    steps = []
    for part in path.split("."):
        key, *positions = part.split("[")
        steps.append('."' + key.replace('"', '\\"') + '"' if key else "")
        steps += ["[" + position for position in positions]
    return "$" + "".join(steps)


def extract_sql(document: str, path: str) -> str:
    """Return SQL for the text at `path` of a JSON expression; NULL where it is absent, null, or an empty match."""
    match = _FILTER.search(path)
    if match is None:
        if path.endswith(".*"):
            found = f"json_extract_string({document}, {literal(json_path(path[:-2]) + '.*')})"
            return f"list_filter({found}, lambda v: v IS NOT NULL)[1]"
        return f"json_extract_string({document}, {literal(json_path(path))})"
    array = f"CAST(json_extract({document}, {literal(json_path(path[: match.start()]))}) AS JSON[])"
    test = f"json_extract_string(e, {literal(json_path(match[1]))}) = {literal(match[2])}"
    element = f"list_filter({array}, lambda e: {test})[1]"
    rest = path[match.end() :].lstrip(".")
    return let_sql(element, "f", extract_sql("f", rest)) if rest else f"CAST({element} AS VARCHAR)"


def extract_all_sql(document: str, paths: list[str]) -> str:
    """Return SQL for a list of texts, one per plain path: the document is parsed once."""
    listed = ", ".join(literal(json_path(path)) for path in paths)
    return f"json_extract_string({document}, [{listed}])"

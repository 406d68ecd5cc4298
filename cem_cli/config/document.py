"""YAML read without guessing: plain scalars stay text (`NO`, `01234`, `1E5`), duplicate keys are errors, places are kept.

Pydantic gives values their types; `validated` turns its complaints into `file:line:key` with the nearest known key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from cem_cli.base.errors import CemError, did_you_mean

MAX_BYTES = 1_000_000
FAST_LENGTH = 20_000
"""Characters up to which libyaml composes a file, ten times as fast: it has no bound of its own on nesting, and crashes at some 100,000."""
MAX_DEPTH = 32

Value = str | None | list["Value"] | dict[str, "Value"]
Path_ = tuple[str | int, ...]
Model = TypeVar("Model", bound="Strict")


class Strict(BaseModel):
    """Base of every configuration model: unknown keys are errors, instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass
class Document:
    """A YAML file as plain values, with the line of every key and item."""

    path: Path
    data: Value
    lines: dict[Path_, int] = field(default_factory=dict)

    def place(self, where: Path_) -> str:
        """Return `file:line:key` of a place in the document (or of its nearest parent that has one)."""
        key = ".".join(str(part) for part in where)
        while where and where not in self.lines:
            where = where[:-1]
        line = self.lines.get(where)
        return ":".join(str(part) for part in (self.path, line, key) if part not in (None, ""))


@dataclass(frozen=True)
class Problem:
    """One mistake in a configuration file."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class ConfigError(CemError):
    """All mistakes found in the configuration, told together (exit 2)."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        listed = "\n".join(f"  {problem}" for problem in problems)
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the configuration"
        super().__init__("E-CONFIG", f"{count}\n{listed}", fix="mend the lines named above, then run the command again")


def read_document(path: Path) -> Document:
    """Read a YAML file. Raises ConfigError for a syntax error, a duplicate key, or a file too large or too deep."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as err:
        raise CemError("E-CONFIG-MISSING", "the file does not exist", where=str(path), fix="cem init") from err
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError([Problem(str(path), "not a readable UTF-8 text file")]) from err
    if len(text) > MAX_BYTES:
        raise ConfigError([Problem(str(path), "larger than 1 MB")])
    document = Document(path, None)
    try:
        fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        root = yaml.compose(text, Loader=fast if len(text) <= FAST_LENGTH else yaml.SafeLoader)
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        raise ConfigError([Problem(f"{path}:{line}", f"not valid YAML: {err.problem}")]) from err
    except yaml.YAMLError as err:
        raise ConfigError([Problem(str(path), "not valid YAML: a character that YAML does not allow")]) from err
    if root is not None:
        document.data = _plain(document, root, ())
    return document


def _plain(document: Document, node: yaml.Node, where: Path_) -> Value:
    line = node.start_mark.line + 1
    document.lines.setdefault(where, line)
    if len(where) > MAX_DEPTH:
        raise ConfigError([Problem(f"{document.path}:{line}", f"nested deeper than {MAX_DEPTH} levels")])
    if isinstance(node, yaml.ScalarNode):
        return None if node.value == "" and not node.style else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(document, item, (*where, position)) for position, item in enumerate(node.value)]
    entries: dict[str, Value] = {}
    for key_node, value_node in node.value:
        key, key_line = str(key_node.value), key_node.start_mark.line + 1
        if key in entries:
            first = document.lines[(*where, key)]
            raise ConfigError([Problem(f"{document.path}:{key_line}:{key}", f"key given twice (first on line {first})")])
        document.lines[(*where, key)] = key_line
        entries[key] = _plain(document, value_node, (*where, key))
    return entries


def validated(model: type[Model], document: Document, data: Value = None, at: Path_ = ()) -> Model:
    """Return `data` (the whole document by default) as `model`. Raises ConfigError with every mistake and its place."""
    try:
        return model.model_validate(document.data if data is None and not at else data if data is not None else {})
    except ValidationError as err:
        raise ConfigError([_problem(model, document, at, detail) for detail in err.errors()]) from err


def _problem(model: type[BaseModel], document: Document, at: Path_, detail: ErrorDetails) -> Problem:
    where = (*at, *detail["loc"])
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        return Problem(document.place(where), f"unknown key '{name}'; {did_you_mean(name, known)}")
    if detail["type"] == "missing":
        return Problem(document.place(where), f"the key '{name}' is required")
    message = detail["msg"].removeprefix("Value error, ")
    return Problem(document.place(where), message[0].lower() + message[1:])


def _known_keys(model: type[BaseModel], where: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the model nested at `where` knows (union members' tags and list positions are stepped over)."""
    candidates: list[type[BaseModel]] = [model]
    for part in where:
        deeper: list[type[BaseModel]] = []
        for candidate in candidates:
            entry = candidate.model_fields.get(str(part)) or next(
                (f for f in candidate.model_fields.values() if f.alias == part), None
            )
            deeper += _models_in(entry.annotation) if entry else []
        candidates = deeper or candidates
    return sorted({f.alias or name for candidate in candidates for name, f in candidate.model_fields.items()})


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]

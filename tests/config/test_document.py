"""YAML is read as written, with every mistake placed."""

from pathlib import Path

import pytest

from cem_cli.base.errors import CemError
from cem_cli.config.document import ConfigError, Strict, read_document, validated


class Inner(Strict):
    limit: int = 1


class Outer(Strict):
    name: str
    inner: Inner = Inner()
    many: dict[str, Inner] = {}


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    return path


def test_scalars_are_never_guessed(tmp_path: Path) -> None:
    document = read_document(write(tmp_path, "a: NO\nb: 01234\nc: 1E5\nd: on\ne:\nf: ''\ng: [yes, 2026-06-30]\n"))
    assert document.data == {"a": "NO", "b": "01234", "c": "1E5", "d": "on", "e": None, "f": "", "g": ["yes", "2026-06-30"]}


@pytest.mark.parametrize(("text", "message"), [
    ("a: 1\nb: 2\na: 3\n", "x.yaml:3:a: key given twice (first on line 1)"),
    ("a: [1,\n", "not valid YAML"),
    ("a: !!python/object/apply:os.system [ls]\n", None),
    ("a: \x01\n", "not valid YAML"),
])
def test_bad_yaml_is_placed(tmp_path: Path, text: str, message: str | None) -> None:
    path = write(tmp_path, text)
    if message is None:
        assert read_document(path).data == {"a": ["ls"]}  # tags run nothing: values stay text
        return
    with pytest.raises(ConfigError) as failure:
        read_document(path)
    assert message in str(failure.value)


def test_deep_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nested deeper"):
        read_document(write(tmp_path, "[" * 40 + "]" * 40))
    with pytest.raises(CemError, match="does not exist"):
        read_document(tmp_path / "none.yaml")


def test_all_mistakes_at_once_with_places(tmp_path: Path) -> None:
    document = read_document(write(tmp_path, "inner:\n  limt: 3\nmany:\n  a: {limit: x}\n"))
    with pytest.raises(ConfigError) as failure:
        validated(Outer, document)
    told = [str(problem).removeprefix(str(tmp_path) + "/") for problem in failure.value.problems]
    assert "x.yaml:2:inner.limt: unknown key 'limt'; did you mean 'limit'?" in told
    assert any(line.startswith("x.yaml:4:many.a.limit: input should be a valid integer") for line in told)
    assert any("the key 'name' is required" in line for line in told)

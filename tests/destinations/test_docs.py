"""The page names every reason, file, format and option there is."""

import re
from pathlib import Path

from cem_cli.destinations.export import SIDE_FILES
from cem_cli.destinations.select import FLAG_COLUMN
from cem_cli.destinations.spec import FORMATS, PROFILES
from cem_cli.privacy.consent import CHANNEL_KINDS
from cem_cli.privacy.gates import PROCESSING, REASONS

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text("utf-8")


def rows(heading):
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([\w.]+)`[^|]*\| (.*) \|$", section, re.MULTILINE))


def test_every_reason_is_told_as_it_is_meant():
    told = rows("Who is kept back")
    assert told.pop("not_assessed")
    assert told.pop("household")
    assert told == REASONS


def test_every_file_is_told():
    assert set(rows("The files")) == {"NAME.csv", *SIDE_FILES}


def test_every_word_of_a_spec_is_told():
    for word in (*FORMATS, *PROFILES, *CHANNEL_KINDS, *PROCESSING, FLAG_COLUMN):
        assert re.search(rf"\b{word}\b", PAGE), word

"""docs/sources.md names every word a mapping may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from cem_cli.config.source import Reader, SourceConfig, preset_names, read_preset
from cem_cli.config.values import CHANNELS, DIMENSIONS, EVENT_TYPES, IDENTIFIER_KINDS, RECORD_FIELDS, Value
from cem_cli.sources.transforms import TRANSFORMS

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", [*TRANSFORMS, *preset_names(), *RECORD_FIELDS, *IDENTIFIER_KINDS, *EVENT_TYPES, *CHANNELS, *DIMENSIONS])
def test_every_word_is_documented(word):
    assert f"`{word}`" in PAGE


def test_every_step_says_what_it_does():
    for name, step in TRANSFORMS.items():
        assert f"| `{name}` | {str(step.__doc__).strip().splitlines()[0]} |" in PAGE


def test_presets_have_titles_and_are_known_by_their_header():
    for name in preset_names():
        preset = read_preset(name)
        assert preset.title
        assert len(preset.known) >= 5
        assert set(preset.optional) <= {*preset.known, *preset.used_columns()}


def test_every_key_is_documented():
    for key in {*SourceConfig.model_fields, *Reader.model_fields, *Value.model_fields}:
        assert key in PAGE, key

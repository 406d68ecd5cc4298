from pathlib import Path

from cem_cli.insights.reference import reference_markdown

PAGE = Path(__file__).parents[2] / "docs" / "insights.md"


def test_the_committed_page_is_the_generated_one():
    assert PAGE.read_text(encoding="utf-8") == reference_markdown()

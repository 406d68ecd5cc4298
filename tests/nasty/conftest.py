"""The same bench as in tests/sources, under another folder."""

from tests.sources.conftest import Bench, bench

__all__ = ["Bench", "bench"]

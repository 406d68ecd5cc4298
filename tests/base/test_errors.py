"""Errors have four parts; near words are named."""

from cem_cli.base.errors import RETRYABLE, CemError, ExitCode, did_you_mean


def test_all_parts_are_told() -> None:
    error = CemError("E-X", "it failed", where="crm.csv:2", why="because", fix="cem import crm")
    assert str(error) == "E-X crm.csv:2: it failed (because)\nNext: cem import crm"


def test_near_words_keep_their_case() -> None:
    assert did_you_mean("shopify_order", ["shopify_orders", "crm"]) == "did you mean 'shopify_orders'?"
    assert did_you_mean("zzz", ["b", "a"]) == "known: a, b"
    assert did_you_mean("zzz", []) == "none is defined"
    assert did_you_mean("EMAIL", ["Email"]) == "did you mean 'Email'?"


def test_only_passing_conditions_are_retryable() -> None:
    assert ExitCode.LOCKED in RETRYABLE
    assert ExitCode.INPUT not in RETRYABLE

"""Every wish of the first part (rows A to E) has its measures, their lines in docs/insights.md, and tests of its acceptance check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from cem_cli.insights.registry import MEASURES

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs" / "insights.md"

ROWS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "A4": ("spend totals equal the sources to the cent", ("spend", "spend_by"), (
        "test_spend:test_every_dimension_adds_up_to_all_revenue", "test_conservation:test_every_measure_tells_the_same_money")),
    "A8": ("the map's counts reconcile with the event table", ("experience_map",), (
        "test_experience_map:test_counts_and_money_reconcile", "../reports/test_map:test_counts_are_those_of_the_event_table")),
    "A9": ("sentences in two languages are read right, without a network", ("sentiment", "sentiment_customer", "sentiment_touchpoint"), (
        "feeling/test_polarity:test_labelled_sentences_are_mostly_right", "test_rows:test_sentiment_needs_no_network")),
    "A10": ("the planted slow step ranks above every decoy", ("friction_moments", "friction"), (
        "test_planted:test_what_was_planted_ranks_above_every_decoy", "test_friction:test_what_cannot_be_measured_is_still_ranked_in_money")),
    "A13": ("driver weights on a fixture, with correlated answers", ("drivers",), (
        "test_surveys:test_the_decoy_that_goes_with_a_driver_does_not_matter",
        "test_scale_regression:test_nine_of_ten_intervals_hold_the_truth")),
    "A15": ("planted recovery: turned or not, days, action in between", ("recovery", "recovery_actions"), (
        "test_recovery:test_turned_how_fast_and_after_what", "test_planted:test_what_was_planted_ranks_above_every_decoy")),
    "B1": ("first contact is the earliest act of the person", ("contact", "journey"), (
        "test_contact:test_first_and_last_are_acts_of_the_person", "test_journey:test_first_contact_is_an_act_and_the_end_is_told")),
    "B2": ("the end is an opt-out, a closure or silence", ("journey",), (
        "test_journey:test_first_contact_is_an_act_and_the_end_is_told",
        "test_journey:test_who_only_opted_out_and_whose_records_were_deleted")),
    "B3": ("no overlapping stages", ("lifecycle", "stage_history"), (
        "test_stage_history:test_intervals_never_overlap_leave_no_gap_and_end_where_lifecycle_stands",)),
    "B4": ("steps, backtracks and abandons exact on a fixture", ("goal_steps",), (
        "test_goals:test_steps_backtracks_and_abandons_on_the_way_to_an_order", "test_goals:test_a_return_ends_with_the_money")),
    "B5": ("times computed from the instants", ("goal_time", "ticket_history"), (
        "test_goals:test_times_come_from_the_instants", "test_tickets:test_history")),
    "B6": ("golden NPS, CSAT, CES with n and interval", ("nps", "csat", "ces"), (
        "test_nps:test_by_hand", "test_surveys:test_csat_by_hand", "test_surveys:test_ces_by_hand")),
    "B9": ("in = out + rejected at every hop", ("flow",), ("test_flow:test_every_hop_adds_up_and_says_why",)),
    "B12": ("key figures equal a hand-computed fixture", ("kpi",), ("test_kpi:test_by_hand",)),
    "B13": ("up-selling ladder on a fixture", ("upsell",), ("test_upsell:test_by_hand",)),
    "B14": ("golden quadrants", ("expectation_gap",), ("test_surveys:test_quadrants",)),
    "B15": ("complaints without an end, reopened tickets counted", ("open_loops",), (
        "test_goals:test_loops_stay_open_until_something_closes_them",)),
    "C9": ("stage, last touch, likeliest next step", ("journey",), ("test_journey:test_the_likeliest_next_step_of_people_like_them",)),
    "D1": ("golden RFM", ("rfm",), ("test_rfm:test_scores_by_hand", "test_rfm:test_ties_score_the_same_and_refunds_count")),
    "D2": ("basket sums reconcile", ("basket",), ("test_basket:test_by_hand", "test_conservation:test_every_measure_tells_the_same_money")),
    "D3": ("lift on a fixture, next item per customer", ("crosssell", "crosssell_next"), (
        "test_crosssell:test_counts_and_significance_by_hand", "test_crosssell:test_next_product_is_not_owned_and_significant")),
    "D5": ("series and slope on a fixture", ("trend",), ("test_trend:test_series_and_slope_by_hand",)),
    "D10": ("cohorts match a fixture: retention, margin", ("cohorts",), ("test_cohorts:test_by_hand",)),
    "D11": ("lifetime value: CDNOW, intervals", ("clv_historic", "clv_model", "clv"), (
        "test_bgnbd:test_cdnow", "test_clv:test_intervals_cover_and_totals_agree", "test_clv:test_historic_by_hand")),
    "D21": ("mentions exact on a fixture", ("mentions",), ("test_sentiment:test_mentions_name_brands_products_stores_and_themes",)),
    "E14": ("share per business model on a fixture", ("channel_mix", "channel_models"), (
        "test_channel_mix:test_per_customer", "test_channel_mix:test_models_add_up")),
    "E15": ("several currencies: a rate table required, never guessed; the original kept", ("spend", "spend_by"), (
        "test_bases:test_currencies_need_rates", "test_spend:test_mixed_currencies_are_refused",
        "test_bad_input:test_mixed_currencies_refuse_exactly_what_is_about_money")),
}
"""Row -> its acceptance check, the measures that answer it, and where it is tested (file:function)."""


@pytest.mark.parametrize("row", ROWS)
def test_each_row_has_measures_that_are_documented_and_tests_that_exist(row: str) -> None:
    _, measures, tests = ROWS[row]
    page = DOCS.read_text(encoding="utf-8")
    for measure in measures:
        assert measure in MEASURES
        assert f"`{measure}`" in page or f"## {measure}" in page
    for where in tests:
        file, function = where.split(":")
        tree = ast.parse((HERE / f"{file}.py").read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, where


def test_sentiment_needs_no_network() -> None:
    """In a process in which no socket can be opened."""
    program = (
        "import socket\n"
        "def refuse(*_, **__): raise OSError('no network')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse\n"
        "from cem_cli.insights.feeling import score\n"
        "print(score('Consegna lenta').label, score('Lovely shop').label)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["negative", "positive"]

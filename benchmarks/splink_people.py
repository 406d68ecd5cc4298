"""Splink 5, tuned by hand per layout: CSV in, clusters CSV out. The rival of `benchmarks/linkage.py`; needs splink==5.0.0.

usage: python benchmarks/splink_people.py people|fake_1000|historical_50k FILE.csv OUT.csv [THRESHOLD ...] [--pairs]
Standardising is done once per record in SQL, as Splink's documentation advises. With several thresholds the clusters at
each are written to OUT-<threshold>.csv. With --pairs the candidate pairs are counted as well (not for timed runs).
Prints one JSON line.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import duckdb
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

Columns = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """What a user of Splink has to write about a file."""

    select: str
    comparisons: tuple[object, ...]
    rules: tuple[Columns, ...]
    certain: tuple[Columns, ...]
    """Rules that are nearly always right, for the prior."""
    recall: float
    """Share of the matches that these rules are thought to find."""
    training: tuple[Columns, ...]


def _names() -> object:
    return cl.ForenameSurnameComparison("first_name", "surname")


def _birth() -> object:
    return cl.DateOfBirthComparison("dob", input_is_string=True)


def _frequent(column: str) -> object:
    return cl.ExactMatch(column).configure(term_frequency_adjustments=True)


LAYOUTS = {
    "people": lambda: Layout(
        """nullif(lower(strip_accents(trim(first_name, '. '))), '') AS first_name, lower(strip_accents(surname)) AS surname, dob,
           lower(email) AS email, right(regexp_replace(phone, '[^0-9]', '', 'g'), 10) AS phone,
           lower(strip_accents(street)) AS street, lower(city) AS city, postcode""",
        (_names(), _birth(), cl.EmailComparison("email"), cl.DamerauLevenshteinAtThresholds("phone", [1]),
         cl.JaroWinklerAtThresholds("street", [0.9]),
         cl.JaroWinklerAtThresholds("city", [0.9]).configure(term_frequency_adjustments=True)),
        (("email",), ("phone",), ("first_name", "surname", "postcode"), ("dob", "surname"), ("dob", "first_name"),
         ("surname", "street"), ("first_name", "street"), ("surname", "postcode")),
        (("email",), ("phone",), ("first_name", "surname", "dob")), 0.7,
        (("email",), ("phone",), ("first_name", "surname", "postcode")),
    ),
    "fake_1000": lambda: Layout(
        "lower(first_name) AS first_name, lower(surname) AS surname, dob, lower(city) AS city, lower(email) AS email",
        (_names(), _birth(), _frequent("city"), cl.EmailComparison("email")),
        (("first_name", "surname"), ("surname", "dob"), ("first_name", "dob"), ("email",), ("dob", "city"), ("substr(email, 1, 6)",),
         ("first_name", "city"), ("surname", "city")),
        (("first_name", "surname", "dob"), ("email",)), 0.6, (("first_name", "surname"), ("dob",), ("email",)),
    ),
    "historical_50k": lambda: Layout(
        "full_name, first_name, surname, dob, birth_place, postcode_fake, occupation",
        (_names(), _birth(), cl.PostcodeComparison("postcode_fake"), _frequent("birth_place"), _frequent("occupation")),
        (("first_name", "surname"), ("surname", "dob"), ("first_name", "dob"), ("postcode_fake", "first_name"),
         ("postcode_fake", "surname"), ("dob", "birth_place"), ("dob", "postcode_fake"), ("postcode_fake", "occupation"),
         ("substr(first_name, 1, 3)", "substr(surname, 1, 4)", "substr(dob, 1, 4)"), ("full_name",)),
        (("first_name", "surname", "dob"), ("full_name", "dob")), 0.6, (("first_name", "surname"), ("dob",), ("postcode_fake",)),
    ),
}


def link(layout: Layout, people: str, out: str, thresholds: list[str]) -> duckdb.DuckDBPyConnection:
    """Train, predict, cluster and write; return the connection with the standardised records in table `d`."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute(f"CREATE TABLE d AS SELECT id AS unique_id, {layout.select} FROM read_csv('{people}', all_varchar = true)")
    settings = SettingsCreator(
        link_type="dedupe_only", blocking_rules_to_generate_predictions=[block_on(*r) for r in layout.rules],
        comparisons=list(layout.comparisons), retain_intermediate_calculation_columns=False, retain_matching_columns=False,
    )
    linker = Linker(DuckDBAPI(con).register("d"), settings)
    linker.training.estimate_probability_two_random_records_match([block_on(*r) for r in layout.certain], recall=layout.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in layout.training:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    pairs = linker.inference.predict(threshold_match_probability=min(map(float, thresholds)))
    for threshold in thresholds:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=float(threshold))
        path = out if len(thresholds) == 1 else out.replace(".csv", f"-{threshold}.csv")
        con.execute(f"COPY (SELECT unique_id AS id, cluster_id FROM {clusters.physical_name}) TO '{path}' (HEADER)")
    return con


def candidate_pairs(con: duckdb.DuckDBPyConnection, layout: Layout) -> int:
    """Count the distinct pairs that the rules propose."""
    def side(expression: str, name: str) -> str:
        return expression.replace("(", f"({name}.", 1) if "(" in expression else f"{name}.{expression}"

    joins = (
        "SELECT l.unique_id AS a, r.unique_id AS b FROM d l JOIN d r ON l.unique_id < r.unique_id AND "
        + " AND ".join(f"{side(e, 'l')} = {side(e, 'r')}" for e in rule) for rule in layout.rules
    )
    return int(con.execute(f"SELECT count(*) FROM ({' UNION '.join(joins)})").fetchall()[0][0])


def main() -> None:
    words = [w for w in sys.argv[1:] if w != "--pairs"]
    layout = LAYOUTS[words[0]]()
    con = link(layout, words[1], words[2], words[3:] or ["0.9"])
    print(json.dumps({"pairs": candidate_pairs(con, layout) if "--pairs" in sys.argv else None}))


if __name__ == "__main__":
    main()

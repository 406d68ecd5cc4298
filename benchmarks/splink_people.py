"""Splink 5, tuned by hand per layout: CSV in, clusters CSV out. The rival of `benchmarks/linkage.py`; needs splink==5.0.0.

usage: python benchmarks/splink_people.py LAYOUT FILE.csv OUT.csv [THRESHOLD ...] [--pairs]
Standardising is done once per record in SQL, as Splink's documentation advises. With several thresholds the clusters at
each are written to OUT-<threshold>.csv. With --pairs the candidate pairs are counted as well (not for timed runs).
Prints one JSON line.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import duckdb
import splink.comparison_level_library as cll
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


def _town() -> object:
    return cl.JaroWinklerAtThresholds("city", [0.9]).configure(term_frequency_adjustments=True)


def _edits(column: str) -> object:
    return cl.LevenshteinAtThresholds(column, [1])


def _words(column: str) -> str:
    return f"list_distinct(list_filter(regexp_split_to_array(lower({column}), '[^a-z0-9]+'), lambda w: w <> ''))"


def _overlap(column: str, *shares: float) -> object:
    """Return a comparison of lists of words by the share that both hold."""
    both, either = f"len(list_intersect({column}_l, {column}_r))", f"len(list_distinct(list_concat({column}_l, {column}_r)))"
    levels = [cll.CustomLevel(f"{both}::DOUBLE / greatest(1, {either}) >= {s}", f"{s:.0%} of the words") for s in shares]
    return cl.CustomComparison(
        output_column_name=column, comparison_levels=[cll.NullLevel(column), cll.ExactMatchLevel(column), *levels, cll.ElseLevel()],
    )


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
    "companies": lambda: Layout(
        r"""regexp_replace(lower("company name"), '[ .]+(s\.?r\.?l|s\.?p\.?a|s\.?n\.?c|s\.?a\.?s)\.?$', '') AS name,
           lower(address) AS address, lower(city) AS city, zip, right("vat number", 11) AS vat, right(phone, 9) AS phone,
           regexp_replace(website, '^(https://)?(www\.)?', '') AS web""",
        (cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8]).configure(term_frequency_adjustments=True),
         cl.JaroWinklerAtThresholds("address", [0.95, 0.88]), _town(), _edits("zip"), _edits("vat"), _edits("phone"), _frequent("web")),
        (("name",), ("vat",), ("phone",), ("web",), ("zip", "address"), ("zip", "substr(name, 1, 4)"), ("city", "substr(name, 1, 4)")),
        (("vat",), ("name", "zip")), 0.7, (("name",), ("zip",), ("vat",)),
    ),
    "songs": lambda: Layout(
        f"""lower(title) AS title, {_words("title")} AS words, lower(artist) AS artist, lower(album) AS album,
            try_cast(ltrim(year, chr(39)) AS INTEGER) % 100 AS year, try_cast(number AS INTEGER) AS number""",
        (_overlap("words", 0.7, 0.5, 0.3), cl.JaroWinklerAtThresholds("artist", [0.9, 0.8]),
         cl.JaroWinklerAtThresholds("album", [0.9, 0.8]), _frequent("year"), _frequent("number")),
        (("title",), ("album", "number"), ("artist", "number", "year"), ("album", "year")), (("title", "album"),), 0.5,
        (("title",), ("album", "year")),
    ),
    "papers": lambda: Layout(
        f"""lower(title) AS title, {_words("title")} AS words, {_words("authors")} AS writers, lower(authors) AS authors, year,
            left(authors, 1) || split_part(split_part(authors, ',', 1), ' ', -1) AS first,
            list_sort(list_filter({_words("title")}, lambda w: length(w) > 5))[1] AS word""",
        (_overlap("words", 0.8, 0.6, 0.4), _overlap("writers", 0.8, 0.5, 0.3), _frequent("year")),
        (("title",), ("authors",), ("word", "first"), ("substr(title, 1, 12)",)), (("title", "first"),), 0.6, (("title",), ("first",)),
    ),
    "products": lambda: Layout(
        f"""lower(name) AS name, {_words("name")} AS words, {_words("description")} AS told,
            lower(coalesce(manufacturer, split_part(name, ' ', 1))) AS brand,
            nullif(regexp_extract(name, '[A-Z]{{3}}[0-9]+'), '') AS model""",
        (_overlap("words", 0.7, 0.5, 0.3), _overlap("told", 0.4, 0.2), _edits("model"), _frequent("brand")),
        (("model",), ("name",), ("brand", "substr(name, 1, 12)")), (("model",),), 0.6, (("model",), ("brand",)),
    ),
    "dutch": lambda: Layout(
        """lower(strip_accents("Voornaam")) AS first_name, lower(strip_accents("Achternaam")) AS surname,
           strftime(try_strptime("Geboortedatum", '%d-%m-%Y'), '%Y-%m-%d') AS dob, lower("Straat") || ' ' || "Huisnummer" AS street,
           "Postcode" AS postcode, lower("Plaats") AS city, "Telefoon" AS phone""",
        (_names(), _birth(), _edits("phone"), cl.JaroWinklerAtThresholds("street", [0.9]), _town()),
        (("phone",), ("first_name", "surname"), ("dob", "surname"), ("dob", "first_name"), ("surname", "street"), ("first_name", "street")),
        (("phone",), ("first_name", "surname", "dob")), 0.7, (("phone",), ("first_name", "surname")),
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

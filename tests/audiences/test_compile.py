from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.audiences.catalogue import load_fields
from cem_cli.audiences.check import Names, check
from cem_cli.audiences.compile import Compiler, population_sql
from cem_cli.audiences.evaluate import holds
from cem_cli.audiences.moments import without_zone
from cem_cli.audiences.parse import parse
from cem_cli.audiences.tree import fields_used
from cem_cli.base.errors import CemError

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)


def members(con, text, as_of=AS_OF):
    names = Names(load_fields(con))
    expression = parse(text)
    check(expression, names)
    compiler = Compiler(names, without_zone(as_of))
    condition = compiler.condition_sql(expression.root)
    rows = con.execute(
        f'SELECT "profile".customer_id FROM {population_sql(names, fields_used(expression.root))} WHERE {condition} ORDER BY 1',
        compiler.params or None,
    ).fetchall()
    return " ".join(row[0] for row in rows)


SELECTED = [
    ("city = 'Milano'", "C1"),
    ("lower(city) = 'milano'", "C1 C4"),
    ("city != 'Milano'", "C2 C4"),  # C3 has no city: an operator needs a value
    ("not city = 'Milano'", "C2 C3 C4"),  # the plain complement
    ("city in ('Milano', 'Roma')", "C1 C2"),
    ("city not in ('Milano', 'Roma')", "C4"),
    ("not city in ('Milano', 'Roma')", "C3 C4"),
    ("city is missing", "C3"),
    ("exists city", "C1 C2 C4"),
    ("city is not missing and not exists birth_date", ""),
    ("surname = 'D''Amico'", "C2"),
    ("surname contains 'i'", "C1 C2 C4"),
    ("surname starts with 'R' or surname ends with 'hi'", "C1 C4"),
    ("surname contains '%'", ""),
    ("spend > 120", "C1"),
    ("spend >= 120.5 and spend <= 120.50", "C1"),
    ("not spend > 120", "C2 C3 C4"),
    ("spend between 0 and 120.50", "C1 C2"),
    ("abs(score) = 3", "C2"),
    ("score < 0.2", "C1 C2"),
    ("under_review", "C1"),
    ("under_review = false", "C2 C4"),
    ("not under_review", "C2 C3 C4"),
    ("sources has 'web'", "C1"),
    ("length(sources) = 0", "C4"),
    ("length(surname) > 5", "C2 C4"),
    ("sources is missing", "C3"),
    ("birth_date before 1990-01-01", "C1"),
    ("birth_date after 1990-07-14 and birth_date <= 2000-01-01", "C2 C4"),
    ("birth_date older than 36 years", "C1"),  # C2 turns 36 two weeks after as_of
    ("last_seen_at within last 90 days", "C1"),  # 1 April 12:00 is the edge; C2 was seen at 00:00
    ("last_seen_at within last 91 days", "C1 C2"),
    ("last_seen_at older than 90 days", "C2 C4"),
    ("last_seen_at in next 1 hour", "C1"),  # as_of itself belongs to both
    ("last_seen_at = 2026-06-30", "C1"),  # a day against an instant compares days
    ("last_seen_at <= 2025-12-31", "C4"),
    ("last_seen_at between 2026-04-01 and 2026-06-30", "C1 C2"),
    ("last_seen_at before 2026-06-30T12:00", "C2 C4"),
    ("last_seen_at <= 2026-06-30T12:00:00Z", "C1 C2 C4"),
    ("days_since(last_seen_at) = 90", "C2"),
    ("birth_date = last_seen_at", ""),
    ("records > 1 and (city = 'Milano' or city = 'milano') and not spend > 1000", "C1 C4"),
]  # fmt: skip


def test_conditions_select_the_hand_checked_customers(con):
    assert [(text, members(con, text)) for text, _ in SELECTED] == SELECTED


def test_a_month_back_from_the_31st_ends_on_the_last_day(con):
    con.execute("UPDATE cem.profile SET last_seen_at = '2026-02-28 00:00:00' WHERE customer_id = 'C1'")
    assert "C1" in members(con, "last_seen_at within last 1 month", datetime(2026, 3, 31, tzinfo=UTC))


def test_as_of_is_seen_in_utc(con):
    rome = datetime(2026, 6, 30, 14, tzinfo=timezone(timedelta(hours=2)))
    assert members(con, "last_seen_at in next 1 hour", rome) == "C1"


def test_periods_beyond_the_calendar_reach_to_its_end(con):
    assert members(con, "last_seen_at within last 20000 years") == "C1 C2 C4"
    assert members(con, "last_seen_at in next 20000 years") == "C1"


def test_values_are_bound_never_written(con):
    names = Names(load_fields(con))
    compiler = Compiler(names, without_zone(AS_OF))
    sql = compiler.condition_sql(parse("city = 'x'' OR 1=1' and spend > 12.5 and birth_date before 2020-01-02").root)
    assert "x'" not in sql
    assert list(compiler.params.values()) == ["x' OR 1=1", Decimal("12.5"), date(2020, 1, 2)]


def test_a_column_name_cannot_leave_its_quotes(con):
    con.execute('ALTER TABLE cem.profile ADD COLUMN "a""b; DROP" VARCHAR')
    con.execute("INSERT INTO cem.field VALUES ('odd', 'profile', 'a\"b; DROP', 'VARCHAR', '', [])")
    assert members(con, "odd is missing") == "C1 C2 C3 C4"


def test_columns_of_other_types_are_not_in_the_language(con):
    with pytest.raises(CemError, match="no field is called 'extra'"):
        members(con, "extra = 'x'")


TEXTS = st.sampled_from(["'Milano'", "'milano'", "'i'", "'D''Amico'", "''"])
NUMBERS = st.sampled_from(["0", "-3", "120.50", "2", "0.1"])
MOMENTS = st.sampled_from(["2026-06-30", "2026-04-01", "1980-02-29", "2026-06-30T12:00", "2025-12-31T23:59:59Z"])
ORDER = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
PERIOD = st.sampled_from(["within last 90 days", "in next 3 hours", "older than 6 months", "within last 40 years"])
TEXT_FIELD = st.sampled_from(["city", "surname", "lower(city)"])
NUMBER_FIELD = st.sampled_from(["spend", "records", "abs(score)", "length(city)", "length(sources)", "days_since(birth_date)"])
MOMENT_FIELD = st.sampled_from(["birth_date", "last_seen_at"])


def joined(*parts):
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(" ".join)


LEAVES = st.one_of(
    joined(TEXT_FIELD, ORDER, TEXTS), joined(TEXT_FIELD, st.sampled_from(["contains", "starts with", "ends with"]), TEXTS),
    joined(TEXT_FIELD, st.sampled_from(["in (", "not in ("]), TEXTS, ",", st.one_of(TEXTS, st.just("surname")), ")"),
    joined(NUMBER_FIELD, ORDER, NUMBERS), joined(NUMBER_FIELD, "between", NUMBERS, "and", NUMBERS),
    joined(MOMENT_FIELD, ORDER, MOMENTS), joined(MOMENT_FIELD, PERIOD), joined("birth_date", ORDER, "last_seen_at"),
    joined("sources has", st.sampled_from(["'web'", "'till'", "city"])), st.sampled_from(["under_review", "under_review != true"]),
    joined(st.sampled_from(["city", "sources", "spend"]), st.sampled_from(["is missing", "is not missing"])),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        joined("not (", inner, ")"), joined("(", inner, ") and (", inner, ")"), joined("(", inner, ") or (", inner, ")")
    ),
    max_leaves=6,
)


def test_sql_and_python_agree(con):
    names = Names(load_fields(con))
    columns = ", ".join(f'"{f.table}"."{f.column}"' for f in names.fields.values())
    rows = con.execute(f"SELECT {columns}, profile.customer_id FROM {population_sql(names, tuple(names.fields))}").fetchall()
    people = {row[-1]: dict(zip(names.fields, row[:-1], strict=True)) for row in rows}

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(CONDITIONS)
    def agree(text):
        expected = sorted(customer for customer, values in people.items() if holds(parse(text), values, AS_OF))
        assert members(con, text).split() == expected

    agree()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(CONDITIONS)
def test_not_is_the_plain_complement(text):
    values = {"city": None, "surname": "Rossi", "birth_date": None, "last_seen_at": AS_OF,
              "under_review": None, "sources": None, "records": 1, "spend": None, "score": None}  # fmt: skip
    assert holds(parse(f"not ({text})"), values, AS_OF) is not holds(parse(text), values, AS_OF)

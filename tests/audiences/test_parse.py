import time

import pytest

from cem_cli.audiences.check import Names, check
from cem_cli.audiences.parse import parse
from cem_cli.audiences.tree import AllOf, AnyOf, Compare, FieldName, Literal, Not, OneOf, Window, fields_used
from cem_cli.audiences.types import Field, Type
from cem_cli.base.errors import CemError

NAMES = Names(
    {
        "city": Field("city", Type.TEXT, "profile", "city"),
        "orders": Field("orders", Type.NUMBER, "profile", "orders"),
        "born": Field("born", Type.DATE, "profile", "born"),
        "seen_at": Field("seen_at", Type.INSTANT, "profile", "seen_at"),
        "vip": Field("vip", Type.FLAG, "profile", "vip"),
        "channels": Field("channels", Type.LIST, "profile", "channels"),
    },
    {"loyal"},
)


def refusal(text, where=""):
    with pytest.raises(CemError) as caught:
        check(parse(text, where), NAMES)
    return caught.value


def test_and_binds_tighter_than_or_and_not_tightest():
    root = parse("vip or vip and not vip = true or vip").root
    assert isinstance(root, AnyOf)
    assert [type(part).__name__ for part in root.parts] == ["Flag", "AllOf", "Flag"]
    assert isinstance(root.parts[1], AllOf)
    assert isinstance(root.parts[1].parts[1], Not)


def test_parentheses_group_and_leave_no_node():
    root = parse("(vip or orders > 1) and ((vip))").root
    assert isinstance(root, AllOf)
    assert isinstance(root.parts[0], AnyOf)


def test_keywords_in_capitals_and_doubled_quotes():
    root = parse("city NOT IN ('D''Aosta', \"L'Aquila\")").root
    assert isinstance(root, OneOf)
    assert root.negated
    assert [option.value for option in root.options if isinstance(option, Literal)] == ["D'Aosta", "L'Aquila"]


def test_windows_read_direction_count_and_unit():
    for text, direction, unit in [
        ("seen_at within last 3 months", "last", "month"), ("seen_at in next 3 day", "next", "day"),
        ("born older than 3 years", "older", "year"),
    ]:
        root = parse(text).root
        assert isinstance(root, Window)
        assert (root.direction, root.count, root.unit) == (direction, 3, unit)


def test_keywords_may_be_names_of_fields_where_no_keyword_can_stand():
    assert fields_used(parse("last > 1 and segment = 'a' and days = 2").root) == ("days", "last", "segment")


def test_a_keyword_ends_where_its_word_ends():
    assert fields_used(parse("orders = 1 or origin = 'x' and android = 2").root) == ("android", "orders", "origin")
    assert refusal("orders = 1 origin = 'x'").id == "E-EXPR-SYNTAX"


def test_spans_point_into_the_text():
    expression = parse("vip and\n  city  = 'x'")
    root = expression.root
    assert isinstance(root, AllOf)
    compare = root.parts[1]
    assert isinstance(compare, Compare)
    assert (compare.span.line, compare.span.column) == (2, 3)
    assert expression.words(compare) == "city = 'x'"
    assert isinstance(compare.left, FieldName)


def test_errors_carry_origin_line_column_and_caret():
    fault = refusal("vip and\n  citty = 'x'", "segments.yaml:vip")
    assert fault.id == "E-EXPR-FIELD"
    assert fault.where == "segments.yaml:vip:2:3"
    assert fault.what.splitlines() == ["no field is called 'citty'", "      citty = 'x'", "      ^^^^^"]
    assert "'city'" in fault.fix


def test_a_long_line_is_shown_around_the_place():
    fault = refusal("vip or " * 60 + "citty = 'x'")
    shown, caret = fault.what.splitlines()[1:]
    assert len(shown) <= 104
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "citty"


@pytest.mark.parametrize(("text", "advice"), [
    ("orders == 1", "single ="), ("orders <> 1", "!="), ("vip && vip", "and"), ("vip || vip", "or"), ("!vip", "not"),
    ("city is null", "is missing"), ("city like 'M%'", "contains"), ("orders > '5'", "without quotes"),
    ("born > '2020-01-01'", "without quotes"), ("city = Milano", "city"), ("city = 5", "in quotes"),
    ("channels = 'web'", "has"), ("city = 'Milano", "close the quote"), ("in segment loial", "loyal"),
    ("lenght(city) > 3", "length"), ("1 = 1", "compare a field"), ("seen_at within last 3 fortnights", "days"),
])
def test_habits_of_other_languages_get_advice(text, advice):
    assert advice in refusal(text).fix


HOSTILE = [
    "", " ", "\n", "()", "(", ")", "vip and", "and vip", "or", "not", "vip vip", "vip,vip", "vip;", "vip; DROP TABLE profile",
    "1 = 1", "true", "'a' = 'a'", "1", "'x'", "2026-01-01", "orders", "city", "null", "null is missing", "orders = null",
    "orders = (select 1)", "(select count(*) from cem.profile) > 1", "select 1", "exists (select 1)", "exists(from profile)",
    "orders in (select customer_id from cem.profile)", "orders > 1 union select 1", "orders > 1 -- comment",
    "orders > 1 /* comment */", "orders /**/ > 1", "orders > 1 # comment", "read_csv('/etc/passwd') = 'x'",
    "read_text('/etc/passwd') contains 'root'", "getenv('HOME') = 'x'", "current_setting('threads') = '1'",
    "pragma_version() = 'x'", "version() = 'x'", "now() > seen_at", "current_date > born", "random() > 0.5", "sleep(10) = 1",
    "error('x') = 'x'", "nextval('s') = 1", "query('select 1') = 1", "query_table('profile') = 1", "sql('x') = 1",
    "system('ls') = 'x'", "eval('1') = 1", "__import__('os') = 1", "orders::varchar = '1'", "cast(orders as varchar) = '1'",
    "orders = 1::int", "city = 'a' || 'b'", "city || 'x' = 'y'", "orders + 1 > 2", "orders * orders > 2", "orders[1] = 2",
    "city ~ '.*'", "city similar to 'x'", "regexp_matches(city, '(a+)+$')", "city glob '*'", "$1 = 1", "$value_0 = 1",
    "? = 1", "orders = ?", "orders = :x", "orders = @x", "\"city\" = 'x'", "`city` = 'x'", "[city] = 'x'", "cem.profile.city = 'x'",
    "profile.tax_code = 'x'", "main.sqlite_master = 'x'", "information_schema.tables = 'x'", "*", "count(*) > 1", "city.* = 'x'",
    "orders = 1e308", "orders = 0x10", "orders = 1_000", "orders = 007", "orders = .5", "orders = 5.", "orders = +5",
    "orders = --5", "orders = 99999999999999999999", "orders = NaN", "orders = inf", "orders > 1,5",
    "born = 2026-02-31", "born = 2026-13-01",
    "seen_at = 2026-01-01T25:00", "born within last 0 days", "born within last -1 days", "born within last 1.5 days",
    "born within last 99999999999 years", "born within last days", "born older than 3", "born in last", "city in ()", "city in 'x'",
    "city in ('x'", "city in ('x',)", "orders between 1", "orders between 1 or 2", "orders between 'a' and 'b'", "city > 5",
    "city within last 3 days", "orders contains 1", "born contains '2020'", "channels contains 'web'", "city has 'x'",
    "channels has 5", "vip > true", "vip = 'true'", "not city", "abs(city) = 1", "lower(orders) = 'x'", "days_since(city) > 1",
    "lower() = 'x'", "lower(city, city) = 'x'", "lower(lower) = 'x'", "in segment", "in segment 5", "in segment nobody",
    "in segment loyal or in segment 'x''; drop table segment; --'", "city = 'a\nb'", "city = 'a\0b'", "city = '\\' or 1=1 --'",
    "city = 'x' or '1'='1'", "cıty = 'x'", "city = ‘x’", "city＝'x'", "\u202ecity = 'x'", "city = 'x'\u2028",
    "\ufeffcity = 'x' {{ 7*7 }}",
    "{{ city }}", "${city} = 1", "city = 'x' \\", "<script>alert(1)</script>", "city.lower() = 'x'", "city['a'] = 'x'",
    "not " * 100 + "vip", "(" * 5000 + "vip", "vip" + ")" * 5000, "vip or " * 3000 + "vip", "city = '" + "x" * 20000 + "'",
    "not (vip and " * 60 + "vip" + ")" * 60,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_expressions_are_refused_with_their_place(text):
    fault = refusal(text, "here")
    assert fault.id.startswith("E-EXPR-")
    assert fault.id == "E-EXPR-SIZE" or fault.where.count(":") == 2
    assert "\n    " in fault.what or len(text) > 10_000


def test_there_are_enough_hostile_expressions():
    assert len(set(HOSTILE)) >= 80


@pytest.mark.parametrize("text", [
    "(" * 9000 + "vip", "vip and not " * 800 + "vip = 1", "orders in (" + "1," * 4900 + "'a')", "'" * 9999,
    "lower(" * 1500 + "city",
])  # fmt: skip
def test_hostile_sizes_end_at_once(text):
    started = time.monotonic()
    assert refusal(text).id in ("E-EXPR-SIZE", "E-EXPR-SYNTAX", "E-EXPR-TYPE")
    assert time.monotonic() - started < 2

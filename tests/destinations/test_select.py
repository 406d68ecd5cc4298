import pytest

from cem_cli.destinations.select import neutral_sql
from cem_cli.engines.duck import connect_memory

TRIGGERS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", "−"]
BEFORE = ["", " ", '"', "'", "\u00a0", "\u200b", "\ufeff", "\x01", "“"]
PAYLOADS = sorted({before + trigger + "cmd|' /C calc'!A0" for trigger in TRIGGERS for before in BEFORE} | {"\tx", "\rx", "'x", "''=1"})
HARMLESS = ["", "Rossi", "D'Amico", "a=b", "3+4", "via Roma, 5", "x\ty", "2026-01-01", "info@example.it", "5-7", "#1", "%41"]


@pytest.fixture(scope="module")
def engine():
    con = connect_memory(threads=1)
    yield con
    con.close()


def neutral(con, value):
    return con.execute(f"SELECT {neutral_sql('v')} FROM (SELECT $v::VARCHAR AS v)", {"v": value}).fetchone()[0]


def test_there_are_enough_payloads():
    assert len(PAYLOADS) >= 60


@pytest.mark.parametrize("payload", PAYLOADS)
def test_formulas_are_neutral_and_come_back_by_taking_one_apostrophe_off(engine, payload):
    shown = neutral(engine, payload)
    assert shown == "'" + payload


@pytest.mark.parametrize("value", HARMLESS)
def test_other_texts_stay_as_they_are(engine, value):
    assert neutral(engine, value) == value


def test_the_spreadsheet_profile_neutralises_and_the_machine_profile_does_not(run, tmp_path):
    columns = ("customer_id", "surname", "phone", "spend")
    run(name="sheet", columns=columns, purpose="service", profile="spreadsheet")
    run(name="machine", columns=columns, purpose="service")
    assert (tmp_path / "sheet/sheet.csv").read_text().splitlines()[1] == "\"C1\",\"'=1+1\",\"'+393331111111\",\"120.50\",\"phone\""
    assert (tmp_path / "machine/machine.csv").read_text().splitlines()[1] == "C1,=1+1,+393331111111,120.50,phone"


def test_a_missing_value_stays_missing(engine):
    assert neutral(engine, None) is None

from datetime import datetime

from cem_cli.kinds import KINDS, Context


def test_offsets_zones_and_epochs(engine):
    engine.table("timestamp", {
        "2026-07-01 10:00:00": "2026-07-01T08:00:00Z", "2026-01-01 10:00": "2026-01-01T09:00:00Z", "2026-07-01T10:00:00+02:00": "2026-07-01T08:00:00Z",
        "2026-01-05 10:22:31 +0100": "2026-01-05T09:22:31Z", "2026-07-01 08:00:00 UTC": "2026-07-01T08:00:00Z", "2026-07-01T08:00:00Z": "2026-07-01T08:00:00Z",
        "1751364000": "2025-07-01T10:00:00Z", "1751364000000": "2025-07-01T10:00:00Z", "1751364000000000": "2025-07-01T10:00:00Z",
        "31/12/2025 23:15": "2025-12-31T22:15:00Z", "12/31/2025 11:15 PM": "2025-12-31T22:15:00Z", "31/12/2025 9:05:07": "2025-12-31T08:05:07Z",
        "2026-07-01T08:00:00.123Z": "2026-07-01T08:00:00.123000Z", "01/07/2026 10:00": None, "2026-02-30 10:00:00": None, "soon": None,
    }, Context(time_zone="Europe/Rome"))


def test_a_declared_format(engine):
    engine.table("timestamp", {"01/07/2026 10:00": "2026-07-01T10:00:00Z", "01/07/2026": "2026-07-01T00:00:00Z"}, Context(date_format="%d/%m/%Y"))
    engine.table("timestamp", {"07/01/2026 10.00": "2026-07-01T10:00:00Z"}, Context(date_format="%m/%d/%Y %H.%M"))


def test_typed_is_utc(engine):
    sql = KINDS["timestamp"].typed_sql("x", Context(time_zone="Europe/Rome"))
    assert engine.values(sql, ["2026-07-01 10:00:00"]) == [datetime(2026, 7, 1, 8)]


def test_reasons(engine):
    engine.reasons("timestamp", {"2026-02-30 10:00:00": "impossible_timestamp", "soon": "invalid"})

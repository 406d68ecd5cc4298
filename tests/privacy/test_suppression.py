from datetime import UTC, datetime

import pytest

from cem_cli.base.errors import CemError
from cem_cli.privacy.suppression import Suppression, suppress

KEY = "k" * 64
AT = datetime(2026, 6, 30, tzinfo=UTC)


def test_only_a_keyed_hash_is_kept(con):
    assert suppress(con, KEY, Suppression("email", "Carla@example.it", "return", "erasure"), AT)
    rows = con.execute("FROM cem.suppression").fetchall()
    assert len(rows) == 1
    assert len(rows[0][1]) == 64
    assert "carla" not in str(rows).lower()
    assert con.execute("SELECT sha256('carla@example.it')").fetchone() != (rows[0][1],)


def test_twice_is_once_however_it_is_written(con):
    assert suppress(con, KEY, Suppression("email", "carla@example.it", "return", "erasure"), AT)
    assert not suppress(con, KEY, Suppression("email", " CARLA@example.it ", "return", "again"), AT)
    assert suppress(con, KEY, Suppression("email", "carla@example.it", "contact", "erasure"), AT)
    assert con.execute("SELECT count(*) FROM cem.suppression").fetchone() == (2,)


@pytest.mark.parametrize(("wanted", "id"), [
    (Suppression("e-mail", "a@example.it", "return", ""), "E-SUPPRESS-KIND"),
    (Suppression("email", "a@example.it", "all", ""), "E-SUPPRESS-SCOPE"),
    (Suppression("email", "no address", "return", ""), "E-SUPPRESS-VALUE"),
    (Suppression("external", "  ", "return", ""), "E-SUPPRESS-VALUE"),
])  # fmt: skip
def test_what_cannot_be_suppressed_is_refused_without_showing_the_value(con, wanted, id):
    with pytest.raises(CemError) as caught:
        suppress(con, KEY, wanted, AT)
    assert caught.value.id == id
    assert wanted.value.strip() == "" or wanted.value not in str(caught.value)
    assert con.execute("SELECT count(*) FROM cem.suppression").fetchone() == (0,)

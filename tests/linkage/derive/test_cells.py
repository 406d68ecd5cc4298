"""What the cells of a column need."""


import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.cells import Cells, cells_of


@pytest.mark.parametrize(("cells", "expected"), [
    (["anna"], Cells("ascii", untidy=False)), (["anna "], Cells("ascii", untidy=True)), (["", "é"], Cells("latin", untidy=True)),
    (["Ж" * 150, "é"], Cells("other", untidy=True)), (["éa"], Cells("latin", untidy=False)), ([None], Cells("ascii", untidy=False)),
])
def test_a_column_is_cleaned_only_of_what_it_holds(cells, expected):
    with connect_memory() as con:
        con.execute("CREATE TABLE t AS SELECT unnest($v::VARCHAR[]) AS c", {"v": cells}).fetchall()
        assert cells_of(con, "t", ["c"]) == {"c": expected}

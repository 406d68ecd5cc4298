"""Households: customers who live together, found by address and surname or by shared contact points; nobody is merged.

Reads `record`, `identifier` (of living persons), `identity`, `customer`; writes `household` (customer_id, household_id,
reason). Every address and surname that a customer's records tell counts.

Two people share a household with the same postcode (else city) and house number where street and surname are alike, one of
them exactly; or with a phone or e-mail that few people have (`MOST_SHARING`) and a surname (alike) or an address in common. A
household is named after its oldest customer, so its id lasts as long as that one stays.
"""

from __future__ import annotations

import numpy as np

from cem_cli.base.fold import fold_sql
from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.cluster.agglomerate import components

MOST_SHARING = 6
"""People who may share a contact point; above, it is a shop's or an agency's."""
ALIKE = 0.9
"""Jaro-Winkler similarity from which a street or surname counts as the same, misspelt."""
MOST_AT_ADDRESS = 200
"""People at one postcode and house number; above, the address says nothing (a company, a test address)."""


def _letters_sql(column: str) -> str:
    return f"nullif(regexp_replace({fold_sql(column)}, '[^a-z0-9]', '', 'g'), '')"


_STEPS = (
    Step("resident", """
        CREATE OR REPLACE TEMP TABLE resident AS
        SELECT row_number() OVER (ORDER BY c.created_run, c.customer_id) - 1 AS place, customer_id
        FROM cem.customer c SEMI JOIN (
            SELECT customer_id FROM cem.identity JOIN cem.record r USING (record_id)
            GROUP BY customer_id HAVING bool_and(coalesce(r.kind, 'person') = 'person')) p USING (customer_id)"""),
    Step("told", f"""
        CREATE OR REPLACE TEMP TABLE told AS
        SELECT s.place, r.record_id, {_letters_sql("coalesce(r.surname, split_part(r.full_name, ' ', -1))")} AS surname,
               {_letters_sql("r.street")} AS street, {_letters_sql("r.house_number")} AS number,
               coalesce({_letters_sql("r.postcode")}, {_letters_sql("r.city")}) AS area
        FROM cem.record r JOIN cem.identity i USING (record_id) JOIN resident s USING (customer_id)"""),
    Step("family", "CREATE OR REPLACE TEMP TABLE family AS SELECT DISTINCT place, surname FROM told WHERE surname IS NOT NULL"),
    Step("door", f"""
        CREATE OR REPLACE TEMP TABLE door AS
        SELECT * FROM (SELECT DISTINCT place, street, number, area FROM told
                       WHERE street IS NOT NULL AND number IS NOT NULL AND area IS NOT NULL)
        QUALIFY count(*) OVER (PARTITION BY area, number) <= {MOST_AT_ADDRESS}"""),
    Step("at_home", f"""
        CREATE OR REPLACE TEMP TABLE at_home AS
        SELECT DISTINCT a.place AS l, b.place AS r, 'address' AS reason FROM door a JOIN door b USING (area, number)
        JOIN family f ON f.place = a.place JOIN family g ON g.place = b.place
        WHERE a.place < b.place AND (
            (f.surname = g.surname AND jaro_winkler_similarity(a.street, b.street) >= {ALIKE})
            OR (a.street = b.street AND jaro_winkler_similarity(f.surname, g.surname) >= {ALIKE}))"""),
    Step("in_touch", f"""
        CREATE OR REPLACE TEMP TABLE in_touch AS
        WITH contact AS (
            SELECT DISTINCT t.place, i.kind, i.value FROM cem.identifier i JOIN told t USING (record_id) WHERE i.kind IN ('email', 'phone')
        ), shared AS (
            SELECT * FROM contact QUALIFY count(*) OVER (PARTITION BY kind, value) BETWEEN 2 AND {MOST_SHARING}
        ), pair AS MATERIALIZED (
            SELECT DISTINCT a.place AS l, b.place AS r FROM shared a JOIN shared b USING (kind, value) WHERE a.place < b.place)
        SELECT l, r, 'contact' AS reason FROM (
            SELECT l, r FROM pair JOIN family f ON f.place = l JOIN family g ON g.place = r
            WHERE jaro_winkler_similarity(f.surname, g.surname) >= {ALIKE}
            UNION SELECT l, r FROM pair JOIN door d ON d.place = l JOIN door e ON e.place = r
            WHERE e.street = d.street AND e.area = d.area)"""),
)


def find_households(con: Connection) -> int:
    """Write `household` for every person and return the number of households of two or more."""
    run_steps(con, _STEPS)
    count = int(con.execute("SELECT count(*) FROM resident").fetchall()[0][0])
    pair = con.execute("SELECT l, r FROM at_home UNION ALL SELECT l, r FROM in_touch").fetchnumpy()
    home = components(count, pair["l"].astype(np.int64), pair["r"].astype(np.int64))
    con.register("home_array", {"place": np.arange(count), "home": home})
    run_steps(con, [
        Step("forget households", "DELETE FROM cem.household"),
        Step("household", """
            INSERT INTO cem.household
            SELECT r.customer_id, 'H' || substr(first.customer_id, 2), coalesce(w.reason, 'alone')
            FROM resident r JOIN home_array h USING (place) JOIN resident first ON first.place = h.home
            LEFT JOIN (SELECT place, min(reason) AS reason FROM (
                SELECT unnest([l, r]) AS place, reason FROM at_home UNION ALL
                SELECT unnest([l, r]), reason FROM in_touch) GROUP BY place) w USING (place)
            ORDER BY r.customer_id"""),
    ])
    con.unregister("home_array")
    sizes = np.bincount(home, minlength=1)
    return int((sizes > 1).sum())

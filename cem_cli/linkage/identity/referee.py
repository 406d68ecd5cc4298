"""An independent second opinion: the recordlinkage package's ECM classifier on cem's own candidate pairs.

Reads what `truth` reads (call it after `evaluate_project`, which leaves the truth's tables). The package sees which fields
are equal and nothing else; its links are closed transitively, as it has no clustering of its own.
"""

from __future__ import annotations

import numpy as np

from cem_cli.base.errors import CemError
from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.cluster.agglomerate import components
from cem_cli.linkage.evaluate import Quality, evaluate
from cem_cli.linkage.identity.settings import LinkSettings
from cem_cli.linkage.identity.truth import candidates

_FIELDS = {
    "given name": "lower(coalesce(given_name, split_part(full_name, ' ', 1)))",
    "surname": "lower(coalesce(surname, split_part(full_name, ' ', -1)))",
    "birth date": "birth_date::VARCHAR", "e-mail": "lower(email)", "phone": "phone", "street": "lower(street)", "postcode": "postcode",
}


def referee_quality(con: Connection, settings: LinkSettings) -> Quality:
    """Return the quality the referee reaches. Raises CemError (exit 2) where the package is not installed."""
    try:
        import pandas as pd
        from recordlinkage import ECMClassifier
    except ImportError as err:
        raise CemError("E-REFEREE", "the referee is not installed", fix="pip install 'cem-cli[eval]'") from err
    left, right = candidates(con, settings)
    con.register("referee_pair", {"l": left, "r": right})
    compared = ", ".join(f"{field} AS {quote(name)}" for name, field in _FIELDS.items())
    equal = ", ".join(f"coalesce(a.{quote(name)} = b.{quote(name)}, false)::TINYINT AS {quote(name)}" for name in _FIELDS)
    columns = con.execute(f"""
        WITH compared AS (SELECT record_id, {compared} FROM cem.record)
        SELECT p.l, p.r, {equal} FROM (SELECT DISTINCT least(l, r) AS l, greatest(l, r) AS r FROM referee_pair WHERE l <> r) p
        JOIN compared a ON a.record_id = p.l JOIN compared b ON b.record_id = p.r ORDER BY 1, 2""").fetchnumpy()
    con.unregister("referee_pair")
    vectors = pd.DataFrame({name: np.asarray(columns[name]) for name in _FIELDS})
    vectors.index = pd.MultiIndex.from_arrays([np.asarray(columns["l"]), np.asarray(columns["r"])])
    links = ECMClassifier(binarize=None).fit_predict(vectors)
    truth = con.execute(
        "SELECT record_id, dense_rank() OVER (ORDER BY entity) AS entity FROM truth_record ORDER BY 1, 2"
    ).fetchnumpy()
    record, entity = np.asarray(truth["record_id"], np.int64), np.asarray(truth["entity"], np.int64)
    linked_l, linked_r = (np.asarray(links.get_level_values(side), np.int64) for side in (0, 1))
    known = np.unique(np.concatenate([record, linked_l, linked_r]))
    label = components(len(known), np.searchsorted(known, linked_l), np.searchsorted(known, linked_r))
    return evaluate(label[np.searchsorted(known, record)], entity)

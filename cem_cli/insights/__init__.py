"""What is known of customers, one measure per file.

Reads `event`, `event_customer`, `order_line`, `product`, `store`, `rate`, `campaign`, `profile`; writes `base_touch`,
`base_line`, `base_purchase` (`bases.py`), one `measure_<name>` per measure, `measure_state` and its rows of `field`.

To add a measure: write `<name>.py` with a docstring of five paragraphs (Definition, Formula, Source, Units, Refuses),
a `Parameters` subclass and a `MEASURE = Measure(...)` whose `select_sql` returns one SELECT with the declared columns;
add one line to `registry.py`; run `python -m cem_cli.insights.reference` to renew `docs/insights.md`. House rules:

- people and money come from `base_touch`, `base_purchase`, `base_line` (already cut at `as_of`, converted, signed);
  `customer_id` is NULL where nobody is known, so that totals reconcile;
- `kept` purchases (not wholly refunded) are what is counted as orders; money is the sum of `amount` (refunds negative);
- DOUBLE results are rounded in the SELECT, so that threads cannot change the last digit; money stays DECIMAL;
- a column `x` of a per-customer measure `m` is the field `m_x` of segments;
- too little data is a `Refusal` from `gates`, never a guess. Model fits go in `prepare`, into temporary tables.
"""

"""Table contracts: what rooms may rely on of each other. All tables live in schema `cem`.

Instants are TIMESTAMP in UTC; the column `at` must be quoted (a keyword of DuckDB 2.0). Money is DECIMAL(18,2). `record_id`, `event_id` are 63-bit keyed hashes (`base.ids`);
`customer_id` is text (`C` and 16 hex digits). JSON columns hold one object each, keys sorted.
"""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA = "cem"
UNIQUE = "VARCHAR USING COMPRESSION uncompressed"
"""Text that nearly every row has a value of its own in: a dictionary saves a third of its space and costs two to three times
the time, to write and to look up a few rows."""
VERSION = 1
"""Version of these contracts; `store.workspace` refuses a newer file and migrates an older one."""


@dataclass(frozen=True)
class Table:
    """One table: its columns with types, what a row is, and which columns identify it."""

    name: str
    row: str
    """One row per what (shown by `cem sql` and the docs)."""
    columns: str
    """Column definitions, as SQL."""
    key: tuple[str, ...] = ()
    """Columns that identify a row. Not declared to the engine (an index would make every append dearer); tests check it."""
    durable: bool = False
    """True where the rows cannot be rebuilt from the exports: `cem backup` and erasure care for these."""


TABLES: tuple[Table, ...] = (
    Table("meta", "setting of the file", "key VARCHAR, value VARCHAR", ("key",), durable=True),
    Table(
        "run", "command run that may write",
        "run_id BIGINT, command VARCHAR, as_of TIMESTAMP, started_at TIMESTAMP, finished_at TIMESTAMP, status VARCHAR, "
        "config_hash VARCHAR, engine VARCHAR, counts JSON",
        ("run_id",), durable=True,
    ),
    Table(
        "import_file", "file taken in; idempotency key is (source, sha256, mapping)",
        "import_id BIGINT, run_id BIGINT, source VARCHAR, file_name VARCHAR, sha256 VARCHAR, bytes BIGINT, mapping VARCHAR, "
        "header VARCHAR[], effective_at TIMESTAMP, rows_read BIGINT, loaded BIGINT, unchanged BIGINT, superseded BIGINT, "
        "suppressed BIGINT, quarantined BIGINT, warnings JSON",
        ("import_id",), durable=True,
    ),
    Table(
        "raw", "row as delivered, if its content changed",
        "import_id BIGINT, source VARCHAR, line BIGINT, row_key VARCHAR, row_hash BIGINT, effective_at TIMESTAMP, cells VARCHAR[]",
        ("import_id", "line"),
    ),
    Table(
        "quarantine", "row refused, with its bytes",
        "import_id BIGINT, source VARCHAR, line BIGINT, byte_start BIGINT, byte_end BIGINT, reason VARCHAR, field VARCHAR, raw BLOB",
        ("import_id", "line"),
    ),
    Table(
        "field_issue", "field and reason for which values were set to null",
        "import_id BIGINT, source VARCHAR, field VARCHAR, reason VARCHAR, rows BIGINT",
        ("import_id", "field", "reason"),
    ),
    Table(
        "record", "person-like record in canonical form (the newest state of each record key)",
        "record_id BIGINT, source VARCHAR, record_key VARCHAR, import_id BIGINT, effective_at TIMESTAMP, "
        "kind VARCHAR, third_party BOOLEAN, title VARCHAR, given_name VARCHAR, middle_name VARCHAR, surname VARCHAR, "
        f"full_name VARCHAR, sex VARCHAR, birth_date DATE, email {UNIQUE}, phone {UNIQUE}, street {UNIQUE}, house_number VARCHAR, "
        "city VARCHAR, postcode VARCHAR, province VARCHAR, country VARCHAR, tax_code VARCHAR, company VARCHAR, "
        "language VARCHAR, extra JSON, deleted BOOLEAN",
        ("record_id",),
    ),
    Table(
        "identifier", "identifier of a record",
        "record_id BIGINT, kind VARCHAR, value VARCHAR, source VARCHAR, third_party BOOLEAN",
        ("record_id", "kind", "value"),
    ),
    Table(
        "event", "dated act; `record_id` is null where nobody is known (anonymous or unattributed)",
        "event_id BIGINT, source VARCHAR, type VARCHAR, event_key VARCHAR, import_id BIGINT, parent_id BIGINT, "
        "record_id BIGINT, ref_kind VARCHAR, ref_value VARCHAR, device_id VARCHAR, channel VARCHAR, store_id VARCHAR, "
        "staff_id VARCHAR, campaign_id VARCHAR, \"at\" TIMESTAMP, time_zone VARCHAR, amount DECIMAL(18,2), currency VARCHAR, "
        "revenue BOOLEAN, active BOOLEAN, status VARCHAR, text VARCHAR, properties JSON",
        ("event_id",),
    ),
    Table(
        "order_line", "line of a purchase event",
        "line_id BIGINT, event_id BIGINT, source VARCHAR, sku VARCHAR, name VARCHAR, quantity DECIMAL(18,3), unit_price DECIMAL(18,2), "
        "discount DECIMAL(18,2), amount DECIMAL(18,2)",
        ("line_id",),
    ),
    Table("product", "product", "sku VARCHAR, name VARCHAR, category VARCHAR, brand VARCHAR, price DECIMAL(18,2), cost DECIMAL(18,2)", ("sku",)),
    Table("store", "shop or web shop", "store_id VARCHAR, name VARCHAR, city VARCHAR, province VARCHAR, region VARCHAR, opened_on DATE", ("store_id",)),
    Table("campaign", "campaign", "campaign_id VARCHAR, name VARCHAR, channel VARCHAR, sent_at TIMESTAMP, cost DECIMAL(18,2)", ("campaign_id",)),
    Table("rate", "exchange rate to the project's currency", "currency VARCHAR, day DATE, rate DECIMAL(18,8)", ("currency", "day")),
    Table("weather", "weather of a place and day", "place VARCHAR, day DATE, condition VARCHAR, temperature DOUBLE, rain_mm DOUBLE", ("place", "day")),
    Table(
        "device_login", "device x login interval (from_at included, to_at excluded, null = open end)",
        "device_id VARCHAR, from_at TIMESTAMP, to_at TIMESTAMP, record_id BIGINT",
        ("device_id", "from_at"),
    ),
    Table(
        "match_model", "trained linkage model; the newest is in force",
        "model_id BIGINT, run_id BIGINT, fingerprint VARCHAR, model JSON", ("model_id",), durable=True,
    ),
    Table(
        "term_frequency", "value counted when the model was trained (frozen with it, erasable)",
        "model_id BIGINT, field VARCHAR, value_hash BIGINT, rows BIGINT", ("model_id", "field", "value_hash"), durable=True,
    ),
    Table(
        "block_key", "record x hash of a blocking rule and its key under the model in force; the keys of a record stand together",
        "key_hash UINTEGER, record_id BIGINT", ("key_hash", "record_id"),
    ),
    Table(
        "edge", "scored pair above the floor; record_id_l < record_id_r",
        "record_id_l BIGINT, record_id_r BIGINT, pattern BIGINT, weight DOUBLE, probability DOUBLE, origin VARCHAR",
        ("record_id_l", "record_id_r"),
    ),
    Table(
        "decision", "human (or rule) judgement on two records; undone, never deleted",
        "decision_id BIGINT, kind VARCHAR, record_id_l BIGINT, record_id_r BIGINT, who VARCHAR, \"at\" TIMESTAMP, why VARCHAR, "
        "undone_at TIMESTAMP, undone_by VARCHAR", ("decision_id",), durable=True,
    ),
    Table("identity", "record -> customer now", f"record_id BIGINT, customer_id {UNIQUE}", ("record_id",), durable=True),
    Table(
        "customer", "customer id ever given",
        f"customer_id {UNIQUE}, founding_record_id BIGINT, created_run BIGINT, retired_run BIGINT, redirect_to VARCHAR, "
        "under_review BOOLEAN, review_reason VARCHAR, frozen BOOLEAN", ("customer_id",), durable=True,
    ),
    Table(
        "last_member", "last member of a retired customer id", "customer_id VARCHAR, record_id BIGINT",
        ("customer_id", "record_id"), durable=True,
    ),
    Table(
        "identity_log", "created / merged / split / retired / revived, with cause; append-only",
        f"seq BIGINT, run_id BIGINT, act VARCHAR, customer_id {UNIQUE}, other_id VARCHAR, record_id BIGINT, cause VARCHAR, "
        "detail JSON", ("seq",), durable=True,
    ),
    Table(
        "review", "pair or cluster the model is unsure of, or that was cut",
        "review_id BIGINT, run_id BIGINT, kind VARCHAR, record_id_l BIGINT, record_id_r BIGINT, weight DOUBLE, probability DOUBLE, "
        "reason VARCHAR, priority DOUBLE, state VARCHAR", ("review_id",),
    ),
    Table(
        "touched_customer", "customer whose members or member records changed since unify last took note (and emptied this)",
        "customer_id VARCHAR", ("customer_id",),
    ),
    Table(
        "touched_profile", "customer whose profile or events unify looked at since all measures last took note (and emptied this)",
        "customer_id VARCHAR", ("customer_id",),
    ),
    Table(
        "join_key", "record x value of an identifier kind that joins records, as of the last link",
        "kind VARCHAR, value_hash BIGINT, record_id BIGINT", ("kind", "value_hash", "record_id"),
    ),
    Table(
        "connected", "record x smallest record that evidence, identifiers or decisions connect it with (none for a lonely record)",
        "record_id BIGINT, component BIGINT", ("record_id",),
    ),
    Table("linked_decision", "decision that the last link applied", "decision_id BIGINT", ("decision_id",)),
    Table("household", "customer -> household", "customer_id VARCHAR, household_id VARCHAR, reason VARCHAR", ("customer_id",)),
    Table(
        "event_customer", "event -> customer (identity, login interval, or anonymous device); missing = unattributed",
        "event_id BIGINT, customer_id VARCHAR, via VARCHAR", ("event_id",),
    ),
    Table(
        "profile", "customer: the golden record (kind customer, prospect or anonymous)",
        "customer_id VARCHAR, kind VARCHAR, record_kind VARCHAR, records BIGINT, sources VARCHAR[], under_review BOOLEAN, "
        "title VARCHAR, given_name VARCHAR, middle_name VARCHAR, surname VARCHAR, full_name VARCHAR, sex VARCHAR, "
        "birth_date DATE, email VARCHAR, phone VARCHAR, street VARCHAR, house_number VARCHAR, city VARCHAR, "
        "postcode VARCHAR, province VARCHAR, country VARCHAR, tax_code VARCHAR, company VARCHAR, language VARCHAR, "
        "emails VARCHAR[], phones VARCHAR[], loyalty_cards VARCHAR[], first_seen_at TIMESTAMP, last_seen_at TIMESTAMP",
        ("customer_id",),
    ),
    Table(
        "profile_lineage", "customer x field: the winning record and the rule",
        "customer_id VARCHAR, field VARCHAR, record_id BIGINT, source VARCHAR, rule VARCHAR, third_party BOOLEAN, "
        "effective_at TIMESTAMP", ("customer_id", "field"),
    ),
    Table(
        "profile_change", "profile field that a run filled, changed or emptied, and why; no values",
        "run_id BIGINT, customer_id VARCHAR, field VARCHAR, act VARCHAR, cause VARCHAR, detail JSON", ("run_id", "customer_id", "field"),
        durable=True,
    ),
    Table(
        "profile_override", "value a person set by hand; survives imports, follows redirects",
        "override_id BIGINT, customer_id VARCHAR, record_id BIGINT, field VARCHAR, value VARCHAR, who VARCHAR, \"at\" TIMESTAMP, "
        "why VARCHAR, undone_at TIMESTAMP", ("override_id",), durable=True,
    ),
    Table("search_term", "distinct folded word that a profile can be found by", "term_id BIGINT, kind VARCHAR, value VARCHAR", ("term_id",)),
    Table("search_hit", "word x customer", "term_id BIGINT, customer_id VARCHAR", ("term_id", "customer_id")),
    Table(
        "consent", "statement on (record or identifier, channel, purpose)",
        "consent_id BIGINT, record_id BIGINT, identifier_kind VARCHAR, identifier_value VARCHAR, channel VARCHAR, purpose VARCHAR, "
        "status VARCHAR, explicit BOOLEAN, \"at\" TIMESTAMP, expires_at TIMESTAMP, legal_basis VARCHAR, proof VARCHAR, source VARCHAR, "
        "import_id BIGINT", ("consent_id",),
    ),
    Table(
        "suppression", "keyed hash of an identifier that must not return or be contacted",
        "kind VARCHAR, hash VARCHAR, scope VARCHAR, reason VARCHAR, \"at\" TIMESTAMP", ("kind", "hash", "scope"), durable=True,
    ),
    Table(
        "contactable", "customer x channel x purpose: may be contacted, or why not",
        "customer_id VARCHAR, channel VARCHAR, purpose VARCHAR, allowed BOOLEAN, reason VARCHAR",
        ("customer_id", "channel", "purpose"),
    ),
    Table("processable", "customer: may be profiled, or why not", "customer_id VARCHAR, allowed BOOLEAN, reason VARCHAR", ("customer_id",)),
    Table("segment", "segment built, with its definition then", "name VARCHAR, description VARCHAR, expression VARCHAR, run_id BIGINT", ("name",)),
    Table(
        "segment_member", "segment membership as an interval of runs (left_run null = member now)",
        "segment VARCHAR, customer_id VARCHAR, entered_run BIGINT, left_run BIGINT", ("segment", "customer_id", "entered_run"),
        durable=True,
    ),
    Table(
        "delivery", "customer delivered to a destination, as an interval of runs",
        "destination VARCHAR, customer_id VARCHAR, entered_run BIGINT, left_run BIGINT",
        ("destination", "customer_id", "entered_run"), durable=True,
    ),
    Table(
        "field", "column that a segment or an export may use",
        "name VARCHAR, table_name VARCHAR, column_name VARCHAR, type VARCHAR, meaning VARCHAR, purposes VARCHAR[]", ("name",),
    ),
    Table(
        "run_customer", "customer counts of a run, for `cem diff`",
        "run_id BIGINT, name VARCHAR, value BIGINT", ("run_id", "name"), durable=True,
    ),
)
"""Every table, in the order data walks through the rooms. Measures add tables `measure_NAME` with a `customer_id`
column (or their own key) and list their columns in `field`."""

BY_NAME = {table.name: table for table in TABLES}


def create_sql(table: Table, *, anew: bool = False) -> str:
    """Return the statement that creates `table` where it does not exist; or (`anew`) empty, whatever was in its place."""
    return f"CREATE {'OR REPLACE TABLE' if anew else 'TABLE IF NOT EXISTS'} {SCHEMA}.{table.name} ({table.columns})"

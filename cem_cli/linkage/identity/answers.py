"""Working through the review queue: the next item, both records side by side, an answer, its undoing; CSV in and out.

Reads `review`, `record`, `identifier`, `identity`, `event`, `decision`; an answer writes `decision` and the item's state inside the
caller's transaction. Safe with two reviewers: an item that somebody else answered meanwhile is refused, not overwritten.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import write_text
from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.identity.decisions import Author, Request, decide
from cem_cli.linkage.identity.living import CONTACTS

VERDICTS = {"y": "yes", "yes": "yes", "n": "no", "no": "no", "s": "skip", "skip": "skip"}
"""What a reviewer may say -> state of the item."""
SHOWN = (
    "source", "record_key", "kind", "given_name", "middle_name", "surname", "full_name", "sex", "birth_date", "email", "phone",
    "street", "house_number", "city", "postcode", "tax_code", "company", "effective_at",
)
"""Columns of `record` that a reviewer sees."""
_COLUMNS = ("review_id", "kind", "reason", "probability", "record_l", "record_r", "answer")
_ITEM = "review_id, kind, record_id_l, record_id_r, weight, probability, reason, priority"


@dataclass(frozen=True)
class ReviewItem:
    """One open question: are these two records the same person?"""

    review_id: int
    kind: str
    """`pair` (near the operating point), `cut` (kept apart by a guard or limit) or `sample` (drawn for the estimate)."""
    record_id_l: int
    record_id_r: int
    weight: float | None
    probability: float | None
    reason: str
    priority: float


@dataclass(frozen=True)
class FieldPair:
    """One field of both records."""

    field: str
    left: str | None
    right: str | None

    @property
    def differs(self) -> bool:
        """Whether both are filled and not equal."""
        return self.left is not None and self.right is not None and self.left != self.right


@dataclass(frozen=True)
class Progress:
    """How far the queue is worked through."""

    open: int
    answered: int
    skipped: int


def next_item(con: Connection) -> ReviewItem | None:
    """Return the item to ask next: by priority, every second one from the sample while it lasts; None when done."""
    answered = progress(con).answered
    wanted = "kind = 'sample' DESC" if answered % 2 else "kind = 'sample'"
    rows = con.execute(
        f"SELECT {_ITEM} FROM cem.review WHERE state = 'open' ORDER BY {wanted}, priority DESC, review_id LIMIT 1").fetchall()
    return ReviewItem(*rows[0]) if rows else None


def progress(con: Connection) -> Progress:
    """Return how many items are open, answered and skipped."""
    states = dict(con.execute("SELECT state, count(*) FROM cem.review GROUP BY state").fetchall())
    return Progress(int(states.get("open", 0)), int(states.get("yes", 0)) + int(states.get("no", 0)), int(states.get("skip", 0)))


def stakes(con: Connection, item: ReviewItem) -> tuple[int, Decimal]:
    """Return what hangs on an item: the records of both customers, and the money they spent."""
    rows = con.execute("""
        WITH member AS (SELECT record_id FROM cem.identity WHERE customer_id IN (
            SELECT customer_id FROM cem.identity WHERE record_id IN ($1, $2)))
        SELECT (SELECT count(*) FROM member), (SELECT coalesce(sum(amount), 0) FROM cem.event SEMI JOIN member USING (record_id)
                WHERE revenue AND coalesce(active, true))""", [item.record_id_l, item.record_id_r]).fetchall()
    return int(rows[0][0]), rows[0][1]


def side_by_side(con: Connection, record_id_l: int, record_id_r: int) -> tuple[FieldPair, ...]:
    """Return both records field by field, fields empty on both sides left out; last, contacts that both have and one does not show."""
    columns = ", ".join(f"{quote(name)}::VARCHAR" for name in SHOWN)
    found = con.execute(f"SELECT record_id, {columns} FROM cem.record WHERE record_id IN (?, ?)", [record_id_l, record_id_r]).fetchall()
    rows = {row[0]: row[1:] for row in found}
    none = (None,) * len(SHOWN)
    pairs = zip(SHOWN, rows.get(record_id_l, none), rows.get(record_id_r, none), strict=True)
    told = [FieldPair(name, left, right) for name, left, right in pairs if left is not None or right is not None]
    shared = con.execute(f"""
        SELECT kind, value FROM cem.identifier WHERE kind IN {CONTACTS} AND record_id = $l
        INTERSECT SELECT kind, value FROM cem.identifier WHERE record_id = $r ORDER BY ALL""",
        {"l": record_id_l, "r": record_id_r}).fetchall()
    return (*told, *(FieldPair(f"shared {kind}", v, v) for kind, v in shared if FieldPair(kind, v, v) not in told))


def answer(con: Connection, review_id: int, verdict: str, author: Author) -> str:
    """Take an answer (y, n or skip): a decision with its author, a training label, and the item's new state.

    Raises CemError for an unknown item or answer, an item answered meanwhile, and a conflict with earlier decisions.
    """
    state = VERDICTS.get(verdict.strip().lower())
    if state is None:
        raise CemError("E-REVIEW-ANSWER", "unknown answer", why="known: y, n, skip", fix="answer y, n or skip")
    rows = con.execute("SELECT state, record_id_l, record_id_r FROM cem.review WHERE review_id = ?", [review_id]).fetchall()
    if not rows:
        raise CemError("E-REVIEW-UNKNOWN", f"no item {review_id} in the queue", why="a later link replaced it", fix="cem review")
    if rows[0][0] != "open":
        raise CemError("E-REVIEW-ANSWERED", f"item {review_id} was answered meanwhile ({rows[0][0]})", fix="cem review")
    if state != "skip":
        kind = "link" if state == "yes" else "separate"
        decide(con, [Request(kind, str(rows[0][1]), str(rows[0][2]), author, f"review item {review_id}")])
    con.execute("UPDATE cem.review SET state = ? WHERE review_id = ?", [state, review_id]).fetchall()
    return state


def undo_answer(con: Connection, author: Author) -> ReviewItem:
    """Take the author's last answer back and return its item, open again. Raises CemError where there is none."""
    rows = con.execute("""
        SELECT r.review_id FROM cem.decision d JOIN cem.review r USING (record_id_l, record_id_r)
        WHERE d.who = ? AND d.undone_at IS NULL AND r.state IN ('yes', 'no')
        ORDER BY d.decision_id DESC LIMIT 1""", [author.who]).fetchall()
    if not rows:
        raise CemError("E-REVIEW-UNDO", "there is no answer of yours to take back", fix="cem review")
    item = ReviewItem(*con.execute(f"SELECT {_ITEM} FROM cem.review WHERE review_id = ?", [rows[0][0]]).fetchall()[0])
    decide(con, [Request("undo", str(item.record_id_l), str(item.record_id_r), author)])
    con.execute("UPDATE cem.review SET state = 'open' WHERE review_id = ?", [item.review_id]).fetchall()
    return item


def export_queue(con: Connection, path: Path) -> int:
    """Write the open items as CSV, both records' fields beside each other, `answer` to be filled in; return their number."""
    fields = ", ".join(f"l.{quote(n)}::VARCHAR AS {quote('l_' + n)}, r.{quote(n)}::VARCHAR AS {quote('r_' + n)}" for n in SHOWN[2:])
    done = con.execute(f"""
        SELECT review_id, q.kind, reason, round(probability, 4) AS probability, l.source || ':' || l.record_key AS record_l,
               r.source || ':' || r.record_key AS record_r, '' AS answer, {fields}
        FROM cem.review q JOIN cem.record l ON l.record_id = q.record_id_l JOIN cem.record r ON r.record_id = q.record_id_r
        WHERE state = 'open' ORDER BY priority DESC, review_id""")
    names = [column[0] for column in done.description]
    rows = done.fetchall()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    write_text(path, text.getvalue())
    return len(rows)


def import_answers(con: Connection, path: Path, author: Author) -> int:
    """Take the answers of a CSV file that `export_queue` wrote, all or none; rows without an answer stay open.

    Raises CemError (exit 5) naming file and line: unreadable file, another item than exported, conflicts.
    """
    taken = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = {"review_id", "answer"} - set(reader.fieldnames or ())
            if missing:
                raise CemError("E-REVIEW-HEADER", f"columns missing: {', '.join(sorted(missing))}", where=f"{path}:1",
                               fix="cem review --export FILE.csv writes the right header", code=ExitCode.INPUT)
            for row in reader:
                if (row["answer"] or "").strip():
                    _take(con, row, author, f"{path}:{reader.line_num}")
                    taken += 1
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise CemError("E-REVIEW-FILE", "the file of answers cannot be read", where=str(path), why=type(err).__name__,
                       fix="write a UTF-8 CSV file with the columns of cem review --export", code=ExitCode.INPUT) from err
    return taken


def _take(con: Connection, row: dict[str, str], author: Author, where: str) -> None:
    number = int(row["review_id"]) if row["review_id"].isdigit() else -1
    try:
        answer(con, number, row["answer"], author)
    except CemError as err:
        err.where = where
        raise

"""The glue from texts to measures; the text engine's own quality is tested in tests/insights/feeling."""

from datetime import datetime

import pytest


def test_texts_are_read_where_they_are_and_words_stay_hidden(world):
    bad = world.event("A", 9, "ticket_opened", text="Servizio pessimo, sono deluso!", channel="email", store_id="S1")
    good = world.event("A", 5, "nps_answer", text="Great service, thank you", properties={"touchpoint": "Negozio", "language": "en"})
    world.event("A", 4, "search", text="pessimo")
    world.event("A", 3, "review", text="  ")
    world.event("A", -3, "review", text="pessimo")
    noted = world.event(None, 3, "staff_note", text="Cliente gentilissima, molto contenta")
    rows = {row["event_id"]: row for row in world.rows("sentiment")}
    assert set(rows) == {bad, good, noted}
    assert (rows[bad]["label"], rows[bad]["language"], rows[bad]["touchpoint"], rows[bad]["store_id"]) == ("negative", "it", "help", "S1")
    assert (rows[good]["label"], rows[good]["language"], rows[good]["touchpoint"]) == ("positive", "en", "store")
    assert (rows[noted]["label"], rows[noted]["customer_id"]) == ("positive", None)
    assert rows[bad]["score"] < -0.3 < 0.3 < rows[good]["score"]
    assert all(row["negative_words"] is None and row["positive_words"] is None for row in rows.values())
    shown = {row["event_id"]: row for row in world.rows("sentiment", evidence=True)}
    assert "pessimo" in shown[bad]["negative_words"]
    assert world.con.execute("SELECT count(*) FROM cem.field WHERE table_name = 'measure_sentiment'").fetchone()[0] == 0


def test_no_texts_is_a_refusal(world):
    world.event("A", 5, "review", text="")
    assert "0 texts" in world.refusal("sentiment")


@pytest.mark.parametrize(
    ("type", "properties", "status", "feeling"),
    [
        ("nps_answer", {"score": 10}, None, 1.0),
        ("nps_answer", {"score": "8"}, None, 0.2),
        ("nps_answer", {"score": 6}, None, -0.6),
        ("nps_answer", {"score": 0}, None, -1.0),
        ("survey_answer", {"csat": 2, "ces": 7}, None, -0.5),
        ("survey_answer", {"ces": 7}, None, 1.0),
        ("review", {"rating": 4}, None, 0.5),
        ("ticket_rating", {}, "Bad", -1.0),
        ("comment", {"score": 10}, None, None),
    ],
)
def test_answers_on_one_scale(world, type, properties, status, feeling):
    world.event("A", 50, "comment", text="Ottimo, fantastico!")
    event = world.event("A", 5, type, properties=properties, status=status)
    rows = {row["event_id"]: row for row in world.rows("voices")}
    assert rows[1]["good"]
    assert rows.get(event, {}).get("feeling") == feeling


def test_a_rating_speaks_before_the_words(world):
    world.event("A", 5, "nps_answer", text="ottimo", properties={"score": 2})
    (row,) = world.rows("voices")
    assert (row["feeling"], row["basis"], row["bad"], row["good"]) == (-1.0, "rating", True, False)


def test_ratings_alone_are_voices_and_silence_is_a_refusal(world):
    world.event("A", 5, "search")
    assert "texts, ratings or answers" in world.refusal("voices")
    world.event("A", 5, "nps_answer", properties={"score": 9})
    assert len(world.rows("voices")) == 1


def test_per_customer(world):
    for days, score in ((900, 0), (40, 0), (30, 5), (20, 10), (10, 10)):
        world.event("A", days, "nps_answer", properties={"score": score})
    world.event("B", 10, "nps_answer", properties={"score": 5})
    rows = world.by_customer("sentiment_customer")
    assert (rows["A"]["voices"], rows["A"]["mean"], rows["A"]["change"]) == (4, 0.0, 2.0)
    assert (rows["A"]["last"], rows["A"]["negative"]) == (1.0, 2)
    assert (rows["B"]["voices"], rows["B"]["change"]) == (1, None)


def test_per_touchpoint_stage_and_month(world):
    world.buy("A", 0, 10, at=datetime(2026, 5, 1))
    world.event("A", 0, "nps_answer", at=datetime(2026, 4, 20), properties={"score": 10, "touchpoint": "consegna"})
    world.event("A", 0, "nps_answer", at=datetime(2026, 5, 10), properties={"score": 5, "touchpoint": "consegna"})
    world.event("A", 0, "nps_answer", at=datetime(2026, 5, 11), properties={"score": 10, "touchpoint": "consegna"})
    world.event(None, 0, "nps_answer", at=datetime(2026, 5, 12), properties={"score": 10, "touchpoint": "negozio"})
    rows = {(r["touchpoint"], r["stage"], r["month"] and r["month"].month): r for r in world.rows("sentiment_touchpoint")}
    assert rows["delivery", "prospect", 4]["mean"] == 1.0
    first = rows["delivery", "first_time", 5]
    assert (first["n"], first["mean"], first["bad_share"], first["good_share"], first["thin"]) == (2, 0.0, 0.5, 0.5, True)
    assert (first["low"], first["high"]) == (-1.0, 1.0)
    assert rows["delivery", "all", None]["n"] == 3
    assert rows["store", "unknown", None]["n"] == rows["store", "all", 5]["n"] == 1
    assert rows["store", "all", None]["low"] is None


def test_mentions_name_brands_products_stores_and_themes(world):
    world.product("s1", "kitchen", 10, name="Moka Classica")
    world.con.execute("UPDATE cem.product SET brand = 'Borgo'")
    world.product("s2", "kitchen", 10, name="Padella")
    world.insert("store", store_id="S1", name="Milano Duomo")
    text = world.event("A", 5, "comment", text="La moka classica di Borgo al negozio Milano Duomo: pessima qualità, non la ricomprerò")
    review = world.event("B", 4, "review", text="Ottimo", properties={"sku": "s2", "rating": 5})
    rows = {(r["event_id"], r["kind"], r["name"]): r for r in world.rows("mentions")}
    assert {k[1:] for k in rows if k[0] == text} >= {
        ("product", "Moka Classica"), ("brand", "Borgo"), ("store", "Milano Duomo"), ("theme", "quality"),
    }
    moka = rows[text, "product", "Moka Classica"]
    assert (moka["customer_id"], moka["ref"], moka["label"]) == ("A", "s1", "negative")
    assert rows[text, "store", "Milano Duomo"]["ref"] == "S1"
    assert rows[review, "product", "Padella"]["ref"] == "s2"

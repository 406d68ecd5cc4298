def rows_of(world):
    return {(row["hop"], row["source"], row["outcome"]): row for row in world.rows("flow")}


def test_every_hop_adds_up_and_says_why(world):
    for import_id, counts in ((1, (10, 7, 0, 1, 0, 2)), (2, (5, 0, 4, 0, 1, 0))):
        names = ("rows_read", "loaded", "unchanged", "superseded", "suppressed", "quarantined")
        world.insert("import_file", import_id=import_id, source="shop", **dict(zip(names, counts, strict=True)))
    for line, reason in ((1, "no-key"), (2, "no-key"), (3, "bad-date")):
        world.insert("quarantine", import_id=1, source="shop", line=line, reason=reason)
    for record, customer in ((1, "A"), (2, "A"), (3, None)):
        world.insert("record", record_id=record, source="crm")
        if customer:
            world.insert("identity", record_id=record, customer_id=customer)
    world.event("A", 5)
    world.event(None, 5)
    world.buy("A", 5, 10)
    world.buy(None, -5, 10)
    world.buy("A", 5, 10, status="cancelled")
    rows = rows_of(world)
    assert {key: (row["n"], row["arrived"], row["lost"]) for key, row in rows.items()} == {
        ("import", "shop", "loaded"): (7, 15, False), ("import", "shop", "unchanged"): (4, 15, False),
        ("import", "shop", "superseded"): (1, 15, True), ("import", "shop", "suppressed"): (1, 15, True),
        ("import", "shop", "quarantined"): (2, 15, True),
        ("identity", "crm", "of a customer"): (2, 3, False), ("identity", "crm", "of nobody yet"): (1, 3, True),
        ("attribution", "shop", "identity"): (3, 5, False), ("attribution", "shop", "unattributed"): (2, 5, True),
        ("clock", "shop", "known"): (4, 5, False), ("clock", "shop", "after the clock"): (1, 5, True),
        ("money", "shop", "counted"): (1, 3, False), ("money", "shop", "cancelled"): (1, 3, True),
        ("money", "shop", "after the clock"): (1, 3, True),
    }
    assert rows["import", "shop", "quarantined"]["reasons"] == "no-key: 2; bad-date: 1"
    for hop, source, _ in rows:
        parts = [row for key, row in rows.items() if key[:2] == (hop, source)]
        assert sum(row["n"] for row in parts) == parts[0]["arrived"]

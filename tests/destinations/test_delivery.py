def text(tmp_path, name):
    return (tmp_path / "out" / f"{name}.csv").read_text().splitlines()[1:]


def intervals(con):
    return con.execute("SELECT customer_id, entered_run, left_run FROM cem.delivery ORDER BY ALL").fetchall()


def test_adds_and_removes_follow_who_goes_out(con, run, tmp_path):
    run(1, columns=("customer_id",))
    assert (text(tmp_path, "adds"), text(tmp_path, "removes")) == (["C1", "C2", "C4"], [])
    con.execute("UPDATE cem.processable SET allowed = customer_id <> 'C1', reason = if(customer_id = 'C1', 'objection', NULL)")
    done = run(2, columns=("customer_id",))
    assert (text(tmp_path, "adds"), text(tmp_path, "removes")) == (["C3"], ["C1"])
    assert (done.adds, done.removes) == (1, 1)
    assert intervals(con) == [("C1", 1, 2), ("C2", 1, None), ("C3", 2, None), ("C4", 1, None)]


def test_each_destination_has_its_own_deliveries(con, run):
    run(1, name="a", columns=("customer_id",))
    assert run(2, name="b", of="loyal", columns=("customer_id",)).adds == 2
    assert run(3, name="a", columns=("customer_id",)).adds == 0


def test_a_run_repeated_leaves_no_moment_behind(con, run):
    run(1, columns=("customer_id",))
    con.execute("UPDATE cem.processable SET allowed = false WHERE customer_id = 'C1'")
    run(2, columns=("customer_id",))
    con.execute("UPDATE cem.processable SET allowed = true")
    run(2, columns=("customer_id",))
    con.execute("UPDATE cem.processable SET allowed = false WHERE customer_id = 'C3'")
    run(2, columns=("customer_id",))
    assert intervals(con) == [("C1", 1, None), ("C2", 1, None), ("C4", 1, None)]


def test_redirects_tell_where_delivered_ids_went_since(con, run, tmp_path):
    for customer in ("C1", "C2", "C3", "C4", "C9"):
        con.execute("INSERT INTO cem.customer (customer_id) VALUES (?)", [customer])
    run(1, columns=("customer_id",))
    assert text(tmp_path, "redirects") == []
    # C2 was merged into C9 and that into C1; C3 was never delivered.
    con.execute("UPDATE cem.customer SET redirect_to = 'C9', retired_run = 2 WHERE customer_id = 'C2'")
    con.execute("UPDATE cem.customer SET redirect_to = 'C1', retired_run = 2 WHERE customer_id IN ('C9', 'C3')")
    con.execute("DELETE FROM cem.profile WHERE customer_id IN ('C2', 'C3')")
    done = run(2, columns=("customer_id",))
    assert text(tmp_path, "redirects") == ["C2,C1"]
    assert text(tmp_path, "removes") == ["C2"]
    assert done.redirects == 1
    assert not run(3, columns=("customer_id",)).changed
    assert text(tmp_path, "redirects") == ["C2,C1"]

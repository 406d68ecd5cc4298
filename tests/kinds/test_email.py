def test_addresses(engine):
    engine.table("email", {
        "MARIO@X.IT": "mario@x.it", " Mario Rossi <M.Rossi@Gmail.COM> ": "m.rossi@gmail.com", "mailto:a@b.it": "a@b.it",
        "a@b.it; c@d.it": "a@b.it", "m@x.it.": "m@x.it", "'a@b.it'": "a@b.it", "jane.doe+shop@googlemail.com": "jane.doe+shop@googlemail.com",
        "info@società.it": "info@società.it", "a@b": None, "a..b@c.it": None, ".a@b.it": None, "a@b..it": None, "@b.it": None, "a@": None,
        "test@test.com": None, "nomail@nomail.it": None, "noreply@shop.it": None, "info@rossi.it": "info@rossi.it", "o'neil@x.ie": "o'neil@x.ie",
    })


def test_reasons(engine):
    engine.reasons("email", {"test@test.com": "junk", "mario": "no_at_sign", "a@b": "invalid", "n/a": "junk", "a@b.it": None})

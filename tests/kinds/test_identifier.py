def test_external_ids(engine):
    engine.table("external_id", {"'7210448301122": "7210448301122", "l:123456": "123456", "A-01": "A-01", "0000": None, "-1": None, "1.23E+12": None, "anonymous": None})
    engine.reasons("external_id", {"1.23E+12": "scientific_notation", "0000": "junk", "A-01": None})


def test_row_ids_are_kept_as_they_are(engine):
    engine.table("row_id", {"p0": "p0", "00012": "00012", "x": "x", "0": "0"})


def test_cards_handles_devices(engine):
    engine.table("loyalty_card", {"1234 5678": "12345678", "ab-12-99": "AB1299", "000000": None, "12": None})
    engine.table("handle", {"@Mario.Rossi": "mario.rossi", "https://www.instagram.com/mario_rossi/": "mario_rossi", "https://linkedin.com/in/a-b?x=1": "a-b", "0": None, "a b": None})
    engine.table("device", {"GA1.2.123": "GA1.2.123", "null": None})

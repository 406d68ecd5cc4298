def test_given_names(engine):
    engine.table("given_name", {
        "MARIO": "Mario", "mario": "Mario", " Anna   Maria ": "Anna Maria", "ANNA MARIA": "Anna Maria", "Nicolo'": "Nicolo'",
        "NICOLÒ": "Nicolò", "jean-pierre": "Jean-Pierre", "Dott. Mario": "Mario", "sig.ra ANNA": "Anna", "DR.SSA LIA": "Lia",
        "dott. ing. Luca": "Luca", "Dott.": None, "123": None, "mario@x.it": None, "M.": "M.", "* Rosa": "Rosa", "Test": None,
        "李": "李", "Ольга": "Ольга", "Dr": None,
    })


def test_surnames_keep_apostrophes_and_particles(engine):
    engine.table("surname", {
        "DE LUCA": "De Luca", "D'ANGELO": "D'Angelo", "D’Angelo": "D'Angelo", "DELL'ACQUA": "Dell'Acqua", "McDonald": "McDonald",
        "VON NEUMANN": "Von Neumann", "ROSSI-BIANCHI": "Rossi-Bianchi", "Müller": "Müller", "Rossi *": "Rossi", "o'brien": "O'Brien",
    })


def test_full_names_are_put_in_reading_order(engine):
    engine.table("full_name", {
        "Rossi, Mario": "Mario Rossi", "ROSSI, MARIO": "Mario Rossi", "Sig. Mario Rossi": "Mario Rossi", "Smith, Dr. John": "John Smith",
        "John Smith, Jr.": "John Smith Jr.", "LUDWIG VAN BEETHOVEN": "Ludwig van Beethoven", "maria de luca": "Maria De Luca",
        "a, b, c": "A, B, C", "Nome Cognome": None,
    })


def test_titles(engine):
    engine.table("title", {"DOTT.": "Dott.", "mr": "Mr", "-": None})


def test_reasons(engine):
    engine.reasons("given_name", {"123": "no_letters", "a@b.it": "not_a_name", "n/a": "junk", "Mario": None})

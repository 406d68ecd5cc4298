def test_words(engine):
    engine.table("language", {"it-IT": "it", "Italiano": "it", "en": "en", "en_US": "en", "klingon": None})
    engine.table("boolean", {"Sì": "true", "no": "false", "0": "false", "1": "true", "unsubscribed": "false", "x": "true", "boh": None})
    engine.table("url", {"https://a.b/c": "https://a.b/c", "www.x.it": "https://www.x.it", "hello": None})
    engine.table("company", {" Rossi  S.r.l. ": "Rossi S.r.l.", "-": None})
    engine.table("category", {"Gold ": "Gold", "n/a": None})
    engine.table("ignore", {"anything": None})


def test_free_text_keeps_its_lines(engine):
    engine.table("text", {"  first\n  second  ": "first\n  second", "test": "test", " \n ": None})

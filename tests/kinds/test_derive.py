from datetime import date

from cem_cli.kinds import derive


def test_name_keys_ignore_spelling(engine):
    raw = ["De Luca", "de' luca", "DELUCA", "Dott. Nicolò", "Müller", "MUELLER", "Łukasz", "Ольга", "张伟", "n/a", None]
    assert engine.values(derive.name_key_sql("x"), raw) == [
        "deluca", "deluca", "deluca", "nicolo", "muller", "mueller", "lukasz", "olga", "张伟", None, None,
    ]


def test_names_in_any_order(engine):
    raw = ["Rossi, Mario", "MARIO ROSSI", "D'Angelo Anna", None]
    assert engine.values(derive.name_tokens_sql("x"), raw) == [["mario", "rossi"], ["mario", "rossi"], ["anna", "dangelo"], None]
    full = ["Rossi, Mario", "Anna De Luca", "Maria van der Berg", "Mario"]
    assert engine.values(derive.full_name_given_sql("x"), full) == ["mario", "anna", "maria", "mario"]
    assert engine.values(derive.full_name_surname_sql("x"), full) == ["rossi", "deluca", "vanderberg", None]


def test_email_parts_need_no_valid_address(engine):
    assert engine.values(derive.email_key_sql("x"), ["X <A.B@COM>", "mario", None]) == ["a.b@com", None, None]
    assert engine.values(derive.email_user_sql("x"), ["a@b.it", "@b.it", "mario"]) == ["a", None, None]
    assert engine.values(derive.email_domain_sql("x"), ["a@b.it", "mario"]) == ["b.it", None]
    boxes = ["jane.doe+shop@googlemail.com", "janedoe@gmail.com", "jane.doe+shop@x.it"]
    assert engine.values(derive.email_mailbox_sql("x"), boxes) == ["janedoe@gmail.com", "janedoe@gmail.com", "jane.doe@x.it"]


def test_phone_digits_need_no_country(engine):
    raw = ["+39 333 1234567", "333-1234567", "712 261378", "12345", "abc", None]
    assert engine.values(derive.phone_national_sql("x"), raw) == ["331234567", "331234567", "712261378", None, None, None]


def test_dates_as_numbers(engine):
    assert engine.values(derive.date_number_sql("TRY_CAST(x AS DATE)"), ["1980-05-12", None]) == [19800512, None]
    assert engine.values(derive.clean_date_number_sql("x"), ["1980-05-12", None]) == [19800512, None]
    parts = "split_part(x, ' ', 1)", "split_part(x, ' ', 2)", "split_part(x, ' ', 3)"
    assert engine.values(derive.birth_parts_date_sql(*parts), ["1980 5 12", "1980 2 31"]) == [date(1980, 5, 12), None]


def test_streets(engine):
    raw = ["V.le G. Garibaldi, 12", "viale g garibaldi 12/A", "Piazza della Repubblica", "10 Main St", "VIA DEI MILLE 3", None]
    assert engine.values(derive.street_stem_sql("x"), raw) == ["ggaribaldi", "ggaribaldi", "repubblica", "main", "mille", None]
    assert engine.values(derive.street_number_sql("x"), raw) == ["12", "12", None, "10", "3", None]


def test_parts_of_a_whole_address(engine):
    raw = ["Via Roma 12, 20121 Milano (MI)", "Via Roma 12, Milano"]
    assert engine.values(derive.address_street_sql("x"), raw) == ["Via Roma 12", "Via Roma 12"]
    assert engine.values(derive.address_postcode_sql("x"), raw) == ["20121", None]
    assert engine.values(derive.address_city_sql("x"), raw) == ["Milano", None]


def test_companies_and_texts(engine):
    assert engine.values(derive.company_key_sql("x"), ["Müller GmbH", "Rossi S.r.l.", "ROSSI SRL", "Universal Exports, Inc."]) == [
        "muller", "rossi", "rossi", "universalexports",
    ]
    assert engine.values(derive.text_key_sql("x"), ["Forlì-Cesena", "SAN  DONÀ", "--", None]) == ["forlicesena", "sandona", None, None]

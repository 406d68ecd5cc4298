import pytest

from cem_cli.kinds import KINDS
from cem_cli.kinds.headers import header_words, match_header
from cem_cli.kinds.more_languages import MORE_HEADERS


@pytest.mark.parametrize(("header", "words"), [
    ("EMailAddress", "e mail address"), ("Default Address Zip", "default address zip"), ("codice_fiscale", "codice fiscale"), ("Città", "citta"),
    ("ADDR_POSTAL_CODE", "addr postal code"), ("billingPostalCode", "billing postal code"), ("Start Date (UTC)", "start date"), ("Loyalty_Card__c", "loyalty card"),
])
def test_any_style_is_read_as_words(header, words):
    assert header_words(header) == words


@pytest.mark.parametrize(("kind", "headers"), [
    ("given_name", "first_name FirstName Nome nome vorname prénom Nombre given_name PRIMARY_NAME_FIRST fname"),
    ("surname", "last_name LastName Cognome cognome Nachname Nom apellidos surname lname"),
    ("full_name", "full_name Nominativo FullName NATIVE_NAME_FULL"),
    ("birth_date", "dob DOB DataDiNascita data_nascita Geburtsdatum birthdate PersonBirthdate date_of_birth"),
    ("birth_year", "birth_year by anno_nascita BirthYear"), ("birth_month", "birth_month bm mese_nascita"), ("birth_day", "birth_day bd giorno_nascita"),
    ("email", "Email EMAIL e-mail E-Mail email_address EmailAddress PersonEmail billing_email courriel"),
    ("phone", "Phone MobilePhone mobile_phone cellulare Telefono handy PersonMobilePhone phone_number tel"),
    ("street", "indirizzo street BillingStreet Address1 straße rue ADDR_LINE1"),
    ("house_number", "house_number civico hausnummer numero_civico"),
    ("city", "city Città comune ort BillingCity ville ciudad ADDR_CITY"),
    ("postcode", "zip CAP plz PostalCode BillingPostalCode postcode code_postal ADDR_POSTAL_CODE"),
    ("province", "provincia prov ShippingState province_code"), ("country", "country nazione Pays BillingCountryCode"),
    ("tax_code", "codice_fiscale CodiceFiscale CF cod_fiscale"), ("vat_number", "partita_iva p.iva PIVA"), ("sex", "sesso gender Geschlecht sexo"),
    ("loyalty_card", "card_code tessera Loyalty_Card__c numero_tessera"), ("external_id", "customer_id CustomerID codice_cliente ssn"),
    ("category", "birth_place luogo_di_nascita occupation phone_type"), ("company", "Company ragione_sociale azienda firma"), ("timestamp", "created_at CreatedDate"),
    ("boolean", "HasOptedOutOfEmail newsletter"), ("row_id", "id ID Id rec_id"),
])
def test_headers_in_five_languages_and_all_styles(kind, headers):
    assert {header: match_header(header) and match_header(header).kind for header in headers.split()} == dict.fromkeys(headers.split(), kind)


@pytest.mark.parametrize(("header", "kind"), [
    ("Default Address Zip", "postcode"), ("Default Address Phone", "phone"), ("Default Address Address1", "street"), ("Codice fiscale cliente", "tax_code"),
    ("E-mail 1 - Value", "email"), ("Accepts Email Marketing", "boolean"), ("Data di nascita", "birth_date"), ("Date de naissance", "birth_date"),
    ("Nome e cognome", "full_name"), ("N. tessera", "loyalty_card"), ("Indirizzo e-mail", "email"), ("Fecha de nacimiento", "birth_date"),
])
def test_headers_of_several_words(header, kind):
    found = match_header(header)
    assert found is not None
    assert found.kind == kind


def test_words_in_the_middle_do_not_decide():
    assert match_header("Email bounced because of quota") is None
    assert match_header("art_number") is None


def test_the_whole_header_is_surer_than_its_end():
    whole, part, end = match_header("surname"), match_header("customer surname"), match_header("first and surname")
    assert whole
    assert part
    assert end
    assert whole.confidence > part.confidence > end.confidence


@pytest.mark.parametrize(("kind", "headers"), [
    ("given_name", "Voornaam Imię Όνομα Имя Förnamn Jméno Keresztnév given"), ("surname", "Achternaam Nazwisko Επώνυμο Фамилия Efternamn Příjmení family"),
    ("birth_date", "Geboortedatum Data_urodzenia Födelsedatum Дата_рождения Ημερομηνία_γέννησης"), ("sex", "Geslacht Płeć Φύλο"),
    ("street", "Straat Ulica Οδός res_street_address"), ("house_number", "Huisnummer Nr_domu Αριθμός"), ("postcode", "Kod_pocztowy ΤΚ postnummer"),
    ("city", "Plaats Miejscowość Πόλη res_city_desc"), ("phone", "Telefoon Κινητό full_phone_num"), ("address", "shipping_address addr home_address"),
    ("province", "state_cd"), ("external_id", "Personnummer PESEL henkilötunnus CPR-nr"),
])
def test_headers_in_more_languages_and_registers(kind, headers):
    assert {header: match_header(header) and match_header(header).kind for header in headers.split()} == dict.fromkeys(headers.split(), kind)


def test_more_languages_repeat_nothing_that_kinds_hold():
    own = {phrase: kind.name for kind in KINDS.values() for phrase in kind.headers}
    assert set(MORE_HEADERS.values()) <= set(KINDS)
    assert not MORE_HEADERS.keys() & own.keys()

"""Column headers of people's files in more languages, folded as `header_words` folds them (Greek and Cyrillic in Latin letters).

Dutch; Danish, Norwegian, Swedish; Finnish; Polish, Czech, Slovak, Croatian, Slovene; Hungarian; Romanian; Turkish; Greek;
Russian, Ukrainian; numbers of persons in these and other countries.

The kinds themselves hold English, Italian, German, French, Spanish and Portuguese.
"""

from __future__ import annotations

from cem_cli.kinds.kind import phrases

_TEXT = {
    "given_name": """
        voornaam, voornamen, roepnaam, fornavn, fornamn, etunimi, imie, imiona, jmeno, krestni jmeno, meno, krstne meno, ime, keresztnev,
        utonev, prenume, onoma, mikro onoma, imia
    """,
    "middle_name": "tussennaam, mellomnavn, mellemnavn, mellannamn, drugie imie, otchestvo, po batkovi",
    "surname": """
        achternaam, familienaam, etternavn, efternavn, efternamn, sukunimi, nazwisko, prijmeni, priezvisko, prezime, priimek, vezeteknev,
        csaladnev, nume, nume de familie, soyad, soyadi, soyisim, eponymo, epitheto, familiia, prizvyshche, prizvishche
    """,
    "full_name": """
        volledige naam, naam, navn, fulde navn, fullt navn, namn, fullstandigt namn, nimi, koko nimi, imie i nazwisko, nazwisko i imie,
        cele jmeno, jmeno a prijmeni, meno a priezvisko, ime i prezime, ime in priimek, nev, teljes nev, nume si prenume, nume complet,
        ad soyad, adi soyadi, onomateponymo, fio
    """,
    "birth_date": """
        geboortedatum, fodselsdato, fodselsdag, fodelsedatum, syntymaaika, data urodzenia, datum narozeni, datum narodenia, datum rodenja,
        datum rojstva, szuletesi datum, szuletesi ido, szul datum, szul ido, data nasterii,
        dogum tarihi, imerominia gennisis, imerominia gennis, data rozhdeniia,
        data narodzhennia, prosopiki imerominia gennisis
    """,
    "birth_year": "geboortejaar, fodselsar, fodelsear, syntymavuosi, rok urodzenia, rok narozeni, etos gennisis, god rozhdeniia",
    "sex": "geslacht, kjonn, kon, sukupuoli, plec, pohlavi, pohlavie, spol, nem, cinsiyet, fylo, pol",
    "email": """
        e mailadres, emailadres, mailadres, e postadress, e post, epost, sahkoposti, adres e mail, adres email, elektroniki dieythynsi
    """,
    "phone": """
        telefoon, telefoonnummer, mobiel, mobiele telefoon, gsm, mobil, mobiltelefon, puhelin, puhelinnumero, numer telefonu,
        telefon komorkowy, komorka, telefonni cislo, telefonne cislo, mobitel, telefonszam, numar de telefon, cep telefonu, tilefono,
        kinito, kinito tilefono, tilefon
    """,
    "street": """
        straat, straatnaam, adresregel 1, gate, gateadresse, gade, gata, gatuadress, katuosoite, ulica, ulice, utca, strada, odos, ulitsa,
        vulytsia
    """,
    "house_number": "huisnummer, huisnr, husnummer, husnr, nr domu, numer domu, cislo popisne, cislo domu, kucni broj, hazszam, arithmos",
    "address": "adres, adresa, adress, osoite, cim, lakcim, dieythynsi",
    "city": """
        woonplaats, plaats, plaatsnaam, stad, sted, poststed, postort, kaupunki, postitoimipaikka, miejscowosc, miasto, mesto, obec, grad,
        varos, telepules, oras, localitate, sehir, poli, gorod, misto, village, municipality
    """,
    "postcode": """
        postnummer, postnr, postinumero, kod pocztowy, psc, smerovacie cislo, postanski broj, postna stevilka, iranyitoszam, irsz,
        cod postal, posta kodu, tk, tachydromikos kodikas, pochtovyi indeks, indeks
    """,
    "external_id": """
        personnummer, personnr, cpr, cpr nr, cpr nummer, fodselsnummer, henkilotunnus, hetu, pesel, rodne cislo, cnp, egn, jmbg, emso, oib,
        isikukood, rijksregisternummer, bsn, burgerservicenummer, svnr, sozialversicherungsnummer, numero de securite sociale, num secu,
        nir, curp, rut, tc kimlik no, afm, aadhaar, aadhaar no
    """,
    "country": "kraj, zeme, krajina, drzava, orszag, tara, ulke, chora, strana, kraina",
    "company": "bedrijf, bedrijfsnaam, firmanavn, virksomhed, foretag, yritys, nazwa firmy, spolecnost, cegnev, sirket, etaireia",
}
MORE_HEADERS: dict[str, str] = {phrase: kind for kind, text in _TEXT.items() for phrase in phrases(text)}
"""Header phrase -> kind."""

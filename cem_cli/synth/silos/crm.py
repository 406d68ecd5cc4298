"""Salesforce by Data Loader (reference 3.5): API names, one row per record, instants `2025-03-01T09:12:44.000Z`.

`salesforce_contacts.csv`  key `Id` (003...); custom fields `Codice_Fiscale__c`, `Tessera__c` (a loyalty card's
                           `card_code`); `IsDeleted` true with `MasterRecordId` where the CRM merged the record away;
                           an organisation has no FirstName and its name in LastName (`AccountId` filled)
`salesforce_leads.csv`     key `Id` (00Q...); `ConvertedContactId` points to the contact
Birthdate `YYYY-MM-DD`; `HasOptedOutOfEmail` is not exported (the reference's layout).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY, blank_unless, dates_text, iso
from cem_cli.synth.errors import Entries, Habits, fill_in
from cem_cli.synth.silos.shop import signup_times
from cem_cli.synth.truth import Evidence, evidence_of
from cem_cli.synth.words import Ints, Text, text
from cem_cli.synth.world import Column, World, numbered, rows_of

CONTACTS = (
    "Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Salutation,Name,OtherStreet,OtherCity,OtherState,OtherPostalCode,"
    "OtherCountry,OtherLatitude,OtherLongitude,OtherGeocodeAccuracy,OtherAddress,MailingStreet,MailingCity,MailingState,"
    "MailingPostalCode,MailingCountry,MailingLatitude,MailingLongitude,MailingGeocodeAccuracy,MailingAddress,Phone,Fax,"
    "MobilePhone,HomePhone,OtherPhone,AssistantPhone,ReportsToId,Email,Title,Department,AssistantName,LeadSource,Birthdate,"
    "Description,OwnerId,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,LastActivityDate,"
    "LastCURequestDate,LastCUUpdateDate,LastViewedDate,LastReferencedDate,EmailBouncedReason,EmailBouncedDate,IsEmailBounced,"
    "PhotoUrl,Jigsaw,JigsawContactId,Codice_Fiscale__c,Tessera__c"
)
LEADS = (
    "Id,IsDeleted,MasterRecordId,LastName,FirstName,Salutation,Name,Title,Company,Street,City,State,PostalCode,Country,Latitude,"
    "Longitude,Address,Phone,MobilePhone,Fax,Email,Website,PhotoUrl,Description,LeadSource,Status,Industry,Rating,AnnualRevenue,"
    "NumberOfEmployees,OwnerId,IsConverted,ConvertedDate,ConvertedAccountId,ConvertedContactId,ConvertedOpportunityId,"
    "IsUnreadByOwner,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,LastActivityDate,LastViewedDate,"
    "LastReferencedDate,Jigsaw,JigsawContactId,CleanStatus,CompanyDunsNumber,DandbCompanyId,EmailBouncedReason,EmailBouncedDate"
)
_OWNER = "0055g00000AbCdEAAV"
_ORGANISATIONS = [
    ("Trattoria Da Gino S.r.l.", "info@trattoriadagino.example", "+39 051 4410220"),
    ("Studio Legale Ferri & Associati", "segreteria@studioferri.example", "+39 02 7712090"),
]


@dataclass(frozen=True)
class Contacts:
    """The CRM's contacts: entries, ids, each person's first row (or -1), last change."""

    entries: Entries
    ids: Text
    row: Ints
    changed: Ints


def make_contacts(world: World) -> Contacts:
    """Return contacts: one per member, a second one for 5 % of them."""
    rng = world.rng("crm contacts")
    who = np.flatnonzero(world.members.crm)
    who = np.concatenate([who, who[rng.random(len(who)) < 0.05]])
    entries = fill_in(rng, world.people, who, Habits(birth=0.45, email=0.88, phone=0.8, address=0.82, tax_code=0.28))
    created = signup_times(rng, world, who)
    changed = created + (rng.random(len(who)) * (AS_OF - DAY - created)).astype(np.int64)
    return Contacts(entries, numbered("0035g00000%06dAAG", 1, len(who)), rows_of(entries, len(world.people)), changed)


def _names(entries: Entries, female: Ints) -> dict[str, Column]:
    return {
        "FirstName": entries.given, "LastName": entries.surname, "Name": entries.name,
        "Salutation": text(["Sig.", "Sig.ra"])[female],
    }


def _instants(changed: Ints, created: Ints) -> dict[str, Column]:
    stamp, born = (text([value[:-1] + ".000Z" for value in iso(at)]) for at in (changed, created))
    return {
        "CreatedDate": born, "LastModifiedDate": stamp, "SystemModstamp": stamp, "CreatedById": _OWNER,
        "LastModifiedById": _OWNER, "OwnerId": _OWNER,
    }


def write_contacts(world: World, contacts: Contacts, cards: dict[int, str]) -> None:
    """Write `salesforce_contacts.csv`; `cards` gives a person's loyalty card."""
    rng, entries, count = world.rng("crm contact cells"), contacts.entries, len(contacts.ids)
    merged = (contacts.row[entries.who] != np.arange(count)) & (rng.random(count) < 0.4)
    knows_card = rng.random(count) < 0.35
    card = text([cards.get(who, "") if known else "" for who, known in zip(entries.who.tolist(), knows_card.tolist(), strict=True)])
    mobile = np.array([value.replace("0039", "").replace("+39", "").strip().startswith("3") for value in entries.phone], dtype=bool)
    columns: dict[str, Column] = {
        **_names(entries, world.people.female[entries.who]),
        **_instants(contacts.changed, np.minimum(contacts.changed, signup_times(rng, world, entries.who))),
        "Id": contacts.ids, "IsDeleted": np.where(merged, "true", "false").astype(object),
        "MasterRecordId": blank_unless(merged, contacts.ids[contacts.row[entries.who]]),
        "MailingStreet": entries.street, "MailingCity": entries.city, "MailingState": entries.province,
        "MailingPostalCode": entries.cap, "MailingCountry": blank_unless(entries.city != "", "Italia"),
        "Phone": blank_unless(~mobile, entries.phone), "MobilePhone": blank_unless(mobile, entries.phone), "Email": entries.email,
        "LeadSource": text(["Web", "Negozio", "Telefono", "Evento", "Passaparola"])[rng.integers(0, 5, count)],
        "Birthdate": dates_text(entries.birth), "IsEmailBounced": "false", "Codice_Fiscale__c": entries.tax_code, "Tessera__c": card,
    }
    shown = evidence_of(entries)
    strong = np.where(card != "", card, entries.tax_code).astype(object)
    world.truth.add("salesforce_contacts", contacts.ids, entries.who, Evidence(shown.email, shown.phone, shown.birth, shown.street, strong))
    extra = _organisations()
    world.truth.add_others("salesforce_contacts", extra["Id"].tolist(), [f"O{i}" for i in range(len(_ORGANISATIONS))])
    empty = text([""] * len(_ORGANISATIONS))
    whole = {n: c if isinstance(c, str) else np.concatenate([c, extra.get(n, empty)]) for n, c in columns.items()}
    whole["AccountId"] = np.concatenate([text([""] * count), extra["AccountId"]])
    world.write_rows("salesforce_contacts.csv", CONTACTS, whole, rows=count + len(_ORGANISATIONS))


def _organisations() -> dict[str, Text]:
    names, emails, phones = (text(list(column)) for column in zip(*_ORGANISATIONS, strict=True))
    stamp = text(["2024-09-02T08:00:00.000Z"] * len(_ORGANISATIONS))
    return {
        "Id": numbered("0035g00000ORG%03dAAG", 1, len(_ORGANISATIONS)),
        "AccountId": numbered("0015g00000ORG%03dAAG", 1, len(_ORGANISATIONS)),
        "LastName": names, "Name": names, "Email": emails, "Phone": phones, "IsDeleted": text(["false"] * len(_ORGANISATIONS)),
        "CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp,
    }


def write_leads(world: World, contacts: Contacts) -> None:
    """Write `salesforce_leads.csv`."""
    rng = world.rng("crm leads")
    who = np.flatnonzero(world.members.lead)
    entries, count = fill_in(rng, world.people, who, Habits(email=0.9, phone=0.75, address=0.5)), len(who)
    ids, created = numbered("00Q5g00000%06dEAK", 1, count), signup_times(rng, world, who)
    contact = contacts.row[who]
    converted = (contact >= 0) & (rng.random(count) < 0.7)
    world.write_rows("salesforce_leads.csv", LEADS, {
        **_names(entries, world.people.female[who]), **_instants(np.minimum(created + 3 * DAY, AS_OF - 1), created),
        "Id": ids, "IsDeleted": "false", "Company": "[non fornito]", "Street": entries.street, "City": entries.city,
        "State": entries.province, "PostalCode": entries.cap, "Country": blank_unless(entries.city != "", "Italia"),
        "MobilePhone": entries.phone, "Email": entries.email,
        "LeadSource": text(["Web", "Fiera", "Social", "Concorso"])[rng.integers(0, 4, count)],
        "Status": np.where(converted, "Closed - Converted", "Open - Not Contacted").astype(object),
        "IsConverted": np.where(converted, "true", "false").astype(object),
        "ConvertedDate": blank_unless(converted, text([v[:10] for v in iso(np.minimum(created + 3 * DAY, AS_OF - 1))])),
        "ConvertedContactId": blank_unless(converted, contacts.ids[np.maximum(contact, 0)]),
        "IsUnreadByOwner": "false",
    }, rows=count)
    world.truth.add("salesforce_leads", ids, who, evidence_of(entries))

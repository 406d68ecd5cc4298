"""Which region a province lies in (Italy); elsewhere the province stands for itself."""

from __future__ import annotations

from cem_cli.base.sql import literal

_REGIONS = {
    "Abruzzo": "AQ CH PE TE", "Basilicata": "MT PZ", "Calabria": "CS CZ KR RC VV", "Campania": "AV BN CE NA SA",
    "Emilia-Romagna": "BO FC FE MO PC PR RA RE RN", "Friuli-Venezia Giulia": "GO PN TS UD", "Lazio": "FR LT RI RM VT",
    "Liguria": "GE IM SP SV", "Lombardia": "BG BS CO CR LC LO MB MI MN PV SO VA", "Marche": "AN AP FM MC PU",
    "Molise": "CB IS", "Piemonte": "AL AT BI CN NO TO VB VC", "Puglia": "BA BR BT FG LE TA", "Sardegna": "CA NU OR SS SU",
    "Sicilia": "AG CL CT EN ME PA RG SR TP", "Toscana": "AR FI GR LI LU MS PI PO PT SI", "Trentino-Alto Adige": "BZ TN",
    "Umbria": "PG TR", "Valle d'Aosta": "AO", "Veneto": "BL PD RO TV VE VI VR",
}
REGION_OF = {province: region for region, provinces in _REGIONS.items() for province in provinces.split()}
"""Car code of a province -> region."""


def regions_sql() -> str:
    """Return a query of all known provinces with their region: province, region. To be joined: it is looked up for every moment."""
    rows = ", ".join(f"({literal(code)}, {literal(region)})" for code, region in REGION_OF.items())
    return f"SELECT * FROM (VALUES {rows}) known(province, region)"

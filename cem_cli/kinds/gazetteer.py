"""Words for places: Italian provinces with their car codes, countries in six languages with their ISO codes."""

from __future__ import annotations

from cem_cli.kinds.kind import phrases, words


def _entries(text: str) -> list[str]:
    """Return entries divided by bars, each a code and its names."""
    return [" ".join(entry.split()) for entry in text.split("|")]


_PROVINCE_TEXT = """
    AG agrigento | AL alessandria | AN ancona | AO aosta | AP ascoli piceno | AQ laquila | AR arezzo | AT asti | AV avellino | BA bari |
    BG bergamo | BI biella | BL belluno | BN benevento | BO bologna | BR brindisi | BS brescia | BT barletta andria trani | BZ bolzano |
    CA cagliari | CB campobasso | CE caserta | CH chieti | CL caltanissetta | CN cuneo | CO como | CR cremona | CS cosenza | CT catania |
    CZ catanzaro | EN enna | FC forli cesena | FE ferrara | FG foggia | FI firenze | FM fermo | FR frosinone | GE genova | GO gorizia |
    GR grosseto | IM imperia | IS isernia | KR crotone | LC lecco | LE lecce | LI livorno | LO lodi | LT latina | LU lucca |
    MB monza e della brianza | MC macerata | ME messina | MI milano | MN mantova | MO modena | MS massa carrara | MT matera | NA napoli |
    NO novara | NU nuoro | OR oristano | PA palermo | PC piacenza | PD padova | PE pescara | PG perugia | PI pisa | PN pordenone |
    PO prato | PR parma | PT pistoia | PU pesaro e urbino | PV pavia | PZ potenza | RA ravenna | RC reggio calabria | RE reggio emilia |
    RG ragusa | RI rieti | RM roma | RN rimini | RO rovigo | SA salerno | SI siena | SO sondrio | SP la spezia | SR siracusa | SS sassari
    | SU sud sardegna | SV savona | TA taranto | TE teramo | TN trento | TO torino | TP trapani | TR terni | TS trieste | TV treviso |
    UD udine | VA varese | VB verbano cusio ossola | VC vercelli | VE venezia | VI vicenza | VR verona | VT viterbo | VV vibo valentia |
    MB monza brianza | MB monza | PU pesaro | FC forli | RC reggio di calabria | RE reggio nellemilia | SP spezia | AQ l aquila
"""
PROVINCES: dict[str, str] = {entry[3:]: entry[:2] for entry in _entries(_PROVINCE_TEXT)}
"""Folded name -> car code."""

COUNTRY_CODES: frozenset[str] = words("""
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK
    CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS
    GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV
    LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR
    TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
""")
"""ISO 3166-1 alpha-2."""

_COUNTRY_TEXT = """
    IT italia, italy, italie, italien, ita | DE germania, germany, allemagne, deutschland, alemania, alemanha, deu, ger | FR francia,
    france, frankreich, franca, fra | ES spagna, spain, espagne, spanien, espana, espanha, esp | GB regno unito, united kingdom,
    royaume-uni, vereinigtes konigreich, reino unido, uk, gbr, great britain, gran bretagna, inghilterra, england, scotland, wales | PT
    portogallo, portugal, prt | CH svizzera, switzerland, suisse, schweiz, suiza, suica, che | AT austria, autriche, osterreich, aut | NL
    paesi bassi, olanda, netherlands, the netherlands, holland, pays-bas, niederlande, paises bajos, nld | BE belgio, belgium, belgique,
    belgien, belgica, bel | IE irlanda, ireland, irlande, irland, irl | US stati uniti, stati uniti d'america, united states, united
    states of america, usa, u.s.a, u.s, etats-unis, vereinigte staaten, estados unidos | CA canada, kanada, can | BR brasile, brazil,
    bresil, brasilien, brasil, bra | AR argentina, argentine, argentinien, arg | GR grecia, greece, grece, griechenland, grc | PL polonia,
    poland, pologne, polen, pol | RO romania, roumanie, rumanien, rumania, rou | HR croazia, croatia, croatie, kroatien, croacia, hrv | SI
    slovenia, slovenie, slowenien, svn | AL albania, albanie, albanien, alb | HU ungheria, hungary, hongrie, ungarn, hungria, hun | CZ
    repubblica ceca, czech republic, czechia, tchequie, tschechien, chequia, cze | SK slovacchia, slovakia, slovaquie, slowakei, svk | BG
    bulgaria, bulgarie, bulgarien, bgr | SE svezia, sweden, suede, schweden, suecia, swe | NO norvegia, norway, norvege, norwegen,
    noruega, nor | DK danimarca, denmark, danemark, danemark, dinamarca, dnk | FI finlandia, finland, finlande, finnland, fin | UA
    ucraina, ukraine, ucrania, ukr | RU russia, russie, russland, rusia, rus | TR turchia, turkey, turquie, turkei, turquia, tur | MA
    marocco, morocco, maroc, marokko, marruecos, mar | TN tunisia, tunisie, tunesien, tunez, tun | EG egitto, egypt, egypte, agypten,
    egipto, egy | CN cina, china, chine, chn | JP giappone, japan, japon, jpn | IN india, inde, indien, ind | PK pakistan, pak | SM san
    marino, smr | VA vaticano, citta del vaticano, vatican | MC monaco, principato di monaco, mco | LU lussemburgo, luxembourg, luxemburg,
    lux | MT malta, mlt | CY cipro, cyprus, chypre, zypern, cyp | LI liechtenstein, lichtenstein, lie | SG singapore, singapur, sgp | HK
    hong kong, hkg | MX messico, mexico, mexique, mexiko, mex | AU australia, australie, australien, aus | SN senegal, sen | NG nigeria,
    nga | UG uganda, uga | PH filippine, philippines, phl | BD bangladesh, bgd | LK sri lanka, lka | PE peru, perou, per | EC ecuador,
    equateur, ecu | RS serbia, serbie, serbien, srb | BA bosnia, bosnia ed erzegovina, bosnia and herzegovina, bih | MK macedonia,
    macedonia del nord, mkd | MD moldavia, moldova, mda | EE estonia, est | LV lettonia, latvia, lva | LT lituania, lithuania, ltu
"""
COUNTRY_NAMES: dict[str, str] = {name: entry[:2] for entry in _entries(_COUNTRY_TEXT) for name in phrases(entry[3:])}
"""Folded name or alpha-3 code -> alpha-2 code."""

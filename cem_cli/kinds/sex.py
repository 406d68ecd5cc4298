"""Sex as recorded by sources: F, M or X."""

from __future__ import annotations

from cem_cli.kinds.kind import JUNK, Context, Kind, in_sql, lookup_sql, phrases

_WORDS = {
    "M": """m, male, man, boy, maschio, maschile, uomo, mann, männlich, maennlich, masculin, masculine, masculino, homme, hombre,
        homem, varon, varón, 1, mr, mr., sig, sig., signor, herr, m., monsieur""",
    "F": """f, female, woman, girl, femmina, femminile, donna, frau, weiblich, w, feminin, féminin, feminine, femenino, feminino,
        femme, mujer, mulher, 2, mrs, mrs., ms, ms., miss, sig.ra, signora, sig.na, signorina, mme, madame, f.""",
    "X": "x, other, altro, divers, diverse, d, o, non binary, non-binary, nonbinary, autre, otro, outro",
}
WORDS: dict[str, str] = {word: sex for sex, text in _WORDS.items() for word in phrases(text)}
"""Words and codes (ISO 5218 included: 1 male, 2 female) in six languages."""


def _clean_sex_sql(expr: str, context: Context) -> str:
    del context
    return lookup_sql(f"lower({expr})", WORDS)


SEX = Kind(
    "sex", "sex", "`F`, `M` or `X`.", _clean_sex_sql, junk=JUNK - {"x"},
    fits=lambda e: in_sql(f"lower({e})", frozenset(WORDS) - {"1", "2", "d", "o"}),
    headers=phrases("sex, gender, gen, sesso, genere, sexe, genre, geschlecht, sexo, genero"),
)

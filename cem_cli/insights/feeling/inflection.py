"""Italian inflection by suffix folding: which lemmas may a form belong to.

Regular paradigms only, written as endings of the lemma and of its forms; irregular forms are lemmas of their own in the
lexicon. Folding may propose lemmas that do not exist: the lexicon is what decides. Reads and writes no table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from cem_cli.insights.feeling.tokens import normal

_SUPERLATIVE = "issimo issima issimi issime issimamente "
_FUTURE = (
    "erò erai erà eremo erete eranno erei eresti erebbe eremmo ereste erebbero "
    "herò herai herà heremo herete heranno herei heresti herebbe heremmo hereste herebbero "
)
_PARADIGMS = (
    ("adj", "o", "a i e hi he amente hissimo hissima hissimi hissime " + _SUPERLATIVE),
    ("adj", "io", "i " + _SUPERLATIVE),
    ("adj", "e", "i mente emente " + _SUPERLATIVE),
    ("adj", "a", "i e"),
    ("noun", "o", "i hi"),
    ("noun", "io", "i"),
    ("noun", "a", "e i he"),
    ("noun", "ia", "e"),
    ("noun", "e", "i"),
    ("noun", "tore", "trice trici"),
    (
        "verb", "are",
        "ar o i a iamo ate ano avo avi ava avamo avate avano ai asti ò ammo aste arono ino iate hi hiamo hino hiate "
        "assi asse assimo assero ando ante anti ato ata ati " + _FUTURE,
    ),
    ("verb", "iare", "i iamo ino iate " + _FUTURE),
    (
        "verb", "ere",
        "er o i e iamo ete ono a ano iate evo evi eva evamo evate evano ei esti ette emmo este erono ettero essi esse "
        "essimo essero endo ente enti uto uta uti ute iuto iuta iuti iute " + _FUTURE,
    ),
    (
        "verb", "ire",
        "ir o i e iamo ite ono a ano iate isco isci isce iscono isca iscano ivo ivi iva ivamo ivate ivano ii isti ì immo "
        "iste irono issi isse issimo issero endo ente enti ito ita iti irò irai irà iremo irete iranno irei iresti "
        "irebbe iremmo ireste irebbero",
    ),
)  # fmt: skip
_SHORTEST_STEM = 2

_CLITIC = re.compile(r"(.{2,}(?:ar|er|ir|ando|endo|ate|ete|ite))(?:[mtcv]i|si|l[oaie]|ne|gli|(?:[mtcv]e|se|glie)(?:l[oaie]|ne))")


def _rules() -> dict[str, list[tuple[str, str]]]:
    """Return form ending -> (lemma ending, part of speech)."""
    rules: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for part, lemma, forms in _PARADIGMS:
        for form in normal(forms).split():
            rules[form].append((lemma, part))
    return dict(rules)


_RULES = _rules()
_LONGEST_ENDING = max(map(len, _RULES))


def lemmas(form: str) -> Iterator[tuple[str, str]]:
    """Yield (possible lemma, part of speech) of an inflected form, the longest ending first; clitics come off last."""
    for cut in range(min(_LONGEST_ENDING, len(form) - _SHORTEST_STEM), 0, -1):
        for lemma, part in _RULES.get(form[-cut:], ()):
            yield form[:-cut] + lemma, part
    if clitic := _CLITIC.fullmatch(form):
        bare = clitic[1]
        yield bare + "e", "verb"
        yield from lemmas(bare)

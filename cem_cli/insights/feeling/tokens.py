"""Text to tokens: one spelling per word, punctuation that carries meaning kept, links and addresses left out.

Reads and writes no table. Time and memory are bounded: only the first `MOST_CHARACTERS` characters of a text are read.
"""

from __future__ import annotations

import re
from itertools import chain

MOST_CHARACTERS = 10_000
"""How much of one text is read (about 1,700 words): a 100 kB text costs what a long letter costs."""

LONGEST_WORD = 40
"""Letters of the longest token that is looked up; anything longer is noise and would fill the memory of spellings."""

MOST_REMEMBERED = 500_000
"""Spellings whose reading is remembered (about 100 MB at most); later ones are read anew each time."""

_SPELLING = {
    **dict(zip("àáâãäåèêëìíîïòóôõöùúûüçñ’‘`´ʼ", "aaaaaaeeeiiiiooooouuuucn'''''", strict=True)),
    **{chr(mark): "" for mark in (*range(0x300, 0x370), 0x200D, 0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400))},
}
"""Accents, apostrophes, combining marks, skin tones. `é` stays: it tells `né` (nor) from `ne` (of it)."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_PROSE = re.compile(r"(?:https?://|www\.|@)\S+")
_HASHTAG = re.compile(r"#(\w+)")
_HUMP = re.compile(r"(?<=[a-zà-ù])(?=[A-ZÀ-Ù])|_")
_LETTERS = "[a-zß-ɏͰ-ӿ]+"
_TOKEN = re.compile(
    rf"{_LETTERS}(?:'{_LETTERS})*"  # words, with their elisions and contractions
    r"|\d+(?:[.,/:]\d+)*"
    r"|[:;=][-'o^]?[)(\]\[/\\|*dp](?!\w)|[)(][-']?[:=]|<3|</3|\^_?\^"  # emoticons, lower case
    r"|[.!?…]+|[,;:()\"«»“”]"
    r"|[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001F000-\U0001FAFF]"  # emoji
)


def normal(text: str) -> str:
    """Return `text` in lower case without accents, marks and typographic apostrophes."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    return _BEYOND_ASCII.sub(lambda sign: _SPELLING.get(sign[0], sign[0]), lowered)  # str.translate is five times slower


def _split(piece: str) -> tuple[str, ...]:
    """Return the tokens of a piece of text without white space."""
    if "@" in piece or "http" in piece or "www" in piece:
        piece = _NOT_PROSE.sub(" ", piece)
    if "#" in piece:
        piece = _HASHTAG.sub(lambda tag: _HUMP.sub(" ", tag[1]), piece)
    return tuple(_TOKEN.findall(normal(piece)))


class _Pieces(dict[str, tuple[str, ...]]):
    """Piece between spaces -> its tokens, remembered: people's texts hold few different ones."""

    def __missing__(self, piece: str) -> tuple[str, ...]:
        found = _split(piece)
        if len(piece) <= LONGEST_WORD and len(self) < MOST_REMEMBERED and not piece[0].isdecimal():
            self[piece] = found
        return found


_PIECES = _Pieces()


def tokens(text: str) -> list[str]:
    """Return the tokens of `text`, normalised; hashtags come as the words they are written of (#MaiPiu: mai, piu)."""
    return list(chain.from_iterable(map(_PIECES.__getitem__, text.split())))

"""Normalise a run of source text without losing where each character came from.

Plans arrive with full-width digits, stray spaces, bold marks and hard line breaks. Recognition works on a
clean string; every target must still point at the exact characters of the text as read, so each clean
character keeps its source index.
"""

from dataclasses import dataclass

FULL_WIDTH = {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}
# Chinese punctuation stays (or becomes) full-width: sentences are split on it.
KEEP = set("，；：（）！？")
TO_CHINESE = {",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "!": "！", "?": "？", "．": ".", "。": "。"}
DASHES = {"–": "—", "―": "—", "－": "-", "‐": "-", "‑": "-", "−": "-", "﹣": "-", "〜": "~", "～": "~", "∼": "~"}
OTHER = {
    "﹪": "%",
    "％": "%",
    "﹐": "，",
    "､": "、",
    "﹑": "、",
    "｡": "。",
    "〈": "《",
    "〉": "》",
    "＂": '"',
    "［": "[",
    "］": "]",
}
DROPPED = set("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f`")
SPACES = set(" \t\r\n\u3000\u00a0\u2002\u2003\u2009\u202f\x0b\x0c")


@dataclass(frozen=True)
class Normalised:
    """Clean ``text``; ``offsets[i]`` is the source index of ``text[i]``."""

    text: str
    offsets: tuple[int, ...]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Source span (start, end), end exclusive, of ``text[start:end]``; both in characters."""
        if not self.offsets:
            return (0, 0)
        if end <= start:
            at = self.offsets[min(start, len(self.offsets) - 1)]
            return (at, at)
        return (self.offsets[start], self.offsets[end - 1] + 1)


_CLEAN = {char: clean for char, clean in (FULL_WIDTH | DASHES | OTHER).items() if char not in KEEP}


def _ascii_word(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _clean_char(char: str) -> str:
    return _CLEAN.get(char, char)


def normalise(source: str, pieces: list[tuple[int, int]] | None = None) -> Normalised:
    """Clean the given ``pieces`` (spans) of ``source`` joined in order; without pieces, all of it.

    >>> normalise("达到　２０００ 亿元, 占 **70**%").text
    '达到2000亿元，占70%'
    """
    chars: list[str] = []
    offsets: list[int] = []
    gap = False  # a space was skipped since the last character
    for piece_start, piece_end in pieces if pieces is not None else [(0, len(source))]:
        index = piece_start
        gap = gap or bool(chars)
        while index < piece_end:
            char = source[index]
            if char in SPACES:
                gap = True
                index += 1
                continue
            if char in DROPPED:
                index += 1
                continue
            if char in "*_" and index + 1 < piece_end and source[index + 1] == char:
                index += 2  # bold marks
                continue
            if char == "*" and not (index == piece_start and source[index + 1 : index + 2] in SPACES):
                index += 1  # emphasis; a lone star with a space behind it is a bullet
                continue
            clean = _clean_char(char)
            last = chars[-1] if chars else ""
            following = source[index + 1] if index + 1 < piece_end else ""
            if clean in TO_CHINESE:
                between_digits = last.isdigit() and _clean_char(following).isdigit()
                if not (clean == "," and between_digits and not gap):
                    clean = TO_CHINESE[clean]
            # Words and separate numbers keep one space between them; all other white space is typography.
            separate = (_ascii_word(last) and _ascii_word(clean)) or (last.isdigit() and clean.isdigit())
            if gap and last and separate:
                chars.append(" ")
                offsets.append(index)
            chars.append(clean)
            offsets.append(index)
            gap = False
            index += 1
    return Normalised("".join(chars), tuple(offsets))

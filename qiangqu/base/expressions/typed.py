"""Expressions as people type them: a Chinese keyboard writes ``（产值－成本）÷产值×100≥5`` with signs of its own.

They are read as what they mean. Texts in quotation marks stay as they are: a name may well have such brackets.
"""

import re

_SIGNS = {
    "×": "*", "✕": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "≥": ">=", "≧": ">=", "≤": "<=", "≦": "<=", "≠": "!=",
    "、": ",", "【": "[", "】": "]", "　": " ", "\u00a0": " ",
}  # fmt: skip
#: letters, digits and signs that stand twice in Unicode, narrow and wide (U+FF01 to U+FF5E)
_SIGNS |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
#: wide and curly quotation marks; a text begins with one and ends with any of the same kind
_QUOTES = {"‘": "‘’＇", "’": "‘’＇", "＇": "‘’＇", "“": "“”＂", "”": "“”＂", "＂": "“”＂"}
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")


def as_typed(text: str) -> tuple[str, list[int]]:
    """The text in plain signs, and for each of its characters (from 0) which one of ``text`` it comes from.

    >>> as_typed("（a－b）÷ｃ≥5")[0]
    '(a-b)/c>=5'
    >>> as_typed("a≥‘甲（乙）’")
    ("a>='甲（乙）'", [0, 1, 1, 2, 3, 4, 5, 6, 7])
    """
    if text.isascii():
        return text, list(range(len(text)))
    plain: list[str] = []
    places: list[int] = []

    def put(signs: str, at: int) -> None:
        plain.append(signs)
        places.extend([at] * len(signs))

    at = 0
    while at < len(text):
        sign = text[at]
        quoted = _QUOTED.match(text, at) if sign in "'\"" else None
        if quoted is not None:
            for place in range(at, quoted.end()):
                put(text[place], place)
            at = quoted.end()
            continue
        ends = _QUOTES.get(sign)
        end = next((place for place in range(at + 1, len(text)) if text[place] in ends), None) if ends else None
        if end is None:
            put("'" if ends else _SIGNS.get(sign, sign), at)
            at += 1
            continue
        put("'", at)
        for place in range(at + 1, end):
            put("''" if text[place] == "'" else text[place], place)
        put("'", end)
        at = end + 1
    return "".join(plain), places

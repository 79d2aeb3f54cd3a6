"""Characters of the symbol fonts of Word as Unicode (the Symbol encoding as published by Adobe; of Wingdings
only boxes, ticks and bullets).
"""

_SYMBOL = " !∀#∃%&∋()*+,-./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}~"
_SYMBOL_HIGH = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\ufffd〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
SYMBOL = {0x20 + at: char for at, char in enumerate(_SYMBOL)} | {
    0xA0 + at: char for at, char in enumerate(_SYMBOL_HIGH)
}
WINGDINGS = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x75: "◆", 0x76: "❖", 0x9F: "•", 0xA1: "○", 0xA7: "▪", 0xA8: "□", 0xD8: "➢",
    0xE0: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip


def symbol(code: int, font: str) -> str:
    """The character with ``code`` in ``font``; fonts of symbols keep theirs from U+F020 on.

    >>> symbol(0xF0B3, "Symbol"), symbol(0xB1, "Symbol"), symbol(0xF0FE, "Wingdings"), symbol(0x2264, "宋体")
    ('≥', '±', '☑', '≤')
    """
    name, low = font.lower(), code - 0xF000 if 0xF000 <= code <= 0xF0FF else code
    if name == "symbol" and low in SYMBOL:
        return SYMBOL[low]
    if name.startswith("wingdings") and low in WINGDINGS:
        return WINGDINGS[low]
    return chr(code) if 0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""


def in_font(text: str, font: str) -> str:
    """Text of a run that is set in a font of symbols."""
    if font.lower() == "symbol":
        return "".join(
            symbol(ord(char), font) if ord(char) < 0x100 or 0xF000 <= ord(char) <= 0xF0FF else char for char in text
        )
    # without a font of its own such a character comes from the bullets of Symbol
    return "".join(symbol(ord(char), font or "Symbol") if 0xF000 <= ord(char) <= 0xF0FF else char for char in text)

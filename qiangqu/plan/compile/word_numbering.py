"""Labels of automatically numbered paragraphs, as Word shows them (ECMA-376 part 1, 17.9)."""

from dataclasses import dataclass
from typing import Any

from qiangqu.base.chinese import numeral

from .word_package import attribute, child, is_on, q, value
from .word_styles import Styles

STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_LEGAL = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
    (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def formatted(number: int, form: str) -> str:
    """A count in a number format (``w:numFmt``); digits for a format that is not known.

    >>> [formatted(4, form) for form in ("upperRoman", "lowerLetter", "decimalEnclosedCircle", "decimalZero", "none")]
    ['IV', 'd', '④', '04', '']
    """
    if form == "none":
        return ""
    if form in ("chineseLegalSimplified", "ideographLegalTraditional"):
        return numeral(number).translate(_LEGAL)
    if form == "ideographTraditional":
        return STEMS[(number - 1) % 10]
    if form == "ideographZodiac":
        return BRANCHES[(number - 1) % 12]
    if form == "ideographEnclosedCircle" and 1 <= number <= 10:
        return "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"[number - 1]
    if form in ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"):
        return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))
    if form.startswith(("chinese", "japaneseCounting", "taiwaneseCounting", "ideograph")):
        return numeral(number)
    if form in ("upperLetter", "lowerLetter") and number > 0:
        letter = chr(ord("A" if form == "upperLetter" else "a") + (number - 1) % 26)
        return letter * min((number - 1) // 26 + 1, 20)
    if form in ("upperRoman", "lowerRoman") and 0 < number < 4000:
        roman = ""
        for size, mark in _ROMAN:
            times, number = divmod(number, size)
            roman += mark * times
        return roman if form == "upperRoman" else roman.lower()
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(ord("①") + number - 1)
    if form == "decimalEnclosedParen" and 1 <= number <= 20:
        return chr(ord("⑴") + number - 1)
    if form == "decimalEnclosedFullstop" and 1 <= number <= 20:
        return chr(ord("⒈") + number - 1)
    if form == "decimalZero":
        return f"{number:02d}"
    if form.startswith("decimalFullWidth"):
        return "".join(chr(0xFF10 + int(digit)) for digit in str(number))
    return str(number)


def _whole(text: str | None, otherwise: int) -> int:
    try:
        return max(-1, min(int(text or otherwise), 1_000_000))
    except ValueError:
        return otherwise


@dataclass
class _Level:
    form: str
    text: str
    start: int
    restart: int | None  # the level (from 1) whose counting begins this one anew; 0 never, None any above
    legal: bool
    style: str


def _level(node: Any) -> _Level:
    restart = value(node, "w:lvlRestart")
    legal = child(node, "w:isLgl")
    form = value(node, "w:numFmt")
    if form is None:  # a format that only newer programs know stands in an alternative
        form = next((attribute(one) for one in node.iter(q("w:numFmt"))), None) or "decimal"
    return _Level(
        form,
        value(node, "w:lvlText") or "",
        _whole(value(node, "w:start"), 0),
        None if restart is None else _whole(restart, 0),
        legal is not None and is_on(legal),
        value(node, "w:pStyle") or "",
    )


class Numbering:
    """Counts the numbered paragraphs of a document, asked in reading order.

    Lists (``w:num``) of one definition count on together, unless a list says where its own count starts.
    """

    def __init__(self, root: Any, styles: Styles) -> None:
        self.styles = styles
        self.abstract: dict[str, dict[int, _Level]] = {}
        self.lists: dict[str, tuple[str, dict[int, _Level], dict[int, int]]] = {}
        self.counters: dict[str, dict[int, int]] = {}
        self.started: set[tuple[str, int]] = set()
        if root is None:
            return
        links: dict[str, str] = {}
        for node in root.iter(q("w:abstractNum")):
            key = attribute(node, "w:abstractNumId") or ""
            self.abstract[key] = {_whole(attribute(one, "w:ilvl"), 0): _level(one) for one in node.iter(q("w:lvl"))}
            link = value(node, "w:numStyleLink")
            if link:
                links[key] = link
        nums = {attribute(node, "w:numId") or "": node for node in root.iter(q("w:num"))}
        for key, node in nums.items():
            abstract = value(node, "w:abstractNumId") or ""
            for _again in range(5):  # a definition may only name a style whose list holds the levels
                if abstract not in links:
                    break
                number = child(styles.paragraph(links[abstract]), "w:pPr", "w:numPr", "w:numId")
                linked = nums.get(attribute(number) or "")
                if linked is None:
                    break
                abstract = value(linked, "w:abstractNumId") or ""
            levels, starts = dict(self.abstract.get(abstract, {})), {}
            for override in node.iter(q("w:lvlOverride")):
                at = _whole(attribute(override, "w:ilvl"), 0)
                own = child(override, "w:lvl")
                if own is not None:
                    levels[at] = _level(own)
                start = value(override, "w:startOverride")
                if start is not None:
                    starts[at] = _whole(start, 0)
            self.lists[key] = (abstract, levels, starts)

    def label(self, properties: Any) -> str:
        """The label of the next paragraph, whose ``w:pPr`` is given; "" for one without."""
        style = value(properties, "w:pStyle") or self.styles.default
        number, level = value(properties, "w:numPr", "w:numId"), value(properties, "w:numPr", "w:ilvl")
        if number is None:
            for one in self.styles.chain(style):
                number = value(one, "w:pPr", "w:numPr", "w:numId")
                if number is not None:
                    level = level or value(one, "w:pPr", "w:numPr", "w:ilvl")
                    style = attribute(one, "w:styleId") or style
                    break
        if number is None or number == "0" or number not in self.lists:
            return ""
        abstract, levels, starts = self.lists[number]
        if level is None:
            at = next((index for index, one in levels.items() if one.style and one.style == style), 0)
        else:
            at = _whole(level, 0)
        if at not in levels:
            return ""
        mine = levels[at]
        counters = self.counters.setdefault(abstract, {})
        if at in starts and (number, at) not in self.started:
            counters[at] = starts[at]
        else:
            counters[at] = counters.get(at, mine.start - 1) + 1
        self.started.add((number, at))
        for deeper in [index for index in counters if index > at]:
            again = levels[deeper].restart if deeper in levels else None
            if again is None or (again and at < again):
                del counters[deeper]
        if mine.form == "bullet":
            return "•" if mine.text else ""
        text = mine.text
        for index in range(at, -1, -1):
            if f"%{index + 1}" in text:
                above = levels.get(index, mine)
                count = counters.setdefault(index, above.start)
                form = "decimal" if mine.legal and index != at else above.form
                text = text.replace(f"%{index + 1}", formatted(count, form))
        return text

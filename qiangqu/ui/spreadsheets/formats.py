"""Number formats of spreadsheets (ECMA-376 part 1, 18.8.30 and 18.8.31): what a cell shows of the number it
holds.

A format has up to four sections (positive; negative; zero; text, or conditions in brackets) of digit places,
a decimal point, commas, percent signs, literals and brackets. Only these scale: each percent sign outside
quotes by 100, each comma right behind the last digit place by 1/1000, and a decimal point that is a literal
between the places (``0!.0,"万"``, as people in China show tens of thousands). Literals behind the number are
its unit.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError

MAX_FORMAT = 255  # characters, Excel's own limit
_GENERAL = re.compile(r"General|G/[^\W\d_a-zA-Z]+", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)", re.ASCII)
_COLOURS = frozenset(
    [
        "black",
        "blue",
        "cyan",
        "green",
        "magenta",
        "red",
        "white",
        "yellow",
        "黑色",
        "蓝色",
        "青色",
        "蓝绿色",
        "绿色",
        "洋红",
        "洋红色",
        "红色",
        "白色",
        "黄色",
    ]
)
_WEEK_OR_HALF = re.compile(r"a{3,4}|AM/PM|A/P|上午/下午", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_ADDED = re.compile(r"[\W_]*\d")
_SEPARATORS = frozenset(" ,，'\u00a0\u2009\u202f")
_YUAN = frozenset(("¥", "￥", "CNY", "RMB", "人民币"))
_DASH = frozenset("-–—－")
UNCLEAR = gettext_lazy("请把单元格格式改为“常规”或“数值”，并核对数值")


@dataclass(frozen=True, slots=True)
class Section:
    """One section. ``kind``: general, number, date, text, literal (no place for a number) or odd (not
    understood). ``pieces`` are (kind, text) with the kinds place, point, comma, percent, exponent, slash,
    literal, currency and date."""

    kind: str
    pieces: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None = None
    coloured: bool = False

    @property
    def literals(self) -> str:
        return "".join(text for kind, text in self.pieces if kind in ("literal", "currency")).strip()


@dataclass(frozen=True, slots=True)
class NumberShown:
    """A number as its cell shows it, not rounded: ``value``, the ``unit`` behind it ("" for none) and the
    ``currency`` sign before it.
    """

    value: float
    unit: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text of a cell; ``digits_only``: nothing but the number's digits and literals, so that a code is
    shown whole.
    """

    text: str
    digits_only: bool


def _split(form: str) -> list[str]:
    """Sections of a format; a semicolon in quotes, brackets or behind an escape is none."""
    parts, start, at = [], 0, 0
    while at < len(form):
        mark = form[at]
        if mark in '"[':
            end = form.find('"' if mark == '"' else "]", at + 1)
            at = len(form) if end < 0 else end + 1
        elif mark in "\\!_*":
            at += 2
        elif mark == ";":
            parts.append(form[start:at])
            at = start = at + 1
        else:
            at += 1
    return [*parts, form[start:]]


def _section(text: str) -> Section:
    pieces: list[tuple[str, str]] = []
    condition: tuple[str, float] | None = None
    coloured = False
    at = 0
    while at < len(text):
        mark = text[at]
        if mark == '"':
            end = text.find('"', at + 1)
            end = len(text) if end < 0 else end
            pieces.append(("literal", text[at + 1 : end]))
            at = end + 1
        elif mark in "\\!":
            pieces.append(("literal", text[at + 1 : at + 2]))
            at += 2
        # room as wide as a character, and a character that fills the cell: neither says anything
        elif mark in "_*":
            at += 2
        elif mark == "[":
            end = text.find("]", at + 1)
            end = len(text) if end < 0 else end
            inner = text[at + 1 : end].strip()
            found = _CONDITION.fullmatch(inner)
            if found:
                condition = found[1], float(found[2])
            elif inner.startswith("$"):
                sign = inner[1:].split("-")[0]
                if sign:
                    pieces.append(("currency", sign))
            elif inner and not inner.lower().strip("hms"):
                pieces.append(("date", "[" + inner.lower()))
            elif inner.lower() in _COLOURS or re.fullmatch(r"(color|颜色)\s*\d+", inner, re.IGNORECASE):
                coloured = True
            at = end + 1
        elif general := _GENERAL.match(text, at):
            pieces.append(("general", ""))
            at = general.end()
        elif mark in "0#?":
            pieces.append(("place", mark))
            at += 1
        elif mark in ".,%@":
            pieces.append(({".": "point", ",": "comma", "%": "percent", "@": "text"}[mark], mark))
            at += 1
        elif mark in "eE" and text[at + 1 : at + 2] in ("+", "-"):
            pieces.append(("exponent", text[at : at + 2]))
            at += 2
        elif part := _WEEK_OR_HALF.match(text, at):
            pieces.append(("date", "a" if part[0].lower().startswith("aa") else "p"))
            at = part.end()
        elif mark.lower() in "ymdhsbeg":
            end = at + 1
            while end < len(text) and text[end].lower() == mark.lower():
                end += 1
            pieces.append(("date", text[at:end].lower()))
            at = end
        elif mark == "/":
            pieces.append(("slash", mark))
            at += 1
        else:
            pieces.append(("literal", mark))
            at += 1
    return Section(_kind(pieces), tuple(pieces), condition, coloured)


def _kind(pieces: list[tuple[str, str]]) -> str:
    kinds = {kind for kind, _text in pieces}
    if "date" in kinds:
        marks = "".join(
            text.lstrip("[")[0] if kind == "date" else {"place": "0", "point": "."}.get(kind, "|")
            for kind, text in pieces
        )
        # fractions of seconds are the only digits of a time
        return "odd" if "general" in kinds or "0" in re.sub(r"s\.0+", "", marks) else "date"
    if "general" in kinds:
        return "odd" if kinds & {"place", "exponent"} else "general"
    if "place" in kinds:
        return "number"
    return "text" if "text" in kinds else "literal"


@lru_cache(maxsize=4096)
def sections(form: str) -> tuple[Section, ...]:
    """The sections of a format; an overlong one is not understood (``odd``)."""
    if len(form) > MAX_FORMAT:
        return (Section("odd", ()),)
    return tuple(_section(part) for part in _split(form)) or (_section("General"),)


def _holds(value: float, condition: tuple[str, float] | None) -> bool:
    if condition is None:
        return False
    sign, bound = condition
    return {
        "<": value < bound, ">": value > bound, "<=": value <= bound, ">=": value >= bound, "=": value == bound, "<>": value != bound,
    }[sign]  # fmt: skip


def _chosen(value: float, form: str) -> tuple[Section, bool]:
    """The section that shows ``value``, and whether it takes the minus sign away (the section for negative
    numbers of a format).
    """
    found = list(sections(form))
    if len(found) > 4:
        return Section("odd", ()), False
    if len(found) == 4 or (len(found) > 1 and found[-1].kind == "text"):
        found.pop()  # the one for texts
    first = found[0]
    if any(section.condition for section in found[:2]):
        for section in found[:2]:
            if _holds(value, section.condition):
                below = (
                    section.condition is not None and section.condition[0] in ("<", "<=") and section.condition[1] <= 0
                )
                return section, below and value < 0
        rest = [section for section in found if section.condition is None]
        return (rest[-1] if rest else Section("odd", ())), False
    if value < 0 and len(found) > 1:
        return found[1], True
    if value == 0 and len(found) > 2:
        return found[2], False
    return first, False


def is_date(form: str) -> bool:
    """Whether numbers in this format are shown as dates or times.

    >>> is_date('yyyy"年"m"月"'), is_date('0.0"d"'), is_date("[h]:mm"), is_date("[Red]0.0")
    (True, False, True, False)
    """
    return sections(form)[0].kind == "date"


def date_parts(form: str) -> str:
    """Which parts a date format shows: letters of ``ymdh`` (h: a time of day), ``[`` for a length of time.

    >>> date_parts("yyyy/m/d"), date_parts("mmm-yy"), date_parts('m"月"d"日"'), date_parts("h:mm"), date_parts("[h]:mm")
    ('ymd', 'ym', 'md', 'h', '[')
    """
    shown: set[str] = set()
    before = ""
    pieces = [text for kind, text in sections(form)[0].pieces if kind == "date"]
    for at, text in enumerate(pieces):
        follower = pieces[at + 1] if at + 1 < len(pieces) else ""
        if text.startswith("["):
            return "["
        if text[0] in "hs" or text == "p":
            shown.add("h")
        elif text[0] in "ye":
            shown.add("y")
        elif text[0] == "d" and len(text) <= 2:
            shown.add("d")
        elif text[0] == "m" and not (len(text) <= 2 and (before.startswith("h") or follower.startswith("s"))):
            shown.add("m")
        before = text
    return "".join(part for part in "ymdh" if part in shown)


def _affixes(section: Section) -> tuple[str, str, str, str, int]:
    """Literals before, between and behind the digit places, the currency sign, and the places behind a
    literal between them.
    """
    places = [at for at, (kind, _text) in enumerate(section.pieces) if kind in ("place", "general")]
    first, last = places[0], places[-1]
    before = inner = behind = currency = ""
    after_inner = 0
    for at, (kind, text) in enumerate(section.pieces):
        if (kind == "currency" and at < last) or (kind == "literal" and at < first and text.strip() in ("$", *_YUAN)):
            currency = text.strip()
        elif kind == "currency":  # behind the number, "[$万元]" and "[$€-407]" are its unit as any text is
            behind += "" if text.strip() in ("¥", "￥") else text
        elif kind in ("literal", "slash", "percent") and at < first:
            before += text
        elif kind in ("literal", "slash", "percent") and at > last:
            behind += text
        elif kind == "literal":
            inner += text
            after_inner = sum(1 for place in places if place > at)
    return before.strip(), inner, behind.strip(), currency, after_inner


def _power(section: Section, inner: str, after_inner: int) -> int | None:
    """The power of ten by which the section scales; None where that cannot be told."""
    pieces = [kind for kind, _text in section.pieces]
    percents = pieces.count("percent")
    power = 2 * percents
    if percents > 1 or ("exponent" in pieces and "comma" in pieces):
        return None
    point = pieces.index("point") if "point" in pieces else len(pieces)
    places = [at for at, kind in enumerate(pieces) if kind == "place"]
    whole = [at for at in places if at < point]
    scaling: set[int] = set()
    for last in {whole[-1] if whole else -1, places[-1]}:
        at = last + 1
        while last >= 0 and at < len(pieces) and pieces[at] == "comma":
            scaling.add(at)
            at += 1
    power -= 3 * len(scaling)
    commas = [at for at, kind in enumerate(pieces) if kind == "comma" and at not in scaling]
    if any(not whole or not whole[0] < at < whole[-1] for at in commas):
        return None
    letters = {letter for letter in inner if letter not in _SEPARATORS}
    if letters and inner.strip() == "." and "point" not in pieces and after_inner and "exponent" not in pieces:
        return power - after_inner
    return None if letters else power


def _scaled(value: float, power: int) -> float:
    return value if not power else float(Decimal(repr(value)).scaleb(power))


def number_shown(value: float, form: str) -> NumberShown:
    """The number that a cell shows.

    >>> number_shown(0.615, "0.0%"), number_shown(61.5, '0.0"%"')
    (NumberShown(value=61.5, unit='%', currency=''), NumberShown(value=61.5, unit='%', currency=''))
    >>> number_shown(123456, '0.0,"千元"').value, number_shown(123456, '0!.0,"万元"'), number_shown(-5, "0.0_);[Red]0.0").value
    (123.456, NumberShown(value=12.3456, unit='万元', currency=''), -5)

    Raises InputError where the format hides the number or its sign, adds digits, or is not understood.
    """
    section, unsigned = _chosen(value, form)
    if section.kind == "literal":
        text = section.literals
        if value == 0 and text and set(text) <= _DASH | {"0"}:
            return NumberShown(value, "")
        words = (
            _("单元格里是 %(value)s，但它的格式把它显示为“%(text)s”；%(do)s")
            if text
            else _("单元格里是 %(value)s，但它的格式把它不显示；%(do)s")
        )
        raise InputError(words % {"value": f"{value:.15g}", "text": text[:20], "do": UNCLEAR})
    if section.kind == "text":
        return NumberShown(value, "")
    if section.kind not in ("number", "general"):
        raise InputError(_("单元格的数字格式“%(form)s”看不懂；%(do)s") % {"form": form[:30], "do": UNCLEAR})
    before, inner, behind, currency, after_inner = _affixes(section)
    power: int | None = 0
    if section.kind == "general":
        percent = any(kind == "percent" for kind, _text in section.pieces)
        power = None if percent or any(kind == "comma" for kind, _text in section.pieces) else 0
    elif _fraction(section):
        inner, behind = "", re.sub(r"^/\d*", "", behind).strip()
    else:
        power = _power(section, inner, after_inner)
    if power is None:
        raise InputError(_("单元格的数字格式“%(form)s”会改变显示的数值；%(do)s") % {"form": form[:30], "do": UNCLEAR})
    # the 3 of m³ and the 2 of tCO2 are a unit's; digits that no letter parts from the number look like its
    # own
    if _DIGIT.search(before + inner) or _ADDED.match(behind):
        raise InputError(_("单元格的数字格式“%(form)s”在数字旁添了数字；%(do)s") % {"form": form[:30], "do": UNCLEAR})
    marked = section.coloured or bool(section.literals)
    if unsigned:
        positive = _chosen(abs(value), form)[0]
        if not marked or (section.literals, section.coloured) == (positive.literals, positive.coloured):
            raise InputError(
                _("单元格里是 %(value)s，但它的格式不显示负号；%(do)s") % {"value": f"{value:.15g}", "do": UNCLEAR}
            )
        before, behind = before.lstrip("-−–－(（").strip(), behind.rstrip(")）").strip()
    elif value > 0 and before and before[0] in "-−–－(（":
        raise InputError(
            _("单元格里是 %(value)s，但它的格式加了负号或括号；%(do)s") % {"value": f"{value:.15g}", "do": UNCLEAR}
        )
    if "%" in before or "％" in before:
        before, behind = before.replace("%", "").replace("％", ""), behind + "%"
    return NumberShown(_scaled(value, power), behind, "" if currency in _YUAN else currency)


def _fraction(section: Section) -> bool:
    """Whether the section shows a common fraction (``# ?/?``), which does not scale."""
    kinds = [kind for kind, _text in section.pieces]
    if "slash" not in kinds:
        return False
    at = kinds.index("slash")
    behind = section.pieces[at + 1 : at + 2]
    number = bool(behind) and (behind[0][0] == "place" or (behind[0][0] == "literal" and behind[0][1].isdigit()))
    return "place" in kinds[:at] and number and not {"percent", "comma", "point"} & set(kinds)


def _general(value: float) -> Rendered:
    """As Excel shows a number without a format: eleven digits, then scientific."""
    if value.is_integer() and abs(value) < 1e11:
        return Rendered(str(int(value)), value >= 0)
    text = f"{value:.15g}"
    if "e" in text or len(text.strip("-").replace(".", "")) > 10 or abs(value) >= 1e11:
        raise InputError(
            _("数字 %(text)s 在单元格里显示不全（科学计数或四舍五入）；请把单元格设为“文本”后重新填写") % {"text": text}
        )
    return Rendered(text, False)


def rendered(value: float, form: str) -> Rendered:
    """The text that a cell shows for a number.

    >>> rendered(123, "00000"), rendered(7, '"NX-"00'), rendered(1234.5, "#,##0.00").text, rendered(202406, '0000"年"00"月"').text
    (Rendered(text='00123', digits_only=True), Rendered(text='NX-07', digits_only=True), '1,234.50', '2024年06月')

    Raises InputError where the shown text is not surely known.
    """
    section, unsigned = _chosen(value, form)
    kinds = [kind for kind, _text in section.pieces]
    if section.kind == "text" or (section.kind == "general" and set(kinds) == {"general"}):
        return _general(value)
    if section.kind == "general" and set(kinds) <= {"general", "literal", "currency"}:
        middle = _general(-value if unsigned else value)
        text = "".join(middle.text if kind == "general" else piece for kind, piece in section.pieces)
        return Rendered(text.strip(), middle.digits_only)
    if section.kind != "number" or {"exponent", "slash", "currency"} & set(kinds) or abs(value) >= 1e15:
        raise InputError(
            _("单元格的数字格式“%(form)s”显示的文字不能确定；请把单元格设为“文本”后重新填写") % {"form": form[:30]}
        )
    power = _power(section, "", 0)
    if power is None:
        raise InputError(
            _("单元格的数字格式“%(form)s”显示的文字不能确定；请把单元格设为“文本”后重新填写") % {"form": form[:30]}
        )
    point = kinds.index("point") if "point" in kinds else len(kinds)
    decimals = sum(1 for at, kind in enumerate(kinds) if kind == "place" and at > point)
    exact = Decimal(repr(value)).scaleb(power)
    rounded = abs(exact).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    digits = format(rounded, "f")
    whole, _dot, part = digits.partition(".")
    whole = "" if whole == "0" else whole
    grouped = any(
        kind == "comma" and any(k == "place" for k in kinds[:at]) and any(k == "place" for k in kinds[at + 1 : point])
        for at, kind in enumerate(kinds)
    )
    text = _filled(section.pieces, point, whole, part, grouped)
    negative = exact < 0 and not unsigned and rounded != 0
    shown = ("-" if negative else "") + text.strip()
    plain = not (decimals or grouped or power or negative or unsigned or "percent" in kinds) and rounded == abs(exact)
    return Rendered(shown, plain)


def _filled(pieces: tuple[tuple[str, str], ...], point: int, whole: str, part: str, grouped: bool) -> str:
    """The digits in their places, from the point to both sides, with the literals between."""
    out: list[str] = []
    left, count = whole, 0
    first = next(at for at, (kind, _text) in enumerate(pieces) if kind == "place")
    for at in range(point - 1, -1, -1):
        kind, text = pieces[at]
        if kind == "place":
            # the leftmost place takes all digits that are left
            taken = left if at == first else left[-1:]
            left = "" if at == first else left[:-1]
            for digit in reversed(taken or {"0": "0", "?": " ", "#": ""}[text]):
                out.append("," if grouped and count and count % 3 == 0 else "")
                out.append(digit)
                count += 1
        elif kind in ("literal", "percent"):
            out.append(text)
    front = "".join(reversed(out))
    behind: list[str] = []
    shown = part
    places = [at for at in range(point + 1, len(pieces)) if pieces[at][0] == "place"]
    for at in reversed(places):
        if pieces[at][1] == "0" or not shown.endswith("0"):
            break
        shown = shown[:-1]
    for at in range(point, len(pieces)):
        kind, text = pieces[at]
        if kind == "place":
            behind.append(shown[:1])
            shown = shown[1:]
        elif kind in ("point", "literal", "percent"):
            behind.append(text)
    return front + "".join(behind)

"""Text as people see it: what is invisible carries no meaning, and two codes that look the same are the same.

Invisible are the format characters of Unicode (category Cf: zero-width spaces, byte order marks, direction
marks, soft hyphens) and the few others that Unicode lists as default-ignorable. They come along when
something is pasted from a page, a chat or a PDF.
"""

import re
import unicodedata

from .errors import InputError

#: default-ignorable characters outside Cf (Unicode 15, DerivedCoreProperties): fillers, the joiner CGJ,
#: variation selectors
_FILLERS = "\u034f\u115f\u1160\u2065\u3164\uffa0"
_SELECTORS = "\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_JOINERS = "\u200c\u200d"
#: the other format characters, as ranges of a character class (all of category Cf)
_FORMAT = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_INVISIBLE = re.compile(f"[{_FORMAT}{_JOINERS}{_FILLERS}{_SELECTORS}]")
#: letters that no joiner belongs to: ASCII and what Chinese is written with
_UNJOINED = "\\x00-\\x7f\u2e80-\u9fff\uff00-\uffef"
#: in running text joiners inside other scripts and emoji, and selectors behind a character, are part of the
#: writing
_STRAY = re.compile(f"[{_FORMAT}{_FILLERS}]|(?<![^{_UNJOINED}])[{_JOINERS}]|[{_JOINERS}](?![^{_UNJOINED}])")
#: raised, lowered, circled and bracketed numbers, fractions: NFKC makes plain digits of them, and of 12.5①
#: and 10² another number
_MARKS = re.compile(
    "[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209c\u2150-\u215f\u2189\u2460-\u24ff\u2776-\u2793\u3220-\u3229\u3248-\u324f"
    "\u3251-\u325f\u3280-\u3289\u32b1-\u32cb\u3358-\u3370\u33e0-\u33fe\U0001f100-\U0001f10a]+"
)
_SQUARED = {"㎡": "m²", "㎥": "m³", "㎢": "km²"}
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
#: Cyrillic and Greek letters that are drawn like a Latin one
_LOOKS = dict(
    zip("АВЕЅІЈКМНОРСТУХаеіјорсухѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧορυ", "ABESIJKMHOPCTYXaeijopcyxsABEZHIKMNOPTYXopu", strict=True)
)
_DRAWN_LATIN = str.maketrans(_LOOKS)


def without_stray(text: str) -> str:
    """Running text without invisible characters; joiners inside other scripts stay."""
    return text if text.isascii() else _STRAY.sub("", text)


def visible_text(text: str) -> str:
    """:func:`without_stray`, without outer blanks.

    >>> visible_text(" \\u200b甲公司\\ufeff "), visible_text("A\\u200dB")
    ('甲公司', 'AB')
    """
    return without_stray(text).strip()


def one_line(text: str) -> str:
    """Text for a heading or a header: control characters and whatever ends a line are blanks, blanks are
    single, nothing is invisible.

    >>> one_line("通知\\r\\nBcc: x@y\\u2028z\\0")
    '通知 Bcc: x@y z'
    """
    shown = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") else letter for letter in text)
    return " ".join(without_stray(shown).split())


def folded(text: str) -> str:
    """Text for reading numbers, units, periods and headings: full-width becomes half-width (NFKC), nothing
    invisible, blanks single. Marks that hold a digit stay what they are: no number grows by a foot-note or an
    exponent.

    >>> folded("１２.5\\u200b 亿元"), folded("万\\u00a0 千瓦"), folded("１２.5①"), folded("万ｍ³"), folded("㎡")
    ('12.5 亿元', '万 千瓦', '12.5①', '万m³', 'm²')
    """
    if not text.isascii():
        for sign, spelled in _SQUARED.items():
            text = text.replace(sign, spelled)
        text = _INVISIBLE.sub("", text)
        parts = _MARKS.split(text)
        marks = _MARKS.findall(text)
        text = "".join(
            unicodedata.normalize("NFKC", part) + mark for part, mark in zip(parts, [*marks, ""], strict=True)
        )
    return " ".join(text.split())


_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)


def number_typed(text: str) -> float:
    """A number as somebody types it into a field, with commas between groups of three digits at most: a
    decimal comma is not read over.

    >>> number_typed("１,234.5"), number_typed("12")
    (1234.5, 12.0)

    Raises ValueError for anything else, ``12,5`` and ``0,125`` among it.
    """
    plain = folded(text)
    if "," in plain:
        if not _GROUPED.fullmatch(plain):
            raise ValueError(plain)
        plain = plain.replace(",", "")
    if "_" in plain:
        raise ValueError(plain)
    return float(plain)


def name_key(text: str) -> str:
    """Names with the same key are the same name: without blanks, width, case and invisible characters.

    >>> name_key("规上工业企业数（家）") == name_key("规上工业企业数(家)")
    True
    """
    return "".join(folded(text).split()).casefold()


def code_look(text: str) -> str:
    """Codes with the same look cannot be told apart by eye: :func:`clean_code` and letters of other scripts
    as the Latin ones they look like.

    >>> code_look("NX\\u2010Z\\u2010０1") == code_look("NX-Z-01\\u200b") == code_look("NХ-Z-01")
    True
    """
    return _normal_code(text).translate(_DRAWN_LATIN)


def _normal_code(text: str) -> str:
    return text.strip() if text.isascii() and "  " not in text else _DASHES.sub("-", folded(text))


def clean_code(text: str) -> str:
    """A code as it is stored: half-width, no invisible characters, one kind of hyphen, blanks single.

    >>> clean_code(" NX－Z－０１\\u200b")
    'NX-Z-01'

    Raises InputError for a letter of another script that looks like a Latin one: somebody would later look
    for the code with the other letter.
    """
    code = _normal_code(text)
    if not code.isascii():
        foreign = next((letter for letter in code if letter in _LOOKS), None)
        if foreign is not None:
            script = "希腊" if "GREEK" in unicodedata.name(foreign) else "西里尔"
            raise InputError(
                f"代码“{code[:40]}”里的“{foreign}”是{script}字母，看上去与“{_LOOKS[foreign]}”一样；请用键盘重新输入代码"
            )
    return code

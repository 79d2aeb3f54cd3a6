"""What a cell of a table can hold. A cell is ``None`` (empty), a str, a bool, a :class:`Number`, a date,
datetime, time or timedelta, a :class:`Partly` shown date, a :class:`Merged` or an :class:`Unread`; each
reader says which of them mean something to it."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.text import clean_code, visible_text

from .formats import NumberShown, number_shown, rendered

#: results of failed formulas (ECMA-376 part 1, 18.17.3, and the newer ones of Excel), of LibreOffice, and a
#: column too narrow for its number
_ERROR = re.compile(
    r"#(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|EXTERNAL!|PYTHON!)"
    r"|Err:\d{3}|#{2,}",
    re.IGNORECASE,
)


class Number(float):
    """A number in a spreadsheet, with the format in which its cell shows it ("General" for none)."""

    __slots__ = ("format",)
    format: str

    def __new__(cls, value: float, form: str = "General") -> "Number":
        made = super().__new__(cls, value)
        made.format = form
        return made

    def shown(self) -> NumberShown:
        """The number as its cell shows it; raises InputError where that cannot be told."""
        return number_shown(float(self), self.format)


@dataclass(frozen=True, slots=True)
class Partly:
    """A date of which the cell shows less than year, month and day: ``shows`` holds the shown parts, like
    ``ym`` or ``md``.
    """

    value: dt.date
    shows: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A cell that shows the value of a merged range above it or (``across``) beside it."""

    value: Any
    across: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell whose content cannot be taken, with the reason as a sentence: an error, a formula without a
    saved result, an overlong text. It is neither empty nor a text."""

    reason: str


Cell = Any


def error_value(text: str) -> bool:
    """Whether a text is what a spreadsheet program shows for a failed formula or a column that is too narrow.

    >>> error_value("#N/A"), error_value("########"), error_value("#1 站")
    (True, True, False)
    """
    return text[:1] in "#Ee" and _ERROR.fullmatch(text) is not None


def failed(text: str) -> Unread:
    """The cell in the place of an error value."""
    return Unread(
        _("“%(text)s”是出错的公式或没有显示完的单元格，不是数字也不是文字；请在表格软件里改正或清空后再试")
        % {"text": text[:20]}
    )


def from_text(text: str, longest: int) -> Cell:
    """A text cell: None for blanks, Unread for an error value and for more than ``longest`` characters."""
    text = visible_text(text)
    if not text:
        return None
    if len(text) > longest:
        return Unread(_("超过 %(limit)s 字（“%(text)s…”），请缩短") % {"limit": longest, "text": text[:12]})
    return failed(text) if error_value(text) else text


def readable(cell: Cell) -> Cell:
    """The cell itself, or the value of the merged range it belongs to. Raises InputError for an
    :class:`Unread`.
    """
    if isinstance(cell, Merged):
        cell = cell.value
    if isinstance(cell, Unread):
        raise InputError(cell.reason)
    return cell


def text_shown(cell: Cell) -> str:
    """What the sheet shows in a cell, "" for an empty one. Raises InputError where that is not surely
    known.
    """
    cell = readable(cell)
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, Number):
        return rendered(float(cell), cell.format).text
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds") if cell.second else cell.isoformat(" ", "minutes")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, Partly):
        raise InputError(
            _("单元格是日期（%(day)s），却没有显示出年月日；请把单元格设为“文本”后重新填写")
            % {"day": cell.value.strftime("%Y-%m-%d")}
        )
    if isinstance(cell, (dt.time, dt.timedelta)):
        raise InputError(_("单元格是时间，不是文字；请把单元格设为“文本”后重新填写"))
    return str(cell)


_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+\d{1,3}", re.ASCII | re.IGNORECASE)
_MONTH_NAME = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE_TEXT = re.compile(
    rf"\d{{1,2}}月\d{{1,2}}日|\d{{4}}年\d{{1,2}}月(?:\d{{1,2}}日)?|\d{{1,2}}-{_MONTH_NAME}(?:-\d{{2}})?|{_MONTH_NAME}-\d{{2}}"
    r"|\d{4}/\d{1,2}/\d{1,2}",
    re.ASCII | re.IGNORECASE,
)
_CUT = re.compile(r"\d{15}0+", re.ASCII)
AS_TEXT = gettext_lazy("请把单元格设为“文本”后重新填写代码")


def mangled(text: str, from_csv: bool) -> str:
    """Why a text is what a spreadsheet program made of a code, as a sentence; "" for any other text. Only a
    CSV holds dates and long numbers as the text that was shown (``from_csv``).

    >>> mangled("9.11E+17", False)[:6], mangled("3月1日", True)[:9], mangled("3月1日", False), mangled("NX-Z-01", True)
    ('代码显示为科', '代码“3月1日”像', '', '')
    """
    if _SCIENTIFIC.fullmatch(text):
        return _("代码显示为科学计数 %(text)s，后面的数字已经丢失；%(do)s") % {"text": text, "do": AS_TEXT}
    if from_csv and (_DATE_TEXT.fullmatch(text) or _CUT.fullmatch(text)):
        words = (
            _("代码“%(text)s”像是被表格软件改成了日期；%(do)s，并存为 .xlsx")
            if _DATE_TEXT.fullmatch(text)
            else _("代码“%(text)s”像是被表格软件改成了数字，第 16 位起已变成 0；%(do)s，并存为 .xlsx")
        )
        return words % {"text": text[:40], "do": AS_TEXT}
    return ""


def code_shown(cell: Cell, from_csv: bool = False) -> str:
    """The code in a cell, in the form in which codes are stored (:func:`qiangqu.base.text.clean_code`); ""
    for an empty cell. A number counts only when the sheet shows all its digits as a code has them: ``123`` in
    the format ``00000`` is 00123. ``from_csv``: the text may be what a spreadsheet program made of a code
    when it saved the file.

    Raises InputError for what a spreadsheet program has turned into something else, with what to do.
    """
    cell = readable(cell)
    if cell is None:
        return ""
    if isinstance(cell, str):
        reason = mangled(cell, from_csv)
        if reason:
            raise InputError(reason)
        return clean_code(cell)
    if isinstance(cell, bool):
        raise InputError(_("代码被表格软件改成了真/假值；%(do)s") % {"do": AS_TEXT})
    if isinstance(cell, (dt.date, dt.time, dt.timedelta, Partly)):
        raise InputError(_("代码被表格软件改成了日期或时间；%(do)s") % {"do": AS_TEXT})
    number = float(cell)
    if not number.is_integer() or number < 0:
        raise InputError(_("代码被表格软件改成了数字 %(number)s；%(do)s") % {"number": f"{number:.15g}", "do": AS_TEXT})
    if number >= 1e15:
        raise InputError(_("代码超过 15 位，被表格软件改成数字后末几位已经丢失；%(do)s") % {"do": AS_TEXT})
    shown = rendered(number, cell.format if isinstance(cell, Number) else "General")
    if not shown.digits_only:
        raise InputError(_("代码被表格软件改成了数字，显示为 %(text)s；%(do)s") % {"text": shown.text, "do": AS_TEXT})
    return clean_code(shown.text)

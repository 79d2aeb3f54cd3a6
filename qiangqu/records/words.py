"""What a person wrote into a field of an act, of the length that it must have."""

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError


def words_of(text: str, where: object, most: int = 500, least: int = 2, *, lines: bool = False) -> str:
    """What a person wrote, ``least`` to ``most`` characters without outer blanks; blanks inside are single unless its
    ``lines`` are kept. Raises InputError at ``where``.

    >>> words_of("  漏点   已补 ", "情况"), words_of("一  二 ", "情况", lines=True)
    ('漏点 已补', '一  二')
    """
    found = text.strip() if lines else " ".join(text.split())
    if not least <= len(found) <= most:
        raise InputError(_("请填写（%(least)s—%(most)s 字）") % {"least": least, "most": most}, where=str(where))
    return found


def wanted(text: str, what: str, most: int = 300) -> str:
    """A text that must be there, its first ``most`` characters, with single blanks. Raises InputError that names
    ``what``.

    >>> wanted(" 催告书  2026-3 ", "文号")
    '催告书 2026-3'
    """
    found = " ".join(text.split())[:most]
    if not found:
        raise InputError(_("请填写%(what)s") % {"what": what}, where=what)
    return found

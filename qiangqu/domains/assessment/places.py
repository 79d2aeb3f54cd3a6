"""Words that pages and reports of a round share: a place, the parts of an explanation, where a frozen value came from."""

from django.utils.translation import gettext as _

from qiangqu.base.terms import said
from qiangqu.formulas.templatetags.indicators import open_url
from qiangqu.schemes.explain import Explained, Line

from .models import FrozenValue, ZoneResult


def place(row: ZoneResult) -> str:
    """A place as people read it: one, or from the best to the worst."""
    if row.rank is None:
        return ""
    return str(row.rank) if row.rank == row.rank_worst else f"{row.rank}—{row.rank_worst}"


def sections(made: Explained) -> list[tuple[str, list[Line]]]:
    """The parts of an explanation that have lines, by their headings."""
    named = (
        (_("门槛"), made.gates), (_("一票否决"), made.vetoes), (_("评分项"), made.criteria), (_("达标条件"), made.passes),
    )  # fmt: skip
    return [(title, lines) for title, lines in named if lines]


def origin_of(value: FrozenValue, experts: int = 0) -> tuple[str, str]:
    """Where a frozen value came from in words, and the address at which it opens; ``experts``: how many gave a mark
    instead."""
    if experts:
        return _("%(n)s 位专家评分的平均") % {"n": experts}, ""
    told = value.told
    match told.get("kind"):
        case "indicator":
            why = f"（{told['why']}）" if told.get("why") else ""
            url = open_url(told["indicator"], value.result.area.code, told["period"], "area")
            return f"{said(told.get('title', told['indicator']))} · {told['period']}{why}", url
        case "ask" | "mark":
            if not told.get("reply"):
                return _("没有答复"), ""
            return " · ".join(
                part for part in (_("答复"), told["day"], told.get("by", ""), told.get("reason", "")) if part
            ), ""
        case "titles":
            return "、".join(told.get("titles", ())) or _("没有这类称号"), ""
        case "scheme":
            return _("另一方案 %(scheme)s %(edition)s") % told, ""
    return _("名录"), ""

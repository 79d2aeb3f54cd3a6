"""The list of schemes, and the results of one: filters by state, holders, candidates that are one or two short."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.terms import bracketed, said
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing

from . import queries
from .gather import schemes_on
from .kinds import KINDS
from .language import Scheme
from .models import Edition
from .queries import TONES, Result, seen_kinds, words

CONFIDENCE = {
    "high": gettext_lazy("两份以上转载一致"),
    "medium": gettext_lazy("仅一份较可靠的转载"),
    "low": gettext_lazy("转载不全或不够可靠"),
}
KIND_WORDS = {"score": gettext_lazy("评分"), "eligibility": gettext_lazy("条件"), "level": gettext_lazy("等级")}


def _current(asked: Asked) -> Any:
    return Edition.objects.filter(subject__in=seen_kinds(asked.user))


def _in_force(row: Edition, day: Any) -> str:
    if row.since > day:
        return _("尚未施行")
    return _("已失效") if row.until and row.until < day else _("现行")


def _scheme_columns(asked: Asked) -> list[Column]:
    day = queries.day_of(asked.request)
    return [
        Column("title", _("方案"), lambda row: said(row.title), sort=("title",), role=lists.NAME, width=40, verbatim=True, note=lambda row: row.code),
        Column("edition", _("版本"), lambda row: row.edition, sort=("edition",), verbatim=True),
        Column("state", _("状态"), lambda row: _in_force(row, day), role=lists.STATE,
               badge=lambda row: "green" if row.since <= day and not (row.until and row.until < day) else "grey"),
        Column("subject", _("评价对象"), lambda row: str(KINDS[row.subject].title) if row.subject in KINDS else row.subject, sort=("subject",)),
        Column("kind", _("类型"), lambda row: str(KIND_WORDS.get(row.kind, row.kind)), sort=("kind",)),
        Column("since", _("选用起始日"), lambda row: row.since, sort=("since",), role=lists.DATE),
        Column("until", _("截止日"), lambda row: row.until, sort=("until",)),
        Column("number", _("文号"), lambda row: row.data.get("document", {}).get("number"), verbatim=True, width=30),
        Column("gaps", _("未查到"), lambda row: len(row.data.get("gaps", [])) or None, number=True, decimals=0),
        Column("confidence", _("可信程度"), lambda row: str(CONFIDENCE.get(row.data.get("confidence", ""), "")), shown=False),
    ]  # fmt: skip


SCHEMES = Listing(
    code="schemes",
    page="schemes",
    title=gettext_lazy("评价方案"),
    rows=_current,
    columns=_scheme_columns,
    filters=lambda asked: (
        lists.choice("subject", _("评价对象"), [(k, KINDS[k].title) for k in seen_kinds(asked.user)])
        | lists.choice("kind", _("类型"), list(KIND_WORDS.items()))
    ),
    search=("title", "code"),
    order=("order", "-since"),
    link=lambda row: f"{reverse('scheme', args=[row.code])}?edition={row.edition}",
    empty=gettext_lazy("没有评价方案"),
    size=50,
)


# ---------------------------------------------------------------- results of one scheme


def chosen(asked: Asked) -> Scheme | None:
    """The scheme whose results are shown: that of the address, else the first."""
    if "scheme" not in asked.kept:
        known = schemes_of(asked)
        code = asked.params.get("scheme", "")
        asked.kept["scheme"] = (
            known.get(code) or next(iter(known.values()), None) if not code or code in known else None
        )
    found: Scheme | None = asked.kept["scheme"]
    return found


def schemes_of(asked: Asked) -> dict[str, Scheme]:
    kinds = seen_kinds(asked.user)
    return {code: one for code, one in schemes_on(queries.day_of(asked.request)).items() if one.subject in kinds}


def _all(asked: Asked) -> list[Result]:
    if "results" not in asked.kept:
        scheme = chosen(asked)
        asked.kept["results"] = (
            queries.results(scheme, queries.day_of(asked.request), asked.user, asked.area) if scheme else []
        )
    found: list[Result] = asked.kept["results"]
    return found


def _rows(asked: Asked) -> list[Result]:
    state, holds = asked.params.get("state", ""), asked.params.get("holds", "")
    return [
        one for one in _all(asked)
        if (not state or one.state == state) and (not holds or one.holds == (holds == "yes"))
    ]  # fmt: skip


def _filters(asked: Asked) -> Any:
    scheme = chosen(asked)
    listed = [(one.code, bracketed(said(one.short or one.title), one.edition)) for one in schemes_of(asked).values()]
    made = lists.choice("scheme", _("方案"), listed, default=scheme.code if scheme else "")
    made |= lists.choice("state", _("结果"), list(words().items()))
    if scheme is not None and scheme.grants:
        made |= lists.choice("holds", _("已有称号"), [("yes", _("有")), ("no", _("没有"))])
    return made


def _columns(asked: Asked) -> list[Column]:
    scheme, said_of = chosen(asked), words()
    kind = KINDS[scheme.subject].title if scheme else _("对象")
    found = [
        Column("name", kind, lambda row: row.name, sort=("name",), role=lists.NAME, width=36, verbatim=True, note=lambda row: row.code),
        Column("place", _("区域"), lambda row: row.place, sort=("place",), width=16, verbatim=True),
        Column("state", _("结果"), lambda row: said_of[row.state], sort=("state",), role=lists.STATE, badge=lambda row: TONES[row.state]),
        Column("still", _("还差（项）"), lambda row: row.still or None, sort=("still",), number=True, decimals=0),
        Column("distance", _("差距（%）"), lambda row: round(100 * row.distance, 1) if row.still else None, sort=("distance",), number=True, decimals=1),
        Column("open", _("待补（项）"), lambda row: row.open_ or None, sort=("open_",), number=True, decimals=0),
    ]  # fmt: skip
    if scheme and scheme.criteria:
        found.append(
            Column(
                "score",
                _("得分"),
                lambda row: row.low,
                text=lambda row: row.score,
                sort=("low",),
                role=lists.VALUE,
                number=True,
            )
        )
    if scheme and scheme.levels:
        found.append(Column("level", _("等级"), lambda row: row.level or None, sort=("level",)))
    if scheme and scheme.grants:
        found.append(Column("holds", _("已有称号"), lambda row: _("有") if row.holds else None, sort=("holds",)))
    return found


def _context(request: Any, asked: Asked) -> dict[str, Any]:
    scheme = chosen(asked)
    counts = queries.summary(_all(asked))
    return {
        "scheme": scheme,
        "counts": [(key, word, counts[key], TONES[key]) for key, word in words().items() if counts[key]],
        "day": queries.day_of(request),
    }


RESULTS = Listing(
    code="scheme_results",
    page="scheme-results",
    title=gettext_lazy("评价结果"),
    rows=_rows,
    columns=_columns,
    filters=_filters,
    search=("name", "code", "place"),
    link=lambda row: reverse("scheme-subject", args=[row.scheme, row.code]),
    simulated=lambda row: row.simulated,
    template="schemes/results.html",
    context=_context,
    order=(),
    empty=gettext_lazy("没有符合条件的对象"),
)

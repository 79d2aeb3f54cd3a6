"""The page of a zone in a round: every mark down to its value and where that came from, objections, what followed."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.terms import said
from qiangqu.base.visibility import covers, visible
from qiangqu.plan import supervision
from qiangqu.records.actforms import ActForm, Field, open_forms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.registry.roles import may as may_user
from qiangqu.schemes.explain import Explained
from qiangqu.schemes.queries import TONES, words
from qiangqu.ui.files import DOCX, download

from ..access import ZONE_FOUND
from ..corrections import Corrected, corrections, worded
from ..freezing import experts_mean, experts_of, explained_for, scheme_of, zones_of
from ..models import FrozenValue, MeasureKind, ObjectionState, RoundState, ZoneResult
from ..objecting import asked_of_experts, score
from ..outcomes import ZONES, measures_of, proposals, rule_words, units_for
from ..places import origin_of, place, sections
from ..report import of_zone


def _lines(
    made: Explained, values: Mapping[str, FrozenValue], changed: Mapping[str, Corrected], experts: Mapping[str, int]
) -> list[tuple[str, list[dict[str, Any]]]]:
    found = []
    for title, lines in sections(made):
        rows = []
        for line in lines:
            value = values.get(line.figure.name) if line.figure is not None else None
            source, url = origin_of(value, experts.get(value.name, 0)) if value is not None else ("", "")
            one = made.scheme.values.get(value.name) if value is not None else None
            rows.append({
                "line": line, "source": source, "url": url, "changed": changed.get(value.name) if value is not None else None,
                "frozen": worded(one, value.low, value.high, value.text)
                if value is not None and one is not None and value.decided is not None else "",
                "objection": value.objection if value is not None else None,
            })  # fmt: skip
        found.append((title, rows))
    return found


def _forms(result: ZoneResult) -> list[ActForm]:
    scheme = scheme_of(result.round)
    named = [(name, said(one.title)) for name, one in scheme.values.items() if not one.is_text]
    asked = [(name, f"{title}（{low:g}—{high:g}）") for name, (title, low, high) in asked_of_experts(scheme).items()]
    waiting = [
        (str(one.number), f"{one.number}. {one.text[:40]}")
        for one in result.objections.filter(state=ObjectionState.OPEN)
    ]
    forms = [
        ActForm("decide", _("裁定异议"), (
            Field("number", _("异议"), "select", choices=waiting),
            Field("outcome", _("裁定结果"), "select", choices=[(ObjectionState.UPHELD, _("成立，更正")), (ObjectionState.REJECTED, _("不成立"))]),
            Field("value", _("更正后的数"), must=False, longest=20, note=_("空着按园区主张的数；对整体的异议不填")),
            Field("reason", _("裁定理由"), "textarea", longest=1000),
        )),
        ActForm("object-to", _("提出异议"), (
            Field("name", _("哪一项"), "select", must=False, choices=named, note=_("不选表示对整体有异议")),
            Field("claimed", _("主张的数"), must=False, longest=20, note=_("主张另一个数的，要附证明材料")),
            Field("text", _("异议内容"), "textarea", longest=1000),
        ), files=_("证明材料")),
        ActForm("accept", _("确认无异议"), note=_("全部园区都确认的，可以提前公布；截止日前仍可以再提异议")),
        ActForm("withdraw", _("撤回异议"), (Field("number", _("异议"), "select", choices=waiting),)),
        ActForm("give-mark", _("专家评分"), (
            Field("name", _("评分项"), "select", choices=asked), Field("mark", _("评分"), longest=20),
            Field("reason", _("理由"), longest=300),
        ), note=_("多位专家的取平均；不能评自己的园区")),
    ]  # fmt: skip
    open_ones = [(str(one.number), str(one)) for one in result.measures.filter(done_on=None)]
    forms += [
        ActForm("follow", _("登记结果运用"), (
            Field("kind", _("结果运用"), "select", choices=MeasureKind.choices), Field("text", _("要求"), "textarea", longest=500),
            Field("basis", _("依据"), longest=300), Field("unit", _("责任单位"), "select", choices=units_for(result.area)),
            Field("due", _("完成期限"), "date"), Field("operator", _("运营公司名称或代码"), must=False, longest=120, note=_("运营公司退出时填写")),
        )),
        ActForm("finish", _("登记完成情况"), (
            Field("number", _("结果运用"), "select", choices=open_ones), Field("done", _("完成情况"), "textarea", longest=500),
            Field("day", _("完成日期"), "date", must=False),
        )),
    ]  # fmt: skip
    lacks = {"decide": not waiting, "finish": not open_ones, "withdraw": not waiting, "give-mark": not asked}
    return [form for form in forms if not lacks.get(form.name)]


def about(result: ZoneResult, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a zone in a round shows; to other zones only its marks."""
    one = result.round
    held = covers(user, one.area.path, Action.VIEW_ASSESSMENT)
    inside = held or covers(user, result.area.path, Action.VIEW_ASSESSMENT)
    context: dict[str, Any] = {
        "result": result, "round": one, "held": held, "inside": inside, "score": score(result),
        "draft": score(result, "draft_low", "draft_high"), "place": place(result), "level": said(result.level),
        "word": words().get(result.standing, ""), "tone": TONES.get(result.standing, "grey"), "scheme": scheme_of(one),
        "of": one.zones.count(), "acts": open_forms(_forms(result), may) if inside else [],
    }  # fmt: skip
    if not inside or one.state == RoundState.OPEN:
        return context
    results = zones_of(one)
    row = next(at for at, zone in enumerate(results) if zone.pk == result.pk)
    changed = corrections(one, [results[row]]).get(result.pk, {})
    frozen = {value.name: value for value in results[row].values.all()}
    for value in frozen.values():
        value.result = result
    decided = {value.pk: value for value in result.values.exclude(objection=None).select_related("objection")}
    for value in frozen.values():
        if value.pk in decided:
            value.objection = decided[value.pk].objection
    made = explained_for(one, results, row)
    marks = visible(result.marks.all(), user).select_related("by")
    titles = {name: said(value.title) for name, value in made.scheme.values.items()}
    return context | {
        "sections": _lines(made, frozen, changed, experts_of(results[row].marks.all())),
        "lacking": made.missing,
        "corrected": list(changed.values()),
        "marks": [(titles.get(mark.name, mark.name), mark) for mark in marks],
        "means": [(titles.get(name, name), mean) for name, mean in experts_mean(marks).items()],
        "objections": [
            (row_, titles.get(row_.name, ""))
            for row_ in visible(result.objections.all(), user)
            .select_related("by", "decided_by")
            .prefetch_related("files")
        ],
        "measures": measures_of(result, user),
        "proposals": [(rule_words(each), each) for each in proposals(one).get(result.area_id, ())] if held else [],
        "may_supervise": supervision.may_supervise(user, result.area),
        "may_values": may_user(user, Action.VIEW_PLAN),
    }


ZONE = RecordPage(
    of=ZONE_FOUND, acts=ZONES, action=Action.VIEW_ASSESSMENT, template="assessment/zone.html", context=about
)


@require_GET
@require(Action.VIEW_ASSESSMENT)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The Word report of a zone, for who sees what its marks rest on."""
    found = ZONE_FOUND.one(request.user, pk)
    places = (found.area.path, found.round.area.path)
    if not any(covers(request.user, path, Action.VIEW_ASSESSMENT) for path in places):
        raise PermissionDenied
    return download(of_zone(found), f"{found.area}评价报告.docx", DOCX)

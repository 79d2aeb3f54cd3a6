"""What the pages of facts and their JSON both ask: an address read, rows shaped, one fact, element, source or
report with all about it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.periods import Period, PeriodKind, from_key, parse_period
from qiangqu.base.visibility import own_organisations
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action
from qiangqu.registry.subjects import AREA, ORGANISATION

from . import figures, reporting, subjects
from .browse import Found, Wanted, find, states
from .current import superseded, view_cell
from .models import CollectionForm, CollectionItem, Element, Report, Source
from .reading import FactRow, end_of
from .scope import batches_in, facts_in, subject_by_code, subject_name, subjects_of
from .uses import uses_of


@dataclass(frozen=True, slots=True)
class Row:
    """A fact as a line of a list. ``state``: current, beside or superseded."""

    fact: FactRow
    subject: str
    subject_code: str
    subject_url: str
    state: str


def rows_of(facts: Iterable[FactRow], day: Any = None) -> list[Row]:
    """Facts with the names of their subjects and what they are in their cells: a handful of queries for a
    page.
    """
    listed = list(facts)
    records, known = subjects_of(listed), states(listed, day)
    return [
        Row(
            fact,
            subject_name(records.get((fact.subject_kind, fact.subject_id)), fact.subject_kind, fact.subject_id),
            str(getattr(records.get((fact.subject_kind, fact.subject_id)), "code", "")),
            subjects.url_of(fact.subject_kind, fact.subject_id),
            known[fact.pk],
        )
        for fact in listed
    ]


def whole_number(text: str, where: str) -> int | None:
    """None for "". Raises InputError for what is no number of a record."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(_("编号须是数字"), where=where)
    return int(text)


def element_by_text(text: str) -> Element | None:
    """The element with this code or name (``名称（代码）`` is read too); None for "". Raises InputError for
    an unknown one.
    """
    text = text.strip()[:160]
    if not text:
        return None
    inner = text[text.rfind("（") + 1 : -1] if text.endswith("）") and "（" in text else ""
    for attempt in ({"code": text}, {"name": text}, {"code": inner}):
        found = Element.objects.filter(**attempt).first()
        if found is not None:
            return found
    raise InputError(_("没有要素“%(text)s”") % {"text": text[:40]}, where=_("要素"))


def wanted_of(query: Any, user: Any) -> tuple[Wanted, dict[str, Any]]:
    """What the address asks for: ``element`` (code), ``kind`` and ``subject`` (code), ``period``, ``source``
    (id), ``simulated`` (0, 1). The second result holds the records for the page.

    Raises InputError for a word that means nothing, NotFoundError for a subject outside the user's scope.
    """
    element = element_by_text(query.get("element", ""))
    period = parse_period(query["period"].strip()) if query.get("period", "").strip() else None
    source = whole_number(query.get("source", "").strip(), _("来源"))
    simulated = {"": None, "0": False, "1": True}.get(query.get("simulated", ""), ...)
    if simulated is ...:
        raise InputError(_("只能是 0 或 1"), where="simulated")
    kind = subjects.by_code(query["kind"]) if query.get("kind") else None
    code = query.get("subject", "").strip()
    subject = None
    if code:
        kind = kind or ORGANISATION
        subject = subject_by_code(user, kind, code)
    elif kind in (None, ORGANISATION) and user.speaks_for_organisation and len(own_organisations(user)) == 1:
        # an enterprise has one unit: the walk need not look through others
        kind, subject = ORGANISATION, user.organisation
    wanted = Wanted(
        element=element.pk if element else None,
        period=period.key if period else None,
        kind=kind.number if kind else None,
        subject=subject.pk if subject else None,
        source=source,
        simulated=simulated,  # type: ignore[arg-type]
    )
    known_source = Source.objects.filter(pk=source).first() if source is not None else None
    return wanted, {"element": element, "period": period, "subject": subject, "source": known_source, "code": code}


def search(query: Any, user: Any, area: Any, day: Any = None, size: int = 50) -> tuple[Found, Wanted, dict[str, Any]]:
    """The page of facts that an address asks for, of what the user may see in the area."""
    wanted, records = wanted_of(query, user)
    # a subject that was named may lie anywhere in the user's own subtree
    scope = facts_in(user, None if wanted.subject else area)
    found = find(scope, wanted, query.get("after", ""), size, day)
    return found, wanted, records


def fact_view(one: FactRow, user: Any, day: Any = None) -> dict[str, Any]:
    """What the page and the API show of a fact."""
    cell = view_cell(one.element_id, one.subject_kind, one.subject_id, one.period_key, day)
    history = sorted(
        [
            *cell.superseded,
            *([cell.current] if cell.current else []),
            *cell.contradicting,
            *cell.confirming,
            *cell.simulated,
        ],
        key=lambda other: -other.pk,
    )
    subject = subjects_of([one]).get((one.subject_kind, one.subject_id))
    end = end_of(day)
    taken = {other.pk for other in history if other.batch.withdrawn_by(end)}
    gone = superseded({other.pk: other.supersedes_id for other in history}, taken)
    stands = {other.pk for other in history} - gone - taken
    replaced_by = next((other for other in history if other.supersedes_id == one.pk and other.pk not in taken), None)
    replaces = next((other for other in history if other.pk == one.supersedes_id), None)
    is_current = cell.current is not None and cell.current.pk == one.pk
    course = figures.series(
        one.element, PeriodKind(one.period_key // 1_000_000), (one.subject_kind, one.subject_id), day
    )
    return {
        "fact": one,
        "element": one.element,
        "subject": subject,
        "subject_name": subject_name(subject, one.subject_kind, one.subject_id),
        "subject_title": subjects.title_of(one.subject_kind),
        "subject_url": subjects.url_of(one.subject_kind, one.subject_id),
        "state": "withdrawn"
        if one.pk in taken
        else "current"
        if is_current
        else "superseded"
        if one.pk in gone
        else "beside",
        "withdrawn": taken,
        "counting": cell.current,
        "replaced_by": replaced_by,
        "replaces": replaces,
        "contradicting": [
            other for other in history if other.pk != one.pk and other.pk in stands and other.value != one.value
        ],
        "confirming": [
            other for other in history if other.pk != one.pk and other.pk in stands and other.value == one.value
        ],
        "history": history,
        "batch_open": batches_in(user).filter(pk=one.batch_id).exists(),
        "chart": figures.line(one.element, course),
        "uses": uses_of(one.element, user),
        "simulated": one.batch.simulated,
        "how": _("导入文件第 %(row)s 行") % {"row": one.row} if one.row else "",
    }


def element_by_code(code: str) -> Element:
    """Raises NotFoundError."""
    found = Element.objects.select_related("growth_of").filter(code=code[:80]).first()
    if found is None:
        raise NotFoundError(_("没有这个要素"), where=code[:40])
    return found


def element_view(one: Element, user: Any, area: Any, by: str | None, day: Any) -> dict[str, Any]:
    """What the page and the API show of an element: ``by`` is a kind of period (its default: the kind of the
    latest official figures).
    """
    kinds = figures.kinds_of(one)
    kind = next((k for k in kinds if k.name.lower() == by), None)
    shown: dict[str, Any] = {
        "element": one,
        "kinds": figures.kind_choices(kinds),
        "items": CollectionItem.objects.filter(element=one, form__active=True).select_related("form"),
        "uses": uses_of(one, user),
        "growth": list(one.growth_elements.all()),
        "areas": [],
        "sums": [],
        "chart": None,
    }
    if user.speaks_for_organisation:
        kind = kind or next(iter(sorted(kinds, reverse=True)), None)
        if kind is not None and user.organisation is not None:
            facts = figures.series(one, kind, (ORGANISATION.number, user.organisation.pk), day)
            shown |= {"chart": figures.line(one, facts), "own": facts[-1] if facts else None}
    elif area is not None and kinds:
        kind = kind or _kind_with_figures(one, kinds, area, user, day)
        shown["areas"] = figures.latest_by_area(one, kind, area, user, day)
        shown["chart"] = figures.line(one, figures.series(one, kind, (AREA.number, area.pk), day))
        keys = figures.keys_of(one, kind)
        if keys and ORGANISATION.number in one.subject_kinds:
            shown["sums"] = figures.reported_sums(one, keys[0], area, user, day)
            shown["sums_period"] = from_key(keys[0])
    shown["kind"] = kind.name.lower() if kind else ""
    shown["has_area_figures"] = any(figure.fact for figure in shown["areas"])
    facts = [figure.fact for figure in shown["areas"] if figure.fact]
    marks = [f.batch.simulated for f in facts] + [one.simulated for one in shown["sums"]]
    shown["simulated"] = any(marks) or bool(shown["chart"] and shown["chart"]["simulated"])
    return shown


def _kind_with_figures(one: Element, kinds: list[PeriodKind], area: Any, user: Any, day: Any) -> PeriodKind:
    """The first kind, the year before others, for which the area itself has a figure; else the last."""
    for kind in kinds:
        if figures.series(one, kind, (AREA.number, area.pk), day):
            return kind
    return kinds[-1]


def source_by_id(pk: int) -> Source:
    """Raises NotFoundError."""
    found = Source.objects.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if found is None:
        raise NotFoundError(_("没有这个来源"), where=str(pk)[:20])
    return found


def report_seen(user: Any, pk: int) -> Report:
    """Raises NotFoundError for a report that the user may not see."""
    found = reporting.reports_in(user).filter(pk=pk).first() if 0 < pk < 2**63 else None
    if found is None:
        raise NotFoundError(_("没有这份填报，或它不在您的管辖范围内"), where=str(pk)[:20])
    return found


def reporter(user: Any, form: CollectionForm, period: Period, code: str = "") -> Organisation:
    """The enterprise for which the user fills in: that of ``code``, else the first of those he speaks for.
    Raises NotFoundError when it does not have to.
    """
    own = own_organisations(user, Action.REPORT_FACTS)
    asked = reporting.reporters(form, period).filter(pk__in=own).order_by("code")
    found = asked.filter(code=code[:60]).first() if code else asked.first()
    if found is None:
        raise NotFoundError(_("您的单位这一期不用填报这张报表"), where=form.name)
    return found

"""The form of a policy: its fields, and rows of conditions and of levels as they come from the page."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.terms import said
from qiangqu.schemes.gather import all_editions
from qiangqu.ui.recordform import RecordForm

from .amounts import yuan
from .models import Policy, PolicyState
from .publishing import money
from .spec import ATTRIBUTES, MOST_CRITERIA, MOST_LEVELS, Catalogue, benefit_of, catalogue, is_money, parts_of, rules_of

OPS = (">=", ">", "<=", "<", "==", "!=", "in", "starts")
#: empty rows that a page without script still offers
SPARE = 3
WAYS = (
    ("fixed", gettext_lazy("定额")),
    ("share", gettext_lazy("按比例，可设上限")),
    ("levels", gettext_lazy("分档")),
    ("formula", gettext_lazy("按公式")),
    ("unknown", gettext_lazy("标准未查到（只公布，不兑现）")),
)
_YES = frozenset({"是", "有", "持有", "符合", "true", "1", "yes"})
_NO = frozenset({"否", "没有", "未持有", "不符合", "false", "0", "no"})
RULE = ("source", "op", "than", "title", "clause", "group")
LEVEL = ("source", "op", "than", "amount")


def op_words() -> list[tuple[str, str]]:
    """The comparisons in words."""
    signs = [(">=", "≥"), (">", "＞"), ("<=", "≤"), ("<", "＜"), ("==", "＝"), ("!=", "≠")]
    return [*signs, ("in", _("为其中之一")), ("starts", _("以…开头"))]


def sources(known: Catalogue | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """What conditions may read, grouped, each with its words."""
    known = known or catalogue()
    figures = [
        (f"indicator:{code}", f"{one.name}（{one.unit}）")
        for code, one in known.indicators.items()
        if one.subject == "organisation"
    ]
    named: dict[str, tuple[str, str]] = {}
    for one in all_editions():
        if one.subject == "enterprise":
            named[one.code] = (said(one.short or one.title), one.kind)
    return [
        (_("指标（上一年度）"), figures),
        (_("称号"), [(f"title:{code}", said(word)) for code, word in known.titles.items()]),
        (_("名录属性"), [(f"attribute:{code}", said(word)) for code, word in ATTRIBUTES.items()]),
        (_("达到评价方案"), [(f"scheme:{code}", title) for code, (title, _kind) in named.items()]),
        (_("评价等级（最低为 1）"), [(f"level:{c}", title) for c, (title, kind) in named.items() if kind == "level"]),
    ]


def _than(source: str, op: str, text: str) -> tuple[str, Any]:
    """What a condition compares with, and by which sign, as its source needs it. Raises InputError."""
    kind = parts_of(source)[0]
    written = text.strip()
    if kind == "attribute":
        codes = [part.strip() for part in written.replace("，", ",").replace("、", ",").split(",") if part.strip()]
        if not codes:
            raise InputError(_("请填写代码，几个之间用逗号隔开"))
        return ("starts" if op == "starts" else "in"), codes[:100]
    if kind in ("title", "scheme"):
        word = written.lower() or "是"
        if word not in _YES | _NO:
            raise InputError(_("请填写“是”或“否”"))
        return "==", word in _YES
    try:
        return (op if op in OPS[:6] else ">="), float(written.replace(",", "").replace("，", ""))
    except ValueError:
        raise InputError(_("请填写一个数")) from None


def shown_than(than: Any) -> str:
    """The way back: what stands in the page's box."""
    if isinstance(than, bool):
        return _("是") if than else _("否")
    if isinstance(than, list | tuple):
        return "、".join(than)
    return "" if than is None else f"{than:.12g}"


def _amounts() -> list[tuple[str, str]]:
    """Indicators that are money."""
    known = catalogue()
    figures = [(code, one) for code, one in known.indicators.items() if one.subject == "organisation" and is_money(one)]
    return [("", _("请选择")), *((f"indicator:{code}", f"{one.name}（{one.unit}）") for code, one in figures)]


def _schemes() -> list[tuple[str, str]]:
    found = {one.code: said(one.short or one.title) for one in all_editions() if one.subject == "enterprise"}
    return [("", _("（不用）")), *found.items()]


def _others() -> list[tuple[str, str]]:
    """The published policies by their codes."""
    rows = Policy.objects.exclude(published_on=None).order_by("code", "-edition")
    return list({code: said(title) for code, title in rows.values_list("code", "title")}.items())


class PolicyForm(RecordForm):
    """A draft. Money is written in yuan; conditions and levels come as rows beside the fields."""

    budget_total_yuan = forms.CharField(label=gettext_lazy("总预算（元）"), required=False, max_length=24)
    budget_year_yuan = forms.CharField(label=gettext_lazy("年度预算（元）"), required=False, max_length=24)
    excluded = forms.MultipleChoiceField(
        label=gettext_lazy("不能同时享受"),
        required=False,
        choices=_others,
        help_text=gettext_lazy("同一年度内已享受其中一项的，不再安排"),
    )
    scheme = forms.ChoiceField(label=gettext_lazy("按评价方案"), required=False, choices=_schemes)
    way = forms.ChoiceField(label=gettext_lazy("奖补标准"), choices=WAYS)
    amount = forms.CharField(label=gettext_lazy("定额（元）"), required=False, max_length=24)
    of = forms.ChoiceField(label=gettext_lazy("比例的基数"), required=False, choices=_amounts)
    rate = forms.CharField(label=gettext_lazy("比例（%）"), required=False, max_length=12)
    cap = forms.CharField(label=gettext_lazy("上限（元）"), required=False, max_length=24)
    formula = forms.CharField(
        label=gettext_lazy("公式（元）"), required=False, max_length=500,
        help_text=gettext_lazy("用企业指标的代码，如 max(ent_rd - ent_rd_previous, 0) * 0.1；金额类指标按元取值"),
    )  # fmt: skip
    source = forms.URLField(label=gettext_lazy("来源网址"), required=False, max_length=300, assume_scheme="https")
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Policy
        fields = (
            "title", "code", "area", "body", "document", "source", "mode", "per", "starts_on", "ends_on", "scheme", "rounding", "order",
            "papers", "note",
        )  # fmt: skip
        empty = {"body": gettext_lazy("请选择"), "area": None}
        rows = {"papers": 3, "note": 3}
        once = ("code",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        one: Policy = self.instance
        self.grouped = sources()
        if one.pk and not self.is_bound:
            self._begin(one)

    def _begin(self, one: Policy) -> None:
        benefit = benefit_of(one)
        self.initial = {**self.initial,
            "budget_total_yuan": _plain(one.budget_total), "budget_year_yuan": _plain(one.budget_year), "excluded": one.excludes,
            "way": benefit.way, "amount": benefit.amount or "", "of": benefit.of or "", "rate": benefit.rate or "",
            "cap": benefit.cap or "", "formula": benefit.formula,
        }  # fmt: skip

    # ------------------------------------------------------------ rows

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The rows of conditions that the page shows: what was sent, else what is stored, and some empty ones."""
        if self.is_bound:
            found = self._filled("rule", RULE, MOST_CRITERIA)
        else:
            found = [
                {
                    "source": rule.source or "", "op": rule.op, "than": shown_than(rule.than), "title": rule.title,
                    "clause": rule.clause, "group": rule.group,
                }
                for rule in rules_of(self.instance)
            ]  # fmt: skip
        return [*found, *({} for _n in range(SPARE))]

    @property
    def levels(self) -> list[dict[str, Any]]:
        """The rows of levels."""
        if self.is_bound:
            found = self._filled("level", LEVEL, MOST_LEVELS)
        else:
            found = [
                {"source": one.source, "op": one.op, "than": shown_than(one.than), "amount": one.amount}
                for one in benefit_of(self.instance).levels
            ]
        return [*found, *({} for _n in range(SPARE))]

    def ops(self) -> list[tuple[str, str]]:
        return op_words()

    def _filled(self, what: str, names: Sequence[str], most: int) -> list[dict[str, Any]]:
        """Rows of a form, without those that nobody filled in."""
        data: Any = self.data
        columns = [data.getlist(f"{what}_{name}")[: most * 2] for name in names]
        rows = [
            dict(zip(names, (str(cell)[:200] for cell in row), strict=True))
            for row in zip_longest(*columns, fillvalue="")
        ]
        kept = [row for row in rows if any(value.strip() for name, value in row.items() if name != "op")]
        return kept[: most + 1]

    # ------------------------------------------------------------ checked

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned: dict[str, Any] = self.cleaned_data
        one: Policy = self.instance
        for name, field in (("budget_total_yuan", "budget_total"), ("budget_year_yuan", "budget_year")):
            written = str(cleaned.get(name) or "")
            setattr(one, field, self._try(name, partial(money, written, "")))
        one.excludes = sorted(set(cleaned.get("excluded") or []) - {one.code})
        one.criteria = self._criteria()
        one.benefit = self._benefit(cleaned)
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("执行止早于执行起"))
        self._try("way", lambda: benefit_of(one))
        self._try(None, lambda: rules_of(one))
        return cleaned

    def _try(self, name: str | None, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except InputError as error:
            self.add_error(name, str(error))
            return None

    def _criteria(self) -> list[dict[str, Any]]:
        made = []
        for at, row in enumerate(self._filled("rule", RULE, MOST_CRITERIA), 1):
            one: dict[str, Any] = {
                name: row[name].strip() for name in ("title", "clause", "group") if row[name].strip()
            }
            if row["source"]:
                try:
                    one["source"] = row["source"]
                    one["op"], one["than"] = _than(row["source"], row["op"], row["than"])
                except InputError as error:
                    self.add_error(None, _("第 %(n)s 条条件：%(fault)s") % {"n": at, "fault": error.message})
                    continue
            made.append(one)
        return made

    def _benefit(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        way = cleaned.get("way") or "unknown"
        wanted = {
            "fixed": ("amount",), "share": ("of", "rate", "cap"), "levels": ("cap",), "formula": ("formula", "cap"), "unknown": (),
        }[way]  # fmt: skip
        made: dict[str, Any] = {"way": way}
        for name in wanted:
            text = str(cleaned.get(name) or "").strip()
            text = text if name in ("formula", "of") else text.replace(",", "").replace("，", "")
            if text:
                made[name] = text
        if way == "levels":
            made["levels"] = []
            for at, row in enumerate(self._filled("level", LEVEL, MOST_LEVELS), 1):
                try:
                    op, than = _than(row["source"], row["op"], row["than"])
                except InputError as error:
                    self.add_error(None, _("第 %(n)s 档：%(fault)s") % {"n": at, "fault": str(error)})
                    continue
                amount = row["amount"].strip().replace(",", "").replace("，", "")
                made["levels"].append({"source": row["source"], "op": op, "than": than, "amount": amount})
        return made

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip()
        if not all(sign.isascii() and (sign.isalnum() or sign in "_-") for sign in code):
            raise ValidationError(_("代码只能用字母、数字、下划线和短横"))
        if Policy.objects.filter(code=code).exclude(state=PolicyState.DRAFT, pk=self.instance.pk).exists():
            raise ValidationError(_("政策代码已经有了"))
        return code


def _plain(fen: int | None) -> str:
    found = yuan(fen)
    return "" if found is None else f"{found:f}"

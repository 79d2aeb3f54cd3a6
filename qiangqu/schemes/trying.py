"""Figures that somebody tries on a page, and the changes that would be enough, in words."""

from collections.abc import Mapping

import numpy as np
from django.utils.translation import gettext as _

from qiangqu.base.terms import said

from .explain import number
from .improve import Change
from .language import Scheme


def own_figures(scheme: Scheme, given: Mapping[str, str]) -> tuple[dict[str, float], str]:
    """The figures that a page sends as ``v_NAME``, by value; what is no figure is left out, and the last of those said in
    a sentence ("" where all are)."""
    found: dict[str, float] = {}
    wrong = ""
    for name, value in scheme.values.items():
        text = given.get(f"v_{name}", "").strip().replace(",", "")
        if not text or value.is_text:
            continue
        try:
            figure = float(text)
        except ValueError:
            figure = float("nan")
        if not np.isfinite(figure):
            wrong = _("“%(title)s”应为数字，不能是“%(given)s”") % {"title": said(value.title), "given": text[:20]}
            continue
        found[name] = figure
    return found, wrong


def changed(scheme: Scheme, change: Change) -> dict[str, str]:
    """A change in words: of what, from what, to what, by how much."""
    value = scheme.values[change.value]
    if value.ask == "yes_no" or value.titles is not None or (value.gives == "passes" and value.scheme):
        return {"title": said(value.title), "now": "", "to": _("是") if change.to else _("否"), "by": ""}
    now = change.now or 0.0
    sign = "＋" if change.to > now else "－"
    return {
        "title": said(value.title),
        "now": number(now),
        "to": f"{number(change.to)} {value.unit}",
        "by": f"{sign}{number(abs(change.to - now))} {value.unit}",
    }

"""The page of a policy's effect."""

from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.visibility import is_own_only
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page

from ..effects import effect_on, outcomes, years_of
from ..matching import CALIPER, K
from ..publishing import FOUND


@page("policies/effect.html", Action.VIEW_POLICIES)
def effect(asked: Any, pk: int) -> dict[str, Any]:
    """Every outcome for the payments of a year, with the range that the figures allow."""
    policy = FOUND.one(asked.user, pk)
    if is_own_only(asked.user):
        raise NotFoundError(_("没有这个对象，或它不在您的管辖范围内"), where=str(pk))
    years = years_of(policy)
    wanted = natural(asked.params.get("year"), most=9999)
    year = (
        wanted
        if wanted in years
        else next((one for one in years if one < asked.today.year), years[0] if years else None)
    )
    found = [effect_on(policy, one, year, asked.user, asked.today) for one in outcomes()] if year else []
    words = {
        "level": _("前一年水平（对数）"), "growth": _("前一年增长"), "staff": _("前一年职工人数（对数）"),
    }  # fmt: skip
    return {
        "policy": policy,
        "years": years,
        "year": year,
        "found": [
            (one, list(zip(words.values(), one.effect.balance, strict=False)) if one.effect else []) for one in found
        ],
        "k": K,
        "caliper": CALIPER,
        "simulated": any(one.simulated for one in found),
    }

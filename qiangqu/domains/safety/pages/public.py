"""What everybody may see and check, without signing in: commitments, results, the file of each draw, the page that
recomputes it in the visitor's own browser, the script that does so without this site.
"""

import json
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base import draw as qd1
from qiangqu.base.errors import NotFoundError
from qiangqu.ui.files import download
from qiangqu.ui.lists import paged

from .. import sources
from ..models.inspections import Draw, Visit
from ..queries import LONG, document_of, is_open_to_all, public_draws
from ..terms import DrawState


def file_answer(draw: Draw) -> HttpResponse:
    """The file of a draw, to be saved."""
    text = json.dumps(document_of(draw), ensure_ascii=False, indent=1, default=str)
    return download(text.encode(), f"{draw.number}.json", "application/json")


def _draw(number: str) -> Draw:
    found = public_draws().filter(number=number[:40]).first() if "\0" not in number else None
    if found is None:
        raise NotFoundError(_("没有这次抽查"), where=number[:40])
    return found


@require_GET
def draws(request: HttpRequest) -> HttpResponse:
    """All commitments, the newest first; also what was given up, with the reason."""
    rows, paging = paged(public_draws().defer(*LONG), request.GET.get("page"), 20)
    return render(request, "safety/public_draws.html", {"title": _("抽查公示"), "paging": paging, "draws": rows})


@require_GET
def draw(request: HttpRequest, number: str) -> HttpResponse:
    """One draw: what was committed to and, when it is published, whom it hit and what was found."""
    one = _draw(number)
    visits = []
    if one.state == DrawState.PUBLISHED:
        visits = list(Visit.objects.filter(draw=one).select_related("organisation").order_by("place"))
    context = {
        "title": one.title, "draw": one, "visits": visits, "open_to_all": is_open_to_all(one),
        "address": sources.address_of(one.source), "simulated": one.simulated,
    }  # fmt: skip
    return render(request, "safety/public_draw.html", context)


@require_GET
def file(request: HttpRequest, number: str) -> HttpResponse:
    """Inputs and results, to be checked by anybody."""
    one = _draw(number)
    if not is_open_to_all(one):
        raise NotFoundError(_("验证文件在公示之后才能下载"), where=number[:40])
    return file_answer(one)


@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """The page that recomputes a draw in the visitor's browser: nothing is sent."""
    return render(request, "safety/verify.html", {"title": _("验证抽查")})


@require_GET
def script(request: HttpRequest) -> HttpResponse:
    """The program itself, which needs Python and nothing else."""
    return download(Path(qd1.__file__).read_bytes(), "draw.py", "text/x-python; charset=utf-8")

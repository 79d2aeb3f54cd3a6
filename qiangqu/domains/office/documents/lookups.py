"""What documents answer to other parts: the link and the piece of page of a case about one, the site's
search.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from qiangqu.base.numbers import natural
from qiangqu.base.visibility import visible
from qiangqu.ui.search import Hit

from ..models import Document
from .rules import paragraphs


def link(user: Any, rest: str) -> "tuple[str, str] | None":
    found = visible(Document.objects.all(), user).filter(pk=natural(rest) or 0).first()
    return (found.title, reverse("document", args=[found.pk])) if found is not None else None


def shown(user: Any, rest: str) -> "SafeString | None":
    """The document itself with its annexes, for whoever has a step of its case."""
    found = visible(Document.objects.all(), user).select_related("body", "signer").filter(pk=natural(rest) or 0).first()
    if found is None:
        return None
    files = list(found.files.filter(removed_at=None))
    context = {"document": found, "paragraphs": list(paragraphs(found.text)), "files": files}
    return render_to_string("office/documents/on_case.html", context)


def find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Documents by title or number."""
    found = visible(Document.objects.all(), user).filter(Q(title__contains=text) | Q(number__contains=text))
    for one in found.select_related("body").defer("text").order_by("-id")[:limit]:
        yield Hit(
            gettext("公文"),
            one.title,
            f"{one.number or one.receipt} · {one.body.name}",
            reverse("document", args=[one.pk]),
        )

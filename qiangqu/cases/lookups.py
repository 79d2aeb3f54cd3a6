"""Cases in the site's search."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from qiangqu.base.visibility import visible
from qiangqu.ui.search import Hit

from .models import Case


def find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Cases by number or title."""
    found = visible(Case.objects.all(), user).filter(Q(number__startswith=text.upper()) | Q(title__contains=text))
    for case in found.select_related("kind").defer("state", "data").order_by("-id")[:limit]:
        yield Hit(
            gettext("办件"), case.title, f"{case.number} · {case.kind.name}", reverse("cases-case", args=[case.number])
        )

"""What the facts part finds in the site's search."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from qiangqu.ui.search import Hit

from .models import Element, Source


def find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Elements by name or code, sources by title."""
    for element in Element.objects.filter(Q(name__contains=text) | Q(code__iexact=text))[:limit]:
        yield Hit(
            gettext("统计要素"),
            element.name,
            f"{element.code} · {element.unit}",
            reverse("facts-element", args=[element.code]),
        )
    for source in Source.objects.filter(title__contains=text)[:limit]:
        yield Hit(gettext("来源"), source.title, source.published_on, reverse("facts-source", args=[source.pk]))

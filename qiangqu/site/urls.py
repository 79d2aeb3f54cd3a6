"""All addresses of the site: those of the parts, as their manifests say."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, include, path

from qiangqu.base.part import Part, PartError, parts
from qiangqu.site import monitoring
from qiangqu.site.api import api


def claims(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The addresses and names of pages in a list of patterns, each with the word for its kind."""
    for one in patterns:
        address = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from claims(one.url_patterns, address)
            continue
        yield "地址", f"/{address}"
        if one.name:
            yield "页面名", one.name


def pages_of(found: Iterable[Part]) -> list[URLResolver]:
    """The pages of the parts. Raises PartError when two parts give the same address or the same name to a
    page.
    """
    owners: dict[tuple[str, str], Part] = {}
    made = []
    for part in found:
        if not part.pages:
            continue
        resolver = path("", include(part.reference(part.pages).get()))
        for claim in claims([resolver]):
            other = owners.setdefault(claim, part)
            if other is not part:
                raise PartError(f"{claim[0]}“{claim[1]}”已由 {other.name} 使用，请换一个", where=part.package)
        made.append(resolver)
    return made


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", monitoring.healthz, name="healthz"),
    path("api/", api.urls),
    path("metrics", monitoring.metrics, name="metrics"),
    *pages_of(parts()),
]

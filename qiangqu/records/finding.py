"""How records of a model are found and opened, said once: by their page's address, by the site's search, and as
what a case is about.

    WELLS = Findable(model=Well, page="well", related=("area",), search=("name", "code"), detail=lambda well: well.area.name)

``WELLS.one(user, pk)`` is what a page shows; the manifest names the rest: ``Search("wells", "finding:WELLS.find")``,
``joins={"cases.subjects": {"well": "finding:WELLS.link"}}``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.visibility import visible
from qiangqu.ui.search import Hit

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Findable(Generic[M]):
    """Records of ``model``, each with a ``page`` (the name of an address that takes its key). ``related``
    are relations that are read with one; ``search`` the fields in which a text is looked for, ``detail`` the
    second line of what was found (``beside`` is read for it, the long fields ``unread`` are not), ``order`` which
    come first."""

    model: type[M]
    page: str
    detail: Callable[[M], str]
    related: tuple[str, ...] = ()
    search: tuple[str, ...] = ("title",)
    beside: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    order: str = "-pk"

    def seen_by(self, user: Any) -> "QuerySet[M]":
        """Those that the user sees."""
        return visible(self.model._default_manager.all(), user)

    def one(self, user: Any, pk: int) -> M:
        """One record. Raises NotFoundError whether it is not there or not the user's to see."""
        found = self.seen_by(user).select_related(*self.related).filter(pk=pk).first()
        if found is None:
            kind = self.model._meta.verbose_name
            raise NotFoundError(_("没有这个%(kind)s，或您无权查看") % {"kind": kind}, where=str(pk)[:20])
        return found

    def at(self, user: Any, rest: str) -> M | None:
        """The record that a case's subject means: its key, perhaps with more after a colon; None for one that
        the user does not see.
        """
        key = natural(rest.partition(":")[0])
        return self.seen_by(user).select_related(*self.related).filter(pk=key).first() if key else None

    def link(self, user: Any, rest: str) -> tuple[str, str] | None:
        """What it is called and the address of its page."""
        found = self.at(user, rest)
        return (str(found), reverse(self.page, args=[found.pk])) if found is not None else None

    def find(self, text: str, user: Any, limit: int) -> Iterator[Hit]:
        """Those in which the text stands, for the site's search."""
        wanted = Q()
        for name in self.search:
            wanted |= Q(**{f"{name}__contains": text})
        found = self.seen_by(user).filter(wanted).select_related(*self.beside).defer(*self.unread)
        kind = str(self.model._meta.verbose_name)
        for one in found.order_by(self.order)[:limit]:
            yield Hit(kind, str(one), self.detail(one), reverse(self.page, args=[one.pk]))

"""What acts on records have in common: the record is locked, whether the user may and the record stands so is
asked of it as it is now, and what was done is written into the audit trail, all in one transaction: an act
has happened wholly and once, or not at all.

A part says once what acts on its records share, and each act says what is its own::

    WELLS = Acts(Well, "well", may=lambda user, well: covers(user, well.area.path, Action.EDIT_WELLS), related=("area",))

    def seal(well: Well, why: str, user: Any) -> Well:
        with WELLS.act(well, user, "sealed", states=("open",)) as act:
            act.record.state = "sealed"
            act.record.save(update_fields=["state"])
            act.detail["why"] = why
        return act.record

Two who do the same at once come one after the other: the second finds the record as the first has left it and
is told so. The same form sent twice is one act (:mod:`qiangqu.ui.once`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, NotFoundError, QiangquError
from qiangqu.base.visibility import path_of
from qiangqu.registry import audit

M = TypeVar("M", bound=Model)


@dataclass(slots=True)
class Act(Generic[M]):
    """One act under way on ``record``, which is locked. ``detail`` goes into the audit entry; with
    ``nothing`` set the record was as wanted already, and no entry is made."""

    record: M
    detail: dict[str, Any] = field(default_factory=dict)
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Acts(Generic[M]):
    """What all acts on records of a model share.

    ``word`` files them in the audit trail (object ``document``, acts ``document_…``); ``may(user, record)``
    says who may act, where an act has no rule of its own; ``related`` are relations that are read with the
    record; ``state`` and ``title`` name the fields in which it says how it stands and what it is.
    """

    model: type[M]
    word: str
    may: Callable[[Any, M], bool]
    related: tuple[str, ...] = ()
    state: str = "state"
    title: str = "title"

    def locked(self, pk: Any) -> M:
        """The record as it stands now, held until the transaction ends. Raises NotFoundError for one that is
        gone.
        """
        rows = self.model._default_manager.select_for_update(of=("self",)).select_related(*self.related)
        found = rows.filter(pk=pk).first()
        if found is None:
            raise NotFoundError(_("记录已不在"), where=str(pk)[:20])
        return found

    @contextmanager
    def act(
        self,
        record: M,
        user: Any,
        name: str,
        *,
        may: Callable[[Any, M], bool] | None = None,
        states: Collection[str] = (),
        refusal: str = "",
        revision: int | None = None,
    ) -> Iterator[Act[M]]:
        """Let the caller act on the record, in one transaction.

        ``states`` are those in which it may be done (none: all); ``refusal`` says it otherwise than "it is …,
        refresh the page", with ``%(state)s`` for how the record stands; ``revision`` is the one that the user
        saw. Raises PermissionDenied when he may not, ConflictError when the record stands otherwise or
        somebody else has changed it.
        """
        with transaction.atomic():
            found = self.locked(record.pk)
            if not (may or self.may)(user, found):
                raise PermissionDenied
            if states and getattr(found, self.state) not in states:
                raise ConflictError(self._refused(found, refusal), where=str(getattr(found, self.title)))
            if revision is not None and found.revision != revision:  # type: ignore[attr-defined]
                raise ConflictError(
                    _("“%(title)s”刚刚被别人改过，请刷新页面后再办") % {"title": getattr(found, self.title)},
                    where=str(getattr(found, self.title)),
                )
            act = Act(found)
            yield act
            if not act.nothing:
                self.log(user, name, act.record, **act.detail)

    def _refused(self, record: M, refusal: str) -> str:
        shown = getattr(record, f"get_{self.state}_display", lambda: getattr(record, self.state))()
        words = {"state": shown, "kind": self.model._meta.verbose_name}
        return (refusal or _("%(kind)s现在是“%(state)s”，不能再这样办；请刷新页面")) % words

    def log(self, user: Any, name: str, record: M, **detail: Any) -> None:
        """An act in the audit trail, in the caller's transaction."""
        audit.record(
            user,
            f"{self.word}_{name}",
            object_type=self.word,
            object_id=record.pk,
            area_path=path_of(record),
            detail={self.title: str(getattr(record, self.title)), **detail},
        )


def perform(
    request: HttpRequest,
    name: str,
    works: Mapping[str, Callable[[HttpRequest, M], str]],
    find: Callable[[], M],
    page: Callable[[M, QiangquError, int], HttpResponse],
    done: Callable[[], HttpResponse],
) -> HttpResponse:
    """Do one of the acts on a record's page: ``works`` are these by name, each gives the sentence that says
    what it did.

    What succeeds leads on by ``done``; what fails is answered with the record's ``page`` as it stands now,
    the fault on it: with status 409 when the record had changed, else 422. ``find`` gives the record to
    whoever may see it and raises NotFoundError to others.
    """
    record = find()
    work = works.get(name)
    if work is None:
        raise NotFoundError(_("没有这个操作"), where=name[:20])
    try:
        said = work(request, record)
    except NotFoundError:
        raise
    except QiangquError as fault:
        return page(find(), fault, 409 if isinstance(fault, ConflictError) else 422)
    messages.success(request, said)
    return done()

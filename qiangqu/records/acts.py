"""What acts on records have in common: the record is locked, whether the user may and the record stands so is
asked of it as it is now, and what was done is written into the audit trail, all in one transaction: an act
has happened wholly and once, or not at all.

A part says once what acts on its records share, and declares each act with what is its own: the code under
which the audit trail files it and the word for it, in which states it may be done, what it does, the sentence
that says so::

    WELLS = Acts(Well, "well", may=lambda user, well: covers(user, well.area.path, Action.EDIT_WELLS), related=("area",))

    @WELLS.declare("sealed", _("封填水井"), states=("open",), said=_("已封填"))
    def seal(act: Act[Well], why: str, on: dt.date | None = None) -> Well:
        act.record.state = "sealed"
        act.record.save(update_fields=["state"])
        act.detail |= {"why": why, "on": on}
        return act.record

It is called as ``seal(well, user, "dry")``; the rest follows from the declaration:

* ``WELLS.open_to(user, well)`` says which acts are open to somebody, for the buttons of a page;
* the trail's words follow from it, when the manifest names it (``declared=("sealing:WELLS",)``);
* ``act_view(WELLS, …)`` answers the forms of that page, at ``…/<int:pk>/<str:name>``, and ``add_acts(router, …)``
  makes an operation of the API of each (both in :mod:`.asking`): what the act needs is read by its signature,
  so its parameters are called as the fields of the form are.

Where no declaration fits (several records in one act), the same is done by hand::

    with WELLS.act(well, user, "sealed", states=("open",)) as act:
        act.record.save()

Two who do the same at once come one after the other: the second finds the record as the first has left it and
is told so. The same form sent twice is one act (:mod:`qiangqu.ui.once`).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, NotFoundError
from qiangqu.base.part import Text
from qiangqu.base.visibility import path_of
from qiangqu.registry import audit

M = TypeVar("M", bound=Model)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Act(Generic[M]):
    """One act under way on ``record``, which is locked. ``detail`` goes into the audit entry; with
    ``nothing`` set the record was as wanted already, and no entry is made."""

    record: M
    user: Any
    detail: dict[str, Any] = field(default_factory=dict)
    nothing: bool = False

    def still_at(self, revision: int) -> None:
        """Raises ConflictError when somebody else has changed the record since the user saw it at that
        revision.
        """
        if self.record.revision != revision:  # type: ignore[attr-defined]
            raise ConflictError(
                _("“%(title)s”刚刚被别人改过，请刷新页面后再办") % {"title": self.record}, where=str(self.record)
            )


@dataclass(frozen=True, slots=True)
class Acts(Generic[M]):
    """What all acts on records of a model share.

    ``word`` files them in the audit trail (acts ``document_…`` of an object ``document``); ``may(user,
    record)`` says who may act, where an act has no rule of its own; ``related`` are relations that are read
    with the record; ``state`` and ``title`` name the fields in which it says how it stands and what it is.
    ``about`` gives the record of which the trail tells, where it is another (a delivery's acts are told of
    its document), and ``object_type`` the trail's word for it, where that is not ``word``; ``lies_in`` the path
    of its area, where the model has no lookup that says so.
    """

    model: type[M]
    word: str
    may: Callable[[Any, M], bool]
    related: tuple[str, ...] = ()
    state: str = "state"
    title: str = "title"
    about: Callable[[M], Model] | None = None
    object_type: str = ""
    lies_in: Callable[[M], str] | None = None
    declared: "dict[str, Declared[M, Any, Any]]" = field(default_factory=dict)

    def declare(
        self,
        code: str,
        word: Text,
        *,
        name: str = "",
        may: Callable[[Any, M], bool] | None = None,
        states: Collection[str] = (),
        stands: Callable[[M], Text] | None = None,
        refusal: Text = "",
        said: "Text | Callable[[Any], Text]" = "",
        own_page: bool = False,
    ) -> "Callable[[Callable[Concatenate[Act[M], P], R]], Declared[M, P, R]]":
        """Decorator of the function that does an act; ``code`` is the trail's (``sealed``: ``well_sealed``)
        and ``word`` what it is called there and in the API.

        ``name`` is what pages and the API call it (default: the function's); ``may``: who may, where it is
        not the rule of all acts; ``states`` are those in which it may be done (none: all) and ``refusal`` the
        sentence that refuses others, with ``%(state)s``; ``stands(record)`` says what else keeps it from
        being done ("": nothing). ``said``, or what it makes of the result, tells that it was done. An act
        with ``own_page`` has a form of its own and is none of those at ``…/<name>``. Raises ValueError for a
        second act of one name.
        """

        def decorate(work: Callable[Concatenate[Act[M], P], R]) -> "Declared[M, P, R]":
            called = name or work.__name__
            made = Declared(
                self, work, called, code, word, may or self.may, frozenset(states), stands, refusal, said, own_page
            )
            if self.declared.setdefault(called, made) is not made:
                raise ValueError(f"two acts on {self.word} are called {called}")
            return made

        return decorate

    def words(self) -> dict[str, Text]:
        """The trail's words for the declared acts, by their codes there."""
        return {f"{self.word}_{one.code}": one.word for one in self.declared.values()}

    def open_to(self, user: Any, record: M) -> dict[str, bool]:
        """Which of the declared acts are open to the user as the record stands, by their names."""
        return {name: one.is_open(user, record) for name, one in self.declared.items()}

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
        refusal: Text = "",
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
                raise ConflictError(self._refused(found, refusal), where=self.named(found))
            act = Act(found, user)
            if revision is not None:
                act.still_at(revision)
            yield act
            if not act.nothing:
                self.log(user, name, act.record, **act.detail)

    def _refused(self, record: M, refusal: Text) -> str:
        shown = getattr(record, f"get_{self.state}_display", lambda: getattr(record, self.state))()
        words = {"state": shown, "kind": self.model._meta.verbose_name}
        return str(refusal or _("%(kind)s现在是“%(state)s”，不能再这样办；请刷新页面")) % words

    def log(self, user: Any, name: str, record: M, /, **detail: Any) -> None:
        """An act in the audit trail, in the caller's transaction."""
        about = self._about(record)
        audit.record(
            user,
            f"{self.word}_{name}",
            object_type=self.object_type or self.word,
            object_id=about.pk,
            area_path=path_of(about) if self.lies_in is None else self.lies_in(record),
            detail={self.title: self.named(record), **detail},
        )

    def _about(self, record: M) -> Model:
        return record if self.about is None else self.about(record)

    def named(self, record: M) -> str:
        """What the record is called, or that of which the trail tells."""
        return str(getattr(self._about(record), self.title))


@dataclass(frozen=True, slots=True)
class Declared(Generic[M, P, R]):
    """An act of :meth:`Acts.declare`, called with the record, the user and what it needs."""

    of: Acts[M]
    work: Callable[Concatenate[Act[M], P], R]
    name: str
    code: str
    word: Text
    may: Callable[[Any, M], bool]
    states: frozenset[str]
    stands: Callable[[M], Text] | None
    refusal: Text
    said: Text | Callable[[R], Text]
    own_page: bool

    def __call__(self, record: M, user: Any, /, *args: P.args, **given: P.kwargs) -> R:
        """Do it. Raises PermissionDenied, ConflictError, and what the act itself refuses."""
        with self.of.act(record, user, self.code, may=self.may, states=self.states, refusal=self.refusal) as act:
            if self.stands is not None and (refusal := str(self.stands(act.record))):
                raise ConflictError(refusal, where=self.of.named(act.record))
            return self.work(act, *args, **given)

    def is_open(self, user: Any, record: M) -> bool:
        """Whether the user may do it as the record stands."""
        if self.states and getattr(record, self.of.state) not in self.states:
            return False
        return self.may(user, record) and (self.stands is None or not str(self.stands(record)))

"""The pages that make a record and change it: a form with files each, declared:

    FORMS = RecordForms(of=WELLS_FOUND, form=WellForm, list_page="wells", files_label=_("附件"), offered=offered)

    new = FORMS.making(_("登记水井"), drilling.register, Action.EDIT_WELLS)
    edit = FORMS.changing(_("修改水井"), drilling.change, Action.EDIT_WELLS)

What makes a record is called as ``register(well, user, files)``, what changes one is a declared act with a page
of its own, called as ``change(well, user, written, revision, files)``: ``written`` is what the form holds, not
saved, and ``revision`` the one that the user saw; neither gets files where the form takes none. ``written(form)``
gives more than the record, where the form holds more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.part import Text
from qiangqu.registry.access import View, require
from qiangqu.ui.formpage import done, form_page
from qiangqu.ui.recordform import RecordForm

from .acts import Declared
from .asking import Files, sent_files
from .finding import Findable

M = TypeVar("M", bound=Model)
Asks = Callable[[HttpRequest], Mapping[str, Any]]


def _nothing(request: HttpRequest) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class RecordForms(Generic[M]):
    """``form`` is asked for, and on the way back ``list_page`` is where somebody came from; with
    ``files_label`` it takes files. ``offered(request)`` are the records that its choices may be, by field;
    where one of a field that must be chosen is empty, the template gets ``lacking``.
    """

    of: Findable[M]
    form: type[RecordForm]
    list_page: str
    template: str = "records/form.html"
    files_label: Text = ""
    offered: Asks = _nothing
    written: Callable[[Any], tuple[Any, ...]] = lambda form: (form.save(commit=False),)

    def making(
        self,
        heading: Text,
        make: Callable[..., M],
        action: Any,
        *,
        initial: Asks = _nothing,
        said: Callable[[M], Text] | None = None,
    ) -> View:
        """The page that makes one and leads to it, with the sentence ``said(record)``; ``initial(request)``
        is what its form begins with.
        """

        def view(request: HttpRequest) -> HttpResponse:
            form = self.form(request.POST or None, offered=self.offered(request), initial=dict(initial(request)))

            def act() -> HttpResponse:
                made = make(*self.written(form), request.user, *self._files(request))
                return done(request, str(said(made) if said is not None else _("已保存")), self.of.page, pk=made.pk)

            return self._page(request, form, heading, act)

        return self._view(view, action)

    def changing(
        self,
        heading: Text,
        change: Declared[M, Any, Any],
        action: Any,
        *,
        initial: Callable[[M], Mapping[str, Any]] | None = None,
    ) -> View:
        """The page that changes one, for those to whom the act ``change`` is open as it stands;
        ``initial(record)`` is what the form holds besides.
        """

        def view(request: HttpRequest, pk: int) -> HttpResponse:
            record = self.of.one(request.user, pk)
            if not change.is_open(request.user, record):
                raise PermissionDenied
            begins = dict(initial(record)) if initial is not None else {}
            form = self.form(request.POST or None, instance=record, offered=self.offered(request), initial=begins)

            def act() -> HttpResponse:
                revision = form.cleaned_data.get("revision") or 0
                change(record, request.user, *self.written(form), revision, *self._files(request))
                return done(request, str(_("已保存")), self.of.page, pk=pk)

            return self._page(request, form, heading, act, record)

        return self._view(view, action)

    def _files(self, request: HttpRequest) -> tuple[Files, ...]:
        return (sent_files(request),) if self.files_label else ()

    def _page(
        self, request: HttpRequest, form: Any, heading: Text, act: Callable[[], HttpResponse], record: M | None = None
    ) -> HttpResponse:
        choices = (one for one in form.fields.values() if one.required and getattr(one, "queryset", None) is not None)
        context = {
            "heading": heading,
            "page": self.of.page,
            "list_page": self.list_page,
            "files_label": self.files_label,
            "record": record,
            "lacking": any(not one.queryset.exists() for one in choices),
            "simulated": getattr(record, "simulated", False),
        }
        return form_page(request, self.template, act, lambda: context, form=form)

    def _view(self, view: View, action: Any) -> View:
        return require_http_methods(["GET", "POST"])(require(action)(view))

"""How a declared act (:mod:`.acts`) is asked for: by a form of its record's page, or by JSON.

What an act needs is said by its signature; of a form, the fields are called as the parameters are::

    @WELLS.declare("sealed")
    def seal(act: Act[Well], why: str, on: dt.date | None = None, witnesses: Sequence[str] = ()) -> Well: ...

A form that does not send a field sends an empty one: "", None, no, nothing. The JSON API takes the same names
with the types of the signature, and asks for those that have no default. Files come by forms alone.
"""

import datetime as dt
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_type_hints

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from ninja import Router, Schema
from pydantic import create_model

from qiangqu.base.errors import NotFoundError, QiangquError
from qiangqu.base.numbers import natural
from qiangqu.registry.access import View, require
from qiangqu.ui.formpage import answered, refused_on, sent_day, sent_numbers, status_of
from qiangqu.ui.uploads import given

from .acts import Acts, Declared
from .checking import CheckedFile, check_files

M = TypeVar("M", bound=Model)
MOST = 500  # values of one field that are read
Files = Sequence[CheckedFile]


def sent_files(request: HttpRequest, name: str = "files") -> list[CheckedFile]:
    """The files of a form, checked. Raises InputError for one that may not come in."""
    return check_files(given(request, name))


#: how a parameter of a type is read off a form
READERS: Mapping[Any, Callable[[HttpRequest, str], Any]] = {
    str: lambda request, name: request.POST.get(name, ""),
    int: lambda request, name: natural(request.POST.get(name)) or 0,
    bool: lambda request, name: request.POST.get(name) == "1",
    dt.date | None: lambda request, name: sent_day(request.POST, name),
    Sequence[str]: lambda request, name: request.POST.getlist(name)[:MOST],
    Sequence[int]: lambda request, name: sent_numbers(request.POST, name, MOST),
    Files: sent_files,
}


def needs(act: Declared[Any, Any, Any]) -> dict[str, tuple[Any, Any]]:
    """The parameters of an act: type and default (``...`` for none) by name. Raises TypeError for one of a
    type that no form holds.
    """
    hints = get_type_hints(act.work)
    found = {}
    for name, one in list(inspect.signature(act.work).parameters.items())[1:]:
        if hints.get(name) not in READERS:
            raise TypeError(f"{act.name}: no form holds a {hints.get(name)} ({name}); the act needs its own_page")
        found[name] = (hints[name], ... if one.default is inspect.Parameter.empty else one.default)
    return found


def offered(acts: Acts[M]) -> dict[str, tuple[Declared[M, Any, Any], dict[str, tuple[Any, Any]]]]:
    """The acts that have no page of their own, each with what it needs, by what addresses call them."""
    return {name.replace("_", "-"): (one, needs(one)) for name, one in acts.declared.items() if not one.own_page}


# ---------------------------------------------------------------- on a page


def act_view(
    acts: Acts[M],
    find: Callable[[Any, int], M],
    page: Callable[..., HttpResponse] | str,
    action: Any,
    then: Callable[[M, Any], HttpResponse] | str,
) -> View:
    """The view of ``…/<int:pk>/<str:name>``: a form does one of the acts on a record.

    ``find(user, pk)`` gives the record to whoever may see it and raises NotFoundError to others; ``action``
    opens the view. What succeeds leads to the page named ``then`` of the record, or on by ``then(record,
    result)``; what is refused is answered with ``page(request, record, error=…, status=…)``, the record as it
    stands now: with status 409 when it had changed, else
    422; or with the sentence on the page of that name.
    """
    known = offered(acts)

    def view(request: HttpRequest, pk: int, name: str) -> HttpResponse:
        record = find(request.user, pk)
        if name not in known:
            raise NotFoundError(_("没有这个操作"), where=name[:20])
        act, wanted = known[name]

        def do() -> HttpResponse:
            sent = {one: READERS[kind](request, one) for one, (kind, _default) in wanted.items()}
            made = act(record, request.user, **sent)
            said = act.said(made) if callable(act.said) else act.said
            if said:
                messages.success(request, str(said))
            return redirect(then, pk=pk) if isinstance(then, str) else then(record, made)

        def refused(fault: QiangquError) -> HttpResponse:
            if not isinstance(page, str):
                return page(request, find(request.user, pk), error=str(fault), status=status_of(fault))
            return refused_on(request, page)(fault)

        return answered(do, refused)

    return require_POST(require(action)(view))


# ---------------------------------------------------------------- in the API


def add_acts(
    router: Router,
    address: str,
    acts: Acts[M],
    find: Callable[[Any, int], M],
    response: Any,
    tell: Callable[[M, Any], Any] | None = None,
) -> None:
    """An operation for each of the acts at ``address/{pk}/<name>``, answered with the record as it then
    stands (or what ``tell(record, result)`` makes of it); the act's word is what the operation is called.
    """
    for called, (act, wanted) in offered(acts).items():
        fields: Any = {name: one for name, one in wanted.items() if one[0] is not Files}
        operation = f"{acts.word}_{act.name}"
        made = create_model(f"{operation.title().replace('_', '')}In", __base__=Schema, **fields) if fields else None
        router.post(
            f"{address}/{{pk}}/{called}", response=response, operation_id=operation,
            summary=str(act.word), description=inspect.getdoc(act.work),
        )(_operation(act, find, made, tell))  # fmt: skip


def _operation(
    act: Declared[M, Any, Any],
    find: Callable[[Any, int], M],
    form: Any,
    tell: Callable[[M, Any], Any] | None,
) -> Callable[..., Any]:
    def do(request: HttpRequest, pk: int, sent: Mapping[str, Any]) -> Any:
        record = find(request.user, pk)
        made = act(record, request.user, **sent)
        if tell is not None:
            return tell(record, made)
        record.refresh_from_db()
        return record

    def bare(request: HttpRequest, pk: int) -> Any:
        return do(request, pk, {})

    def with_form(request: HttpRequest, pk: int, sent: form) -> Any:  # type: ignore[valid-type]
        return do(request, pk, dict(sent))

    return bare if form is None else with_form

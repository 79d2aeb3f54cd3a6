"""A page with one form: shown, answered, and shown again with what was written when it cannot be done."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError, NotFoundError, QiangquError
from qiangqu.base.numbers import natural

Show = Callable[..., HttpResponse]
T = TypeVar("T")


def answered(act: Callable[[], T], refused: Callable[[QiangquError], T]) -> T:
    """What ``act()`` answers, or ``refused(fault)`` where it refuses with a sentence: the one way in which a
    page answers what cannot be done. Raises NotFoundError when the act does: there is nothing to be shown
    again.
    """
    try:
        return act()
    except NotFoundError:
        raise
    except QiangquError as fault:
        return refused(fault)


def status_of(fault: QiangquError) -> int:
    """The status of a record's page that shows why an act on it was refused: 409 when the record had changed,
    else 422.
    """
    return 409 if isinstance(fault, ConflictError) else 422


def form_page(
    request: HttpRequest,
    template: Any,
    act: Callable[[], HttpResponse],
    context: Callable[[], dict[str, Any]] | None = None,
    *,
    form: Any = None,
    show: Show = render,
) -> HttpResponse:
    """``act()`` is done for a POST whose ``form`` is in order, and answers it (mostly :func:`done`). What it
    refuses with a sentence stands above the form, which keeps what was written. The template gets ``form``,
    ``error`` and ``context()``; ``show`` is asked like ``render`` where a page is more than a template (a
    list: ``lists.show``)."""

    def page(error: str) -> HttpResponse:
        shown = {"form": form, "error": error, **(context() if context is not None else {})}
        return show(request, template, shown, status=422 if error or (form is not None and form.errors) else 200)

    if request.method == "POST" and (form is None or form.is_valid()):
        return answered(act, lambda fault: page(str(fault)))
    return page("")


def done(request: HttpRequest, said: str, to: str, **parts: Any) -> HttpResponse:
    """The answer to an act: on to the page named ``to``, with a sentence that says what was done."""
    messages.success(request, said)
    return redirect(to, **parts)


def refused_on(request: HttpRequest, page: str, **parts: Any) -> Callable[[QiangquError], HttpResponse]:
    """What :func:`answered` does with a refusal where the page that sent the form shows it: back to it, with the
    sentence.
    """

    def refused(fault: QiangquError) -> HttpResponse:
        messages.error(request, str(fault))
        return redirect(page, **parts)

    return refused


def sent_day(sent: Mapping[str, str], name: str) -> dt.date | None:
    """The day that a form says, None for none. Raises InputError for what is no day."""
    text = sent.get(name, "").strip()
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(_("日期写得不对"), where=text[:20]) from None


def sent_numbers(sent: QueryDict, name: str, most: int = 500) -> list[int]:
    """The numbers of records that were ticked in a form, at most ``most``; what is no number counts for
    nothing.
    """
    return [number for text in sent.getlist(name)[:most] if (number := natural(text)) is not None]

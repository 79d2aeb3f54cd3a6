"""A page with one form: shown, answered, and shown again with what was written when it cannot be done."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from qiangqu.base.errors import NotFoundError, QiangquError

Show = Callable[..., HttpResponse]


def form_page(
    request: HttpRequest,
    template: Any,
    act: Callable[[], HttpResponse],
    context: Callable[[], dict[str, Any]] | None = None,
    *,
    form: Any = None,
    show: Show = render,
) -> HttpResponse:
    """``act()`` is done for a POST whose ``form`` is in order, and answers it (mostly :func:`done`). What it refuses with a sentence stands above the form,
    which keeps what was written. The template gets ``form``, ``error`` and ``context()``; ``show`` is asked like ``render`` where a page is more
    than a template (a list: ``lists.show``). Raises NotFoundError when the act does."""
    error = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return act()
        except NotFoundError:
            raise
        except QiangquError as fault:
            error = str(fault)
    shown = {"form": form, "error": error, **(context() if context is not None else {})}
    return show(request, template, shown, status=422 if error or (form is not None and form.errors) else 200)


def done(request: HttpRequest, said: str, to: str, **parts: Any) -> HttpResponse:
    """The answer to an act: on to the page named ``to``, with a sentence that says what was done."""
    messages.success(request, said)
    return redirect(to, **parts)

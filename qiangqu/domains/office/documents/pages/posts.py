"""The posts of the bodies whose registers the user keeps."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from ...models import Post
from .. import posts
from ..access import bodies_of

MOST_OFFERED = 300


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def body_posts(request: HttpRequest) -> HttpResponse:
    """Who signs and who examines for each body; POST enters somebody or ends a post."""
    user: Any = request.user
    bodies = list(bodies_of(user).select_related("area"))
    error = ""
    if request.method == "POST":
        try:
            _change(request, bodies)
        except InputError as fault:
            error = str(fault)
        else:
            messages.success(request, _("已保存"))
            return redirect("document-posts")
    context = {
        "bodies": [(body, list(posts.posts_of(body))) for body in bodies],
        "people": list(posts.people_in(body.area for body in bodies)[:MOST_OFFERED]),
        "choices": Post.choices,
        "error": error,
    }
    return render(request, "office/documents/posts.html", context, status=422 if error else 200)


def _change(request: HttpRequest, bodies: list[Any]) -> None:
    if ended := request.POST.get("end", ""):
        posts.dismiss(_number(ended), request.user)
        return
    wanted = _number(request.POST.get("body", ""))
    body = next((one for one in bodies if one.pk == wanted), None)
    if body is None:
        raise NotFoundError(_("没有这个机关，或它不归您登记"), where=str(wanted))
    posts.appoint(body, request.POST.get("person", ""), request.POST.get("post", ""), request.user)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0

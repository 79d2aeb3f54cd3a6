"""The posts of the bodies whose registers the user keeps: who signs and who examines for each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from qiangqu.records.asking import act_view
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from ...models.documents import IssuingBody
from ..access import bodies_of, body_for
from ..posts import POSTS, people_in, posts_of
from ..terms import Post

MOST_OFFERED = 300


def page(request: HttpRequest, body: IssuingBody | None = None, *, error: str = "", status: int = 200) -> HttpResponse:
    """All of them, after an act on one that was refused with the sentence."""
    bodies = list(bodies_of(request.user).select_related("area"))
    context = {
        "bodies": [(body, list(posts_of(body))) for body in bodies],
        "people": list(people_in(body.area for body in bodies)[:MOST_OFFERED]),
        "choices": Post.choices,
        "error": error,
    }
    return render(request, "office/documents/posts.html", context, status=status)


body_posts = require_GET(require(Action.KEEP_DOCUMENTS)(page))
act = act_view(POSTS, body_for, page, Action.KEEP_DOCUMENTS, lambda body, made: redirect("document-posts"))

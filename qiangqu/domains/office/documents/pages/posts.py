"""The posts of the bodies whose registers the user keeps."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.formpage import done, form_page

from ...models import Post
from .. import posts
from ..access import bodies_of

MOST_OFFERED = 300


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def body_posts(request: HttpRequest) -> HttpResponse:
    """Who signs and who examines for each body; POST enters somebody or ends a post."""

    def act() -> HttpResponse:
        posts.change(request.POST, request.user)
        return done(request, _("已保存"), "document-posts")

    def context() -> dict[str, Any]:
        bodies = list(bodies_of(request.user).select_related("area"))
        return {
            "bodies": [(body, list(posts.posts_of(body))) for body in bodies],
            "people": list(posts.people_in(body.area for body in bodies)[:MOST_OFFERED]),
            "choices": Post.choices,
        }

    return form_page(request, "office/documents/posts.html", act, context)

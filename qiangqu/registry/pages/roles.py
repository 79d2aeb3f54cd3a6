"""What each role may do, as a table, and who holds it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qiangqu.base.part import parts
from qiangqu.base.visibility import visible

from ..access import require
from ..models import Post, Role
from ..roles import ALLOWED, Action

MOST_POSTS = 500


@require_GET
@require(Action.MANAGE_USERS)
def roles(request: HttpRequest) -> HttpResponse:
    """The permissions that the parts declare × roles, with the posts that are held today in the
    administrator's own areas.
    """
    mine = visible(Post.objects.in_force(), request.user, Action.MANAGE_USERS)
    posts = mine.select_related("user", "area", "organisation__area").order_by("area__path", "user__username")
    by_role: dict[str, list[Post]] = {}
    for post in posts:
        by_role.setdefault(post.role, []).append(post)
    heads = [
        {"label": role.label, "value": role.value, "count": len({post.user_id for post in by_role.get(role, ())})}
        for role in Role
    ]
    groups = [
        (part.title, [(one, [one.code in ALLOWED[role.value] for role in Role]) for one in part.permissions])
        for part in parts()
        if part.permissions
    ]
    held = [post for role in Role for post in by_role.get(role, ())]
    context = {"heads": heads, "groups": groups, "posts": held[:MOST_POSTS], "more": len(held) - MOST_POSTS}
    return render(request, "registry/roles.html", context)

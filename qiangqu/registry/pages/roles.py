"""What each role may do, who holds it, the node's own roles, and posts that wait for their confirmation."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import InputError
from qiangqu.base.part import parts
from qiangqu.base.visibility import visible
from qiangqu.ui.registers.declare import Panel
from qiangqu.ui.registers.pages import edit_page

from .. import audit, separation
from ..access import require
from ..models import OwnRole, Post, Role, Standing
from ..models.history import alive_on
from ..role_form import of_whole_node, users_of
from ..roles import ALLOWED, Action, may
from ..user_form import told

MOST_POSTS = 500


@require_GET
@require(Action.MANAGE_USERS)
def roles(request: HttpRequest) -> HttpResponse:
    """The permissions that the parts declare × roles, with the posts that are held today in the
    administrator's own areas, and how the three offices stand.
    """
    mine = visible(Post.objects.in_force(), request.user, Action.MANAGE_USERS)
    posts = mine.select_related("user", "area", "organisation__area", "own_role")
    held = list(posts.order_by("area__path", "user__username"))
    own = list(alive_on(OwnRole.objects.all(), timezone.localdate()))
    heads = [_head(role.label, [one for one in held if one.own_role_id is None and one.role == role], role=role)
             for role in Role] + [_head(str(one), [post for post in held if post.own_role_id == one.pk], own=one)
                                  for one in own]  # fmt: skip
    given = [ALLOWED[role] for role in Role] + [one.given for one in own]
    groups = [
        (part.title, [(one, [one.code in codes for codes in given]) for one in part.permissions])
        for part in parts()
        if part.permissions
    ]
    for at, head in enumerate(heads):
        head["groups"] = [(title, [one for one, yes in rows if yes[at]]) for title, rows in groups]
        head["groups"] = [(title, some) for title, some in head["groups"] if some]
    keeps = may(request.user, Action.MANAGE_ROLES) and of_whole_node(request.user)
    context = {
        "heads": heads, "groups": groups, "posts": held[:MOST_POSTS], "more": len(held) - MOST_POSTS,
        "separated": separation.is_on(), "officers": _officers(), "obstacles": separation.obstacles(), "keeps": keeps,
        "bases": [role for role in Role if not (separation.is_on() and role == Role.ADMIN)],
    }  # fmt: skip
    return render(request, "registry/roles.html", context)


def _head(label: Any, posts: list[Post], role: Any = None, own: OwnRole | None = None) -> dict[str, Any]:
    return {"label": label, "role": role, "own": own, "count": len({post.user_id for post in posts})}


def _officers() -> list[tuple[str, str]]:
    """The three offices with the names of those who hold them."""
    return [
        (str(Role(role).label), "、".join(dict.fromkeys(str(one.user) for one in posts)))
        for role, posts in separation.officers().items()
    ]


@require_http_methods(["GET", "POST"])
@require(Action.MANAGE_ROLES)
def new(request: HttpRequest, base: str) -> HttpResponse:
    """A new role of the node, which begins with the permissions of a built-in one."""
    from ..registers import OWN_ROLES

    if base not in Role.values:
        raise Http404
    if not of_whole_node(request.user):
        raise PermissionDenied(_("角色在整个节点有效，由最上级区域的管理员维护"))
    if base == Role.ADMIN and separation.is_on():
        raise InputError(separation.no_more_admins())
    fresh = OwnRole(base=base, permissions=sorted(ALLOWED[base]), valid_from=timezone.localdate())
    return edit_page(request, OWN_ROLES, fresh=fresh)


def panel(_request: HttpRequest, role: OwnRole) -> Panel:
    """What a role gives and by whom it is in use, on its page."""
    rows = [(part.title, [one for one in part.permissions if one.code in role.permissions]) for part in parts()]
    context = {"groups": [(title, some) for title, some in rows if some], "posts": users_of(role)}
    return Panel(_("权限与使用人"), "registry/role_panel.html", context)


@require_POST
@require(Action.MANAGE_ROLES)
def separate(request: HttpRequest) -> HttpResponse:
    """Turn the separation of the three offices on."""
    if not of_whole_node(request.user):
        raise PermissionDenied
    separation.turn_on(request.user)
    messages.success(request, _("三员分立已开启"))
    return redirect("roles")


def waiting_for(user: Any) -> Any:
    """The posts that wait for this user's word: not his own, nor those that he proposed himself."""
    rows = visible(Post.objects.filter(standing=Standing.WAITING), user, Action.GRANT_POSTS)
    return rows.exclude(user=user.pk).exclude(given_by=user.pk)


@require_GET
@require(Action.GRANT_POSTS)
def waiting(request: HttpRequest) -> HttpResponse:
    """Posts that were proposed and give nothing yet."""
    rows = waiting_for(request.user).select_related("user", "area", "organisation__area", "own_role", "given_by")
    return render(request, "registry/posts_waiting.html", {"posts": list(rows.order_by("pk")[:MOST_POSTS])})


@require_POST
@require(Action.GRANT_POSTS)
def decide(request: HttpRequest, pk: int, word: str) -> HttpResponse:
    """Confirm a post, which begins today at the earliest, or refuse it and say why."""
    with transaction.atomic():
        post = waiting_for(request.user).select_for_update(of=("self",)).filter(pk=pk).first()
        if post is None:
            raise InputError(_("这个岗位已经有人处理，或不由您确认；请刷新页面"))
        reason = request.POST.get("reason", "").strip()[:200]
        if word == "refuse" and not reason:
            raise InputError(_("请写明不同意的理由，提出的人要看到"))
        post.standing = Standing.GIVEN if word == "confirm" else Standing.REFUSED
        post.decided_by, post.reason = request.user, reason
        if word == "confirm":
            post.valid_from = max(post.valid_from, timezone.localdate())
            if post.valid_to is not None and post.valid_to < post.valid_from:
                raise InputError(_("这个岗位的终止日期已过，不能再确认；请写明理由后不同意"))
        post.save()
        audit.record(
            request.user, "post_confirmed" if word == "confirm" else "post_refused",
            object_type="user", object_id=post.user_id, area_path=post.stands_in.path if post.stands_in else "",
            detail={"post": told(post), "proposed_by": str(post.given_by or ""), "reason": reason},
        )  # fmt: skip
    messages.success(request, _("岗位已确认，从现在起生效") if word == "confirm" else _("已不同意，提出的人会看到理由"))
    return redirect("posts-waiting")

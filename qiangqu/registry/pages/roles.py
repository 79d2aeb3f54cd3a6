"""What each role may do, as a table."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qiangqu.base.visibility import visible

from ..access import require
from ..models import Role, User
from ..roles import ALLOWED, Action
from .account import ACTION_WORDS


@require_GET
@require(Action.MANAGE_USERS)
def roles(request: HttpRequest) -> HttpResponse:
    """Roles × actions, with the number of active users of each role in the administrator's own subtree."""
    users = visible(User.objects.filter(is_active=True), request.user)
    rows = [
        {
            "label": role.label,
            "value": role.value,
            "count": users.filter(role=role).count(),
            "allowed": [action in ALLOWED.get(role, frozenset()) for action in ACTION_WORDS],
        }
        for role in Role
    ]
    return render(request, "registry/roles.html", {"rows": rows, "actions": ACTION_WORDS.values()})

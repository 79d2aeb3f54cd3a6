"""What each role may do, as a table."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qiangqu.base.part import parts
from qiangqu.base.visibility import visible

from ..access import require
from ..models import Role, User
from ..roles import ALLOWED, Action


@require_GET
@require(Action.MANAGE_USERS)
def roles(request: HttpRequest) -> HttpResponse:
    """The permissions that the parts declare × roles, with the number of active users of each role in the administrator's own subtree."""
    users = visible(User.objects.filter(is_active=True), request.user)
    heads = [{"label": role.label, "value": role.value, "count": users.filter(role=role).count()} for role in Role]
    groups = [
        (part.title, [(one, [one.code in ALLOWED[role.value] for role in Role]) for one in part.permissions])
        for part in parts()
        if part.permissions
    ]
    return render(request, "registry/roles.html", {"heads": heads, "groups": groups})

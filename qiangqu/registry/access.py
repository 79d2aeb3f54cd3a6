"""Who may open a page: signed in, and allowed by his role. Which rows he then sees is :func:`qiangqu.base.visibility.visible`'s matter."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import visible

from .models import Area, User
from .roles import Action, may

View = Callable[..., HttpResponse]


def require(action: Action = Action.VIEW) -> Callable[[View], View]:
    """Decorator of a function view: strangers go to the sign-in page, users whose role does not allow ``action`` get a 403 page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user, action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate


def area_in_scope(user: User, code: str = "") -> Area | None:
    """The area with ``code`` inside the user's subtree; "" gives the top of it (None for a user without an area).

    Raises NotFoundError for a code that does not exist or lies outside: the two are not told apart.
    """
    if not code:
        return user.area
    # the tree's names are no secret to an enterprise's user, but he stands in his own area only
    reachable = (
        Area.objects.filter(pk=user.area_id or 0) if user.speaks_for_organisation else visible(Area.objects.all(), user)
    )
    area = reachable.filter(code=code[:24]).first()
    if area is None:
        raise NotFoundError("没有这个区域，或它不在您的管辖范围内", where=code[:24])
    return area

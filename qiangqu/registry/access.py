"""Who may open a page: signed in, and allowed by one of his posts. Which rows he then sees is
:func:`qiangqu.base.visibility.visible`'s matter.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import covers, holdings, reach, within

from .models import Area, User
from .roles import Action, may

View = Callable[..., HttpResponse]


def require(action: Action = Action.VIEW) -> Callable[[View], View]:
    """Decorator of a function view: strangers go to the sign-in page, users none of whose posts allows
    ``action`` get a 403 page.

    ``request.area`` is then one in which the user may do it: a user of several posts who has chosen none
    stands where his post for it is.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user, action):
                raise PermissionDenied
            _stand(request, action)
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate


def _stand(request: Any, action: Action) -> None:
    """Put ``request.area`` where a post gives ``action``. Raises PermissionDenied for an area that the user
    chose and where none does.
    """
    area = getattr(request, "area", None)
    if area is None or not reach(request.user, action) or covers(request.user, area.path, action):
        return
    if request.within is not None:
        raise PermissionDenied
    request.area = home(request.user, action)


def home(user: User, action: str | None = None) -> Area | None:
    """Where the user stands when he has chosen nothing: in his first area, or the first where a post gives
    ``action``.
    """
    area = user.area
    if action is None or (area is not None and covers(user, area.path, action)):
        return area
    return next((one.stands_in for one in user.held if one.stands_in is not None and one.allows(action)), area)


def reachable(user: Any) -> "QuerySet[Area]":
    """The areas in which the user may stand: those that he sees, and where the enterprises lie that he speaks
    for (the tree's names are no secret).
    """
    own = [one.area_id for one in holdings(user) if one.own]
    return Area.objects.filter(within("path", reach(user)) | Q(pk__in=own))


def area_in_scope(user: User, code: str = "", action: str | None = None) -> Area | None:
    """The area with ``code`` inside the user's areas; "" gives :func:`home` (None for a user without an
    area).

    Raises NotFoundError for a code that does not exist or lies outside (of the posts that give ``action``):
    the two are not told apart.
    """
    if not code:
        return home(user, action)
    # PostgreSQL refuses to be asked for a NUL; nothing is called so
    area = reachable(user).filter(code=code[:24]).first() if "\0" not in code else None
    if area is None or (action is not None and reach(user) and not covers(user, area.path, action)):
        raise NotFoundError("没有这个区域，或它不在您的管辖范围内", where=code[:24])
    return area


def region() -> str:
    """Code of the area above all others; "" before there is one."""
    return Area.objects.filter(parent=None).order_by("path").values_list("code", flat=True).first() or ""


def area_chosen(user: User, code: str = "") -> Area | None:
    """The area to which a list is narrowed: that of ``code``; "" narrows it to nothing but what the user
    sees. Raises NotFoundError.
    """
    return area_in_scope(user, code) if code else None

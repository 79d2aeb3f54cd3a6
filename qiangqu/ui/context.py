"""What the page shell shows on every page."""

from typing import Any

from django.http import HttpRequest

from qiangqu.base.visibility import reach

from .attention import counters
from .menu import visible_menu


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: menu, area and as-of date (see registry's ScopeMiddleware)."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    match = request.resolver_match
    current = match.url_name or "" if match else ""
    menu = visible_menu(user, current)
    section = next((s for s in menu if s.current), None)
    return {
        "shell_menu": menu,
        "shell_section": section,
        "shell_item": next((i for i in section.items if i.current), None) if section else None,
        "shell_counters": counters(user),
        "area": getattr(request, "area", None),
        # a user of several areas who has chosen none looks at all of them
        "areas_together": getattr(request, "within", None) is None and len(reach(user)) > 1,
        "as_of": getattr(request, "as_of", None),
        # not "request.GET.lists" in the template, where a parameter named "lists" would stand in for the
        # method
        "shell_query": list(request.GET.lists()),
    }

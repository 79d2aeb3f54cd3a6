"""What the shell asks of parts above it: they join ``ui.hooks`` in their manifests; ui imports none of
them.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from qiangqu.base.part import Reference


def _deny(user: Any, action: Any) -> bool:
    return False


def _no_record(user: Any, action: str, **detail: Any) -> Any:
    raise RuntimeError("no audit trail is set: no part joins ui.hooks with record")


def _no_as_of(model: type[models.Model], day: dt.date) -> Any:
    raise RuntimeError("no history is set: no part joins ui.hooks with as_of")


def _no_area(user: Any, code: str) -> Any:
    raise RuntimeError("no area tree is set: no part joins ui.hooks with area")


def _no_region() -> str:
    return ""


def _nobody(object_type: str, object_id: Any) -> str:
    return ""


def _nobody_off(path: str) -> Sequence[Any]:
    return ()


@dataclass
class Hooks:
    """``may(user, action)``; ``record(user, action, object_type=, object_id=, area_path=, detail=)`` adds to
    the audit trail; ``as_of(model, day)`` gives the historical rows of a day; ``area(user, code)`` the area
    of that code inside the user's scope ("" = his top), raising NotFoundError for any other;
    ``last_writer(object_type, object_id)`` the name of who changed a record last ("" when nobody did);
    ``region()`` the code of the area above all others ("" before there is one); ``off(path)`` the other nodes (``name``,
    ``since``) whose data a sum over the area at ``path`` lacks because their line is down."""

    may: Callable[[Any, Any], bool] = _deny
    record: Callable[..., Any] = _no_record
    as_of: Callable[[type[models.Model], dt.date], Any] = _no_as_of
    area: Callable[[Any, str], Any] = _no_area
    last_writer: Callable[[str, Any], str] = _nobody
    region: Callable[[], str] = _no_region
    off: Callable[[str], Sequence[Any]] = _nobody_off


hooks = Hooks()


def set_hook(name: str, function: Callable[..., Any]) -> None:
    """Let ``function`` answer for the hook ``name``. Raises ValueError for a hook that there is not."""
    if name not in Hooks.__dataclass_fields__:
        raise ValueError(f"ui.hooks has no {name}; there are {', '.join(Hooks.__dataclass_fields__)}")
    # asked for every entry of every menu: not by way of the reference
    setattr(hooks, name, function.get() if isinstance(function, Reference) else function)

"""What the pages of cases share."""

from collections.abc import Mapping
from typing import Any

from ..models import Case, KindVersion
from ..people import supervises


def rights(user: Any, case: Case, version: KindVersion) -> Mapping[str, bool]:
    """What the user may do with the whole case."""
    from ..kinds import ready

    steers = supervises(user, case)
    opener = case.opened_by_id == user.pk
    return {
        "steer": steers,
        "urge": case.status == "open" and (steers or opener),
        "withdraw": case.running and (steers or (opener and bool(ready(version).definition.raw.get("withdraw", True)))),
    }

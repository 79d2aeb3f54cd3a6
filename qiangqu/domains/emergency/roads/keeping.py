"""Networks are loaded and retired by the administrator's command; what was computed on one keeps its name."""

from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from qiangqu.base.errors import NotFoundError
from qiangqu.registry import audit

from ..models import RoadNetwork
from .reading import Network, read
from .travel import LONG


def load(path: Path, name: str = "", *, user: Any = None, simulated: bool = False) -> tuple[RoadNetwork, Network]:
    """Load a file as the network in use. Raises InputError for a file that holds none."""
    found = read(path)
    return kept(found, name.strip()[:80] or path.stem[:80], path.name, user=user, simulated=simulated), found


def kept(found: Network, name: str, file_name: str, *, user: Any = None, simulated: bool = False) -> RoadNetwork:
    """Keep a network that was read; from now on times are computed on it."""
    part = found.graph.part
    with transaction.atomic():
        made = RoadNetwork.objects.create(
            name=name, file_name=file_name[:200], loaded_at=timezone.now(), loaded_by=user, nodes=len(found.graph.points),
            edges=len(found.graph.start), kilometres=round(found.kilometres, 1), parts=int(part.max()) + 1,
            outside=int(np.count_nonzero(part)), unknown=found.unknown, data=found.graph.packed(), simulated=simulated,
        )  # fmt: skip
        audit.record(
            user, "roads_loaded", object_type="roads", object_id=made.pk,
            detail={"name": name, "file": file_name, "nodes": made.nodes, "kilometres": made.kilometres},
        )  # fmt: skip
    return made


def retire(pk: int, *, user: Any = None) -> RoadNetwork:
    """Use a network no longer. Raises NotFoundError."""
    with transaction.atomic():
        one = RoadNetwork.objects.select_for_update().defer(*LONG).filter(pk=pk, retired_at=None).first()
        if one is None:
            raise NotFoundError("没有这个在用的道路网", where=str(pk))
        one.retired_at = timezone.now()
        one.save(update_fields=["retired_at"])
        audit.record(user, "roads_retired", object_type="roads", object_id=pk, detail={"name": one.name})
    return one

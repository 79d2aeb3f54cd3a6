"""Another node, for tests of this one: it has a key, makes batches, and knows nothing."""

import datetime as dt
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps

from qiangqu.base.identity import uid7
from qiangqu.federation import keys, standing
from qiangqu.federation.core import wire
from qiangqu.federation.core.shapes import Batch, Entry
from qiangqu.federation.models import Peer
from qiangqu.registry.models import Area
from qiangqu.registry.nodes import name_node
from qiangqu.registry.tests import factories


class Far:
    """A child of this node, enrolled."""

    def __init__(self, code: str, parent: str = "R") -> None:
        self.code = code
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes_raw()
        card, signature = standing.make_card(code, parent, self.public)
        Peer.objects.create(code=code, parent=parent, key=self.public.hex(), card=card, card_signature=signature)
        self.ends: dict[tuple[str, str], Batch] = {}

    def batch(self, *entries: Entry, lane: str = "acts", epoch: str = "e1", **header: Any) -> Batch:
        end = self.ends.get((lane, epoch))
        said = {"proto": 1, "origin": self.code, "lane": lane, "epoch": epoch, "seq": end.header.seq + 1 if end else 1}
        said |= {"prevs": [end.hash] if end else [], "key": keys.id_of(self.public)}
        made = wire.write_batch(said | header, [wire.write_entry(one) for one in entries], self.key.sign)
        self.ends[lane, epoch] = made
        return made

    def entry(self, body: dict[str, Any], uid: str = "", **said: Any) -> Entry:
        uid = uid or str(uid7())
        plain = {
            "kind": "progress",
            "version": 1,
            "record": f"{self.code}/{uid7()}",
            "term": 1,
            "revision": 1,
            "base": "",
        }
        plain |= {"refs": (), "settles": (), "at": 0, "body": body}
        return Entry(**plain | {"origin": self.code, "uid": uid} | said)


def scene(code: str = "R") -> dict[str, Any]:
    """Areas, an enterprise in zone Z1 and a plan with a measure, on a node of that code at the top of a tree."""
    areas = factories.tree()
    unit = factories.enterprise(areas["Z1"], 1)
    plan: Any = apps.get_model("plan", "Plan").objects.create(
        code="P", name="计划", area=Area.objects.get(code="R"), base_year=2022, start_year=2023, target_year=2027
    )
    measure: Any = apps.get_model("plan", "Measure").objects.create(plan=plan, no=3, title="举措")
    name_node(code)
    standing.begin()
    return {"areas": areas, "unit": unit, "measure": measure}


def report(scene: dict[str, Any], text: str = "进展") -> Any:
    model: Any = apps.get_model("plan", "ProgressReport")
    return model.objects.create(
        measure=scene["measure"], unit=scene["unit"], period_key=20260100, text=text, percentage=10
    )


def body(text: str = "进展", **more: Any) -> dict[str, Any]:
    at = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC).isoformat()
    said = {"measure": [["P"], 3], "unit": [factories.uscc(1)], "period_key": 20260100, "text": text, "percentage": 40}
    return json.loads(json.dumps(said | {"difficulty": "", "reported_at": at} | more))

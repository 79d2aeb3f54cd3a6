"""What a small twin has written into a database."""

import hashlib

from qiangqu.base.periods import parse_period
from qiangqu.facts.models import Element
from qiangqu.facts.reading import Where, rows
from qiangqu.registry import pack as registry_pack
from qiangqu.registry.models import (
    Area,
    Organisation,
    Parcel,
    Project,
    Recognition,
)

UNTIL = parse_period("2026-10")
SMALL = {"months": 26, "enterprises": 150, "seed": 5}
REGISTERS = (Organisation, Recognition, Project, Parcel)


def load_registers(pack):
    """The pack's registers and elements, without its published figures."""
    registry_pack.load(pack, lambda _: None)
    if not Element.objects.exists():
        Element.objects.bulk_create(
            Element(**{name: row[name] for name in ("code", "name", "unit", "kind", "aggregation", "decimals")})
            for row in pack.yaml("elements.yaml")
        )


def everything():
    """A hash of all that was written, by natural keys."""
    digest = hashlib.sha256()

    def add(rows):
        for row in rows:
            digest.update(repr(row).encode())

    add(
        Organisation.objects.filter(simulated=True)
        .order_by("code")
        .values_list("code", "name", "area__code", "industry_code", "scale", "ownership", "valid_from", "valid_to")
    )
    add(Parcel.objects.order_by("code").values_list("code", "holder__code", "land_area", "use", "status", "valid_from"))
    add(
        Recognition.objects.order_by("kind__code", "holder__code", "valid_from", "subject_name").values_list(
            "kind__code", "holder__code", "subject_name", "valid_from", "valid_to", "certificate"
        )
    )
    add(
        Project.objects.order_by("code").values_list(
            "code", "name", "owner__code", "stage", "started_on", "finished_on", "accepted_on", "planned_investment"
        )
    )
    for model, key in ((Organisation, "code"), (Parcel, "code"), (Project, "code"), (Recognition, "certificate")):
        add(
            model.history.filter(simulated=True)
            .order_by(key, "history_date", "history_id")
            .values_list(key, "history_date", "history_type", "valid_to")
        )
    codes = {
        kind: dict(model.objects.values_list("pk", "code"))
        for kind, model in ((1, Area), (2, Organisation), (3, Project), (4, Parcel))
    }
    facts = {fact.id: fact for fact in rows(Where())}
    add(
        sorted(
            (
                (
                    f.element.code, f.subject_kind, codes[f.subject_kind][f.subject_id], f.period_key, f.value,
                    facts[f.supersedes_id].value if f.supersedes_id else None,
                )
                for f in facts.values()
            ),
            key=repr,
        )
    )  # fmt: skip
    return digest.hexdigest()

"""Making a demonstration database: write the twin once, into a database that holds nothing real about
enterprises.
"""

import hashlib
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, connection, transaction

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.packs import Pack
from qiangqu.base.periods import Period, PeriodKind
from qiangqu.facts.models import FactBatch
from qiangqu.facts.reading import of_batch, table
from qiangqu.registry import audit
from qiangqu.registry.models import Organisation, OrganisationKind, Parcel, Project, Recognition, User
from qiangqu.registry.subjects import AREA

from .frame import read_frame, window
from .models import Demonstration
from .parameters import MAX_SEED, read_parameters
from .schema import MAX_ENTERPRISES
from .store import write_facts, write_registers
from .twin import Report, build

MAX_MONTHS = 240


def is_demonstration() -> bool:
    """Whether this database holds a simulated twin."""
    return Demonstration.objects.exists()


def simulate(
    pack: Pack,
    until: Period,
    *,
    months: int = 60,
    enterprises: int | None = None,
    seed: int | None = None,
    user: User | None = None,
    report: Report = lambda _: None,
) -> tuple[Demonstration, bool]:
    """Make the twin of the pack's zones and store it, all or nothing. Returns (the mark, whether it was made
    now).

    Asked again for the same twin it changes nothing. Facts are only added, so another twin needs another
    database: ConflictError. A database that holds real enterprises, or real facts about enterprises, projects
    or parcels, is refused: ConflictError. The pack must be loaded: InputError.
    """
    parameters = read_parameters(pack)
    count = parameters.enterprises.count if enterprises is None else enterprises
    wanted: dict[str, Any] = {
        "pack": str(pack.info["code"]),
        "seed": parameters.seed if seed is None else seed,
        "enterprises": count,
        "months": months,
        "until": until.code,
    }
    _check_size(until, months, count, wanted["seed"])
    frame = read_frame(pack, parameters)
    inputs = hashlib.sha256((parameters.sha256 + repr(frame)).encode()).hexdigest()
    made = Demonstration.objects.first()
    if made is not None:
        return _repeat(made, wanted, inputs, report), False
    refuse_real_data()
    twin = build(parameters, frame, window(until, months), int(wanted["seed"]), count, report)
    try:
        with transaction.atomic():
            # first of all: of two runs at once, the second waits here and then fails on the unique column
            mark = Demonstration.objects.create(
                **wanted,
                inputs_sha256=inputs,
                fingerprint=twin.fingerprint,
                account=[asdict(line) for line in twin.account],
            )
            refuse_real_data()
            subjects = write_registers(parameters, frame, twin, report)
            facts = write_facts(twin, subjects, mark, user, report)
            mark.counts = {**{kind: len(keys) for kind, keys in subjects.counts.items()}, **facts}
            mark.save(update_fields=["counts"])
            audit.record(
                user,
                "simulate",
                object_type="simulation.Demonstration",
                object_id=mark.pk,
                detail={**wanted, "counts": mark.counts},
            )
    except IntegrityError as error:
        if Demonstration.objects.exists():
            raise ConflictError("另一次模拟刚刚写入了这个数据库；请稍后重试") from error
        raise
    _refresh_statistics()
    return mark, True


def refuse_real_data() -> None:
    """Raises ConflictError, naming what it found, when the database holds real records that a twin would mix
    with.
    """
    for model, name, real in (
        (Organisation, "企业", Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE, simulated=False)),
        (Recognition, "认定", Recognition.objects.filter(simulated=False)),
        (Project, "项目", Project.objects.filter(simulated=False)),
        (Parcel, "宗地", Parcel.objects.filter(simulated=False)),
    ):
        found = real.order_by("pk").first()
        if found is not None:
            raise ConflictError(
                f"数据库里有真实的{name}（如“{found}”，共 {real.count()} 条），模拟数据只能放进演示库；请用 QIANGQU_HOME 或 QIANGQU_DATABASE_URL 另指一个数据库",
                where=model._meta.db_table,
            )
    for batch in FactBatch.objects.filter(simulated=False, rows__gt=0):
        about = set(table(of_batch(batch))["sk"].to_pylist())
        if about - {AREA.number}:
            raise ConflictError(
                f"数据库里有真实的企业数据（批次“{batch}”），模拟数据只能放进演示库；请另用一个数据库",
                where="facts_factbatch",
            )


def _check_size(until: Period, months: int, count: int, seed: Any) -> None:
    if until.kind != PeriodKind.MONTH:
        raise InputError("应是一个月，如 2026-10", where="--until")
    if not 2 <= months <= MAX_MONTHS:
        raise InputError(f"应在 2—{MAX_MONTHS} 之间", where="--months")
    if not 24 <= count <= MAX_ENTERPRISES:
        raise InputError(f"应在 24—{MAX_ENTERPRISES} 之间", where="--enterprises")
    if not 0 <= int(seed) <= MAX_SEED:
        raise InputError(f"应是 0—{MAX_SEED} 之间的整数", where="--seed")


def _repeat(made: Demonstration, wanted: dict[str, Any], inputs: str, report: Report) -> Demonstration:
    different = [name for name, value in wanted.items() if getattr(made, name) != value]
    if different:
        there = (
            f"种子 {made.seed}、{made.enterprises} 家企业、{made.months} 个月、截至 {made.until}、数据包 {made.pack}"
        )
        raise ConflictError(f"这个数据库已有另一套模拟数据（{there}）；事实只增不删，要另一套请另用一个数据库")
    if made.inputs_sha256 != inputs:
        report("数据包的模拟参数或公开数据在生成之后有改动；演示库仍是原来的模拟数据，要重新生成请另用一个数据库")
    else:
        report("这套模拟数据已经在库中，没有重复写入")
    return made


def _refresh_statistics() -> None:
    """Tell the planner about a million new rows; without it the first pages choose poor plans."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

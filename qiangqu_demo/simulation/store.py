"""Writing a twin: registers in bulk with their history, facts as columns."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import models
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.facts.models import BatchKind, Element
from qiangqu.facts.store import ingest
from qiangqu.registry.models import (
    Area,
    Industry,
    Organisation,
    OrganisationKind,
    Parcel,
    Project,
    ProjectKind,
    Recognition,
    RecognitionKind,
    Scale,
    User,
)

from .arrays import Ints
from .frame import Frame
from .holders import Holder, Version
from .models import Demonstration
from .parameters import Parameters
from .population import NEVER, Population
from .twin import FactColumns, Report, Twin

REASON = "qiangqu simulate"
_BATCH = 2000


@dataclass(frozen=True)
class Subjects:
    """Primary keys by position, for each kind of fact's subject; ``counts``: the keys of every register that
    was written.
    """

    keys: dict[int, Ints]
    counts: dict[str, Sequence[int]]


def write_registers(parameters: Parameters, frame: Frame, twin: Twin, report: Report) -> Subjects:
    """Enterprises, parcels, recognitions and projects with the history of each. In the caller's transaction.

    Raises InputError when the pack's areas or code lists are not in the registers.
    """
    areas = _keys(Area, [*frame.zones, *{agency.area for agency in frame.agencies}])
    report(f"写入 {len(twin.enterprises)} 家企业")
    enterprises = _enterprises(parameters, frame, twin, areas)
    agencies = _keys(Organisation, [agency.code for agency in frame.agencies])
    owner = _owner(enterprises, agencies)
    report(f"写入 {len(twin.parcels)} 宗地、{len(twin.awards)} 项认定、{len(twin.ventures)} 个项目")
    parcels = _parcels(frame, twin, areas, enterprises)
    awards = _awards(twin, owner)
    projects = _projects(parameters, frame, twin, areas, owner)
    return Subjects(
        {
            1: np.array([_keys(Area, [frame.region])[frame.region]]),
            2: np.array(enterprises),
            3: np.array(projects),
            4: np.array(parcels),
        },
        {"enterprises": enterprises, "parcels": parcels, "recognitions": awards, "projects": projects},
    )


def write_facts(
    twin: Twin, subjects: Subjects, mark: Demonstration, user: User | None, report: Report
) -> dict[str, int]:
    """The reports, then the corrections that supersede some of them; numbers of facts by batch."""
    elements = _keys(Element, twin.facts.elements)
    ids = np.array([elements[code] for code in twin.facts.elements])
    written = {}
    for name, columns, note in (
        ("reports", twin.facts, "模拟的企业、宗地、项目报告"),
        ("corrections", twin.corrections, "模拟的事后更正"),
    ):
        if not len(columns):
            written[name] = 0
            continue
        report(f"写入 {len(columns)} 条事实（{note}）")
        ingest(
            _table(columns, ids, subjects),
            key=f"simulate:{mark.fingerprint[:40]}:{name}",
            kind=BatchKind.SIMULATION,
            user=user,
            simulated=True,
            note=note,
            trusted_new=name == "reports",
            report=report,
        )
        written[name] = len(columns)
    return written


def _table(columns: FactColumns, element_ids: Ints, subjects: Subjects) -> pa.Table:
    subject = np.zeros(len(columns), dtype=np.int32)
    for kind, keys in subjects.keys.items():
        here = columns.subject_kind == kind
        subject[here] = keys[columns.subject[here]]
    return pa.table(
        {
            "element": element_ids[columns.element].astype(np.int32),
            "subject_kind": columns.subject_kind.astype(np.int8),
            "subject_id": subject,
            "period_key": columns.period.astype(np.int32),
            "value": columns.value,
        }
    )


def _keys(model: type[models.Model], codes: Iterable[str]) -> dict[str, int]:
    """Primary keys of records by code. Raises InputError that names the first missing one."""
    wanted = sorted(set(codes))
    found: dict[str, int] = dict(model._default_manager.filter(code__in=wanted).values_list("code", "pk"))
    missing = [code for code in wanted if code not in found]
    if missing:
        raise InputError(
            f"{model._meta.verbose_name}“{missing[0]}”等 {len(missing)} 个不在库中，请先载入数据包：qiangqu pack load",
            where=model._meta.db_table,
        )
    return found


def _owner(enterprises: Sequence[int], agencies: dict[str, int]) -> Callable[[Holder], int]:
    return lambda holder: enterprises[holder.enterprise] if holder.enterprise >= 0 else agencies[holder.agency]


def _enterprises(parameters: Parameters, frame: Frame, twin: Twin, areas: dict[str, int]) -> list[int]:
    everyone = twin.enterprises
    industries = _keys(Industry, [code for code in (*parameters.sectors, *_chains(parameters)) if code in frame.chains])
    sectors = list(parameters.sectors)
    records, histories = [], []
    for i in range(len(everyone)):
        activity = parameters.activities[everyone.activity[i]]
        versions = _enterprise_versions(twin, everyone, i)
        last = {key: value for version in versions for key, value in version.values.items()}
        records.append(
            Organisation(
                code=twin.codes[i],
                uscc=twin.codes[i],
                name=twin.names[i],
                short_name=twin.short_names[i],
                kind=OrganisationKind.ENTERPRISE,
                area_id=areas[frame.zones[everyone.zone[i]]],
                industry_code=activity.code,
                sector_id=industries.get(sectors[everyone.sector[i]]),
                chain_id=industries.get(activity.chain),
                ownership=parameters.enterprises.ownership[everyone.ownership[i]].name,
                valid_from=dt.date.fromordinal(int(everyone.born[i])),
                simulated=True,
                **last,
            )
        )
        histories.append(versions)
    return bulk_with_history(Organisation, records, histories)


def _chains(parameters: Parameters) -> list[str]:
    return [activity.chain for activity in parameters.activities if activity.chain]


def _enterprise_versions(twin: Twin, everyone: Population, i: int) -> list[Version]:
    """Below scale, above scale from the month of entry, below again, closed: whichever of these happened."""
    born = dt.date.fromordinal(int(everyone.born[i]))
    enters, leaves, closed = int(everyone.enters[i]), int(everyone.leaves[i]), int(everyone.closed[i])
    industrial = bool(everyone.industrial[i])
    small, above = (Scale.SMALL, Scale.ABOVE) if industrial else (Scale.NONE, Scale.NONE)
    versions = [Version(born, {"scale": above if enters < 0 else small, "valid_to": None})]
    if industrial and 0 <= enters < twin.window.months:
        versions.append(Version(_first_day(twin, enters), {"scale": above}))
    if closed:
        versions.append(Version(dt.date.fromordinal(closed), {"valid_to": dt.date.fromordinal(closed)}))
    elif industrial and leaves < NEVER:
        versions.append(Version(_first_day(twin, leaves), {"scale": small}))
    return versions


def _first_day(twin: Twin, position: int) -> dt.date:
    at = twin.window.first + position
    return dt.date(at // 12, at % 12 + 1, 1)


def _parcels(frame: Frame, twin: Twin, areas: dict[str, int], enterprises: Sequence[int]) -> list[int]:
    records = [
        Parcel(
            code=parcel.code,
            area_id=areas[frame.zones[parcel.zone]],
            holder_id=enterprises[parcel.holder] if parcel.holder >= 0 else None,
            land_area=parcel.land_area,
            use=parcel.use,
            status=parcel.status,
            valid_from=parcel.valid_from,
            simulated=True,
        )
        for parcel in twin.parcels
    ]
    return bulk_with_history(Parcel, records, [parcel.versions for parcel in twin.parcels])


def _awards(twin: Twin, owner: Callable[[Holder], int]) -> list[int]:
    kinds = _keys(RecognitionKind, {award.kind for award in twin.awards})
    records = [
        Recognition(
            kind_id=kinds[award.kind],
            holder_id=owner(award.holder),
            subject_name=award.subject,
            certificate=award.certificate,
            valid_from=award.start,
            valid_to=award.end,
            simulated=True,
        )
        for award in twin.awards
    ]
    return bulk_with_history(Recognition, records, [award.versions for award in twin.awards])


def _projects(
    parameters: Parameters, frame: Frame, twin: Twin, areas: dict[str, int], owner: Callable[[Holder], int]
) -> list[int]:
    kinds = _keys(ProjectKind, {venture.kind for venture in twin.ventures})
    sectors = list(parameters.sectors)
    industries = _keys(Industry, [code for code in sectors if code in frame.chains])
    zone_of_agency = {agency.code: agency.area for agency in frame.agencies}
    everyone = twin.enterprises
    records = []
    for venture in twin.ventures:
        at = venture.holder.enterprise
        area = frame.zones[everyone.zone[at]] if at >= 0 else zone_of_agency[venture.holder.agency]
        records.append(
            Project(
                code=venture.code,
                name=venture.name,
                kind_id=kinds[venture.kind],
                area_id=areas[area],
                owner_id=owner(venture.holder),
                sector_id=industries.get(sectors[everyone.sector[at]]) if at >= 0 else None,
                planned_investment=venture.investment,
                valid_from=venture.entered,
                simulated=True,
                **venture.final,
            )
        )
    return bulk_with_history(Project, records, [venture.versions for venture in twin.ventures])


def bulk_with_history(model: Any, records: list[Any], histories: Sequence[Sequence[Version]]) -> list[int]:
    """Create ``records`` (in their final state) and one historical row for each version, dated the day from
    which it holds. Returns the keys.

    ``simple_history.utils.bulk_create_with_history`` writes one version and asks the database for each date;
    here all versions are known.
    """
    created = model._default_manager.bulk_create(records, batch_size=_BATCH)
    history = model.history.model
    tracked = [field.attname for field in history.tracked_fields]
    rows = []
    for record, versions in zip(created, histories, strict=True):
        state = {name: getattr(record, name) for name in tracked}
        for name in {key for version in versions for key in version.values}:
            state[name] = None
        for at, version in enumerate(versions):
            state.update(version.values)
            rows.append(
                history(
                    **state,
                    history_date=timezone.make_aware(dt.datetime.combine(version.day, dt.time.min)),
                    history_type="~" if at else "+",
                    history_change_reason=REASON,
                )
            )
    history.objects.bulk_create(rows, batch_size=_BATCH)
    return [record.pk for record in created]

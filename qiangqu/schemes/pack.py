"""What schemes take from a pack: every file in ``schemes/``, each one edition of a scheme (docs/schemes.md)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.formulas.catalog import from_database
from qiangqu.formulas.pack import catalog_of
from qiangqu.registry import audit

from .check import Known, faults_against, faults_between
from .language import Scheme
from .models import Edition
from .reading import Fault, read_scheme

FOLDER = "schemes"


def files(pack: Pack) -> list[str]:
    """Names of the pack's scheme files."""
    folder = pack.folder / FOLDER
    return [f"{FOLDER}/{path.name}" for path in sorted(folder.glob("*.yaml"))] if folder.is_dir() else []


def read(pack: Pack) -> tuple[dict[str, Scheme], list[Finding]]:
    """The schemes by file, and what single files have wrong."""
    found, findings = {}, []
    for name in files(pack):
        try:
            found[name] = read_scheme(pack.path(name).read_text(encoding="utf-8"), name)
        except (InputError, UnicodeDecodeError) as error:
            message = error.message if isinstance(error, InputError) else "不是 UTF-8 文字"
            findings.append(Finding("error", name, "", message))
    return found, findings


def check(pack: Pack) -> list[Finding]:
    """Faults of the pack's schemes; gaps that the files themselves name are no faults."""
    found, findings = read(pack)
    names = {id(scheme): name for name, scheme in found.items()}
    catalog = catalog_of(pack)
    known = Known(catalog.indicators, catalog.recognitions, catalog.subjects)
    by_code = grouped(found.values())
    for name, scheme in found.items():
        findings += [_finding(name, fault) for fault in faults_against(scheme, known, by_code)]
    findings += [_finding(names[id(scheme)], fault) for scheme, fault in faults_between(found.values())]
    return findings


def _finding(name: str, fault: Fault) -> Finding:
    return Finding("error", name, ".".join(str(step) for step in fault.path), fault.message)


def grouped(schemes: Any) -> dict[str, list[Scheme]]:
    """Editions by the scheme's code."""
    made: dict[str, list[Scheme]] = {}
    for one in schemes:
        made.setdefault(one.code, []).append(one)
    return made


def load(pack: Pack, report: Report) -> None:
    """Write the editions; a second load changes nothing. Editions that the pack does not name are left alone."""
    found, findings = read(pack)
    if findings:
        raise InputError(findings[0].message, where=findings[0].file)
    # editions made here end those of the pack, and are ended by later ones
    made = [one.scheme for one in Edition.objects.exclude(by=None)]
    together = [*found.values(), *made]
    ended = {(one.code, one.edition): _ended(one, together) for one in together}
    changed = [
        f"{one.code} {one.edition}"
        for at, one in enumerate(found.values(), 1)
        if save(ended[one.code, one.edition], at)
    ]
    for row in Edition.objects.exclude(by=None):
        save(ended[row.code, row.edition], row.order)
    if changed:
        audit.record(None, "pack_schemes", object_type="scheme", detail={"changed": changed})
    report(f"评价方案：{len(changed)} 个版本有变化")


def closing(one: Scheme, following: Scheme) -> Scheme:
    """An edition as it stands when ``following`` of the same scheme has come: it ends on the day before, if it did not end
    earlier."""
    since, start = following.document.since, one.document.since
    if one.code != following.code or since is None or start is None or start >= since:
        return one
    last = since - dt.timedelta(days=1)
    if one.document.expires is not None and one.document.expires <= last:
        return one
    return one.model_copy(update={"document": one.document.model_copy(update={"expires": last})})


def _ended(one: Scheme, together: Sequence[Scheme]) -> Scheme:
    for other in together:
        one = closing(one, other)
    return one


def save(scheme: Scheme, order: int) -> bool:
    """Write an edition that was checked; whether it changed anything."""
    fields = {
        "title": scheme.title[:120],
        "subject": scheme.subject,
        "kind": scheme.kind,
        "since": scheme.document.since or dt.date.min,
        "until": scheme.document.expires,
        "data": scheme.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True),
        "names": list(scheme.values),
        "order": order,
    }
    known = Edition.objects.filter(code=scheme.code, edition=scheme.edition).first()
    if known is not None and all(getattr(known, name) == value for name, value in fields.items()):
        return False
    Edition.objects.update_or_create(code=scheme.code, edition=scheme.edition, defaults=fields)
    return True


def checked(scheme: Scheme, others: Sequence[Scheme]) -> list[Fault]:
    """What is wrong with an edition beside those that there are and what the database knows."""
    catalog = from_database()
    known = Known(catalog.indicators, catalog.recognitions, catalog.subjects)
    beside = [one for one in others if (one.code, one.edition) != (scheme.code, scheme.edition)]
    together: Mapping[str, Sequence[Scheme]] = grouped([*beside, scheme])
    return [
        *faults_against(scheme, known, together),
        *(fault for one, fault in faults_between([*beside, scheme]) if one.code == scheme.code),
    ]

"""A scenario is solved as a job: the table of times is made, then a program of its own looks for the optimum; it is ended
when somebody stops it.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

import qiangqu
from qiangqu.base.errors import InputError
from qiangqu.decisions.siting import describe
from qiangqu.messaging.notify import notify
from qiangqu.ui.background import JobStatus, Progress, Work

from ..models import Scenario, SitingModel
from ..roads.graph import Floats
from ..roads.travel import Travel
from .points import Points, unpacked

PROGRAM = "qiangqu.domains.emergency.siting.solver"
LOOK = 0.5  # seconds between two looks at whether somebody has stopped it
GRACE = 30  # seconds that the program may take over its time before it is ended
LISTED = 200  # places that a result names
NEEDS_ALL = (SitingModel.COVER_ALL, SitingModel.COVER_TWICE)


def table_of(points: Points, way: Travel) -> Floats:
    """Minutes: demand (rows) × candidates (columns)."""
    return np.ascontiguousarray(way.minutes(points.places, points.demand).T)


def packed(table: Floats) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, table=table.astype(np.float32))
    return file.getvalue()


def unpack_table(data: bytes) -> Floats:
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        return np.asarray(held["table"], np.float64)


def figures_of(part: Floats, weights: Floats, standard: float) -> dict[str, Any]:
    """What sites mean for the places (``part``: demand × these sites, minutes): shares of the weight within the
    standard of one and of two, weighted mean and worst minutes, how many places are beyond and not reached."""
    seen = describe(part, range(part.shape[1]), standard=standard, weights=weights)
    total = float(weights.sum()) or 1.0
    best = part.min(1)
    reached = np.isfinite(best)
    return {
        "within": seen.within, "share": round(100 * seen.within / total, 2), "twice": round(100 * seen.twice / total, 2),
        "mean": None if seen.mean is None else round(seen.mean, 2),
        "worst": round(float(best[reached].max()), 2) if reached.any() else None,
        "beyond": len(seen.beyond), "unreached": len(seen.unreached), "total": total,
    }  # fmt: skip


def _solvable(job: Scenario, points: Points, table: Floats) -> tuple[Any, list[str]]:
    """Which places take part, and sentences on those that cannot: no road leads to them, or no candidate is near."""
    notes = []
    reached = np.isfinite(table).any(1)
    if not reached.all():
        notes.append(
            _unreached(
                points,
                np.flatnonzero(~reached),
                _("有 %(n)s 个需求点不可达（道路不连通或离道路太远），不参加计算：%(names)s"),
            )
        )
    part = reached
    if job.model in NEEDS_ALL:
        near = (table <= job.standard).any(1)
        if (reached & ~near).any():
            notes.append(
                _unreached(
                    points,
                    np.flatnonzero(reached & ~near),
                    _("有 %(n)s 个需求点离所有备选站址都超过标准，不参加计算：%(names)s"),
                )
            )
        part = near
    if not part.any():
        raise InputError(_("备选站址到所有需求点都不可达，请检查坐标和道路网"), where=job.title)
    return part, notes


def _unreached(points: Points, rows: Any, sentence: str) -> str:
    names = "、".join(points.names[one] or f"#{one + 1}" for one in rows[:5].tolist())
    return sentence % {"n": len(rows), "names": names + ("…" if len(rows) > 5 else "")}


def _run(job: Scenario, held: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The answer of the program. Raises InputError for what it refuses, when it is stopped, or takes far too long."""
    said = {"model": job.model, "p": job.p, "standard": job.standard, "seconds": job.seconds}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.npz"
        np.savez(file, said=np.frombuffer(json.dumps(said).encode(), np.uint8), **held)
        root = str(Path(qiangqu.__file__).resolve().parents[1])
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", PROGRAM, str(file), str(answer)]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603 - our own program
        try:
            _wait(program, job, progress)
        finally:
            program.kill()
            program.wait()
        if program.returncode:
            raise InputError(_("计算中断（可能内存不足），请减少需求点或备选站址"), where=job.title)
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if "fault" in found:
        raise InputError(found["fault"], where=job.title)
    return found


def _wait(program: Any, job: Scenario, progress: Progress) -> None:
    began = time.monotonic()
    while True:
        try:
            program.wait(LOOK)
        except subprocess.TimeoutExpired:
            pass
        else:
            return
        spent = time.monotonic() - began
        progress(min(99, round(100 * spent / (job.seconds * 1.5))))
        if not Scenario.objects.filter(pk=job.pk, status=JobStatus.CHECKING, worker=job.worker).exists():
            raise InputError(_("已停止"), where=job.title)
        if spent > job.seconds * 1.5 + GRACE:
            raise InputError(_("计算超时"), where=job.title)


def solve(job: Scenario, progress: Progress) -> dict[str, Any]:
    """What is done with a job: times, optimum, figures. Returns the columns to set."""
    with override("zh-hans"):
        points, way = unpacked(bytes(job.points)), Travel(job.network)
        table = table_of(points, way)
        part, notes = _solvable(job, points, table)
        found = _run(
            job, {"table": table[part].astype(np.float32), "weights": points.weights[part], "keep": np.array(points.keep, np.int64), "rooms": points.rooms},
            progress,
        )  # fmt: skip
        # what a choice means is told of all places, also of those that took no part
        sites = [int(one) for one in found["sites"]]
        result = told(points, table[:, sites], job.standard, [place_of(points, one) for one in sites])
        total = float(points.weights.sum()) or 1.0
        beside = [one | {"share": round(100 * one["within"] / total, 2)} for one in found["beside"]]
        result |= {key: found[key] for key in ("value", "bound", "proven", "seconds")} | {"beside": beside}
        return {
            "status": JobStatus.READY, "table": packed(table), "result": result, "notes": [*job.notes, *notes],
            "basis": way.basis[:120], "progress": 100, "error": "",
        }  # fmt: skip


def place_of(points: Points, candidate: int) -> dict[str, Any]:
    """A site as a result names it."""
    lon, lat = (float(value) for value in points.places[candidate])
    return {
        "name": points.sites[candidate], "lon": lon, "lat": lat, "candidate": candidate, "kept": candidate in points.keep
    }  # fmt: skip


def told(points: Points, part: Floats, standard: float, sites: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What sites mean (``part``: demand × these sites): figures, the sites with the weight that each serves, the places
    that are beyond the standard or not reached."""
    best, nearest = part.min(1), part.argmin(1)
    reached = np.isfinite(best)
    served = np.bincount(nearest[reached], points.weights[reached], minlength=part.shape[1])
    shown = [one | {"serves": round(float(load), 1)} for one, load in zip(sites, served, strict=True)]
    far = np.flatnonzero(reached & (best > standard))
    far = far[np.argsort(-best[far], kind="stable")][:LISTED]
    return {
        "sites": shown, "figures": figures_of(part, points.weights, standard),
        "beyond": [[points.names[one], round(float(best[one]), 1)] for one in far.tolist()],
        "unreached": [points.names[one] for one in np.flatnonzero(~reached)[:LISTED].tolist()],
    }  # fmt: skip


def _nothing(job: Scenario, progress: Progress) -> dict[str, Any]:
    return {"status": JobStatus.READY}


SITINGS = Work(Scenario, check=solve, store=_nothing)


def on_ended(sender: Any, job: Any, status: str, error: str, **_more: Any) -> None:
    """Receiver of ``job_ended``: who made the scenario may have gone away meanwhile."""
    if not isinstance(job, Scenario) or status not in (JobStatus.READY, JobStatus.FAILED):
        return
    word = _("选址已算出：%(title)s") if status == JobStatus.READY else _("选址未能算出：%(title)s")
    notify(
        job.user, word % {"title": job.title}, error[:500], reverse("siting", args=[job.pk]), topic="emergency",
        key=f"siting-ended:{job.pk}:{status}", simulated=job.simulated,
    )  # fmt: skip

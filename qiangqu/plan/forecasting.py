"""Kept forecasts: each target's series is forecast once and again only when its values change."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from django.utils import timezone

from qiangqu.decisions.distribution import Forecast, Request, Step
from qiangqu.decisions.forecast import forecast_many
from qiangqu.registry.models import Area

from .models import TargetForecast

METHOD_VERSION = 4  # raise when decisions.forecast gives other numbers for the same series
KEPT = dt.timedelta(days=60)
LEAST_POINTS = 3  # fewer are answered at once and not worth keeping


def fingerprint(request: Request) -> str:
    """What a forecast depends on, as a hash."""
    parts = [
        METHOD_VERSION,
        [round(t, 6) for t in request.times],
        list(request.values),
        request.horizon,
        request.lower,
        request.upper,
        request.growing,
        request.whole,
        request.rising,
        request.summed,
        None if request.expected is None else astuple(request.expected),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def forecasts(requests: Mapping[int, Request], area: Area) -> dict[int, Forecast]:
    """Forecasts by target id for one area: those kept with the same fingerprint, the others made in one call
    and kept.
    """
    short = [target_id for target_id, request in requests.items() if len(request.values) < LEAST_POINTS]
    answered = dict(zip(short, forecast_many([requests[target_id] for target_id in short]), strict=True))
    wanted = {target_id: fingerprint(request) for target_id, request in requests.items() if target_id not in answered}
    rows = TargetForecast.objects.filter(area=area, target_id__in=wanted, fingerprint__in=set(wanted.values()))
    kept = {(row.target_id, row.fingerprint): row for row in rows}
    found = {target_id: _read(kept[key]) for target_id, mark in wanted.items() if (key := (target_id, mark)) in kept}
    missing = [target_id for target_id in wanted if target_id not in found]
    if missing:
        made = forecast_many([requests[target_id] for target_id in missing])
        _keep(area, missing, made, wanted)
        found |= dict(zip(missing, made, strict=True))
    return found | answered


def _keep(area: Area, target_ids: Sequence[int], made: Sequence[Forecast], wanted: Mapping[int, str]) -> None:
    rows = [
        TargetForecast(
            target_id=target_id,
            area=area,
            fingerprint=wanted[target_id],
            mean=f.mean,
            low=f.low,
            high=f.high,
            sd=f.sd,
            df=f.df,
            log=f.log,
            method=f.method,
            reason=f.reason[:200],
            centre=f.centre,
            lower=f.lower,
            upper=f.upper,
            whole=f.whole,
            path=[[step.time, step.mean, step.low, step.high] for step in f.path],
        )
        for target_id, f in zip(target_ids, made, strict=True)
    ]
    # another process may keep the same forecast at the same moment: either copy will do
    TargetForecast.objects.bulk_create(rows, ignore_conflicts=True)
    TargetForecast.objects.filter(area=area, target_id__in=target_ids, made_at__lt=timezone.now() - KEPT).delete()


def _read(row: TargetForecast) -> Forecast:
    path = tuple(Step(*step) for step in row.path)
    return Forecast(
        row.mean, row.low, row.high, row.sd, row.method, row.reason, row.df, row.log, path,  # type: ignore[arg-type]
        row.centre, row.lower, row.upper, row.whole,
    )  # fmt: skip

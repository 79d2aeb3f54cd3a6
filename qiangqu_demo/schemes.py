"""Figures and answers for schemes in a demonstration: yearly reports of simulated enterprises that want a title, answers
of the offices. All marked 模拟数据; better enterprises mostly have better figures, and some report only a part.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.utils import timezone

from qiangqu.base.periods import parse_period
from qiangqu.facts.models import BatchKind, Element, FactBatch
from qiangqu.facts.store import ingest
from qiangqu.registry.models import Area, Organisation, Recognition
from qiangqu.schemes.gather import Gathered, gather, question_of
from qiangqu.schemes.kinds import KINDS
from qiangqu.schemes.models import Edition, Reply

KEY = "simulate:schemes"
SEED = 2027
SMALL = 2400  # enterprises below the designated size that report
YEARS = 4
ORGANISATION = 2  # number of the register in facts
_100M = 1e4  # 万元 of an 亿元
_10KT = 1e7  # kg of 万吨

Numbers = npt.NDArray[np.float64]


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Yearly reports and answers, unless there are some."""
    if FactBatch.objects.filter(key=KEY).exists() or not Organisation.objects.filter(simulated=True).exists():
        return
    day = timezone.localdate()
    known = gather(KINDS["enterprise"], day)
    random = np.random.default_rng(SEED)
    who, quality = _reporters(known, day, random)
    facts = _facts(known, who, quality, day, random)
    ingest(facts, key=KEY, kind=BatchKind.SIMULATION, simulated=True, note="模拟的企业梯度培育年报")
    answers = _answers(known, who, quality, day, random)
    Reply.objects.bulk_create(answers, batch_size=2000)
    report(f"模拟的企业梯度培育年报 {facts.num_rows} 项、方案答复 {len(answers)} 项")


def _reporters(known: Gathered, day: dt.date, random: Any) -> tuple[npt.NDArray[np.int64], Numbers]:
    """Rows of who reports, and how good each is (around 0; holders of titles are better)."""
    firms = Organisation.objects.filter(simulated=True, pk__in=known.ids.tolist())
    scale = dict(firms.values_list("pk", "scale"))
    boost: dict[int, float] = {}
    weights = {
        "little_giant": 1.8,
        "single_champion": 2.0,
        "srdi": 1.1,
        "high_tech_enterprise": 0.9,
        "innovative_sme": 0.5,
        "tech_sme": 0.3,
    }
    for pk, kind in Recognition.objects.filter(kind__code__in=weights).values_list("holder_id", "kind__code"):
        boost[pk] = max(boost.get(pk, 0.0), weights[kind])
    above = [at for at, pk in enumerate(known.ids.tolist()) if scale.get(pk) == "above"]
    small = [at for at, pk in enumerate(known.ids.tolist()) if scale.get(pk) == "small"]
    # those that hold a title report first
    small.sort(key=lambda at: (-boost.get(int(known.ids[at]), 0.0), at))
    who = np.array(sorted([*above, *small[:SMALL]]), np.int64)
    lift = np.array([boost.get(int(known.ids[at]), 0.0) for at in who])
    return who, random.normal(0, 0.55, who.size) + lift


def _stored(known: Gathered, code: str, year: int) -> Numbers:
    """Values that the twin's monthly reports gave for a year; missing where there are none."""
    number, _unit = known._units[code]
    return known._stored(number, parse_period(str(year)))


def _facts(known: Gathered, who: npt.NDArray[np.int64], quality: Numbers, day: dt.date, random: Any) -> pa.Table:
    elements = dict(Element.objects.values_list("code", "pk"))
    parts: list[tuple[str, int, Numbers]] = []
    size = who.size
    base = 900 * np.exp(random.normal(0, 0.9, size) + 0.25 * quality)  # 万元 of who reports no months
    drift = random.normal(0.07, 0.09, size) + 0.03 * quality
    intensity = np.exp(random.normal(0.95, 0.45, size) + 0.38 * quality)  # % of revenue
    focus = random.normal(86, 9, size) + 3.5 * quality
    debt = np.clip(random.normal(52, 15, size) - 3 * quality, 8, 98)
    margin = random.normal(4.5, 4, size) + 1.8 * quality
    tech = np.clip(random.normal(11, 5, size) + 4.5 * quality, 0.5, 70)
    patents = random.poisson(np.clip(0.5 + 1.3 * quality, 0.02, None))
    models = random.poisson(np.clip(1.5 + 2.5 * quality, 0.1, None))
    results = random.poisson(np.clip(1.2 + 1.6 * quality, 0.1, None), (YEARS, size))
    niche = np.clip(random.gamma(4, 2.2, size) + quality, 0, 30).round()
    share = np.clip(np.exp(random.normal(1.2, 0.8, size) + 0.4 * quality), 0.1, 70)
    for at, year in enumerate(range(day.year - YEARS, day.year)):
        monthly = _stored(known, "ent_revenue", year)[who]
        staff_known = _stored(known, "ent_staff", year)[who]
        own = base * np.exp(drift * at + random.normal(0, 0.05, size))
        revenue = np.where(np.isnan(monthly), own, monthly)
        staff = np.where(np.isnan(staff_known), np.clip(revenue / 90, 6, None).round(), staff_known)
        parts.append(("operating_revenue", year, np.where(np.isnan(monthly), revenue, np.nan) / _100M))
        parts.append(("employees", year, np.where(np.isnan(staff_known), staff, np.nan) / 1e4))
        assets_known = _stored(known, "ent_assets", year)[who]
        assets = np.where(np.isnan(assets_known), revenue * np.exp(random.normal(0.1, 0.2, size)), assets_known)
        debts_known = _stored(known, "ent_debt_ratio", year)[who]
        parts.append(("total_assets", year, np.where(np.isnan(assets_known), assets, np.nan) / _100M))
        parts.append(("total_liabilities", year, np.where(np.isnan(debts_known), assets * debt / 100, np.nan) / _100M))
        rd = revenue * np.clip(intensity * np.exp(random.normal(0, 0.12, size)), 0.1, 30) / 100
        parts.append(("rd_cost", year, rd / _100M))
        parts.append(("cost_expense", year, revenue * random.uniform(0.82, 0.97, size) / _100M))
        main = np.clip(focus + random.normal(0, 1.5, size), 20, 100)
        parts.append(("main_revenue", year, revenue * main / 100 / _100M))
        parts.append(("net_profit", year, revenue * (margin + random.normal(0, 1, size)) / 100 / _100M))
        hightech = np.clip(random.normal(48, 18, size) + 14 * quality, 0, 100)
        parts.append(("hightech_revenue", year, revenue * hightech / 100 / _100M))
        parts.append(("tech_staff", year, (staff * tech / 100).round()))
        parts.append(("rd_staff", year, (staff * tech / 100 * 0.8).round()))
        parts.append(("ip_class1", year, np.minimum(patents, (patents * (0.5 + 0.17 * at)).round())))
        parts.append(("ip_class1_own", year, np.minimum(patents, (patents * (0.4 + 0.17 * at)).round())))
        parts.append(("ip_class1_high", year, (patents * 0.3).round() * (quality > 0.8)))
        parts.append(("ip_class2", year, (models * (0.5 + 0.17 * at)).round()))
        parts.append(("tech_results", year, results[at].astype(float)))
        funded = random.random(size) < 0.03 + 0.02 * np.clip(quality, 0, 2)
        parts.append(("equity_financing", year, np.where(funded, random.lognormal(6.5, 1, size), 0) / _100M))
        parts.append(("niche_years", year, np.clip(niche - (YEARS - 1 - at), 0, None)))
        parts.append(
            ("system_certificates", year, np.clip((1.5 + quality + random.normal(0, 0.7, size)).round(), 0, 6))
        )
        parts.append(("green_upgrade_projects", year, random.poisson(0.4, size).astype(float)))
        parts.append(("green_upgrade_investment", year, revenue * random.gamma(1.2, 0.006, size) / _100M))
        # of those whose energy is known, what better ones have more of
        energy = _stored(known, "ent_energy_per_output", year)[who] * revenue / _10KT
        renewable = np.clip(random.normal(14, 9, size) + 4 * quality, 0, 90) / 100
        parts.append(("renewable_energy_used", year, energy * renewable))
    last = day.year - 1
    parts.append(("rd_cost_domestic_share", last, np.clip(random.normal(97, 4, size), 40, 100).round(1)))
    parts.append(("niche_market_share", last, np.where(quality > 0.3, share, np.nan).round(1)))
    parts.append(
        ("niche_market_rank", last, np.where(quality > 0.8, np.clip(random.geometric(0.2, size), 1, 30), np.nan))
    )
    parts.append(
        ("niche_world_rank", last, np.where(quality > 1.6, np.clip(random.geometric(0.25, size), 1, 30), np.nan))
    )
    score = np.clip(random.normal(42, 8, size) + 9 * quality, 10, 95).round(1)
    parts.append(("srdi_evaluation_score", last, np.where(quality > 0.2, score, np.nan)))
    parts.append(("energy_platform_functions", last, np.where(quality > 0.6, random.integers(0, 10, size), np.nan)))
    rows = [(code, year, values) for code, year, values in parts if code in elements]
    # an item in thirty is left out: reports are never complete
    kept = [~np.isnan(values) & (random.random(size) > 0.03) for _c, _y, values in rows]
    return pa.table(
        {
            "element": np.concatenate([np.full(k.sum(), elements[c], np.int32) for (c, _y, _v), k in zip(rows, kept, strict=True)]),
            "subject_kind": np.full(int(sum(k.sum() for k in kept)), ORGANISATION, np.int8),
            "subject_id": np.concatenate([known.ids[who[k]].astype(np.int32) for k in kept]),
            "period_key": np.concatenate([np.full(k.sum(), parse_period(str(y)).key, np.int32) for (_c, y, _v), k in zip(rows, kept, strict=True)]),
            "value": np.concatenate([v[k].astype(float) for (_c, _y, v), k in zip(rows, kept, strict=True)]),
        }
    )  # fmt: skip


def _answers(known: Gathered, who: npt.NDArray[np.int64], quality: Numbers, day: dt.date, random: Any) -> list[Reply]:
    """Answers to the questions of all schemes for enterprises, and experts' marks, as of the middle of the year."""
    made: list[Reply] = []
    asked: set[str] = set()
    since = dt.date(day.year, 3, 31)
    rare = {
        "award",
        "maker",
        "strategic",
        "field",
        "six",
        "chain",
        "fills",
        "world",
        "leading",
        "new_product",
        "standard",
        "provincial_rd",
        "quality_award",
        "innovation_title",
        "market_known",
    }
    for edition in Edition.objects.filter(subject="enterprise"):
        scheme = edition.scheme
        for name, value in scheme.values.items():
            question = question_of(scheme, name)
            if value.kind not in ("ask", "mark") or question in asked:
                continue
            asked.add(question)
            if value.ask == "number":
                continue
            chance = 0.08 if any(part in question for part in ("award", "maker", "world", "leading")) else 0.45
            likely = any(part in question for part in rare)
            # the offices have answered for better enterprises first
            answered = (random.random(who.size) < 0.93) & (quality > (0.2 if value.mark else -0.4))
            for at in np.flatnonzero(answered):
                if value.mark:
                    low, high = value.mark
                    figure = float(
                        np.clip(
                            round(low + (high - low) * (0.5 + 0.15 * quality[at] + random.normal(0, 0.12)), 1),
                            low,
                            high,
                        )
                    )
                    reason = "（模拟）专家评分"
                elif value.options:
                    figure = float(
                        value.options[
                            int(
                                np.clip(
                                    random.integers(0, len(value.options)) * 0.5 + quality[at],
                                    0,
                                    len(value.options) - 1,
                                )
                            )
                        ].is_
                    )
                    reason = "（模拟）"
                else:
                    good = random.random() < (chance + 0.1 * quality[at] if likely else 0.965)
                    figure, reason = float(good), "（模拟）"
                made.append(
                    Reply(
                        organisation_id=int(known.ids[who[at]]),
                        question=question,
                        value=figure,
                        reason=reason,
                        day=since,
                        simulated=True,
                    )
                )
    return made

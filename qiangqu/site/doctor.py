"""``qiangqu doctor``: goes through the checks that the parts declare and says what is wrong with this node. It
works on a node that does not start: checks of the folder and of the packages come before the settings.
"""

import datetime as dt
import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext_lazy as _

from qiangqu.base.doctor import Finding, error
from qiangqu.base.part import Check, Part, Reference, load

from .parts import PARTS

log = logging.getLogger(__name__)
WELL, WARNING, ERROR, NOTE, SKIPPED = "ok", "warning", "error", "note", "skipped"
STATE_WORDS = {WELL: _("没有问题"), WARNING: _("提示"), ERROR: _("错误"), NOTE: _("说明"), SKIPPED: _("未查")}
#: without these nothing can be asked of the database
FOUNDATIONS = ("database", "migrations")


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found; ``state`` is ok, warning, error, or skipped (it could not be asked)."""

    check: Check
    state: str
    findings: tuple[Finding, ...] = ()


def declared(parts: Sequence[Part]) -> list[tuple[Check, Reference]]:
    """All checks of the parts, those of the site first: what others need is looked at before them."""
    found = [(check, part.reference(check.find)) for part in parts for check in part.checks]
    return sorted(found, key=lambda pair: (not pair[0].early, pair[1].package != "qiangqu.site"))


def examine(
    checks: Sequence[tuple[Check, Reference]], now: dt.datetime, before: Sequence[Result] = ()
) -> Iterator[Result]:
    """Do the checks, one after the other; ``before``: what is already known. One that fails is an error of
    its own, unless the database is known to be away.
    """
    done = list(before)
    for check, find in checks:
        try:
            found = tuple(find(now))
            state = ERROR if any(one.is_error for one in found) else WARNING if _warnings(found) else WELL
            result = Result(check, state, found)
        # whatever it is: the other checks are what the node's keeper needs now
        except Exception as failure:
            if any(one.state == ERROR and one.check.name in FOUNDATIONS for one in done):
                result = Result(check, SKIPPED)
            else:
                log.exception("check %s failed", check.name)
                result = Result(check, ERROR, (_failed(failure),))
        done.append(result)
        yield result


def _failed(failure: Exception) -> Finding:
    reason = (str(failure).strip().splitlines() or [""])[0][:200]
    return error(_("这一项没有查成：%(reason)s"), reason=f"{type(failure).__name__}: {reason}")


def examined(now: dt.datetime) -> list[Result]:
    """What the page shows: all but the checks that ask other machines."""
    return list(examine([one for one in declared(load(PARTS)) if not one[0].outward], now))


def _set_up(language: str) -> Finding | None:
    """Read the settings; what is wrong with them. Words can be translated afterwards, either way."""
    import django
    from django.conf import settings
    from django.utils import translation

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
    found = None
    try:
        django.setup()
    # any mistake in an environment variable ends here: ValueError, ImproperlyConfigured, OSError
    except Exception as failure:
        reason = (str(failure).strip().splitlines() or [""])[0][:200]
        found = error(_("设置读不进来（%(reason)s）：请改正环境变量（见 docs/operations/settings.md）"), reason=reason)
        if not settings.configured:
            _configure_words()
    translation.activate(language)
    return found


def _configure_words() -> None:
    """Settings for nothing but translating."""
    import django
    from django.conf import settings

    settings.configure(
        LOCALE_PATHS=[Path(__file__).parents[1] / "locale"],
        LANGUAGE_CODE="zh-hans",
        LANGUAGES=[("zh-hans", "简体中文"), ("en", "English")],
    )
    django.setup()


@click.command("doctor")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--language", type=click.Choice(["zh-hans", "en"]), default="zh-hans", show_default=True)
def doctor(form: str, language: str) -> int:
    """给本节点体检：逐项说出哪里不对、该怎么办（有错误时退出码为 1）。不改动数据。"""
    now = dt.datetime.now(dt.UTC)
    checks = declared(load(PARTS))
    early = [one for one in checks if one[0].early]
    results = list(examine(early, now))
    rest = [one for one in checks if not one[0].early]
    if any(one.state == ERROR for one in results):
        _configure_words()
        from django.utils import translation

        translation.activate(language)
        results += [Result(check, SKIPPED) for check, _find in rest]
    elif (wrong := _set_up(language)) is not None:
        results.append(Result(Check("settings", _("设置"), ""), ERROR, (wrong,)))
        results += [Result(check, SKIPPED) for check, _find in rest]
    else:
        results += examine(rest, now, results)
    errors = sum(finding.is_error for one in results for finding in one.findings)
    warnings = sum(_warnings(one.findings) for one in results)
    if form == "json":
        told: dict[str, Any] = {"errors": errors, "warnings": warnings, "checks": [_as_json(one) for one in results]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return 1 if errors else 0
    for one in results:
        click.echo(f"{STATE_WORDS[one.state]}  {one.check.title}")
        for finding in one.findings:
            click.echo(f"      {STATE_WORDS[severity(finding)]}：{finding}")
    if any(one.state == SKIPPED for one in results):
        click.echo(str(_("先改正上面的错误，“未查”的各项才查得了")))
    click.echo(str(_("%(errors)s 处错误，%(warnings)s 处提示")) % {"errors": errors, "warnings": warnings})
    return 1 if errors else 0


def _warnings(found: Sequence[Finding]) -> int:
    return sum(not (one.is_error or one.is_note) for one in found)


def severity(one: Finding) -> str:
    """Error, warning or note."""
    return ERROR if one.is_error else NOTE if one.is_note else WARNING


def _as_json(one: Result) -> dict[str, Any]:
    findings = [{"severity": severity(each), "message": str(each)} for each in one.findings]
    return {"name": one.check.name, "title": str(one.check.title), "state": one.state, "findings": findings}

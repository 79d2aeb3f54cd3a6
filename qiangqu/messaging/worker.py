"""Doing the periodic jobs: each by one worker at a time, noted in the database, one job's failure not
another's.
"""

import datetime as dt
import logging
from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.utils import timezone

from qiangqu.base.jobs import Job, jobs

from .models import JobRun

log = logging.getLogger(__name__)


def _taken(job: Job, now: dt.datetime, row: JobRun | None) -> bool:
    """Whether this worker is the one that does the job now; ``row``: what is noted of it."""
    following = job.next_after(timezone.localtime(now))
    if row is None:
        try:
            with transaction.atomic():
                # a daily job waits for its hour, the others begin at once
                JobRun.objects.create(name=job.name, next_at=following)
        except IntegrityError:
            return False
        return job.at is None
    if row.next_at > now:
        # a clock that was set back must not stop a job for as long
        if row.next_at - now > max(job.every, dt.timedelta(days=1)):
            JobRun.objects.filter(name=job.name, next_at=row.next_at).update(next_at=following)
        return False
    return bool(JobRun.objects.filter(name=job.name, next_at=row.next_at).update(next_at=following))


def run_due(
    now: dt.datetime | None = None, *, everything: bool = False, long: bool | None = None
) -> Iterator[tuple[str, str, bool]]:
    """Do every job that is due (``everything``: all of them; ``long``: only those that are, or are not);
    yields name, what it said and whether it succeeded. A failure is logged with its trace and noted; the
    other jobs go on."""
    noted = {row.name: row for row in JobRun.objects.all()}
    for job in jobs():
        if long is not None and job.long != long:
            continue
        at = now or timezone.now()
        if not (_taken(job, at, noted.get(job.name)) or everything):
            continue
        try:
            said = job.work(at)
        except Exception as error:
            log.exception("job %s failed", job.name)
            JobRun.objects.filter(name=job.name).update(ran_at=at, failure=f"{type(error).__name__}: {error}"[:300])
            yield job.name, f"{type(error).__name__}: {error}", False
        else:
            JobRun.objects.filter(name=job.name).update(ran_at=at, said=said[:300], failure="")
            yield job.name, said, True

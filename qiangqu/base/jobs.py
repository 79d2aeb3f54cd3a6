"""Work that comes round by itself (定时任务): parts name it in their manifests, ``qiangqu worker`` does it.

>>> import datetime as dt
>>> register("doctest", dt.timedelta(hours=1), lambda now: "done")
>>> [job.name for job in jobs() if job.name == "doctest"]
['doctest']
>>> _ = _jobs.pop("doctest")
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[dt.datetime], str]


@dataclass(frozen=True, slots=True)
class Job:
    """``work(now)`` is called every ``every``, or, with ``at``, once a day at or after that local time; it
    gives back what it did in a few words ("" for nothing). It must be safe to do twice: a worker can be
    killed after the work and before it is noted. ``long`` work goes on beside the others, which do not wait
    for it."""

    name: str
    every: dt.timedelta
    work: Work
    at: dt.time | None = None
    long: bool = False

    def next_after(self, now: dt.datetime) -> dt.datetime:
        """When the job is due again after a run at ``now`` (an aware local time)."""
        if self.at is None:
            return now + self.every
        today = now.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        return today if today > now else today + dt.timedelta(days=1)


_jobs: dict[str, Job] = {}


def register(name: str, every: dt.timedelta, work: Work, at: dt.time | None = None, *, long: bool = False) -> None:
    """Add a job; the same name again replaces it. Raises ValueError for an interval below a second or a name
    longer than 60.
    """
    if every < dt.timedelta(seconds=1) or not 0 < len(name) <= 60:
        raise ValueError(f"job {name[:80]}: interval of at least a second and a name of 1 to 60 characters")
    _jobs[name] = Job(name, every, work, at, long)


def jobs() -> list[Job]:
    """All jobs in order of their names."""
    return [_jobs[name] for name in sorted(_jobs)]

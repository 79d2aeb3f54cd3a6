"""24 zones × 5 schemes in rounds of assessment: frozen with their origins and marked, marked again after a decision, where all
zones stand today against the last round, a zone's page.

    python bench/assessment.py [--enterprises 2400] [--seed 1]

The world is that of bench/schemes.py: every zone has twelve indicators, each scheme ten criteria. CPU seconds of all threads
and seconds by the clock; nothing is kept from before where it says so.
"""

import argparse
import datetime as dt
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from schemes import timed, world


def measure(enterprises: int, seed: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from qiangqu.formulas.refresh import postponed

    with postponed():
        world(enterprises, 1, seed)
    from qiangqu.domains.assessment import live, rounds
    from qiangqu.domains.assessment.freezing import explained_for, recompute, zones_of
    from qiangqu.domains.assessment.models import Round, RoundState
    from qiangqu.registry.models import Area, Role, User
    from qiangqu.registry.nodes import this_node
    from qiangqu.schemes import gather as gathering
    from qiangqu.schemes.models import Edition

    node = this_node()
    node.code = "B"
    node.save()
    region = Area.objects.get(level="region")
    zones = list(Area.objects.filter(level="zone"))
    user = User.objects.create_user("planner", password="x", role=Role.PLANNER, area=region)
    editions = list(Edition.objects.filter(subject="zone"))
    day = dt.date.today()
    made = [
        rounds.open_round(Round(title=str(one), area=region, edition=one, day=day), zones, user) for one in editions
    ]
    gathering._KEPT.clear()
    with timed(f"frozen and marked: {len(zones)} zones × {len(made)} schemes, nothing kept (aim ≤ 1 s)"):
        for one in made:
            rounds.freeze(one, user)
    with timed("marked anew from what is frozen, all five rounds"):
        for one in Round.objects.all():
            recompute(one)
    Round.objects.update(state=RoundState.PUBLISHED)
    gathering._KEPT.clear()
    with timed("where all zones stand today in five schemes against their rounds, nothing kept (aim ≤ 1 s)"):
        for scheme in live.zone_schemes(day).values():
            live.standings(scheme, day, live.last_published(scheme.code))
    first = Round.objects.get(pk=made[0].pk)
    explained_for(first, zones_of(first), 0)  # loads the addresses of the site
    with timed("one zone of a round, explained criterion by criterion (aim ≤ 0.1 s)"):
        explained_for(first, zones_of(first), 7)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["QIANGQU_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
        measure(given.enterprises, given.seed)

"""A small region with people at their desks, and one kind: the approval in ``kinds/approval``."""

from pathlib import Path

import pytest

from qiangqu.cases.definition import read_folder
from qiangqu.cases.kinds import save_version
from qiangqu.cases.pack import seed_calendar
from qiangqu.registry.tests import factories

KINDS = Path(__file__).parent / "kinds"


@pytest.fixture
def files() -> dict[str, str]:
    return read_folder(KINDS / "approval")


def people_of(areas):
    people = factories.users(areas)
    people |= {
        "zone2": factories.user("zone", areas["Z1"], "zone2"),
        "inspector": factories.user("inspector", areas["R"], "inspector"),
        "enterprise": factories.user(
            "enterprise", areas["Z1"], "enterprise", organisation=factories.enterprise(areas["Z1"], 1)
        ),
        "rival": factories.user("enterprise", areas["Z1"], "rival", organisation=factories.enterprise(areas["Z1"], 2)),
        "city2": factories.user("bureau", areas["C2"], "city2"),
    }
    return people


def set_up(files):
    """Areas, people and the kind; also for tests outside of pytest's own transaction."""
    areas = factories.tree()
    people = people_of(areas)
    seed_calendar()
    version = save_version(files, people["admin"], note="首版")
    return {"areas": areas, "people": people, "version": version, "files": files}


@pytest.fixture
def scene(db, files):
    return set_up(files)


@pytest.fixture
def open_scene(transactional_db, files):
    """The same where threads and processes must see it."""
    return set_up(files)

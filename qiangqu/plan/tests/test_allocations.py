import pytest

from qiangqu.base.errors import InputError
from qiangqu.messaging.models import Message
from qiangqu.plan.allocations import allocate, year_sums
from qiangqu.plan.models import Allocation, Target
from qiangqu.registry.models import Area, AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def ship(tiny) -> Target:
    return Target.objects.get(code="A1")


@pytest.fixture
def top(tiny) -> Area:
    return tiny.area


def test_parts_that_reach_the_whole_are_kept(ship, top, people) -> None:
    result = allocate(ship, top, 2033, {"990100": 80.0, "990200": 53.1}, user=people["planner"])
    assert result.fits and result.whole == 133.1
    assert Allocation.objects.count() == 2
    assert AuditEntry.objects.get(action="target_allocated").detail["after"] == {"990100": 80.0, "990200": 53.1}
    allocate(ship, top, 2033, {"990100": 80.0, "990200": 53.1}, user=people["planner"])
    assert AuditEntry.objects.filter(action="target_allocated").count() == 1 and Allocation.history.count() == 2


def test_parts_that_fall_short_are_refused_whole(ship, top, people) -> None:
    with pytest.raises(InputError, match=r"差3\.1亿元"):
        allocate(ship, top, 2033, {"990100": 80.0, "990200": 50.0}, user=people["planner"])
    assert Allocation.objects.count() == 0


def test_rounding_and_more_than_the_whole_are_allowed(ship, top, people) -> None:
    assert allocate(ship, top, 2033, {"990100": 80.0, "990200": 53.0}, user=people["planner"]).fits
    assert allocate(ship, top, 2033, {"990200": 70.0}, user=people["planner"]).gap == pytest.approx(-16.9)


def test_years_on_the_way_follow_the_path(ship, top, people) -> None:
    wanted = {one.year: one.whole for one in year_sums(ship, top)}
    assert wanted == {2031: pytest.approx(110.0), 2032: pytest.approx(121.0), 2033: 133.1}
    with pytest.raises(InputError, match="差1亿元"):
        allocate(ship, top, 2031, {"990100": 60.0, "990200": 49.0}, user=people["planner"])


def test_taking_all_parts_away(ship, top, people) -> None:
    allocate(ship, top, 2033, {"990100": 80.0, "990200": 60.0}, user=people["planner"])
    assert allocate(ship, top, 2033, {"990100": None, "990200": None}, user=people["planner"]).fits is None
    assert Allocation.objects.count() == 0


def test_a_part_is_divided_further(ship, top, people) -> None:
    allocate(ship, top, 2033, {"990100": 80.0, "990200": 53.1}, user=people["planner"])
    east = Area.objects.get(code="990100")
    with pytest.raises(InputError, match="差10亿元"):
        allocate(ship, east, 2033, {"HL-Z-1": 70.0}, user=people["planner"])
    assert allocate(ship, east, 2033, {"HL-Z-1": 80.0}, user=people["planner"]).fits


@pytest.mark.parametrize("code", ["A2", "A3", "A4", "B4"])
def test_shares_and_growth_are_not_divided(tiny, top, people, code) -> None:
    with pytest.raises(InputError, match="不能相加"):
        allocate(Target.objects.get(code=code), top, 2033, {"990100": 1.0}, user=people["planner"])


@pytest.mark.parametrize(
    ("year", "parts"),
    [(2030, {"990100": 200.0}), (2034, {"990100": 200.0}), (2033, {"HL-Z-1": 200.0}), (2033, {"640000": 200.0}),
     (2033, {"990100": 1e15}), (2033, {"990100": float("nan")}), (2033, {"990100": float("inf")})],
)  # fmt: skip
def test_wrong_years_areas_and_numbers(ship, top, people, year, parts) -> None:
    with pytest.raises(InputError):
        allocate(ship, top, year, parts, user=people["planner"])
    assert Allocation.objects.count() == 0


def test_only_in_ones_own_area(ship, top, people) -> None:
    for user, parent in (("east", top), ("neighbour", Area.objects.get(code="990100"))):
        with pytest.raises(InputError, match="管辖"):
            allocate(ship, parent, 2033, {"990100": 200.0}, user=people[user])


def test_each_area_is_told_of_its_part_when_it_changes(ship, top, people) -> None:
    def told() -> list[tuple[str, str]]:
        found = [(one.user.username, one.subject) for one in Message.objects.order_by("user__username")]
        Message.objects.all().delete()
        return found

    allocate(ship, top, 2033, {"990100": 80.0, "990200": 53.1}, user=people["planner"])
    assert [name for name, _subject in told()] == ["east", "neighbour"]
    allocate(ship, top, 2033, {"990100": 80.0, "990200": 53.1}, user=people["planner"])
    assert told() == []
    allocate(ship, top, 2033, {"990100": 90.0, "990200": 53.1}, user=people["planner"])
    [(name, subject)] = told()
    assert name == "east" and "船舶产值" in subject and "2033" in subject

"""The list of what waits, put together from its parts, is the list that one query gives."""

import random

from qiangqu.base.visibility import visible
from qiangqu.cases import acts, listing
from qiangqu.cases.models import Case, Step
from qiangqu.cases.people import may_see
from qiangqu.ui import lists
from qiangqu.ui.lists import rows as rows_of


def test_the_parts_together_are_the_whole_in_its_order(scene):
    people, chance = scene["people"], random.Random(5)
    for n in range(14):
        data = {"title": f"第{n}件", "amount": 5}
        case = acts.open_case("approval", data, area=scene["areas"]["Z1"], user=people["zone"]).case
        step = case.steps.get()
        if n % 3 == 0:
            acts.assign(case, step.pk, "zone", people["planner"])
        if n % 7 == 0:
            acts.claim(case, step.pk, people["zone"])
        if n % 5 == 0:
            Step.objects.filter(pk=step.pk).update(due_on=None)
        elif chance.random() < 0.5:
            Step.objects.filter(pk=step.pk).update(due_on=f"2027-01-{chance.randint(1, 28):02d}")
    keys = [row.step.pk for row in rows_of.answer(listing.CASES, lists.asked_for(people["zone"], list="todo")).rows]
    whole = list(lists.narrowed(listing.CASES, lists.asked_for(people["zone"], list="todo")))
    assert sorted(keys) == sorted(step.pk for step in whole) and len(keys) == 12
    dated = [step.pk for step in whole if step.due_on]
    assert keys[: len(dated)] == dated  # by deadline; what has none comes last
    assert listing.counts(people["zone"]) == {"todo": 12, "doing": 2}
    assert rows_of.answer(listing.CASES, lists.asked_for(people["neighbour"], list="todo")).rows == []


def test_what_may_be_seen_is_the_same_for_one_case_and_for_all(scene):
    people = scene["people"]
    for who, area in (("zone", "Z1"), ("enterprise", "Z1"), ("city2", "C2"), ("neighbour", "Z3")):
        case = acts.open_case("approval", {"title": who, "amount": 5}, area=scene["areas"][area], user=people[who]).case
        if who == "zone":
            acts.claim(case, case.steps.get().pk, people["zone2"])
            acts.ask_countersign(case, case.steps.get().pk, ["city"], people["zone2"])
    for restricted in (False, True):
        scene["version"].kind.restricted = restricted
        scene["version"].kind.save()
        for person in people.values():
            seen = set(visible(Case.objects.all(), person).values_list("pk", flat=True))
            assert {case.pk for case in Case.objects.all() if may_see(person, case)} == seen, (person, restricted)

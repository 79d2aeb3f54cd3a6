"""What is known of all subjects of a kind on a day, as columns: from stored values of indicators, titles, answers."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from django.db.models import Max, Q

from qiangqu.base.periods import Period, parse_period
from qiangqu.facts import subjects
from qiangqu.formulas.dimensions import conversion
from qiangqu.formulas.models import EvaluationState, Indicator, IndicatorValue
from qiangqu.formulas.record_values import DATASET
from qiangqu.lake.segments import live
from qiangqu.registry.models import Area, Organisation, Recognition

from .check import edition_on, in_order
from .evaluate import Interval, Outcome, Standing, Table, evaluate
from .kinds import KINDS, Kind
from .language import Scheme, Value
from .models import Edition, Reply

#: of a register's column over which groups of peers are made
_GROUPS = {"sector": "sector_id", "chain": "chain_id", "scale": "scale"}


def period_of(value: Value, day: dt.date) -> Period:
    """The last period of the value's kind that was over before a day."""
    match value.period:
        case "year":
            return parse_period(f"{day.year - 1}")
        case "half":
            return parse_period(f"{day.year}H1" if day.month > 6 else f"{day.year - 1}H2")
        case "quarter":
            quarter = (day.month - 1) // 3
            return parse_period(f"{day.year}Q{quarter}" if quarter else f"{day.year - 1}Q4")
    month = day.replace(day=1) - dt.timedelta(days=1)
    return parse_period(f"{month:%Y-%m}")


def question_of(scheme: Scheme, name: str) -> str:
    """Under what code answers to a value of a scheme are kept."""
    return scheme.values[name].question or f"{scheme.code}.{name}"


def schemes_on(day: dt.date) -> dict[str, Scheme]:
    """The edition of each scheme that is in force on a day, those first from which others draw."""
    return {one.code: one for one in in_order(in_force(all_editions(), day))}


def all_editions() -> list[Scheme]:
    """All editions, in the order of the pack."""
    return _editions(Edition.objects.aggregate(at=Max("changed_at"), last=Max("pk")), Edition.objects.count())


_READ: dict[str, list[Scheme]] = {}


def _editions(marks: Mapping[str, Any], count: int) -> list[Scheme]:
    key = f"{marks['at']} {marks['last']} {count}"
    if key not in _READ:
        _READ.clear()
        _READ[key] = [one.scheme for one in Edition.objects.all()]
    return _READ[key]


def in_force(editions: Iterable[Scheme], day: dt.date) -> list[Scheme]:
    by_code: dict[str, list[Scheme]] = {}
    for one in editions:
        by_code.setdefault(one.code, []).append(one)
    return [found for several in by_code.values() if (found := edition_on(several, day))]


@dataclass
class Gathered:
    """What is known of the subjects of a kind on a day. Rows are in the order of ``ids``."""

    kind: Kind
    day: dt.date
    ids: npt.NDArray[np.int64]
    codes: Sequence[str]
    names: Sequence[str]
    schemes: Mapping[str, Scheme]
    _columns: dict[Any, Any] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    @cached_property
    def at(self) -> dict[int, int]:
        """Row of a subject by its id."""
        return {int(pk): row for row, pk in enumerate(self.ids)}

    @property
    def of_areas(self) -> bool:
        return self.kind.register == "area"

    # ---------------------------------------------------------------- columns

    def numbers(self, scheme: Scheme, name: str) -> Interval:
        """The column of a value in its unit; a question's answer, a title held (1 or 0), another scheme's marks."""
        key = ("number", *self._key(scheme, name))
        if key not in self._columns:
            self._columns[key] = self._made(scheme, name, scheme.values[name])
        found: Interval = self._columns[key]
        return found

    def _key(self, scheme: Scheme, name: str) -> tuple[Any, ...]:
        """What tells the column of a value from others, whichever scheme names it."""
        value = scheme.values[name]
        match value.kind:
            case "indicator":
                return ("indicator", period_of(value, self.day).key, value.indicator, value.unit)
            case "titles":
                return ("titles", value.titles)
            case "scheme":
                return ("scheme", value.scheme, value.gives)
        return ("reply", question_of(scheme, name))

    def _made(self, scheme: Scheme, name: str, value: Value) -> Interval:
        match value.kind:
            case "indicator":
                return self._indicator(value)
            case "titles":
                return Interval.of(self.holding(value.titles or ())[0].astype(float))
            case "scheme":
                return self._drawn(value)
        return self._replies(question_of(scheme, name))[0]

    def _indicator(self, value: Value) -> Interval:
        units = self._units
        if value.indicator not in units:
            return Interval.of(np.full(self.ids.size, np.nan))
        number, unit = units[value.indicator]
        factor = conversion(unit, value.unit)
        return Interval.of(self._stored(number, period_of(value, self.day)) * (np.nan if factor is None else factor))

    @cached_property
    def _units(self) -> dict[str, tuple[int, str]]:
        rows = Indicator.objects.filter(subject=self.kind.register).values_list("code", "pk", "unit")
        return {code: (pk, str.__str__(unit)) for code, pk, unit in rows}

    def _stored(self, indicator: int, period: Period) -> npt.NDArray[np.float64]:
        key = ("stored", period.key)
        if key not in self._columns:
            self._columns[key] = self._area_values(period) if self.of_areas else self._record_values(period)
        indicators, records, values, made_up = self._columns[key][0]
        first, last = np.searchsorted(indicators, [indicator, indicator + 1])
        column, marked = np.full(self.ids.size, np.nan), np.zeros(self.ids.size, np.bool_)
        rows = np.searchsorted(self.ids, records[first:last])
        inside = rows < self.ids.size
        inside[inside] = self.ids[rows[inside]] == records[first:last][inside]
        column[rows[inside]] = values[first:last][inside]
        marked[rows[inside]] = made_up[first:last][inside]
        self._columns["made up", period.key, indicator] = marked & ~np.isnan(column)
        return column

    def simulated(self, scheme: Scheme) -> npt.NDArray[np.bool_]:
        """Which subjects' marks rest on made-up figures: values of indicators, titles, answers, marks drawn from
        another scheme, any figure of the peers that they are placed among; or are made up themselves.
        """
        key = ("simulated", scheme.code, scheme.edition)
        if key not in self._columns:
            if ("text", "made up") not in self._columns:
                marked = self._rows().filter(simulated=True).values_list("pk", flat=True)
                self._columns["text", "made up"] = np.isin(self.ids, list(marked))
            found = self._columns["text", "made up"]
            placed = {one.value for one in scheme.all_criteria() if one.peers}
            for name, value in scheme.values.items():
                if not value.is_text:
                    self.numbers(scheme, name)
                    marked = self._made_up(scheme, name, value)
                    found = found | (marked.any() if name in placed else marked)
            self._columns[key] = found
        made_up: npt.NDArray[np.bool_] = self._columns[key]
        return made_up

    def _made_up(self, scheme: Scheme, name: str, value: Value) -> npt.NDArray[np.bool_]:
        match value.kind:
            case "indicator":
                number, _unit = self._units.get(value.indicator or "", (0, ""))
                at = ("made up", period_of(value, self.day).key, number)
                return self._columns.get(at, np.zeros(self.ids.size, np.bool_))  # type: ignore[no-any-return]
            case "titles":
                return self.holding(value.titles or ())[1]
            case "scheme":
                other = self.schemes.get(value.scheme or "")
                return self.simulated(other) if other is not None else np.zeros(self.ids.size, np.bool_)
        return self._replies(question_of(scheme, name))[1]

    def holding(self, kinds: Sequence[str]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Which subjects hold one of these titles on the day, and of which such a title is made up."""
        if "titles" not in self._columns:
            by_kind: dict[str, list[tuple[int, bool]]] = {}
            if not self.of_areas:
                valid = _valid(Recognition.objects.all(), self.day).values_list("kind__code", "holder_id", "simulated")
                for kind, holder, made_up in valid:
                    by_kind.setdefault(kind, []).append((holder, made_up))
            self._columns["titles"] = by_kind
        rows = [row for kind in kinds for row in self._columns["titles"].get(kind, ())]
        holders = [holder for holder, _made_up in rows]
        return np.isin(self.ids, holders), np.isin(self.ids, [holder for holder, made_up in rows if made_up])

    def _record_values(self, period: Period) -> tuple[Any, Any]:
        path = next(iter(self._files([period.key]).values()), "")
        if not path:
            return (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_)), path
        table = pq.read_table(path, columns=["indicator", "record", "value", "simulated"])
        return (
            table["indicator"].to_numpy(),
            table["record"].to_numpy().astype(np.int64),
            table["value"].to_numpy().astype(np.float64),
            table["simulated"].to_numpy(),
        ), path

    def _files(self, periods: Iterable[int]) -> dict[int, str]:
        """The file that holds the values of records in each period."""
        number = subjects.by_code(self.kind.register).number
        groups = {f"{number}-{period}": period for period in periods}
        return {groups[one.group]: str(one.path) for one in reversed(live(DATASET, list(groups)))}

    def _area_values(self, period: Period) -> tuple[Any, Any]:
        rows = IndicatorValue.objects.filter(period_key=period.key).order_by("indicator_id", "area_id")
        found = list(rows.values_list("indicator_id", "area_id", "value", "simulated"))
        indicators, areas, values, made_up = zip(*found, strict=True) if found else ((), (), (), ())
        numbers = [np.nan if value is None else value for value in values]
        return (
            np.array(indicators, np.int64), np.array(areas, np.int64), np.array(numbers, np.float64),
            np.array(made_up, np.bool_),
        ), None  # fmt: skip

    def _replies(self, question: str) -> tuple[Interval, npt.NDArray[np.bool_]]:
        """The answers to a question that count on the day, and whose answers are made up."""
        key = ("reply", question)
        if key not in self._columns:
            column, marked = np.full(self.ids.size, np.nan), np.zeros(self.ids.size, np.bool_)
            about = "area_id" if self.of_areas else "organisation_id"
            rows = Reply.objects.filter(question=question, day__lte=self.day).exclude(**{about: None})
            found = list(rows.order_by("day", "pk").values_list(about, "value", "simulated"))
            if found and self.ids.size:
                who, values, made_up = (np.array(part) for part in zip(*found, strict=True))
                at = np.minimum(np.searchsorted(self.ids, who), self.ids.size - 1)
                known = self.ids[at] == who
                column[at[known]] = values[known]  # of one subject the last
                marked[at[known & made_up]] = True
            self._columns[key] = Interval.of(column), marked
        answers: tuple[Interval, npt.NDArray[np.bool_]] = self._columns[key]
        return answers

    def _drawn(self, value: Value) -> Interval:
        other = self.schemes.get(value.scheme or "")
        if other is None:
            return Interval.of(np.full(self.ids.size, np.nan))
        found = self.outcome(other)
        if value.gives == "level":
            return Interval(found.level_low.astype(float), found.level_high.astype(float))
        if value.gives == "passes":
            return Interval((found.state == 2).astype(float), (found.state >= 1).astype(float))
        return found.score

    def texts(self, name: str) -> npt.NDArray[np.str_]:
        """An attribute of the register; "" where it is not known."""
        key = ("text", name)
        if key not in self._columns:
            declared = subjects.by_code(self.kind.register)
            attribute = declared.attribute(name)
            column = attribute.column.replace(".", "__") if attribute else "pk"
            rows = dict(self._rows().values_list("pk", column))
            self._columns[key] = np.array([str(rows.get(pk) or "") for pk in self.ids.tolist()] or [""], dtype=np.str_)[
                : self.ids.size
            ]
        found: npt.NDArray[np.str_] = self._columns[key]
        return found

    def group(self, among: str) -> npt.NDArray[np.int64]:
        """With whom each subject is compared, as numbers."""
        key = ("group", among)
        if key not in self._columns:
            if among == "city":
                paths = dict(self._rows().values_list("pk", "path" if self.of_areas else "area__path"))
                named = {pk: "/".join(path.split("/")[:3]) for pk, path in paths.items()}
            elif self.of_areas or among == "all":
                named = {}
            else:
                named = dict(self._rows().values_list("pk", _GROUPS[among]))
            words = [str(named.get(pk) or "") for pk in self.ids.tolist()]
            numbers = {word: number for number, word in enumerate(sorted(set(words)))}
            self._columns[key] = np.array([numbers[word] for word in words], np.int64)
        found: npt.NDArray[np.int64] = self._columns[key]
        return found

    def _rows(self) -> Any:
        return _members(self.kind, self.day)

    # ---------------------------------------------------------------- tables

    def table(self, scheme: Scheme, only: int | None = None) -> Table:
        """What a scheme reads: of all subjects, or with their peers' figures of the one in row ``only``."""
        rows = slice(None) if only is None else slice(only, only + 1)
        numbers, texts = {}, {}
        for name, value in scheme.values.items():
            if value.is_text:
                texts[name] = self.texts(value.attribute or "")[rows]
            else:
                column = self.numbers(scheme, name)
                numbers[name] = column if only is None else Interval(column.low[rows], column.high[rows])
        among = {(one.value or "", one.peers.among) for one in scheme.all_criteria() if one.peers}
        groups: dict[str, Any] = {which: self.group(which)[rows] for _name, which in among if which != "all"}
        return Table(
            int(self.ids.size) if only is None else 1,
            numbers,
            texts,
            groups,
            {(name, which): self.standing(scheme, name, which) for name, which in among},
        )

    def standing(self, scheme: Scheme, name: str, among: str) -> Standing:
        """The sorted figures of the peers."""
        key = ("standing", self._key(scheme, name), among)
        if key not in self._columns:
            self._columns[key] = Standing.of(self.numbers(scheme, name), self.group(among))
        found: Standing = self._columns[key]
        return found

    def outcome(self, scheme: Scheme) -> Outcome:
        """Marks of all subjects, kept with what is gathered."""
        key = (scheme.code, scheme.edition)
        if key not in self.outcomes:
            self.outcomes[key] = evaluate(scheme, self.table(scheme))
        return self.outcomes[key]


def held(kinds: Sequence[str], day: dt.date) -> Any:
    """Recognitions of these kinds that are valid on a day."""
    return _valid(Recognition.objects.filter(kind__code__in=kinds), day)


def _valid(rows: Any, day: dt.date) -> Any:
    return rows.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


def _model(kind: Kind) -> Any:
    return Area if kind.register == "area" else subjects.model_of(subjects.by_code(kind.register))


def _members(kind: Kind, day: dt.date) -> Any:
    within = {f"{column}__in": values for column, values in kind.where.items()}
    return _valid(_model(kind).objects.filter(**within), day)


def gather(kind: Kind, day: dt.date) -> Gathered:
    """What is known now of the subjects of a kind as of a day; kept until a fact, a register or an answer changes, and
    then only what may have changed is read again."""
    state = _state(kind)
    key = (kind.code, day)
    found = _KEPT.get(key)
    if found is not None and found[0] == state:
        return found[1]
    if found is not None and found[0].registers == state.registers:
        old = found[1]
        made = Gathered(kind, day, old.ids, old.codes, old.names, schemes_on(day), _still(old, found[0], state))
    else:
        name = "code" if kind.register == "parcel" else "name"
        rows = list(_members(kind, day).order_by("pk").values_list("pk", "code", name))
        ids, codes, names = zip(*rows, strict=True) if rows else ((), (), ())
        made = Gathered(
            kind, day, np.array(ids, np.int64), codes, [str.__str__(name) for name in names], schemes_on(day)
        )
    _KEPT.pop(key, None)
    while len(_KEPT) >= _MOST_KEPT:
        _KEPT.pop(next(iter(_KEPT)))
    _KEPT[key] = (state, made)
    return made


class _State(NamedTuple):
    """What changes whenever something changes that marks may rest on."""

    registers: tuple[Any, ...]
    values: Any
    titles: Any
    editions: tuple[Any, ...]
    replies: Any


#: (kind, day) → the state of the node from which something was gathered, and that
_KEPT: dict[tuple[str, dt.date], tuple[_State, Gathered]] = {}
_MOST_KEPT = 6


def forget() -> None:
    """Forget all that was gathered: the database has become another one."""
    _KEPT.clear()
    _READ.clear()


def _state(kind: Kind) -> _State:
    latest = [_last(model.history, "history_id") for model in {_model(kind): 0, Organisation: 0, Area: 0}]
    editions = Edition.objects.aggregate(at=Max("changed_at"), last=Max("pk"))
    return _State(
        (Edition.objects.db, *latest),
        EvaluationState.objects.values_list("version", flat=True).first(),
        _last(Recognition.history, "history_id"),
        (str(editions["at"]), editions["last"]),
        _last(Reply.objects, "pk"),
    )


def _last(rows: Any, column: str) -> Any:
    return rows.aggregate(last=Max(column))["last"]


def _still(old: Gathered, before: _State, now: _State) -> dict[Any, Any]:
    """The columns gathered before that hold now: a file of values that is still the same one, questions that nobody
    answered since, titles if no register of them changed."""
    columns = old._columns
    periods = {key[1]: kept[1] for key, kept in columns.items() if key[0] == "stored"}
    if before.values != now.values:
        files = {} if old.of_areas else old._files(periods)
        periods = {
            period: path for period, path in periods.items() if path is not None and files.get(period, "") == path
        }
    answered: set[str] = set()
    if before.replies != now.replies:
        since = Reply.objects.filter(pk__gt=before.replies or 0)
        answered = set(since.order_by().values_list("question", flat=True).distinct())
    same = {"titles"} if before.titles == now.titles else set()
    return {
        key: column
        for key, column in columns.items()
        if key[0] in ("text", "group")
        or (key[0] in ("stored", "made up") and key[1] in periods)
        or (key[:2] == ("number", "indicator") and key[2] in periods)
        or (key[0] == "reply" and key[1] not in answered)
        or (key[:2] == ("number", "reply") and key[2] not in answered)
        or (key in same or (key[:2] == ("number", "titles") and same))
    }


def gathered_for(scheme: Scheme, day: dt.date) -> Gathered:
    return gather(KINDS[scheme.subject], day)

"""What a part of the platform declares of itself, as plain data: its manifest.

Each part is a package with a module ``part`` that holds ``PART = Part(…)``; ``qiangqu/site/parts.py`` lists
the packages in order. Settings, addresses, API, program, packs, demonstration, menu, permissions, jobs and
the rest are derived from the manifests: a new part is one folder and one line. A manifest imports no models,
so that it can be read before Django is set up. It names code as ``"module:name"``, relative to the part's
package (or absolute, beginning with ``qiangqu.`` or ``qiangqu_demo.``), and that is imported when it is first
used. ``docs/extending.md`` has an example of every field.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from operator import attrgetter
from typing import Any

from django.utils.functional import Promise

from .errors import QiangquError

#: words for people: plain, or translated where they are shown (gettext_lazy)
Text = str | Promise
#: how absolute names of code begin
OURS = ("qiangqu.", "qiangqu_demo.")


class PartError(QiangquError):
    """A manifest is wrong, or two parts claim the same. The program does not start with it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Code of a part by name. Calling the reference calls what it names, which is imported at the first
    call.
    """

    package: str
    text: str

    def get(self) -> Any:
        """What is named. Raises PartError when there is no such module or name."""
        return _named(self.package, self.text)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return _named(self.package, self.text)(*args, **options)

    def __getattr__(self, name: str) -> Any:
        # by this name Django logs a receiver that has failed; a class cannot declare it for its instances
        if name == "__qualname__":
            return f"{self.package}.{self.text}"
        raise AttributeError(name)


@cache
def _named(package: str, text: str) -> Any:
    where, _colon, name = text.partition(":")
    module = where if where.startswith(OURS) else f"{package}.{where}"
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        if not (error.name and (module == error.name or module.startswith(f"{error.name}."))):
            raise  # the module is there and misses something of its own
        raise PartError(f"“{text}”指向的模块 {module} 不存在", where=package) from error
    if not name:
        return found
    try:
        return attrgetter(name)(found)
    except AttributeError:
        raise PartError(f"“{text}”指向的 {name} 在 {module} 中不存在", where=package) from None


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that users may or may not do. ``code`` is what code asks for (``Action.EDIT_PLAN`` for
    ``edit_plan``), ``roles`` are the codes of the roles that have it; the administrator has all."""

    code: str
    title: Text
    description: Text
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the menu: its key (the Chinese word), label, icon (a Tabler icon name) and place."""

    key: str
    label: Text
    icon: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the menu. ``action`` is the permission that opens it (None: every signed-in user);
    ``prefix`` lists further url names (or their beginnings) under which the entry is the current one, e.g.
    ``("organisations-",)``; ``section`` is the part's own where none is named, ``part`` the part's title."""

    label: Text
    url_name: str
    order: int = 100
    action: Any = None
    prefix: tuple[str, ...] = ()
    section: str = ""
    part: Text = ""


@dataclass(frozen=True, slots=True)
class Api:
    """A ninja router under ``/api/v1`` + ``prefix``, in the group ``tag`` of the documentation."""

    prefix: str
    tag: str
    router: str = "api:router"


@dataclass(frozen=True, slots=True)
class Command:
    """A click command or group of the program. A name of two words adds to a group: ``simulate devices``.
    ``help`` is the first line of the command's own help (the list of commands is shown without importing
    them). ``django`` False: it runs without settings and database."""

    name: str
    help: str
    command: str
    django: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """Periodic work of ``qiangqu worker``: see :class:`qiangqu.base.jobs.Job`. ``work`` names ``function(now)
    -> str``.
    """

    name: str
    every: dt.timedelta
    work: str
    at: dt.time | None = None
    long: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A look at the node by ``qiangqu doctor``: ``find`` names ``function(now) -> findings``
    (:mod:`qiangqu.base.doctor`); nothing found is well. It changes nothing and takes a moment, however much the
    node holds. ``early``: it needs no settings, and when it finds an error the rest is not looked at;
    ``outward``: it asks other machines, which may take seconds, so the page leaves it to the command."""

    name: str
    title: Text
    find: str
    early: bool = False
    outward: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A provider of the site's search: ``find`` names ``function(query, user, limit) -> hits``. Lower
    ``order`` stands first.
    """

    name: str
    find: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class Panel:
    """A further part of the record pages of ``model`` (``"telemetry.Device"``): ``make`` names
    ``function(request, record) -> Panel | None``.
    """

    model: str
    make: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the work desk. ``make`` names ``function(look) -> qiangqu.ui.desk.Card | None`` (None: it has
    nothing to do with this user); ``action`` is the permission that it needs, ``half`` where it lies: "todo"
    (what waits for the user) or "state" (how things stand). Lower ``order`` stands first.
    """

    name: str
    make: str
    order: int = 100
    half: str = "todo"
    action: Any = None


@dataclass(frozen=True, slots=True)
class Middleware:
    """A Django middleware: ``stage`` says after what of Django's it stands (:data:`STAGES`), lower ``order`` is
    the outer one of a stage.
    """

    name: str
    stage: str
    order: int = 100


#: "first": before everything; "safe": after the rules of safe transport; "user": when the user is known; "page":
#: right around the page
STAGES = ("first", "safe", "user", "page")


@dataclass(frozen=True, slots=True)
class Receiver:
    """``function`` is called when ``signal`` is sent; both are names of code."""

    signal: str
    function: str


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a part adds to the demonstration; the parts are called in their order and leave alone what is
    there from an earlier start.

    ``fill`` names ``function(zone, report)`` that brings data before the indicators are computed (``zone``:
    where the demonstration plays, an Area or None; ``report`` takes a line about the progress), ``enact`` the
    same for what people do after it (with a zone only); ``live`` names ``function(now) -> int`` that is
    called every ten minutes of a running demonstration and gives how many readings it made up."""

    fill: str = ""
    enact: str = ""
    live: str = ""


@dataclass(frozen=True)
class Part:
    """One part. ``name`` is the last word of its package and Django's label of it; ``section`` the menu
    section of its entries.

    ``pages`` names the module of its addresses, ``pack`` that which checks and loads its data of a pack.
    ``registers`` name sequences of :class:`qiangqu.ui.registers.Register`, ``subjects`` a sequence of
    :class:`qiangqu.base.subjects.Subject`, plain data. ``acts`` are words for the codes in the audit trail,
    ``declared`` name what declares acts with their words (``qiangqu.records.acts.Acts``), ``topics`` for the kinds of messages that users choose from. ``checks`` say what is wrong with the node.
    ``attention`` names providers of alerts,
    ``middleware`` stand around every page, ``context`` name functions that give every template something;
    ``counters`` give url names of counters in the page head and the permission that shows them. ``opens`` are
    points where other parts may join: a name, and ``function(name, thing)`` that takes what joins; ``joins``
    is what this part brings to the points of others: ``{"facts.uses": {"indicators": "lookups:uses"}}``.
    """

    name: str
    title: Text
    section: str = ""
    permissions: tuple[Permission, ...] = ()
    sections: tuple[Section, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    pages: str = ""
    api: Api | None = None
    commands: tuple[Command, ...] = ()
    pack: str = ""
    registers: tuple[str, ...] = ()
    subjects: str = ""
    panels: tuple[Panel, ...] = ()
    cards: tuple[Card, ...] = ()
    search: tuple[Search, ...] = ()
    acts: Mapping[str, Text] = field(default_factory=dict)
    declared: tuple[str, ...] = ()
    topics: Mapping[str, Text] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    checks: tuple[Check, ...] = ()
    attention: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[str, str] = field(default_factory=dict)
    receivers: tuple[Receiver, ...] = ()
    middleware: tuple[Middleware, ...] = ()
    context: tuple[str, ...] = ()
    opens: Mapping[str, str] = field(default_factory=dict)
    joins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    demonstration: Demonstration = Demonstration()
    #: the package that the manifest was read from; set when it is read
    package: str = ""

    def reference(self, text: str) -> Reference:
        """Code of this part by its name in the manifest."""
        return Reference(self.package, text)

    def references(self) -> Iterator[Reference]:
        """All code that the manifest names."""
        named = [self.pages, self.pack, self.subjects, *self.registers, *self.attention.values(), *self.opens.values()]
        named += [command.command for command in self.commands]
        named += [check.find for check in self.checks] + [one.find for one in self.search]
        named += [panel.make for panel in self.panels] + [card.make for card in self.cards]
        named += [job.work for job in self.jobs]
        named += [text for one in self.receivers for text in (one.signal, one.function)]
        named += [*(one.name for one in self.middleware), *self.context]
        named += [text for things in self.joins.values() for text in things.values()]
        named += [self.demonstration.fill, self.demonstration.enact, self.demonstration.live]
        if self.api is not None:
            named.append(self.api.router)
        return (self.reference(text) for text in named if text)

    def menu_items(self) -> list[MenuItem]:
        """The entries of the menu, each with its section and its part."""
        return [replace(item, section=item.section or self.section, part=self.title) for item in self.menu]


def django_name(package: str, text: str) -> str:
    """A name of code as Django's settings write it: with dots only."""
    where, _colon, name = text.partition(":")
    return f"{where if where.startswith(OURS) else f'{package}.{where}'}.{name}"


def middleware(found: Iterable[Part], stage: str) -> list[str]:
    """The middleware that the parts bring to a stage, the outermost first, as Django's settings name it."""
    brought = [
        (one.order, django_name(part.package, one.name))
        for part in found
        for one in part.middleware
        if one.stage == stage
    ]
    return [name for _order, name in sorted(brought, key=lambda one: one[0])]


def parts() -> tuple[Part, ...]:
    """The parts of this site, in order (``QIANGQU_PARTS`` of the settings)."""
    from django.conf import settings

    return load(tuple(settings.QIANGQU_PARTS))


@cache
def load(packages: tuple[str, ...]) -> tuple[Part, ...]:
    """Read the manifests of the packages and check them against one another. Raises PartError."""
    found = tuple(_read(package) for package in packages)
    check(found)
    return found


def _read(package: str) -> Part:
    part = Reference(package, "part:PART").get()
    if not isinstance(part, Part):
        raise PartError("part.py 里的 PART 不是 Part", where=package)
    if part.name != package.rpartition(".")[2]:
        raise PartError(f"部分名“{part.name}”须与文件夹同名", where=package)
    return replace(part, package=package)


def check(found: Iterable[Part]) -> None:
    """Raises PartError when two parts claim the same, or one names a permission, section or point that there
    is not.
    """
    found = tuple(found)
    owners: dict[tuple[str, str], Part] = {}
    for part in found:
        for kind, name in _claims(part):
            other = owners.setdefault((kind, name), part)
            if other is not part:
                raise PartError(f"{kind}“{name}”已由 {other.name} 声明，请换一个", where=part.package or part.name)
        twice = _twice([*_claims(part)])
        if twice:
            raise PartError(f"{twice[0]}“{twice[1]}”声明了两次", where=part.package or part.name)
    permissions = {one.code for part in found for one in part.permissions}
    sections = {one.key for part in found for one in part.sections}
    points = {f"{part.name}.{point}" for part in found for point in part.opens}
    for part in found:
        where = part.package or part.name
        opened_by = [item.action for item in part.menu] + [card.action for card in part.cards]
        wanted = {str(action) for action in opened_by if action is not None} | set(part.counters.values())
        _known("权限", wanted, permissions, where)
        _known("菜单分区", {item.section for item in part.menu_items()}, sections, where)
        _known("接入点", set(part.joins), points, where)
        _known("中间件位置", {one.stage for one in part.middleware}, set(STAGES), where)
        _known("工作台的一半", {one.half for one in part.cards}, {"todo", "state"}, where)


def _known(kind: str, wanted: set[str], known: set[str], where: str) -> None:
    for name in sorted(wanted - known):
        raise PartError(f"没有{kind}“{name}”，可用的是 {'、'.join(sorted(known))}", where=where)


def _twice(claims: list[tuple[str, str]]) -> tuple[str, str] | None:
    return next((claim for at, claim in enumerate(claims) if claim in claims[:at]), None)


def _claims(part: Part) -> Iterator[tuple[str, str]]:
    """What only one part may have, with the word for its kind."""
    yield "部分", part.name
    if part.api is not None:
        yield "接口前缀", part.api.prefix
    yield from (("权限", one.code) for one in part.permissions)
    yield from (("菜单分区", one.key) for one in part.sections)
    yield from (("菜单页面", one.url_name) for one in part.menu)
    yield from (("命令", one.name) for one in part.commands)
    yield from (("定时任务", one.name) for one in part.jobs)
    yield from (("体检", one.name) for one in part.checks)
    yield from (("检索", one.name) for one in part.search)
    yield from (("工作台卡片", one.name) for one in part.cards)
    yield from (("审计用语", code) for code in part.acts)
    yield from (("消息主题", code) for code in part.topics)
    yield from (("提醒", name) for name in part.attention)
    yield from (("计数", name) for name in part.counters)
    yield from ((f"{point} 的接入", name) for point, things in part.joins.items() for name in things)

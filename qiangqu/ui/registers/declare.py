"""What a register declares, and the registry of registers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from django.db import models
from django.http import HttpRequest

from qiangqu.base.terms import bracketed, said
from qiangqu.base.visibility import path_of

from ..menu import Text
from ..search import register as site_search


@dataclass(frozen=True, slots=True)
class Panel:
    """A further part of a record page: a template and its context."""

    title: Text
    template: str
    context: dict[str, Any]


#: all that can be entered, in the model's order, the validity and the note last
EVERY = ("*",)
PanelMaker = Callable[[HttpRequest, Any], Panel | None]


@dataclass(frozen=True, slots=True)
class Secret:
    """A field that an import may fill and that nothing shows or exports: the heading of its column, and what
    makes the stored text of a filled cell (raises ValidationError). An empty cell keeps what is stored."""

    heading: Text
    read: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that is no column of the model: its label, its choices, and the condition that a choice
    makes.
    """

    label: Text
    choices: Any
    condition: Callable[[str], models.Q]


def entered(model: type[models.Model]) -> tuple[str, ...]:
    """The fields of a model that people enter: its own in their order, then those that every register's
    record has (validity, note).
    """
    shared = {
        field.name for base in model.__mro__[1:] if hasattr(base, "_meta") for field in base._meta.concrete_fields
    }
    names = [field.name for field in model._meta.concrete_fields if field.editable and not field.primary_key]
    return tuple(sorted(names, key=lambda name: name in shared))


@dataclass(frozen=True)
class Register:
    """One register. ``code`` names its addresses (``/<code>/``) and url names (``<code>-list`` …).

    ``form_fields`` :data:`EVERY` are all of the model's fields; ``columns`` are by default those, the name
    first and without the note. ``columns`` are offered in the list, ``shown`` (default: all) are shown at
    first; both name model fields. ``form_fields`` can be entered and imported; none makes the register
    read-only. ``key`` identifies a row when a spreadsheet comes in. ``pickers`` are foreign keys with too
    many choices for a select box: a search field takes its place. ``units`` stand in the heading of a
    number's column. ``verbatim`` fields hold formulas, shown as written. ``secrets`` are further fields that
    a spreadsheet may fill. ``told`` are columns that are no model fields: text of the record's attribute of
    that name, with its label; neither sorted nor imported. ``choices`` are filters that are none.
    ``read_along`` prepares a queryset for what ``told`` reads; ``picks`` are models that its own ``form``
    picks from. ``creatable`` False: records come into being elsewhere, here they are only changed. ``words``
    gives the codes in a text field their words. ``action_view`` None lets every signed-in user in;
    ``action_create`` is what making a record needs besides. ``form``
    replaces the generated form (a ``forms.RegisterForm`` subclass).
    """

    code: str
    model: type[models.Model]
    columns: tuple[str, ...] = EVERY
    shown: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    search_fields: tuple[str, ...] = ()
    form_fields: tuple[str, ...] = ()
    key: tuple[str, ...] = ("code",)
    pickers: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)
    ordering: tuple[str, ...] = ()
    action_view: Any = None
    action_edit: Any = None
    action_create: Any = None
    form: Any = None
    importable: bool = True
    creatable: bool = True
    searchable: bool = True
    verbatim: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    told: Mapping[str, Text] = field(default_factory=dict)
    choices: Mapping[str, Choice] = field(default_factory=dict)
    read_along: Callable[[Any], Any] | None = None
    picks: Mapping[str, type[models.Model]] = field(default_factory=dict)
    intro: Text = ""
    heading: Text = ""

    def __post_init__(self) -> None:
        if self.form_fields == EVERY:
            object.__setattr__(self, "form_fields", entered(self.model))
        if self.columns == EVERY:
            names = [name for name in self.form_fields if name != "note"]
            object.__setattr__(self, "columns", tuple(sorted(names, key=lambda name: name != "name")))

    @cached_property
    def has_history(self) -> bool:
        return hasattr(self.model, "history")

    @cached_property
    def has_validity(self) -> bool:
        return {"valid_from", "valid_to"} <= {f.name for f in self.model._meta.concrete_fields}

    @cached_property
    def title(self) -> Text:
        """Heading of the list: ``heading``, else the model's own plural."""
        return self.heading or self.model._meta.verbose_name_plural or self.code

    @cached_property
    def one(self) -> Text:
        """What a single record is called."""
        return self.model._meta.verbose_name or self.code

    @cached_property
    def object_type(self) -> str:
        """Name of the model in the audit trail."""
        return str(self.model._meta.model_name)

    def model_field(self, name: str) -> Any:
        if name in self.told:
            made = models.TextField(self.told[name], editable=False)  # type: ignore[arg-type]
            made.set_attributes_from_name(name)
            return made
        return self.model._meta.get_field(name)

    @property
    def import_names(self) -> tuple[str, ...]:
        """The fields that a spreadsheet may fill."""
        return (*self.form_fields, *self.secrets)

    def label(self, name: str, unit: bool = True) -> str:
        """Heading of a field, with its unit in full-width brackets."""
        if name in self.secrets:
            return str(self.secrets[name].heading)
        text = str(self.model_field(name).verbose_name)
        return bracketed(text, said(str(self.units[name]))) if unit and name in self.units else text

    def area_path(self, record: Any) -> str:
        """Path of the area that a record belongs to ("" for common knowledge), for the audit trail."""
        return path_of(record)


_registers: dict[str, Register] = {}
_panels: dict[type[models.Model], list[PanelMaker]] = {}


def register(*declared: Register) -> None:
    """Make registers known: record pages then link to one another, and search finds their records."""
    from .listing import hits

    for at, one in enumerate(declared, start=len(_registers)):
        _registers[one.code] = one
        if one.searchable and one.search_fields:
            site_search(f"register-{one.code}", partial(hits, one), order=200 + at)


def registered() -> list[Register]:
    return list(_registers.values())


def of_model(model: type[models.Model]) -> Register | None:
    """The register of a model (or of a historical model)."""
    wanted = getattr(model, "instance_type", model)
    return next((one for one in _registers.values() if one.model is wanted), None)


def add_panel(model: type[models.Model], make: PanelMaker) -> None:
    """Let another part add to the record pages of ``model``: ``make(request, record)`` gives a Panel, or None
    for nothing.
    """
    if make not in _panels.setdefault(model, []):
        _panels[model].append(make)


def panels_of(request: HttpRequest, record: models.Model) -> list[Panel]:
    made = (make(request, record) for make in _panels.get(type(record), ()))
    return [panel for panel in made if panel is not None]

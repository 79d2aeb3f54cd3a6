"""Subjects: registers whose records facts are about, and which formulas count and sum. A part declares
them as plain data in its manifest."""

from dataclasses import dataclass

from .part import Text

#: numbers of subjects are kept in one byte beside every fact
LAST_NUMBER = 127


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a condition may ask of a record. ``path`` is the model's column (the name itself where it is
    ""), or a code list's column over a foreign key: ``sector.code``. With ``unit`` it is a number in that
    unit; ``sums`` says whether adding it up over records means anything (a percentage does not)."""

    name: str
    title: Text
    path: str = ""
    unit: str = ""
    sums: bool = True

    @property
    def column(self) -> str:
        return self.path or self.name


@dataclass(frozen=True, slots=True)
class Subject:
    """One register.

    ``code`` is its word in formulas, packs, files and the API; ``number`` stands beside each fact, is given
    once and stays (1 to 4 are those of release 0.1.0; another part's number is refused at start). ``model``
    is Django's label (``"registry.Area"``) of a register of
    :class:`qiangqu.registry.models.history.RegisterRecord`. ``page`` is the url name of a record's page.

    ``area`` leads to the area where a record lies: ``area``, or over its owner ``enterprise.area`` (then it
    lies where the owner lay at the time); "" for areas themselves. ``owner`` names the foreign key to another
    subject's record, whose attributes count as the record's own.

    A record is found by ``codes`` (unique columns; the first is what is shown) and ``names``; a column of
    ``aliases`` holds several, divided by semicolons. ``headings`` are words that stand above its column in
    files of facts, beside its code.
    """

    code: str
    number: int
    model: str
    title: Text
    page: str
    area: str = "area"
    owner: str = ""
    codes: tuple[str, ...] = ("code",)
    names: tuple[str, ...] = ("name",)
    aliases: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        return next((one for one in self.attributes if one.name == name), None)

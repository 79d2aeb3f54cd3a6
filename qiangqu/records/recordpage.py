"""The page of a record with the acts on it, declared:

    WELL = RecordPage(of=WELLS_FOUND, acts=WELLS, action=Action.VIEW_WELLS, template="wells/well.html", context=about)

    urlpatterns = [..., *WELL.urls("wells/")]      # wells/5/ is "well", a form to wells/5/seal does "well-act"

The template gets the record (called as its page is: ``well``), ``title``, ``may`` (which acts are open),
``error``, ``simulated`` and what ``context(record, user, may)`` gives. What can be taken away as a Word file is a
paper of the page: ``papers={"certificate": Paper(word, lambda well: well.number)}`` is wells/5/certificate.docx,
called ``well-certificate``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from qiangqu.registry.access import View, require
from qiangqu.ui.files import DOCX, download

from .acts import Acts
from .asking import act_view
from .finding import Findable

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Paper(Generic[M]):
    """A Word file of a record: ``write(record)`` gives its bytes, ``name(record)`` what it is called."""

    write: Callable[[M], bytes]
    name: Callable[[M], str]


@dataclass(frozen=True, kw_only=True)
class RecordPage(Generic[M]):
    """``rights(record, user)`` says what is open to a user where that is more than the declared acts;
    ``opened(record, user)`` is called when somebody opens the page.
    """

    of: Findable[M]
    acts: Acts[M]
    action: Any
    template: str
    context: Callable[[M, Any, Mapping[str, bool]], dict[str, Any]]
    rights: Callable[[M, Any], dict[str, bool]] | None = None
    opened: Callable[[M, Any], object] | None = None
    papers: Mapping[str, Paper[M]] = field(default_factory=dict)

    def show(self, request: HttpRequest, record: M, *, error: str = "", status: int = 200) -> HttpResponse:
        """The page, after an act that was refused with the sentence ``error``."""
        user = request.user
        may = self.acts.open_to(user, record) if self.rights is None else self.rights(record, user)
        shown = {self.of.page: record, "title": str(record), "may": may, "error": error}
        shown["simulated"] = getattr(record, "simulated", False)
        return render(request, self.template, shown | self.context(record, user, may), status=status)

    def paper(self, paper: Paper[M]) -> View:
        """The view that gives a paper of a record."""

        def view(request: HttpRequest, pk: int) -> HttpResponse:
            record = self.of.one(request.user, pk)
            return download(paper.write(record), f"{paper.name(record)[:80]}.docx", DOCX)

        return require_GET(require(self.action)(view))

    def urls(self, address: str) -> list[URLPattern]:
        """The page and its acts; last among the addresses that begin alike, since a name is any word."""

        def view(request: HttpRequest, pk: int) -> HttpResponse:
            record = self.of.one(request.user, pk)
            if self.opened is not None:
                self.opened(record, request.user)
            return self.show(request, record)

        act = act_view(self.acts, self.of.one, self.show, self.action, self.of.page)
        return [
            path(f"{address}<int:pk>/", require_GET(require(self.action)(view)), name=self.of.page),
            *(
                path(f"{address}<int:pk>/{name}.docx", self.paper(paper), name=f"{self.of.page}-{name}")
                for name, paper in self.papers.items()
            ),
            path(f"{address}<int:pk>/<str:name>", act, name=f"{self.of.page}-act"),
        ]

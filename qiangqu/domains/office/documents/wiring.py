"""What documents hang into the platform: menu entries, words of the audit trail, search, what moves with their cases."""

from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _


def register() -> None:
    """Called once when the app is ready."""
    from qiangqu.cases import contracts, references, signals, subjects
    from qiangqu.messaging.notify import name_topics
    from qiangqu.registry import audit
    from qiangqu.registry.roles import Action
    from qiangqu.ui import menu, registers, search

    from ..registers import REGISTERS
    from . import handling, posts
    from .contracts import INCOMING_CONTRACT, OUTGOING_CONTRACT

    contracts.declare(OUTGOING_CONTRACT)
    contracts.declare(INCOMING_CONTRACT)
    registers.register(*REGISTERS)
    menu.register(
        menu.MenuItem(
            "办公", _("公文"), "documents", 10, Action.OFFICE,
            ("document", "document-new", "document-receive", "document-edit", "document-version", "document-supervise"),
        ),
        menu.MenuItem("办公", _("待签收公文"), "documents-inbox", 11, Action.KEEP_DOCUMENTS),
        menu.MenuItem("办公", _("公文归档"), "documents-archive", 12, Action.KEEP_DOCUMENTS),
        menu.MenuItem("办公", _("发文机关"), "issuing-bodies-list", 60, Action.OFFICE, ("issuing-bodies-",)),
        menu.MenuItem("办公", _("机关岗位"), "document-posts", 61, Action.KEEP_DOCUMENTS),
    )  # fmt: skip
    name_topics({"office": _("公文")})
    audit.name_actions(
        {
            "document_drafted": _("起草公文"),
            "document_changed": _("修改文稿"),
            "document_file_removed": _("移除公文附件"),
            "document_submitted": _("公文送审"),
            "document_issued": _("公文编号印发"),
            "document_registered": _("收文登记"),
            "document_handling": _("收文转办理"),
            "document_filed": _("收文存查"),
            "document_sent_back": _("收文退文"),
            "document_signed_for": _("签收公文"),
            "document_refused": _("退回公文"),
            "document_delivered": _("分送公文"),
            "document_circulated": _("送阅公文"),
            "document_read": _("阅毕公文"),
            "document_reminded": _("催阅催签收"),
            "document_archived": _("公文归档"),
            "post_given": _("登记机关岗位"),
            "post_ended": _("机关岗位离任"),
        }
    )
    signals.case_moving.connect(handling.on_case_moving, dispatch_uid="office.documents")
    subjects.name_subjects("document", _link)
    subjects.show_subjects("document", _shown)
    references.name_people("office_signers", posts.leaders_in)
    references.name_people("office_reviewers", posts.reviewers_in)
    references.name_people("office_staff", posts.people_of)
    search.register("documents", _find, 16)


def _link(user: Any, rest: str) -> "tuple[str, str] | None":
    from django.urls import reverse

    from .access import visible_documents

    if not (rest.isascii() and rest.isdigit() and len(rest) < 12):
        return None
    found = visible_documents(user).filter(pk=int(rest)).first()
    return (found.title, reverse("document", args=[found.pk])) if found is not None else None


def _shown(user: Any, rest: str) -> "SafeString | None":
    """The document itself with its annexes, for whoever has a step of its case."""
    from django.template.loader import render_to_string

    from .access import visible_documents
    from .rules import paragraphs

    if not (rest.isascii() and rest.isdigit() and len(rest) < 12):
        return None
    found = visible_documents(user).select_related("body", "signer").filter(pk=int(rest)).first()
    if found is None:
        return None
    files = list(found.files.filter(removed_at=None))
    context = {"document": found, "paragraphs": list(paragraphs(found.text)), "files": files}
    return render_to_string("office/documents/on_case.html", context)


def _find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Documents by title or number."""
    from django.db.models import Q
    from django.urls import reverse
    from django.utils.translation import gettext

    from qiangqu.ui.search import Hit

    from .access import visible_documents

    found = visible_documents(user).filter(Q(title__contains=text) | Q(number__contains=text))
    for one in found.select_related("body").defer("text").order_by("-id")[:limit]:
        yield Hit(
            gettext("公文"),
            one.title,
            f"{one.number or one.receipt} · {one.body.name}",
            reverse("document", args=[one.pk]),
        )

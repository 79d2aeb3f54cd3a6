from django.urls import URLPattern, path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.lists import urls

from .listing import DOCUMENTS, FILING, INBOX
from .pages import document, lists, posts

urlpatterns: list[URLPattern] = [
    *urls(DOCUMENTS, "documents/", require(Action.OFFICE), excel="documents/list.xlsx"),
    *urls(INBOX, "documents/inbox/", require(Action.KEEP_DOCUMENTS)),
    path("documents/inbox/<int:pk>/<str:name>", lists.answer, name="documents-answer"),
    *urls(FILING, "documents/archive/", require(Action.KEEP_DOCUMENTS), view=lists.filing),
    path("documents/archive/<int:year>.xlsx", lists.catalogue, name="documents-catalogue"),
    path("documents/posts", posts.body_posts, name="document-posts"),
    path("documents/posts/<int:pk>/<str:name>", posts.act, name="document-posts-act"),
    path("documents/new", document.new, name="document-new"),
    path("documents/receive", document.receive, name="document-receive"),
    path("documents/<int:pk>/edit", document.edit, name="document-edit"),
    path("documents/<int:pk>/versions/<int:number>", document.version, name="document-version"),
    *document.DOCUMENT.urls("documents/"),
]

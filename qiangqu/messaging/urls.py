from django.contrib.auth.decorators import login_required
from django.urls import path

from qiangqu.ui import lists

from . import pages
from .listing import MESSAGES

urlpatterns = [
    *lists.urls(MESSAGES, "messages/", login_required),
    path("messages/read-all", pages.read_all, name="messages-read-all"),
    path("messages/settings", pages.settings_page, name="messages-settings"),
    path("messages/<int:pk>/read", pages.read, name="messages-read"),
]

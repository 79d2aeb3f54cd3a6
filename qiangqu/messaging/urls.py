from django.urls import path

from . import pages

urlpatterns = [
    path("messages/", pages.inbox, name="messages"),
    path("messages/read-all", pages.read_all, name="messages-read-all"),
    path("messages/settings", pages.settings_page, name="messages-settings"),
    path("messages/<int:pk>/read", pages.read, name="messages-read"),
]

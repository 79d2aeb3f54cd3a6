from django.contrib.auth.views import LogoutView
from django.urls import path

from qiangqu.ui import registers

from .pages import account, areas, audits, roles
from .registers import REGISTERS

urlpatterns = [
    path("accounts/login/", account.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/", account.account, name="account"),
    path("accounts/password/", account.PasswordChange.as_view(), name="password-change"),
    path("accounts/tokens/<int:pk>/delete/", account.delete_token, name="token-delete"),
    path("accounts/sessions/<int:pk>/end/", account.delete_session, name="session-end"),
    path("accounts/end-all/", account.end_all, name="access-end"),
    path("area-switch/", areas.area_switch, name="area-switch"),
    path("roles/", roles.roles, name="roles"),
    path("roles/new/<slug:base>/", roles.new, name="roles-new"),
    path("roles/separate/", roles.separate, name="roles-separate"),
    path("posts/waiting/", roles.waiting, name="posts-waiting"),
    path("posts/<int:pk>/confirm/", roles.decide, {"word": "confirm"}, name="posts-confirm"),
    path("posts/<int:pk>/refuse/", roles.decide, {"word": "refuse"}, name="posts-refuse"),
    path("audit/verify/", audits.verify, name="audit-verify"),
    *(route for register in REGISTERS for route in registers.urls(register)),
]

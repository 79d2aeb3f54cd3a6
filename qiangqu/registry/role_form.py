"""The form of one of the node's own roles."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.part import parts
from qiangqu.base.visibility import covers
from qiangqu.ui.registers.forms import RegisterForm

from .models import Area, OwnRole, Post, Role
from .roles import PERMISSIONS, Action, choosable


def of_whole_node(user: Any) -> bool:
    """Whether the user keeps the roles of the whole node: they hold wherever posts are given."""
    top = Area.objects.filter(parent=None).order_by("path").first()
    return top is not None and covers(user, top.path, Action.MANAGE_ROLES)


def users_of(role: OwnRole) -> list[Post]:
    """The posts by which the role is in use: held, to come or waiting."""
    posts = Post.objects.standing_on().filter(own_role=role.pk)
    return list(posts.select_related("user", "area", "organisation__area", "own_role").order_by("user__username"))


class RoleForm(RegisterForm):
    """Name, description, days and permissions of a role. What it is based on was chosen before and stays."""

    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("权限"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(code, one.title) for code, one in PERMISSIONS.items()],
    )

    more_template = "registry/role_permissions.html"
    dated = False  # who holds a role may do from now on what it gives

    class Meta:
        model = OwnRole
        fields = ["code", "name", "name_en", "description", "valid_from", "valid_to", "note", "permissions"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("小写字母、数字和连字符，给程序用")
        self.fields["valid_to"].help_text = _("最后一天；不再用的角色在这里停用，不删除")

    def visible_fields(self) -> list[Any]:
        """All but the permissions, which stand below in a table of their own."""
        return [field for field in super().visible_fields() if field.name != "permissions"]

    @property
    def rows(self) -> list[tuple[Any, list[tuple[Any, bool]]]]:
        """The permissions that can be ticked, by part, with those that are."""
        ticked = set(self["permissions"].value() or ())
        codes = choosable(self.instance.base)
        found = [
            (part.title, [(one, one.code in ticked) for one in part.permissions if one.code in codes])
            for part in parts()
        ]
        return [(title, rows) for title, rows in found if rows]

    def clean_permissions(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["permissions"]
        wrong = [str(PERMISSIONS[code].title) for code in chosen if code not in choosable(self.instance.base)]
        if wrong:
            words = {"names": "、".join(wrong), "base": Role(self.instance.base).label}
            raise ValidationError(_("基于%(base)s的角色不能有这些权限：%(names)s") % words)
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not of_whole_node(self.user):
            raise ValidationError(_("角色在整个节点有效，由最上级区域的管理员维护"))
        if self.instance.pk is None:
            return cleaned
        used = users_of(self.instance)
        if any(one.user_id == self.user.pk for one in used):
            raise ValidationError(_("这是您自己岗位的角色：自己的权限由另一位管理员修改"))
        end = cleaned.get("valid_to")
        after = [one for one in used if end is not None and (one.valid_to is None or one.valid_to > end)]
        if after:
            names = "、".join(dict.fromkeys(str(one.user) for one in after))
            told = _("%(day)s 以后还有人在用这个角色：%(names)s；请先结束或改换他们的岗位")
            self.add_error("valid_to", told % {"day": end, "names": names[:200]})
        return cleaned

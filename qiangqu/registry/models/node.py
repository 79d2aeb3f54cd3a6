"""The nodes, and what rows that leave their node carry."""

from typing import Any

from django.apps import apps as all_apps
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.base.identity import uid7
from qiangqu.base.terms import TermField

#: the row of :class:`Node` that is this node itself
HERE = 1


class Node(models.Model):
    """Node 节点: one installation. The row :data:`HERE` is this one. It is there from the beginning; its code
    is chosen once (:mod:`qiangqu.registry.nodes`) and stands in what people and other nodes are told."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    code = CodeField(
        _("节点代码"),
        max_length=8,
        blank=True,
        validators=[RegexValidator(r"^[A-Z0-9]{1,8}\Z", _("节点代码只能由 1—8 个大写字母和数字组成"))],
    )
    name = TermField(_("节点名称"), max_length=80, blank=True)
    # 三员分立 (qiangqu.registry.separation)
    separation = models.BooleanField(_("三员分立"), default=False, editable=False)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("节点")
        constraints = [models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="node_once")]

    def __str__(self) -> str:
        return self.name or self.code


def _this_node(sender: Any, using: str, apps: Any = all_apps, **_kwargs: Any) -> None:
    """The row of this node is there whenever the tables are: rows refer to it from the first one on."""
    if sender.label == "registry" and "node" in apps.all_models["registry"]:
        apps.get_model("registry", "Node").objects.using(using).get_or_create(id=HERE)


post_migrate.connect(_this_node, dispatch_uid="registry.node")


class Travelling(models.Model):
    """A row that other nodes may get to see: ``uid`` names it there, ``origin`` is the node that made it."""

    uid = models.UUIDField(_("全局标识"), default=uid7, unique=True, editable=False)
    origin = models.ForeignKey(
        Node, models.PROTECT, default=HERE, editable=False, db_index=False, related_name="+", verbose_name=_("来源节点")
    )

    travels_by = "uid"

    class Meta:
        abstract = True

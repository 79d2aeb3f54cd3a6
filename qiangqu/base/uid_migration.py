"""The operations by which rows that were there before get a uid and an origin."""

from collections.abc import Callable
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from .identity import uid7

AT_ONCE = 2000


def give_uids(model: Any, at_once: int = AT_ONCE) -> int:
    """A uid for each row that has none, in the order of their ids, ``at_once`` rows at a time. Returns how
    many.
    """
    manager, last, count = model._default_manager, 0, 0
    while True:
        rows = manager.filter(uid=None, pk__gt=last).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:at_once])
        if not ids:
            return count
        manager.bulk_update([model(pk=pk, uid=uid7()) for pk in ids], ["uid"], batch_size=250)
        last, count = ids[-1], count + len(ids)


def _filling(app: str, names: tuple[str, ...]) -> Callable[[Any, Any], None]:
    def fill(apps: Any, _schema_editor: Any) -> None:
        for name in names:
            give_uids(apps.get_model(app, name))

    return fill


def travelling(app: str, *names: str) -> list[Operation]:
    """What makes these models of ``app`` ``registry.models.Travelling``; needs the migration
    ``registry.0007_node``.
    """
    operations: list[Operation] = []
    for name in names:
        operations += [
            migrations.AddField(name, "uid", models.UUIDField(editable=False, null=True, verbose_name="全局标识")),
            migrations.AddField(
                name,
                "origin",
                models.ForeignKey(
                    db_index=False,
                    default=1,
                    editable=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="registry.node",
                    verbose_name="来源节点",
                ),
            ),
        ]
    operations.append(migrations.RunPython(_filling(app, names), migrations.RunPython.noop))
    operations += [
        migrations.AlterField(
            name,
            "uid",
            models.UUIDField(default=uid7, editable=False, unique=True, verbose_name="全局标识"),
        )
        for name in names
    ]
    return operations

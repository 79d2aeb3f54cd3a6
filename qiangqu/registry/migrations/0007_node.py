"""The node has a row; where there is an area already (a node of an earlier release), it is named after it.
Its audit chain is its own.
"""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from qiangqu.registry.nodes import code_for


def enter(apps, schema_editor):
    top = apps.get_model("registry", "Area").objects.filter(parent=None).order_by("path").first()
    named = {"code": settings.QIANGQU_NODE or code_for(top.code), "name": top.name} if top else {}
    apps.get_model("registry", "Node").objects.create(id=1, **named)


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_posts")]

    operations = [
        migrations.CreateModel(
            name="Node",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                (
                    "code",
                    models.CharField(
                        blank=True,
                        max_length=8,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z0-9]{1,8}\\Z", "节点代码只能由 1—8 个大写字母和数字组成"
                            )
                        ],
                        verbose_name="节点代码",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=80, verbose_name="节点名称")),
            ],
            options={
                "verbose_name": "节点",
                "verbose_name_plural": "节点",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("code", ""), _negated=True), fields=("code",), name="node_once"
                    )
                ],
            },
        ),
        migrations.RunPython(enter, migrations.RunPython.noop),
        migrations.AddField(
            "auditentry",
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
        migrations.AddField("auditentry", "names_node", models.BooleanField(default=False, editable=False)),
        migrations.AlterField(
            "auditentry", "position", models.BigIntegerField(editable=False, null=True, verbose_name="链中位置")
        ),
        migrations.AlterField(
            "auditentry", "previous_hash", models.CharField(editable=False, max_length=64, null=True)
        ),
        migrations.AddConstraint(
            "auditentry", models.UniqueConstraint(fields=("origin", "position"), name="audit_place_once")
        ),
        migrations.AddConstraint(
            "auditentry", models.UniqueConstraint(fields=("origin", "previous_hash"), name="audit_follows_once")
        ),
    ]

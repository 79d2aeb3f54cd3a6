"""All tables of the part for a new node, in place of the steps by which they came about; indexes for lists as
of a day, as ``0002_history_indexes`` tells; the row of the node itself.
"""

import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.many_models
import qiangqu.registry.models.organisation

VERSIONS = ("area", "organisation", "parcel", "project", "recognition")


def enter(apps, schema_editor):
    apps.get_model("registry", "Node").objects.create(id=1)


class Migration(migrations.Migration):
    replaces = [
        ("registry", "0001_initial"),
        ("registry", "0002_history_indexes"),
        ("registry", "0003_sign_in"),
        ("registry", "0004_audit_positions"),
        ("registry", "0005_audit_entry_area"),
        ("registry", "0006_posts"),
        ("registry", "0007_node"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="HistoricalArea",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        (
                            "code",
                            models.CharField(
                                db_index=True,
                                help_text="行政区划代码按 GB/T 2260；开发区按审核公告目录",
                                max_length=24,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[A-Z0-9][A-Z0-9_.-]*\\Z", "代码只能由大写字母、数字和 _ . - 组成"
                                    )
                                ],
                                verbose_name="代码",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("short_name", models.CharField(max_length=24, verbose_name="简称")),
                        (
                            "level",
                            models.CharField(
                                choices=[("region", "自治区（省）"), ("city", "地级市"), ("zone", "开发区（园区）")],
                                max_length=8,
                                verbose_name="层级",
                            ),
                        ),
                        ("kind", models.CharField(blank=True, max_length=40, verbose_name="类别")),
                        ("path", models.CharField(db_index=True, editable=False, max_length=120, verbose_name="路径")),
                        (
                            "lon",
                            models.FloatField(blank=True, help_text="度，示意位置", null=True, verbose_name="经度"),
                        ),
                        (
                            "lat",
                            models.FloatField(blank=True, help_text="度，示意位置", null=True, verbose_name="纬度"),
                        ),
                        ("source_url", models.CharField(blank=True, max_length=500, verbose_name="来源")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="上级区域",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 区域",
                        "verbose_name_plural": "historical 区域",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Area",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        (
                            "code",
                            models.CharField(
                                help_text="行政区划代码按 GB/T 2260；开发区按审核公告目录",
                                max_length=24,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[A-Z0-9][A-Z0-9_.-]*\\Z", "代码只能由大写字母、数字和 _ . - 组成"
                                    )
                                ],
                                verbose_name="代码",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("short_name", models.CharField(max_length=24, verbose_name="简称")),
                        (
                            "level",
                            models.CharField(
                                choices=[("region", "自治区（省）"), ("city", "地级市"), ("zone", "开发区（园区）")],
                                max_length=8,
                                verbose_name="层级",
                            ),
                        ),
                        ("kind", models.CharField(blank=True, max_length=40, verbose_name="类别")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="registry.area",
                                verbose_name="上级区域",
                            ),
                        ),
                        ("path", models.CharField(editable=False, max_length=120, unique=True, verbose_name="路径")),
                        (
                            "lon",
                            models.FloatField(blank=True, help_text="度，示意位置", null=True, verbose_name="经度"),
                        ),
                        (
                            "lat",
                            models.FloatField(blank=True, help_text="度，示意位置", null=True, verbose_name="纬度"),
                        ),
                        ("source_url", models.CharField(blank=True, max_length=500, verbose_name="来源")),
                    ],
                    options={
                        "verbose_name": "区域",
                        "verbose_name_plural": "区域",
                        "ordering": ["path"],
                    },
                ),
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
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(db_index=True, verbose_name="时间")),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="用户",
                            ),
                        ),
                        ("action", models.CharField(db_index=True, max_length=60, verbose_name="动作")),
                        ("object_type", models.CharField(blank=True, max_length=60, verbose_name="对象类型")),
                        ("object_id", models.CharField(blank=True, max_length=80, verbose_name="对象")),
                        ("area_path", models.CharField(blank=True, max_length=120, verbose_name="区域路径")),
                        (
                            "area",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        ("detail", models.JSONField(default=dict, verbose_name="内容")),
                        (
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
                        ("names_node", models.BooleanField(default=False, editable=False)),
                        ("position", models.BigIntegerField(editable=False, null=True, verbose_name="链中位置")),
                        ("previous_hash", models.CharField(editable=False, max_length=64, null=True)),
                        ("hash", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                    ],
                    options={
                        "verbose_name": "审计记录",
                        "verbose_name_plural": "审计记录",
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["object_type", "object_id"], name="registry_au_object__a639ec_idx"),
                            models.Index(
                                condition=models.Q(("position", None)), fields=["id"], name="registry_audit_unsealed"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("origin", "position"), name="audit_place_once"),
                            models.UniqueConstraint(fields=("origin", "previous_hash"), name="audit_follows_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Industry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="chains",
                                to="registry.industry",
                                verbose_name="所属产业",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "产业与产业链",
                        "verbose_name_plural": "产业与产业链",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="RecognitionKind",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("level", models.CharField(blank=True, max_length=40, verbose_name="级别")),
                        ("issuer", models.CharField(blank=True, max_length=120, verbose_name="认定单位")),
                        (
                            "validity_years",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="有效年数"),
                        ),
                        ("source", models.CharField(blank=True, max_length=300, verbose_name="依据")),
                    ],
                    options={
                        "verbose_name": "认定类别",
                        "verbose_name_plural": "认定类别",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="ProjectKind",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("source", models.CharField(blank=True, max_length=300, verbose_name="依据")),
                    ],
                    options={
                        "verbose_name": "项目类别",
                        "verbose_name_plural": "项目类别",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalOrganisation",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(db_index=True, max_length=60, verbose_name="代码")),
                        (
                            "uscc",
                            models.CharField(
                                blank=True,
                                db_index=True,
                                max_length=18,
                                null=True,
                                validators=[qiangqu.registry.models.organisation.check_uscc],
                                verbose_name="统一社会信用代码",
                            ),
                        ),
                        ("name", models.CharField(db_index=True, max_length=120, verbose_name="名称")),
                        ("short_name", models.CharField(blank=True, max_length=60, verbose_name="简称")),
                        (
                            "aliases",
                            models.CharField(blank=True, help_text="以分号分隔", max_length=500, verbose_name="别名"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("department", "部门"),
                                    ("government", "人民政府"),
                                    ("committee", "开发区管委会"),
                                    ("group", "单位组合"),
                                    ("branch", "中央驻地方单位"),
                                    ("association", "社会团体"),
                                    ("enterprise", "企业"),
                                ],
                                db_index=True,
                                max_length=12,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "industry_code",
                            models.CharField(
                                blank=True, help_text="GB/T 4754—2017", max_length=8, verbose_name="国民经济行业代码"
                            ),
                        ),
                        (
                            "scale",
                            models.CharField(
                                blank=True,
                                choices=[("above", "规模以上"), ("small", "规模以下"), ("", "不适用")],
                                max_length=8,
                                verbose_name="规模",
                            ),
                        ),
                        ("ownership", models.CharField(blank=True, max_length=24, verbose_name="登记注册类型")),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "sector",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.industry",
                                verbose_name="重点产业",
                            ),
                        ),
                        (
                            "chain",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.industry",
                                verbose_name="产业链",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 单位",
                        "verbose_name_plural": "historical 单位",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Organisation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(max_length=60, unique=True, verbose_name="代码")),
                        (
                            "uscc",
                            models.CharField(
                                blank=True,
                                max_length=18,
                                null=True,
                                unique=True,
                                validators=[qiangqu.registry.models.organisation.check_uscc],
                                verbose_name="统一社会信用代码",
                            ),
                        ),
                        ("name", models.CharField(db_index=True, max_length=120, verbose_name="名称")),
                        ("short_name", models.CharField(blank=True, max_length=60, verbose_name="简称")),
                        (
                            "aliases",
                            models.CharField(blank=True, help_text="以分号分隔", max_length=500, verbose_name="别名"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("department", "部门"),
                                    ("government", "人民政府"),
                                    ("committee", "开发区管委会"),
                                    ("group", "单位组合"),
                                    ("branch", "中央驻地方单位"),
                                    ("association", "社会团体"),
                                    ("enterprise", "企业"),
                                ],
                                db_index=True,
                                max_length=12,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="organisations",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "industry_code",
                            models.CharField(
                                blank=True, help_text="GB/T 4754—2017", max_length=8, verbose_name="国民经济行业代码"
                            ),
                        ),
                        (
                            "sector",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.industry",
                                verbose_name="重点产业",
                            ),
                        ),
                        (
                            "chain",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.industry",
                                verbose_name="产业链",
                            ),
                        ),
                        (
                            "scale",
                            models.CharField(
                                blank=True,
                                choices=[("above", "规模以上"), ("small", "规模以下"), ("", "不适用")],
                                max_length=8,
                                verbose_name="规模",
                            ),
                        ),
                        ("ownership", models.CharField(blank=True, max_length=24, verbose_name="登记注册类型")),
                        (
                            "members",
                            models.ManyToManyField(
                                blank=True, related_name="groups", to="registry.organisation", verbose_name="成员单位"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "单位",
                        "verbose_name_plural": "单位",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalParcel",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="宗地代码")),
                        ("land_area", models.FloatField(help_text="亩", verbose_name="面积")),
                        (
                            "use",
                            models.CharField(help_text="GB/T 21010—2017 二级类", max_length=40, verbose_name="用途"),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("planned", "规划"),
                                    ("supplied", "已供应"),
                                    ("built", "已建成"),
                                    ("idle", "闲置"),
                                    ("low_use", "低效"),
                                ],
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "holder",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="使用单位",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 宗地",
                        "verbose_name_plural": "historical 宗地",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Parcel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="宗地代码")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcels",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "holder",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcels",
                                to="registry.organisation",
                                verbose_name="使用单位",
                            ),
                        ),
                        ("land_area", models.FloatField(help_text="亩", verbose_name="面积")),
                        (
                            "use",
                            models.CharField(help_text="GB/T 21010—2017 二级类", max_length=40, verbose_name="用途"),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("planned", "规划"),
                                    ("supplied", "已供应"),
                                    ("built", "已建成"),
                                    ("idle", "闲置"),
                                    ("low_use", "低效"),
                                ],
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "宗地",
                        "verbose_name_plural": "宗地",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalProject",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="项目代码")),
                        ("name", models.CharField(max_length=200, verbose_name="名称")),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("reserve", "储备"),
                                    ("started", "开工"),
                                    ("finished", "竣工"),
                                    ("accepted", "验收"),
                                    ("cancelled", "终止"),
                                ],
                                max_length=12,
                                verbose_name="阶段",
                            ),
                        ),
                        ("started_on", models.DateField(blank=True, null=True, verbose_name="开工日期")),
                        ("finished_on", models.DateField(blank=True, null=True, verbose_name="竣工日期")),
                        ("accepted_on", models.DateField(blank=True, null=True, verbose_name="验收日期")),
                        (
                            "planned_investment",
                            models.FloatField(blank=True, help_text="万元", null=True, verbose_name="计划投资"),
                        ),
                        (
                            "kind",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.projectkind",
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="实施单位",
                            ),
                        ),
                        (
                            "sector",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.industry",
                                verbose_name="重点产业",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 项目",
                        "verbose_name_plural": "historical 项目",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Project",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="项目代码")),
                        ("name", models.CharField(max_length=200, verbose_name="名称")),
                        (
                            "kind",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projects",
                                to="registry.projectkind",
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projects",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projects",
                                to="registry.organisation",
                                verbose_name="实施单位",
                            ),
                        ),
                        (
                            "sector",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.industry",
                                verbose_name="重点产业",
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("reserve", "储备"),
                                    ("started", "开工"),
                                    ("finished", "竣工"),
                                    ("accepted", "验收"),
                                    ("cancelled", "终止"),
                                ],
                                max_length=12,
                                verbose_name="阶段",
                            ),
                        ),
                        ("started_on", models.DateField(blank=True, null=True, verbose_name="开工日期")),
                        ("finished_on", models.DateField(blank=True, null=True, verbose_name="竣工日期")),
                        ("accepted_on", models.DateField(blank=True, null=True, verbose_name="验收日期")),
                        (
                            "planned_investment",
                            models.FloatField(blank=True, help_text="万元", null=True, verbose_name="计划投资"),
                        ),
                    ],
                    options={
                        "verbose_name": "项目",
                        "verbose_name_plural": "项目",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalRecognition",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        (
                            "subject_name",
                            models.CharField(
                                blank=True,
                                help_text="平台、车间、场景等的名称",
                                max_length=200,
                                verbose_name="认定对象",
                            ),
                        ),
                        ("certificate", models.CharField(blank=True, max_length=60, verbose_name="证书编号")),
                        ("document_number", models.CharField(blank=True, max_length=80, verbose_name="认定文号")),
                        (
                            "kind",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.recognitionkind",
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "holder",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 认定",
                        "verbose_name_plural": "historical 认定",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Recognition",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(db_index=True, verbose_name="起始日期")),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        (
                            "kind",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recognitions",
                                to="registry.recognitionkind",
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "holder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recognitions",
                                to="registry.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "subject_name",
                            models.CharField(
                                blank=True,
                                help_text="平台、车间、场景等的名称",
                                max_length=200,
                                verbose_name="认定对象",
                            ),
                        ),
                        ("certificate", models.CharField(blank=True, max_length=60, verbose_name="证书编号")),
                        ("document_number", models.CharField(blank=True, max_length=80, verbose_name="认定文号")),
                    ],
                    options={
                        "verbose_name": "认定",
                        "verbose_name_plural": "认定",
                        "ordering": ["kind__code", "valid_from", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "holder", "valid_from", "subject_name"), name="recognition_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                error_messages={"unique": "A user with that username already exists."},
                                help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                                max_length=150,
                                unique=True,
                                validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                                verbose_name="username",
                            ),
                        ),
                        ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                        ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="Designates whether the user can log into this admin site.",
                                verbose_name="staff status",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined"),
                        ),
                        ("display_name", models.CharField(blank=True, max_length=40, verbose_name="姓名")),
                        ("epoch", models.PositiveIntegerField(default=0, editable=False)),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "用户",
                        "verbose_name_plural": "用户",
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Post",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="posts",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="用户",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("leader", "领导"),
                                    ("planner", "规划人员"),
                                    ("bureau", "市级部门"),
                                    ("zone", "园区人员"),
                                    ("inspector", "检查人员"),
                                    ("enterprise", "企业"),
                                    ("admin", "系统管理员"),
                                ],
                                max_length=12,
                                verbose_name="角色",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="posts",
                                to="registry.area",
                                verbose_name="管辖区域",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="posts",
                                to="registry.organisation",
                                verbose_name="所属单位",
                            ),
                        ),
                        (
                            "valid_from",
                            models.DateField(default=django.utils.timezone.localdate, verbose_name="起始日期"),
                        ),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "岗位",
                        "verbose_name_plural": "岗位",
                        "ordering": ["pk"],
                        "indexes": [models.Index(fields=["role", "area"], name="post_by_desk")],
                    },
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="api_tokens",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="用户",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="用途")),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                        ("expires_on", models.DateField(verbose_name="有效期至")),
                        ("last_used_on", models.DateField(blank=True, null=True, verbose_name="最近使用")),
                    ],
                    options={
                        "verbose_name": "接口令牌",
                        "verbose_name_plural": "接口令牌",
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="LoginFailure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("purpose", models.CharField(default="sign-in", max_length=12)),
                        ("username", models.CharField(blank=True, db_index=True, max_length=150)),
                        ("address", models.CharField(db_index=True, max_length=45)),
                        ("network", models.CharField(db_index=True, default="", max_length=45)),
                        ("device", models.CharField(blank=True, max_length=64)),
                        ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                    ],
                    options={
                        "verbose_name": "登录失败",
                        "verbose_name_plural": "登录失败",
                    },
                ),
                migrations.CreateModel(
                    name="KnownPlace",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="known_places",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("value", models.CharField(max_length=64)),
                        ("last_at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name": "登录地点",
                        "verbose_name_plural": "登录地点",
                        "constraints": [models.UniqueConstraint(fields=("user", "value"), name="known_place_once")],
                    },
                ),
                migrations.CreateModel(
                    name="SignIn",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sign_ins",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="用户",
                            ),
                        ),
                        ("digest", models.CharField(editable=False, max_length=40, unique=True)),
                        ("address", models.CharField(max_length=45, verbose_name="地址")),
                        ("agent", models.CharField(blank=True, max_length=200, verbose_name="浏览器")),
                        ("at", models.DateTimeField(auto_now_add=True, verbose_name="登录时间")),
                        ("last_at", models.DateTimeField(verbose_name="最近使用")),
                    ],
                    options={
                        "verbose_name": "登录会话",
                        "verbose_name_plural": "登录会话",
                        "ordering": ["-last_at"],
                    },
                ),
            ],
        ),
        *(
            migrations.RunSQL(
                f"CREATE INDEX registry_version_{name} ON registry_historical{name} (id, history_date DESC, history_id DESC)",
                f"DROP INDEX registry_version_{name}",
            )
            for name in VERSIONS
        ),
        migrations.RunPython(enter, migrations.RunPython.noop),
    ]

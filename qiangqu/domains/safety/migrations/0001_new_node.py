"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.crypto
import qiangqu.base.identity
import qiangqu.base.many_models
import qiangqu.domains.safety.models.inspections


class Migration(migrations.Migration):
    replaces = [("safety", "0001_initial"), ("safety", "0002_hazards"), ("safety", "0003_permits")]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
        ("telemetry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="HistoricalChemical",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("cas", models.CharField(blank=True, max_length=16, verbose_name="CAS")),
                        (
                            "listed",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(85),
                                ],
                                verbose_name="GB 18218 表1 序号",
                            ),
                        ),
                        (
                            "hazard_class",
                            models.CharField(
                                blank=True,
                                help_text="如 W5.1；表1 没有的必填，表3 没有校正系数 β 的也要填",
                                max_length=5,
                                verbose_name="GB 18218 表2 类别符号",
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
                        "verbose_name": "historical 危险化学品",
                        "verbose_name_plural": "historical 危险化学品",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Chemical",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("cas", models.CharField(blank=True, max_length=16, verbose_name="CAS")),
                        (
                            "listed",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(85),
                                ],
                                verbose_name="GB 18218 表1 序号",
                            ),
                        ),
                        (
                            "hazard_class",
                            models.CharField(
                                blank=True,
                                help_text="如 W5.1；表1 没有的必填，表3 没有校正系数 β 的也要填",
                                max_length=5,
                                verbose_name="GB 18218 表2 类别符号",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "危险化学品",
                        "verbose_name_plural": "危险化学品",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalHazardUnit",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("production", "生产单元"), ("storage", "储存单元")],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "exposed",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="厂界外 500 米常住人口"),
                        ),
                        (
                            "registered_level",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "—"),
                                    ("一级", "一级"),
                                    ("二级", "二级"),
                                    ("三级", "三级"),
                                    ("四级", "四级"),
                                ],
                                max_length=4,
                                verbose_name="备案等级",
                            ),
                        ),
                        (
                            "lon",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-180.0),
                                    django.core.validators.MaxValueValidator(180.0),
                                ],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-90.0),
                                    django.core.validators.MaxValueValidator(90.0),
                                ],
                                verbose_name="纬度",
                            ),
                        ),
                        (
                            "organisation",
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
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
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
                        "verbose_name": "historical 危险化学品单元",
                        "verbose_name_plural": "historical 危险化学品单元",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HazardUnit",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hazard_units",
                                to="registry.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hazard_units",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("production", "生产单元"), ("storage", "储存单元")],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "exposed",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="厂界外 500 米常住人口"),
                        ),
                        (
                            "registered_level",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "—"),
                                    ("一级", "一级"),
                                    ("二级", "二级"),
                                    ("三级", "三级"),
                                    ("四级", "四级"),
                                ],
                                max_length=4,
                                verbose_name="备案等级",
                            ),
                        ),
                        (
                            "lon",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-180.0),
                                    django.core.validators.MaxValueValidator(180.0),
                                ],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-90.0),
                                    django.core.validators.MaxValueValidator(90.0),
                                ],
                                verbose_name="纬度",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "危险化学品单元",
                        "verbose_name_plural": "危险化学品单元",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="Stock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
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
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stocks",
                                to="safety.hazardunit",
                                verbose_name="单元",
                            ),
                        ),
                        (
                            "chemical",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stocks",
                                to="safety.chemical",
                                verbose_name="化学品",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="日期")),
                        (
                            "tonnes",
                            models.FloatField(
                                validators=[django.core.validators.MinValueValidator(0.0)], verbose_name="存量"
                            ),
                        ),
                        (
                            "most",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0.0)],
                                verbose_name="设计最大量",
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(verbose_name="录入时间")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "危化品存量",
                        "verbose_name_plural": "危化品存量",
                        "ordering": ["unit", "day", "pk"],
                        "indexes": [models.Index(fields=["unit", "chemical", "day"], name="stock_by_day")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalDuty",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="代码")),
                        (
                            "trade",
                            models.CharField(
                                help_text="GB/T 4754 代码开头几位；新业态写名称",
                                max_length=40,
                                verbose_name="行业代码或新业态",
                            ),
                        ),
                        ("title", models.CharField(max_length=80, verbose_name="行业名称")),
                        ("new_trade", models.BooleanField(default=False, verbose_name="新业态")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("trade", "行业主管（管行业）"),
                                    ("business", "业务主管（管业务）"),
                                    ("operation", "属地监管（管生产经营）"),
                                ],
                                max_length=10,
                                verbose_name="职责",
                            ),
                        ),
                        ("document", models.CharField(blank=True, max_length=200, verbose_name="依据文件")),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "supervisor",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="监管部门",
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
                        "verbose_name": "historical 监管职责",
                        "verbose_name_plural": "historical 监管职责",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Duty",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "trade",
                            models.CharField(
                                help_text="GB/T 4754 代码开头几位；新业态写名称",
                                max_length=40,
                                verbose_name="行业代码或新业态",
                            ),
                        ),
                        ("title", models.CharField(max_length=80, verbose_name="行业名称")),
                        ("new_trade", models.BooleanField(default=False, verbose_name="新业态")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("trade", "行业主管（管行业）"),
                                    ("business", "业务主管（管业务）"),
                                    ("operation", "属地监管（管生产经营）"),
                                ],
                                max_length=10,
                                verbose_name="职责",
                            ),
                        ),
                        (
                            "supervisor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duties",
                                to="registry.organisation",
                                verbose_name="监管部门",
                            ),
                        ),
                        ("document", models.CharField(blank=True, max_length=200, verbose_name="依据文件")),
                    ],
                    options={
                        "verbose_name": "监管职责",
                        "verbose_name_plural": "监管职责",
                        "ordering": ["trade", "kind", "code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalInspectionSubject",
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
                            "grade",
                            models.CharField(
                                choices=[("重大", "重大"), ("较大", "较大"), ("一般", "一般"), ("低", "低")],
                                db_index=True,
                                max_length=4,
                                verbose_name="风险等级",
                            ),
                        ),
                        ("last_inspected", models.DateField(blank=True, null=True, verbose_name="最近检查日期")),
                        (
                            "organisation",
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
                        "verbose_name": "historical 检查对象",
                        "verbose_name_plural": "historical 检查对象",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="InspectionSubject",
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
                            "organisation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inspection_subject",
                                to="registry.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(
                                choices=[("重大", "重大"), ("较大", "较大"), ("一般", "一般"), ("低", "低")],
                                db_index=True,
                                max_length=4,
                                verbose_name="风险等级",
                            ),
                        ),
                        ("last_inspected", models.DateField(blank=True, null=True, verbose_name="最近检查日期")),
                    ],
                    options={
                        "verbose_name": "检查对象",
                        "verbose_name_plural": "检查对象",
                        "ordering": ["organisation__code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalInspector",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="执法编号")),
                        ("name", models.CharField(max_length=40, verbose_name="姓名")),
                        ("certificate", models.CharField(blank=True, max_length=60, verbose_name="证件")),
                        ("qualified_from", models.DateField(verbose_name="资格起始")),
                        (
                            "qualified_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示没有期限", null=True, verbose_name="资格终止"
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
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="所在单位",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="平台用户",
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
                        "verbose_name": "historical 检查人员",
                        "verbose_name_plural": "historical 检查人员",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Inspector",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="执法编号")),
                        ("name", models.CharField(max_length=40, verbose_name="姓名")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inspectors",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inspectors",
                                to="registry.organisation",
                                verbose_name="所在单位",
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inspector",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="平台用户",
                            ),
                        ),
                        ("certificate", models.CharField(blank=True, max_length=60, verbose_name="证件")),
                        ("qualified_from", models.DateField(verbose_name="资格起始")),
                        (
                            "qualified_to",
                            models.DateField(
                                blank=True, help_text="最后一天；空表示没有期限", null=True, verbose_name="资格终止"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "检查人员",
                        "verbose_name_plural": "检查人员",
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("qualified_to", None),
                                    ("qualified_to__gte", models.F("qualified_from")),
                                    _connector="OR",
                                ),
                                name="inspector_qualified_later",
                                violation_error_message="资格终止应不早于资格起始",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalInspectorConflict",
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
                        ("reason", models.CharField(max_length=200, verbose_name="回避原因")),
                        ("declared_by", models.CharField(max_length=60, verbose_name="申报人")),
                        (
                            "inspector",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="safety.inspector",
                                verbose_name="检查人员",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="回避的单位",
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
                        "verbose_name": "historical 回避关系",
                        "verbose_name_plural": "historical 回避关系",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="InspectorConflict",
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
                            "inspector",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="conflicts",
                                to="safety.inspector",
                                verbose_name="检查人员",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="回避的单位",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="回避原因")),
                        ("declared_by", models.CharField(max_length=60, verbose_name="申报人")),
                    ],
                    options={
                        "verbose_name": "回避关系",
                        "verbose_name_plural": "回避关系",
                        "ordering": ["inspector__code", "organisation__code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("inspector", "organisation"), name="inspector_conflict_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Draw",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(editable=False, max_length=40, unique=True, verbose_name="编号")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="draws",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        ("title", models.CharField(max_length=80, verbose_name="抽查事项")),
                        ("as_of", models.DateField(help_text="按这一天的名录抽取", verbose_name="名录截止日期")),
                        (
                            "rules",
                            models.JSONField(
                                default=qiangqu.domains.safety.models.inspections.first_rules, editable=False
                            ),
                        ),
                        (
                            "unseen_months",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="超过所填月数未检查的，单列为“等级/久未检查”一层",
                                null=True,
                                verbose_name="久未检查（月）",
                            ),
                        ),
                        ("source", models.CharField(max_length=200, verbose_name="公开值来源")),
                        (
                            "fallback",
                            models.CharField(
                                blank=True,
                                help_text="来源失效时使用；须事先写明，一并承诺",
                                max_length=200,
                                verbose_name="备用来源",
                            ),
                        ),
                        ("value_due", models.DateTimeField(verbose_name="公开值公布时间")),
                        (
                            "starts_at",
                            models.DateTimeField(help_text="此时才公开检查对象和检查人员", verbose_name="检查开始时间"),
                        ),
                        (
                            "publish_workdays",
                            models.PositiveSmallIntegerField(
                                default=20,
                                help_text="检查结束后多少个工作日内公示；常引国发〔2019〕5号为 20 日，以本地规定为准",
                                verbose_name="公示时限（工作日）",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("prepared", "编制中"),
                                    ("committed", "已承诺"),
                                    ("drawn", "已抽取"),
                                    ("opened", "检查中"),
                                    ("published", "已公示"),
                                    ("void", "作废"),
                                ],
                                db_index=True,
                                default="prepared",
                                max_length=9,
                                verbose_name="状态",
                            ),
                        ),
                        ("commit", models.CharField(blank=True, editable=False, max_length=64, verbose_name="承诺值")),
                        ("hashes", models.JSONField(default=dict, editable=False)),
                        ("subjects_file", models.TextField(blank=True, editable=False)),
                        ("inspectors_file", models.TextField(blank=True, editable=False)),
                        ("conflicts_file", models.TextField(blank=True, editable=False)),
                        ("nonce", qiangqu.base.crypto.EncryptedTextField(blank=True, editable=False)),
                        ("committed_at", models.DateTimeField(editable=False, null=True, verbose_name="承诺时间")),
                        (
                            "committed_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="承诺人",
                            ),
                        ),
                        (
                            "public_value",
                            models.CharField(blank=True, editable=False, max_length=200, verbose_name="公开值"),
                        ),
                        (
                            "signature",
                            models.CharField(blank=True, editable=False, max_length=200, verbose_name="签名"),
                        ),
                        (
                            "evidence",
                            models.CharField(blank=True, editable=False, max_length=300, verbose_name="公开值出处"),
                        ),
                        (
                            "by_fallback",
                            models.CharField(
                                blank=True, editable=False, max_length=200, verbose_name="改用备用来源的原因"
                            ),
                        ),
                        (
                            "result_hash",
                            models.CharField(blank=True, editable=False, max_length=64, verbose_name="结果哈希"),
                        ),
                        ("drawn_at", models.DateTimeField(editable=False, null=True, verbose_name="抽取时间")),
                        (
                            "drawn_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="抽取人",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(editable=False, null=True, verbose_name="公开名单时间")),
                        ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="公示时间")),
                        (
                            "void_reason",
                            models.CharField(blank=True, editable=False, max_length=200, verbose_name="作废原因"),
                        ),
                        (
                            "prepared_by",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="编制人",
                            ),
                        ),
                        ("prepared_at", models.DateTimeField(editable=False, verbose_name="编制时间")),
                        ("revision", models.PositiveIntegerField(default=0, editable=False)),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "抽查",
                        "verbose_name_plural": "抽查",
                        "ordering": ["-prepared_at", "-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("commit", ""), _negated=True),
                                fields=("commit",),
                                name="draw_commit_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Visit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "draw",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="safety.draw"
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="visits",
                                to="registry.organisation",
                                verbose_name="检查对象",
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField(verbose_name="序号")),
                        ("stratum", models.CharField(max_length=40, verbose_name="层")),
                        ("short", models.BooleanField(default=False, verbose_name="人手不足")),
                        (
                            "instead_of",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced_by",
                                to="safety.visit",
                                verbose_name="替补的对象",
                            ),
                        ),
                        ("replaced_because", models.CharField(blank=True, max_length=200, verbose_name="替换原因")),
                        ("visited_on", models.DateField(blank=True, null=True, verbose_name="检查日期")),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("none", "未发现问题"),
                                    ("fixed", "发现问题当场改正"),
                                    ("rectify", "责令限期改正"),
                                    ("breach", "涉嫌违法，移送处理"),
                                    ("gone", "查无下落或已停业"),
                                    ("refused", "拒绝或阻碍检查"),
                                ],
                                max_length=8,
                                verbose_name="检查结果",
                            ),
                        ),
                        ("findings", models.CharField(blank=True, max_length=1000, verbose_name="检查情况")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(blank=True, null=True, verbose_name="录入时间")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "检查",
                        "verbose_name_plural": "检查",
                        "ordering": ["-draw", "place"],
                        "constraints": [models.UniqueConstraint(fields=("draw", "organisation"), name="visit_once")],
                    },
                ),
                migrations.CreateModel(
                    name="VisitMember",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "visit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="members", to="safety.visit"
                            ),
                        ),
                        (
                            "inspector",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="safety.inspector",
                                verbose_name="检查人员",
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField()),
                        ("by_hand", models.CharField(blank=True, max_length=200, verbose_name="改派原因")),
                        ("left_because", models.CharField(blank=True, max_length=200, verbose_name="退出原因")),
                        (
                            "signed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="改派人",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "检查组成员",
                        "verbose_name_plural": "检查组成员",
                        "ordering": ["visit", "place"],
                        "constraints": [
                            models.UniqueConstraint(fields=("visit", "inspector"), name="visit_member_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalCheckList",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "industry",
                            models.CharField(
                                blank=True,
                                help_text="GB/T 4754 代码开头几位，多个用逗号隔开；空表示各行业通用",
                                max_length=60,
                                verbose_name="适用行业代码",
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
                        "verbose_name": "historical 检查表",
                        "verbose_name_plural": "historical 检查表",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="CheckList",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "industry",
                            models.CharField(
                                blank=True,
                                help_text="GB/T 4754 代码开头几位，多个用逗号隔开；空表示各行业通用",
                                max_length=60,
                                verbose_name="适用行业代码",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "检查表",
                        "verbose_name_plural": "检查表",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalCheckItem",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="代码")),
                        ("place", models.PositiveSmallIntegerField(default=1, verbose_name="序号")),
                        ("text", models.CharField(max_length=300, verbose_name="检查内容")),
                        ("source", models.CharField(max_length=200, verbose_name="依据条款")),
                        (
                            "grade",
                            models.CharField(
                                choices=[("general", "一般隐患"), ("major", "重大隐患")],
                                default="general",
                                max_length=8,
                                verbose_name="不符合时的隐患等级",
                            ),
                        ),
                        (
                            "checklist",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="safety.checklist",
                                verbose_name="检查表",
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
                        "verbose_name": "historical 检查项",
                        "verbose_name_plural": "historical 检查项",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="CheckItem",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        (
                            "checklist",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="safety.checklist",
                                verbose_name="检查表",
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField(default=1, verbose_name="序号")),
                        ("text", models.CharField(max_length=300, verbose_name="检查内容")),
                        ("source", models.CharField(max_length=200, verbose_name="依据条款")),
                        (
                            "grade",
                            models.CharField(
                                choices=[("general", "一般隐患"), ("major", "重大隐患")],
                                default="general",
                                max_length=8,
                                verbose_name="不符合时的隐患等级",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "检查项",
                        "verbose_name_plural": "检查项",
                        "ordering": ["checklist", "place", "code"],
                    },
                ),
                migrations.CreateModel(
                    name="Hazard",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(editable=False, max_length=40, unique=True, verbose_name="编号")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hazards",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hazards",
                                to="registry.organisation",
                                verbose_name="责任单位",
                            ),
                        ),
                        ("title", models.CharField(max_length=300, verbose_name="隐患")),
                        ("place", models.CharField(blank=True, max_length=120, verbose_name="部位")),
                        (
                            "item",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hazards",
                                to="safety.checkitem",
                                verbose_name="检查项",
                            ),
                        ),
                        (
                            "found",
                            models.CharField(
                                choices=[
                                    ("inspection", "检查"),
                                    ("self_check", "企业自查"),
                                    ("sensor", "监测报警"),
                                    ("citizen", "群众举报"),
                                    ("permit", "特殊作业"),
                                ],
                                max_length=10,
                                verbose_name="发现途径",
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(
                                choices=[("general", "一般隐患"), ("major", "重大隐患")],
                                default="general",
                                max_length=8,
                                verbose_name="等级",
                            ),
                        ),
                        ("grade_basis", models.CharField(blank=True, max_length=200, verbose_name="定级依据")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "待整改"),
                                    ("rectified", "待复查"),
                                    ("closed", "已销号"),
                                    ("void", "已撤销"),
                                ],
                                db_index=True,
                                default="open",
                                max_length=9,
                                verbose_name="状态",
                            ),
                        ),
                        ("found_at", models.DateTimeField(verbose_name="发现时间")),
                        (
                            "found_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发现人",
                            ),
                        ),
                        ("lon", models.FloatField(blank=True, null=True, verbose_name="经度")),
                        ("lat", models.FloatField(blank=True, null=True, verbose_name="纬度")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="整改期限")),
                        ("responsible", models.CharField(blank=True, max_length=60, verbose_name="整改责任人")),
                        ("measures", models.CharField(blank=True, max_length=500, verbose_name="整改措施")),
                        ("money", models.FloatField(blank=True, help_text="万元", null=True, verbose_name="整改资金")),
                        ("acceptance", models.CharField(blank=True, max_length=200, verbose_name="验收标准及验收人")),
                        ("round", models.PositiveSmallIntegerField(default=1, verbose_name="整改轮次")),
                        ("result", models.CharField(blank=True, max_length=500, verbose_name="整改情况")),
                        (
                            "worked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="整改提交人",
                            ),
                        ),
                        ("worked_at", models.DateTimeField(blank=True, null=True, verbose_name="整改提交时间")),
                        ("rechecked", models.CharField(blank=True, max_length=500, verbose_name="复查意见")),
                        (
                            "rechecked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="复查人",
                            ),
                        ),
                        ("rechecked_at", models.DateTimeField(blank=True, null=True, verbose_name="复查时间")),
                        (
                            "repeat_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="repeats",
                                to="safety.hazard",
                                verbose_name="重复隐患",
                            ),
                        ),
                        (
                            "visit",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hazards",
                                to="safety.visit",
                                verbose_name="检查",
                            ),
                        ),
                        (
                            "alarm",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hazards",
                                to="telemetry.alarm",
                                verbose_name="报警",
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(
                                blank=True, help_text="如投诉举报的办件编号", max_length=60, verbose_name="来件编号"
                            ),
                        ),
                        ("escalated", models.PositiveSmallIntegerField(default=0, verbose_name="已升级次数")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "隐患",
                        "verbose_name_plural": "隐患",
                        "ordering": ["-found_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["organisation", "item"], name="hazard_repeats"),
                            models.Index(fields=["state", "due_on"], name="hazard_due"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("alarm__isnull", False)),
                                fields=("alarm", "organisation"),
                                name="hazard_alarm_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
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
                        (
                            "visit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="safety.visit",
                                verbose_name="检查",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="safety.checkitem",
                                verbose_name="检查项",
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("met", "符合"), ("not_met", "不符合"), ("na", "不适用")],
                                max_length=8,
                                verbose_name="判定",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="情况")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="检查人",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(verbose_name="填写时间（手机时钟）")),
                        ("received_at", models.DateTimeField(verbose_name="收到时间")),
                        ("lon", models.FloatField(blank=True, null=True, verbose_name="经度")),
                        ("lat", models.FloatField(blank=True, null=True, verbose_name="纬度")),
                        ("accuracy", models.FloatField(blank=True, help_text="米", null=True, verbose_name="定位精度")),
                        ("evidence", models.JSONField(default=list, editable=False)),
                        (
                            "hazard",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="safety.hazard",
                                verbose_name="隐患",
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "检查记录",
                        "verbose_name_plural": "检查记录",
                        "ordering": ["visit", "item", "received_at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="WorkPermit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(editable=False, max_length=40, unique=True, verbose_name="编号")),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="work_permits",
                                to="registry.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="work_permits",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("hot_work", "动火作业"),
                                    ("confined_space", "受限空间作业"),
                                    ("blind_plate", "盲板抽堵作业"),
                                    ("height", "高处作业"),
                                    ("lifting", "吊装作业"),
                                    ("temporary_power", "临时用电作业"),
                                    ("excavation", "动土作业"),
                                    ("road_break", "断路作业"),
                                ],
                                max_length=16,
                                verbose_name="作业",
                            ),
                        ),
                        ("level", models.CharField(max_length=4, verbose_name="级别")),
                        ("work", models.CharField(max_length=300, verbose_name="作业内容")),
                        ("place", models.CharField(max_length=120, verbose_name="作业地点")),
                        ("vessel", models.CharField(blank=True, max_length=40, verbose_name="设备位号")),
                        ("opens", models.BooleanField(default=False, verbose_name="打开设备或管线")),
                        (
                            "radius",
                            models.FloatField(
                                blank=True,
                                help_text="米；吊装作业填写",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(0.0),
                                    django.core.validators.MaxValueValidator(500.0),
                                ],
                                verbose_name="吊装警戒半径",
                            ),
                        ),
                        (
                            "lon",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-180.0),
                                    django.core.validators.MaxValueValidator(180.0),
                                ],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-90.0),
                                    django.core.validators.MaxValueValidator(90.0),
                                ],
                                verbose_name="纬度",
                            ),
                        ),
                        ("workers", models.CharField(max_length=200, verbose_name="作业人")),
                        (
                            "certificates_to",
                            models.DateField(
                                blank=True,
                                help_text="几个证书的，填最早到期的",
                                null=True,
                                verbose_name="作业证书有效期至",
                            ),
                        ),
                        (
                            "guardian",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="监护人",
                            ),
                        ),
                        ("planned_from", models.DateTimeField(verbose_name="计划开始")),
                        ("planned_to", models.DateTimeField(verbose_name="计划结束")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="safety.workpermit",
                                verbose_name="所属作业票",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("applied", "办理中"),
                                    ("approved", "已批准"),
                                    ("working", "作业中"),
                                    ("suspended", "已暂停"),
                                    ("expired", "已超期"),
                                    ("closed", "已关闭"),
                                    ("cancelled", "已取消"),
                                ],
                                db_index=True,
                                default="applied",
                                max_length=9,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "applied_by",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="申请人",
                            ),
                        ),
                        ("applied_at", models.DateTimeField(editable=False, verbose_name="申请时间")),
                        ("approved_at", models.DateTimeField(editable=False, null=True, verbose_name="批准时间")),
                        ("started_at", models.DateTimeField(editable=False, null=True, verbose_name="开始时间")),
                        ("valid_to", models.DateTimeField(editable=False, null=True, verbose_name="有效期至")),
                        ("suspended_at", models.DateTimeField(editable=False, null=True, verbose_name="暂停时间")),
                        (
                            "suspended_why",
                            models.CharField(blank=True, editable=False, max_length=300, verbose_name="暂停原因"),
                        ),
                        (
                            "suspended_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="telemetry.alarm",
                                verbose_name="报警",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="关闭时间")),
                        (
                            "closing",
                            models.CharField(blank=True, editable=False, max_length=300, verbose_name="完工情况"),
                        ),
                        ("latest", models.DateTimeField(editable=False)),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "作业票",
                        "verbose_name_plural": "作业票",
                        "ordering": ["-applied_at", "-pk"],
                        "indexes": [models.Index(fields=["organisation", "state"], name="permit_under_way")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("planned_to__gt", models.F("planned_from"))),
                                name="permit_planned_order",
                                violation_error_message="计划结束应晚于计划开始",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PermitStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "permit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="safety.workpermit",
                                verbose_name="作业票",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("isolation", "隔离"), ("measure", "安全措施"), ("sign", "签字")],
                                max_length=9,
                                verbose_name="步骤",
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField(verbose_name="序号")),
                        ("text", models.CharField(max_length=120, verbose_name="内容")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="办理人",
                            ),
                        ),
                        ("at", models.DateTimeField(null=True, verbose_name="办理时间")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                    ],
                    options={
                        "verbose_name": "作业票步骤",
                        "verbose_name_plural": "作业票步骤",
                        "ordering": ["permit", "kind", "place"],
                        "constraints": [
                            models.UniqueConstraint(fields=("permit", "kind", "place"), name="permit_step_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GasReading",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
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
                        (
                            "permit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="readings",
                                to="safety.workpermit",
                                verbose_name="作业票",
                            ),
                        ),
                        ("gas", models.CharField(max_length=40, verbose_name="气体")),
                        ("value", models.FloatField(verbose_name="值")),
                        ("unit", models.CharField(max_length=10, verbose_name="单位")),
                        ("spot", models.CharField(max_length=80, verbose_name="分析点")),
                        ("at", models.DateTimeField(verbose_name="分析时间")),
                        ("analyst", models.CharField(max_length=40, verbose_name="分析人")),
                        ("instrument", models.CharField(max_length=40, verbose_name="仪器编号")),
                        ("passed", models.BooleanField(verbose_name="合格")),
                        ("judged_by", models.CharField(max_length=200, verbose_name="判定依据")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(verbose_name="录入时间")),
                    ],
                    options={
                        "verbose_name": "气体分析",
                        "verbose_name_plural": "气体分析",
                        "ordering": ["-at", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalGasDetector",
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
                        ("gas", models.CharField(max_length=40, verbose_name="气体")),
                        (
                            "radius",
                            models.FloatField(
                                help_text="米",
                                validators=[
                                    django.core.validators.MinValueValidator(1.0),
                                    django.core.validators.MaxValueValidator(5000.0),
                                ],
                                verbose_name="暂停作业的半径",
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="telemetry.device",
                                verbose_name="设备",
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
                        "verbose_name": "historical 气体探测器",
                        "verbose_name_plural": "historical 气体探测器",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="GasDetector",
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
                            "device",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="gas_detector",
                                to="telemetry.device",
                                verbose_name="设备",
                            ),
                        ),
                        ("gas", models.CharField(max_length=40, verbose_name="气体")),
                        (
                            "radius",
                            models.FloatField(
                                help_text="米",
                                validators=[
                                    django.core.validators.MinValueValidator(1.0),
                                    django.core.validators.MaxValueValidator(5000.0),
                                ],
                                verbose_name="暂停作业的半径",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "气体探测器",
                        "verbose_name_plural": "气体探测器",
                        "ordering": ["device__mn"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalRiskScheme",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="代码")),
                        (
                            "method",
                            models.CharField(
                                choices=[("lec", "LEC 法"), ("matrix", "风险矩阵")], max_length=6, verbose_name="方法"
                            ),
                        ),
                        ("red_from", models.FloatField(verbose_name="红色起点")),
                        ("orange_from", models.FloatField(verbose_name="橙色起点")),
                        ("yellow_from", models.FloatField(verbose_name="黄色起点")),
                        ("document", models.CharField(max_length=200, verbose_name="依据文件")),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="适用区域",
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
                        "verbose_name": "historical 风险分级办法",
                        "verbose_name_plural": "historical 风险分级办法",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="RiskScheme",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="适用区域",
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[("lec", "LEC 法"), ("matrix", "风险矩阵")], max_length=6, verbose_name="方法"
                            ),
                        ),
                        ("red_from", models.FloatField(verbose_name="红色起点")),
                        ("orange_from", models.FloatField(verbose_name="橙色起点")),
                        ("yellow_from", models.FloatField(verbose_name="黄色起点")),
                        ("document", models.CharField(max_length=200, verbose_name="依据文件")),
                    ],
                    options={
                        "verbose_name": "风险分级办法",
                        "verbose_name_plural": "风险分级办法",
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("red_from__gt", models.F("orange_from")),
                                    ("orange_from__gt", models.F("yellow_from")),
                                ),
                                name="risk_scheme_order",
                                violation_error_message="红、橙、黄的起点应依次减小",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalRiskPoint",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("place", models.CharField(blank=True, max_length=120, verbose_name="部位")),
                        (
                            "method",
                            models.CharField(
                                choices=[("lec", "LEC 法"), ("matrix", "风险矩阵")],
                                default="lec",
                                max_length=6,
                                verbose_name="方法",
                            ),
                        ),
                        (
                            "likelihood",
                            models.FloatField(
                                validators=[django.core.validators.MinValueValidator(0.0)], verbose_name="可能性 L"
                            ),
                        ),
                        (
                            "exposure",
                            models.FloatField(
                                blank=True,
                                help_text="LEC 法填写",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0.0)],
                                verbose_name="暴露频率 E",
                            ),
                        ),
                        (
                            "consequence",
                            models.FloatField(
                                validators=[django.core.validators.MinValueValidator(0.0)],
                                verbose_name="后果 C（矩阵为严重性 S）",
                            ),
                        ),
                        (
                            "stated",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("red", "重大风险（红）"),
                                    ("orange", "较大风险（橙）"),
                                    ("yellow", "一般风险（黄）"),
                                    ("blue", "低风险（蓝）"),
                                ],
                                help_text="没有分级办法时填写",
                                max_length=6,
                                verbose_name="评估人判定的等级",
                            ),
                        ),
                        ("score", models.FloatField(default=0.0, editable=False, verbose_name="风险值")),
                        (
                            "level",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("red", "重大风险（红）"),
                                    ("orange", "较大风险（橙）"),
                                    ("yellow", "一般风险（黄）"),
                                    ("blue", "低风险（蓝）"),
                                ],
                                db_index=True,
                                editable=False,
                                max_length=6,
                                verbose_name="风险等级",
                            ),
                        ),
                        (
                            "level_basis",
                            models.CharField(blank=True, editable=False, max_length=200, verbose_name="分级依据"),
                        ),
                        ("controls", models.CharField(max_length=500, verbose_name="管控措施")),
                        ("responsible", models.CharField(max_length=60, verbose_name="责任人")),
                        (
                            "check_days",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(366),
                                ],
                                verbose_name="检查周期",
                            ),
                        ),
                        (
                            "check_basis",
                            models.CharField(
                                blank=True,
                                help_text="未查到各等级检查频次的国家规定，按企业制度或本地文件填写",
                                max_length=200,
                                verbose_name="频次依据",
                            ),
                        ),
                        (
                            "lon",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-180.0),
                                    django.core.validators.MaxValueValidator(180.0),
                                ],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-90.0),
                                    django.core.validators.MaxValueValidator(90.0),
                                ],
                                verbose_name="纬度",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="责任单位",
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="telemetry.device",
                                verbose_name="监测设备",
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
                        "verbose_name": "historical 风险点",
                        "verbose_name_plural": "historical 风险点",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="RiskPoint",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="risk_points",
                                to="registry.organisation",
                                verbose_name="责任单位",
                            ),
                        ),
                        ("place", models.CharField(blank=True, max_length=120, verbose_name="部位")),
                        (
                            "method",
                            models.CharField(
                                choices=[("lec", "LEC 法"), ("matrix", "风险矩阵")],
                                default="lec",
                                max_length=6,
                                verbose_name="方法",
                            ),
                        ),
                        (
                            "likelihood",
                            models.FloatField(
                                validators=[django.core.validators.MinValueValidator(0.0)], verbose_name="可能性 L"
                            ),
                        ),
                        (
                            "exposure",
                            models.FloatField(
                                blank=True,
                                help_text="LEC 法填写",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0.0)],
                                verbose_name="暴露频率 E",
                            ),
                        ),
                        (
                            "consequence",
                            models.FloatField(
                                validators=[django.core.validators.MinValueValidator(0.0)],
                                verbose_name="后果 C（矩阵为严重性 S）",
                            ),
                        ),
                        (
                            "stated",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("red", "重大风险（红）"),
                                    ("orange", "较大风险（橙）"),
                                    ("yellow", "一般风险（黄）"),
                                    ("blue", "低风险（蓝）"),
                                ],
                                help_text="没有分级办法时填写",
                                max_length=6,
                                verbose_name="评估人判定的等级",
                            ),
                        ),
                        ("score", models.FloatField(default=0.0, editable=False, verbose_name="风险值")),
                        (
                            "level",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("red", "重大风险（红）"),
                                    ("orange", "较大风险（橙）"),
                                    ("yellow", "一般风险（黄）"),
                                    ("blue", "低风险（蓝）"),
                                ],
                                db_index=True,
                                editable=False,
                                max_length=6,
                                verbose_name="风险等级",
                            ),
                        ),
                        (
                            "level_basis",
                            models.CharField(blank=True, editable=False, max_length=200, verbose_name="分级依据"),
                        ),
                        ("controls", models.CharField(max_length=500, verbose_name="管控措施")),
                        ("responsible", models.CharField(max_length=60, verbose_name="责任人")),
                        (
                            "check_days",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(366),
                                ],
                                verbose_name="检查周期",
                            ),
                        ),
                        (
                            "check_basis",
                            models.CharField(
                                blank=True,
                                help_text="未查到各等级检查频次的国家规定，按企业制度或本地文件填写",
                                max_length=200,
                                verbose_name="频次依据",
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="telemetry.device",
                                verbose_name="监测设备",
                            ),
                        ),
                        (
                            "lon",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-180.0),
                                    django.core.validators.MaxValueValidator(180.0),
                                ],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-90.0),
                                    django.core.validators.MaxValueValidator(90.0),
                                ],
                                verbose_name="纬度",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "风险点",
                        "verbose_name_plural": "风险点",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="RiskCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
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
                        (
                            "point",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checks",
                                to="safety.riskpoint",
                                verbose_name="风险点",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="检查时间")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="检查人",
                            ),
                        ),
                        ("works", models.BooleanField(verbose_name="管控措施有效")),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="情况")),
                        (
                            "hazard",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="safety.hazard",
                                verbose_name="隐患",
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "风险点检查",
                        "verbose_name_plural": "风险点检查",
                        "ordering": ["-at", "-pk"],
                    },
                ),
            ],
        ),
    ]

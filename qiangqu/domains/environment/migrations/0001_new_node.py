"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.identity
import qiangqu.base.many_models
import qiangqu.domains.environment.models


class Migration(migrations.Migration):
    replaces = [
        ("environment", "0001_initial"),
        ("environment", "0002_channel_by_its_place"),
        ("environment", "0003_identity"),
    ]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
        ("telemetry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="HistoricalStation",
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
                                choices=[("ambient", "环境空气"), ("boundary", "厂界"), ("noise", "噪声")],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        ("lon", models.FloatField(verbose_name="经度")),
                        ("lat", models.FloatField(verbose_name="纬度")),
                        (
                            "standard",
                            models.CharField(
                                blank=True, help_text="如 GB 3095、GB 12348", max_length=40, verbose_name="执行标准"
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(blank=True, help_text="如 二级、3类", max_length=40, verbose_name="级别"),
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
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="厂界站填写",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="所属企业",
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
                        "verbose_name": "historical 监测站",
                        "verbose_name_plural": "historical 监测站",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Station",
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
                            "kind",
                            models.CharField(
                                choices=[("ambient", "环境空气"), ("boundary", "厂界"), ("noise", "噪声")],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                help_text="厂界站填写",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="所属企业",
                            ),
                        ),
                        ("lon", models.FloatField(verbose_name="经度")),
                        ("lat", models.FloatField(verbose_name="纬度")),
                        (
                            "standard",
                            models.CharField(
                                blank=True, help_text="如 GB 3095、GB 12348", max_length=40, verbose_name="执行标准"
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(blank=True, help_text="如 二级、3类", max_length=40, verbose_name="级别"),
                        ),
                    ],
                    options={
                        "verbose_name": "监测站",
                        "verbose_name_plural": "监测站",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalOutlet",
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
                                help_text="排污许可证的排放口编号，前加企业代码",
                                max_length=40,
                                verbose_name="代码",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "medium",
                            models.CharField(
                                choices=[("air", "废气"), ("water", "废水")], max_length=8, verbose_name="介质"
                            ),
                        ),
                        ("permit_number", models.CharField(blank=True, max_length=40, verbose_name="排污许可证编号")),
                        ("lon", models.FloatField(verbose_name="经度")),
                        ("lat", models.FloatField(verbose_name="纬度")),
                        (
                            "standard",
                            models.CharField(
                                blank=True, help_text="如 GB 13223、GB 18918", max_length=40, verbose_name="执行标准"
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(
                                blank=True, help_text="如 燃煤锅炉、一级A", max_length=40, verbose_name="级别"
                            ),
                        ),
                        (
                            "reference_oxygen",
                            models.FloatField(
                                blank=True, help_text="%；不折算则留空", null=True, verbose_name="基准氧含量"
                            ),
                        ),
                        (
                            "enterprise",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="企业",
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
                        "verbose_name": "historical 排放口",
                        "verbose_name_plural": "historical 排放口",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Outlet",
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
                                help_text="排污许可证的排放口编号，前加企业代码",
                                max_length=40,
                                unique=True,
                                verbose_name="代码",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "medium",
                            models.CharField(
                                choices=[("air", "废气"), ("water", "废水")], max_length=8, verbose_name="介质"
                            ),
                        ),
                        (
                            "enterprise",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="企业",
                            ),
                        ),
                        ("permit_number", models.CharField(blank=True, max_length=40, verbose_name="排污许可证编号")),
                        ("lon", models.FloatField(verbose_name="经度")),
                        ("lat", models.FloatField(verbose_name="纬度")),
                        (
                            "standard",
                            models.CharField(
                                blank=True, help_text="如 GB 13223、GB 18918", max_length=40, verbose_name="执行标准"
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(
                                blank=True, help_text="如 燃煤锅炉、一级A", max_length=40, verbose_name="级别"
                            ),
                        ),
                        (
                            "reference_oxygen",
                            models.FloatField(
                                blank=True, help_text="%；不折算则留空", null=True, verbose_name="基准氧含量"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "排放口",
                        "verbose_name_plural": "排放口",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="Channel",
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
                            "station",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="channels",
                                to="environment.station",
                                verbose_name="监测站",
                            ),
                        ),
                        (
                            "outlet",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="channels",
                                to="environment.outlet",
                                verbose_name="排放口",
                            ),
                        ),
                        (
                            "factor",
                            models.CharField(
                                max_length=10,
                                validators=[qiangqu.domains.environment.models.check_factor],
                                verbose_name="因子",
                            ),
                        ),
                        (
                            "point",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="environment_channel",
                                to="telemetry.point",
                                verbose_name="遥测测点",
                            ),
                        ),
                        (
                            "unit",
                            models.CharField(
                                blank=True, help_text="空表示因子字典的单位", max_length=12, verbose_name="上报单位"
                            ),
                        ),
                        (
                            "interval",
                            models.PositiveIntegerField(
                                default=60,
                                help_text="秒；每小时应有 3600/间隔 个数据",
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="采样间隔",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "监测项目",
                        "verbose_name_plural": "监测项目",
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outlet__isnull", True), ("station__isnull", False)),
                                    models.Q(("outlet__isnull", False), ("station__isnull", True)),
                                    _connector="OR",
                                ),
                                name="channel_of_one_place",
                            ),
                            models.UniqueConstraint(fields=("station", "factor"), name="channel_once_station"),
                            models.UniqueConstraint(fields=("outlet", "factor"), name="channel_once_outlet"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalPermitAmount",
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
                        ("permit_number", models.CharField(blank=True, max_length=40, verbose_name="排污许可证编号")),
                        (
                            "factor",
                            models.CharField(
                                max_length=10,
                                validators=[qiangqu.domains.environment.models.check_factor],
                                verbose_name="因子",
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                        (
                            "tonnes",
                            models.FloatField(
                                help_text="吨",
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="许可量",
                            ),
                        ),
                        (
                            "enterprise",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="企业",
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
                        "verbose_name": "historical 许可排放量",
                        "verbose_name_plural": "historical 许可排放量",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="PermitAmount",
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
                            "enterprise",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="企业",
                            ),
                        ),
                        ("permit_number", models.CharField(blank=True, max_length=40, verbose_name="排污许可证编号")),
                        (
                            "factor",
                            models.CharField(
                                max_length=10,
                                validators=[qiangqu.domains.environment.models.check_factor],
                                verbose_name="因子",
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                        (
                            "tonnes",
                            models.FloatField(
                                help_text="吨",
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="许可量",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "许可排放量",
                        "verbose_name_plural": "许可排放量",
                        "ordering": ["-year", "enterprise__name", "factor"],
                        "constraints": [
                            models.UniqueConstraint(fields=("enterprise", "factor", "year"), name="permit_amount_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DailyResult",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="days",
                                to="environment.channel",
                            ),
                        ),
                        ("day", models.DateField(db_index=True, verbose_name="日期")),
                        ("due", models.PositiveSmallIntegerField(verbose_name="应有小时数")),
                        ("received", models.PositiveSmallIntegerField(verbose_name="收到小时数")),
                        ("valid", models.PositiveSmallIntegerField(verbose_name="有效小时数")),
                        ("mean", models.FloatField(null=True, verbose_name="日均值")),
                        ("maximum", models.FloatField(null=True, verbose_name="最大小时值")),
                        ("eight_hours", models.FloatField(null=True, verbose_name="最大8小时平均")),
                        ("kilograms", models.FloatField(help_text="千克", null=True, verbose_name="排放量")),
                        ("substituted", models.FloatField(default=0.0, help_text="千克", verbose_name="其中替代")),
                    ],
                    options={
                        "verbose_name": "日结果",
                        "verbose_name_plural": "日结果",
                        "constraints": [models.UniqueConstraint(fields=("channel", "day"), name="daily_result_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Exceedance",
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
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exceedances",
                                to="environment.channel",
                                verbose_name="监测项目",
                            ),
                        ),
                        ("average", models.CharField(max_length=8, verbose_name="平均时间")),
                        ("start", models.DateTimeField(db_index=True, verbose_name="起始时间")),
                        ("value", models.FloatField(verbose_name="数值")),
                        ("limit", models.FloatField(verbose_name="限值")),
                        ("low", models.FloatField(null=True, verbose_name="下限")),
                        ("unit", models.CharField(max_length=12, verbose_name="单位")),
                        ("citation", models.CharField(max_length=120, verbose_name="依据")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "待核实"),
                                    ("confirmed", "已确认"),
                                    ("explained", "非超标（有说明）"),
                                    ("withdrawn", "数据修正后撤回"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                        (
                            "handled_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="处理人",
                            ),
                        ),
                        ("handled_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                    ],
                    options={
                        "verbose_name": "超标记录",
                        "verbose_name_plural": "超标记录",
                        "ordering": ["-start", "-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("channel", "average", "start"), name="exceedance_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WasteEntry",
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
                            "enterprise",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="企业",
                            ),
                        ),
                        ("day", models.DateField(db_index=True, verbose_name="日期")),
                        (
                            "waste_class",
                            models.CharField(
                                choices=[("general", "一般工业固体废物"), ("hazardous", "危险废物")],
                                max_length=10,
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "waste_code",
                            models.CharField(
                                help_text="一般固废按 GB/T 39198，危险废物按国家名录",
                                max_length=20,
                                verbose_name="废物代码",
                            ),
                        ),
                        ("waste_name", models.CharField(max_length=80, verbose_name="废物名称")),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("generated", "产生"),
                                    ("received", "接收"),
                                    ("used", "综合利用"),
                                    ("disposed", "处置"),
                                    ("transferred", "转移"),
                                ],
                                max_length=12,
                                verbose_name="去向",
                            ),
                        ),
                        ("tonnes", models.FloatField(help_text="吨", verbose_name="数量")),
                        ("from_stock", models.BooleanField(default=False, verbose_name="取自往年贮存")),
                        ("counterpart", models.CharField(blank=True, max_length=120, verbose_name="接收或来源单位")),
                        ("document_number", models.CharField(blank=True, max_length=60, verbose_name="联单编号")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("entered_at", models.DateTimeField(auto_now_add=True, verbose_name="登记时间")),
                        ("voided_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                        ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
                    ],
                    options={
                        "verbose_name": "固废台账记录",
                        "verbose_name_plural": "固废台账记录",
                        "ordering": ["-day", "-id"],
                    },
                ),
            ],
        ),
    ]

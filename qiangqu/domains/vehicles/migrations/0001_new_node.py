"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.many_models


class Migration(migrations.Migration):
    replaces = [("vehicles", "0001_initial")]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
        ("telemetry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="HistoricalVehicle",
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
                            "plate",
                            models.CharField(
                                db_index=True,
                                max_length=10,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[\\u4e00-\\u9fff][A-Z][A-Z0-9]{5,6}\\Z", "车牌号应如 宁A12345"
                                    )
                                ],
                                verbose_name="车牌号",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("tank", "罐车"),
                                    ("box", "厢式车"),
                                    ("flat", "平板车"),
                                    ("tractor", "牵引车"),
                                ],
                                default="tank",
                                max_length=8,
                                verbose_name="车型",
                            ),
                        ),
                        (
                            "goods",
                            models.CharField(
                                help_text="GB 6944 的类项，如 2.1、3，用逗号隔开",
                                max_length=60,
                                verbose_name="可运类项",
                            ),
                        ),
                        (
                            "capacity",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0.0)],
                                verbose_name="核定载质量",
                            ),
                        ),
                        ("licence", models.CharField(blank=True, max_length=40, verbose_name="道路运输证号")),
                        ("licence_until", models.DateField(blank=True, null=True, verbose_name="道路运输证有效期至")),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="监管区域",
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
                                verbose_name="承运单位",
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
                                verbose_name="车载终端",
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
                        "verbose_name": "historical 危险货物车辆",
                        "verbose_name_plural": "historical 危险货物车辆",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Vehicle",
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
                            "plate",
                            models.CharField(
                                max_length=10,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[\\u4e00-\\u9fff][A-Z][A-Z0-9]{5,6}\\Z", "车牌号应如 宁A12345"
                                    )
                                ],
                                verbose_name="车牌号",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("tank", "罐车"),
                                    ("box", "厢式车"),
                                    ("flat", "平板车"),
                                    ("tractor", "牵引车"),
                                ],
                                default="tank",
                                max_length=8,
                                verbose_name="车型",
                            ),
                        ),
                        (
                            "goods",
                            models.CharField(
                                help_text="GB 6944 的类项，如 2.1、3，用逗号隔开",
                                max_length=60,
                                verbose_name="可运类项",
                            ),
                        ),
                        (
                            "capacity",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0.0)],
                                verbose_name="核定载质量",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="监管区域",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="承运单位",
                            ),
                        ),
                        ("licence", models.CharField(blank=True, max_length=40, verbose_name="道路运输证号")),
                        ("licence_until", models.DateField(blank=True, null=True, verbose_name="道路运输证有效期至")),
                        (
                            "device",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="vehicle",
                                to="telemetry.device",
                                verbose_name="车载终端",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "危险货物车辆",
                        "verbose_name_plural": "危险货物车辆",
                        "ordering": ["plate"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalCrewMember",
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
                        ("certificate", models.CharField(db_index=True, max_length=40, verbose_name="从业资格证号")),
                        ("name", models.CharField(max_length=40, verbose_name="姓名")),
                        (
                            "duty",
                            models.CharField(
                                choices=[("driver", "驾驶员"), ("escort", "押运员")],
                                default="driver",
                                max_length=8,
                                verbose_name="岗位",
                            ),
                        ),
                        ("certificate_until", models.DateField(verbose_name="资格证有效期至")),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="监管区域",
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
                                verbose_name="所属单位",
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
                        "verbose_name": "historical 驾押人员",
                        "verbose_name_plural": "historical 驾押人员",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="CrewMember",
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
                        ("certificate", models.CharField(max_length=40, unique=True, verbose_name="从业资格证号")),
                        ("name", models.CharField(max_length=40, verbose_name="姓名")),
                        (
                            "duty",
                            models.CharField(
                                choices=[("driver", "驾驶员"), ("escort", "押运员")],
                                default="driver",
                                max_length=8,
                                verbose_name="岗位",
                            ),
                        ),
                        ("certificate_until", models.DateField(verbose_name="资格证有效期至")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="监管区域",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="所属单位",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "驾押人员",
                        "verbose_name_plural": "驾押人员",
                        "ordering": ["certificate"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalFence",
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
                                choices=[
                                    ("keep", "不得驶出"),
                                    ("ban", "不得驶入"),
                                    ("stay", "限时停留"),
                                    ("speed", "限速"),
                                    ("route", "规定路线"),
                                ],
                                max_length=6,
                                verbose_name="类型",
                            ),
                        ),
                        ("outline", models.TextField(max_length=20000, verbose_name="边界（每行一点：经度,纬度）")),
                        (
                            "limit",
                            models.FloatField(
                                blank=True,
                                help_text="限速：千米/时；限时停留：分钟；规定路线：两侧各多少米",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(0.0),
                                    django.core.validators.MaxValueValidator(100000.0),
                                ],
                                verbose_name="限值",
                            ),
                        ),
                        (
                            "plates",
                            models.CharField(
                                blank=True,
                                help_text="车牌号，用逗号隔开；空表示监管区域内的全部车辆",
                                max_length=2000,
                                verbose_name="适用车辆",
                            ),
                        ),
                        (
                            "from_hour",
                            models.PositiveSmallIntegerField(
                                default=0,
                                validators=[django.core.validators.MaxValueValidator(23)],
                                verbose_name="每天起（时）",
                            ),
                        ),
                        (
                            "to_hour",
                            models.PositiveSmallIntegerField(
                                default=24,
                                validators=[django.core.validators.MaxValueValidator(24)],
                                verbose_name="每天止（时）",
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
                        "verbose_name": "historical 电子围栏",
                        "verbose_name_plural": "historical 电子围栏",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Fence",
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
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("keep", "不得驶出"),
                                    ("ban", "不得驶入"),
                                    ("stay", "限时停留"),
                                    ("speed", "限速"),
                                    ("route", "规定路线"),
                                ],
                                max_length=6,
                                verbose_name="类型",
                            ),
                        ),
                        ("outline", models.TextField(max_length=20000, verbose_name="边界（每行一点：经度,纬度）")),
                        (
                            "limit",
                            models.FloatField(
                                blank=True,
                                help_text="限速：千米/时；限时停留：分钟；规定路线：两侧各多少米",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(0.0),
                                    django.core.validators.MaxValueValidator(100000.0),
                                ],
                                verbose_name="限值",
                            ),
                        ),
                        (
                            "plates",
                            models.CharField(
                                blank=True,
                                help_text="车牌号，用逗号隔开；空表示监管区域内的全部车辆",
                                max_length=2000,
                                verbose_name="适用车辆",
                            ),
                        ),
                        (
                            "from_hour",
                            models.PositiveSmallIntegerField(
                                default=0,
                                validators=[django.core.validators.MaxValueValidator(23)],
                                verbose_name="每天起（时）",
                            ),
                        ),
                        (
                            "to_hour",
                            models.PositiveSmallIntegerField(
                                default=24,
                                validators=[django.core.validators.MaxValueValidator(24)],
                                verbose_name="每天止（时）",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "电子围栏",
                        "verbose_name_plural": "电子围栏",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalPermit",
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
                        ("number", models.CharField(db_index=True, max_length=40, verbose_name="许可证号")),
                        ("goods", models.CharField(max_length=80, verbose_name="货物")),
                        ("issuer", models.CharField(blank=True, max_length=80, verbose_name="发证机关")),
                        ("first_day", models.DateField(verbose_name="有效期起")),
                        ("last_day", models.DateField(verbose_name="有效期止")),
                        (
                            "vehicle",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="vehicles.vehicle",
                                verbose_name="车辆",
                            ),
                        ),
                        (
                            "route",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="vehicles.fence",
                                verbose_name="规定路线",
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
                        "verbose_name": "historical 运输许可",
                        "verbose_name_plural": "historical 运输许可",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Permit",
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
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="许可证号")),
                        (
                            "vehicle",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="permits",
                                to="vehicles.vehicle",
                                verbose_name="车辆",
                            ),
                        ),
                        ("goods", models.CharField(max_length=80, verbose_name="货物")),
                        ("issuer", models.CharField(blank=True, max_length=80, verbose_name="发证机关")),
                        ("first_day", models.DateField(verbose_name="有效期起")),
                        ("last_day", models.DateField(verbose_name="有效期止")),
                        (
                            "route",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="permits",
                                to="vehicles.fence",
                                verbose_name="规定路线",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "运输许可",
                        "verbose_name_plural": "运输许可",
                        "ordering": ["number"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_day__gte", models.F("first_day"))),
                                name="vehicles_permit_days",
                                violation_error_message="有效期止应不早于有效期起",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalTrip",
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
                        ("number", models.CharField(db_index=True, max_length=40, verbose_name="运单号")),
                        ("goods", models.CharField(max_length=80, verbose_name="货物")),
                        (
                            "tonnes",
                            models.FloatField(
                                validators=[django.core.validators.MinValueValidator(0.0)], verbose_name="数量"
                            ),
                        ),
                        ("starts_at", models.DateTimeField(verbose_name="起运时间")),
                        ("ends_at", models.DateTimeField(verbose_name="预计到达")),
                        (
                            "vehicle",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="vehicles.vehicle",
                                verbose_name="车辆",
                            ),
                        ),
                        (
                            "driver",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="vehicles.crewmember",
                                verbose_name="驾驶员",
                            ),
                        ),
                        (
                            "escort",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="vehicles.crewmember",
                                verbose_name="押运员",
                            ),
                        ),
                        (
                            "receiver",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="收货单位",
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
                        "verbose_name": "historical 电子运单",
                        "verbose_name_plural": "historical 电子运单",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Trip",
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
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="运单号")),
                        (
                            "vehicle",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trips",
                                to="vehicles.vehicle",
                                verbose_name="车辆",
                            ),
                        ),
                        (
                            "driver",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="driven",
                                to="vehicles.crewmember",
                                verbose_name="驾驶员",
                            ),
                        ),
                        (
                            "escort",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="escorted",
                                to="vehicles.crewmember",
                                verbose_name="押运员",
                            ),
                        ),
                        ("goods", models.CharField(max_length=80, verbose_name="货物")),
                        (
                            "tonnes",
                            models.FloatField(
                                validators=[django.core.validators.MinValueValidator(0.0)], verbose_name="数量"
                            ),
                        ),
                        (
                            "receiver",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="收货单位",
                            ),
                        ),
                        ("starts_at", models.DateTimeField(verbose_name="起运时间")),
                        ("ends_at", models.DateTimeField(verbose_name="预计到达")),
                    ],
                    options={
                        "verbose_name": "电子运单",
                        "verbose_name_plural": "电子运单",
                        "ordering": ["-starts_at"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="vehicles_trip_times",
                                violation_error_message="预计到达应晚于起运时间",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Passage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "vehicle",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="passages",
                                to="vehicles.vehicle",
                                verbose_name="车辆",
                            ),
                        ),
                        (
                            "fence",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="passages",
                                to="vehicles.fence",
                                verbose_name="电子围栏",
                            ),
                        ),
                        ("entered", models.BooleanField(verbose_name="驶入")),
                        ("at", models.BigIntegerField(verbose_name="时刻")),
                        ("lon", models.FloatField(verbose_name="经度")),
                        ("lat", models.FloatField(verbose_name="纬度")),
                        ("seen_at", models.DateTimeField(auto_now_add=True, verbose_name="判断时间")),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="因补传数据改判")),
                    ],
                    options={
                        "verbose_name": "围栏事件",
                        "verbose_name_plural": "围栏事件",
                        "ordering": ["-at", "-id"],
                        "indexes": [models.Index(fields=["vehicle", "-at"], name="vehicles_passage_of")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("vehicle", "fence", "entered", "at"),
                                name="vehicles_passage_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JudgedUpTo",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.BigIntegerField(default=0, verbose_name="提交序号")),
                    ],
                    options={
                        "verbose_name": "围栏判断进度",
                        "verbose_name_plural": "围栏判断进度",
                    },
                ),
            ],
        ),
    ]

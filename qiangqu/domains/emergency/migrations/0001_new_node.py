"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.identity
import qiangqu.base.many_models
import qiangqu.domains.emergency.places


class Migration(migrations.Migration):
    replaces = [("emergency", "0001_initial")]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="HistoricalEmergencyPlan",
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
                        ("name", models.CharField(max_length=100, verbose_name="预案名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("whole", "综合预案"), ("special", "专项预案"), ("site", "现场处置方案")],
                                max_length=8,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "hazard",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("fire", "火灾爆炸"),
                                    ("leak", "危险化学品泄漏"),
                                    ("collapse", "坍塌"),
                                    ("transport", "道路运输事故"),
                                    ("pollution", "突发环境事件"),
                                    ("flood", "洪涝"),
                                    ("quake", "地震地质灾害"),
                                    ("outage", "停水停电停气"),
                                    ("other", "其他"),
                                ],
                                help_text="空表示各类",
                                max_length=10,
                                verbose_name="事件类型",
                            ),
                        ),
                        (
                            "edition",
                            models.CharField(help_text="如 2026 年第 2 版", max_length=40, verbose_name="版次"),
                        ),
                        ("issued_on", models.DateField(verbose_name="发布日期")),
                        ("filed_as", models.CharField(blank=True, max_length=60, verbose_name="备案编号")),
                        (
                            "review_due",
                            models.DateField(
                                blank=True, help_text="到期前 60 天提醒", null=True, verbose_name="评估修订期限"
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
                        "verbose_name": "historical 应急预案",
                        "verbose_name_plural": "historical 应急预案",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="EmergencyPlan",
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
                        ("name", models.CharField(max_length=100, verbose_name="预案名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("whole", "综合预案"), ("special", "专项预案"), ("site", "现场处置方案")],
                                max_length=8,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "hazard",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("fire", "火灾爆炸"),
                                    ("leak", "危险化学品泄漏"),
                                    ("collapse", "坍塌"),
                                    ("transport", "道路运输事故"),
                                    ("pollution", "突发环境事件"),
                                    ("flood", "洪涝"),
                                    ("quake", "地震地质灾害"),
                                    ("outage", "停水停电停气"),
                                    ("other", "其他"),
                                ],
                                help_text="空表示各类",
                                max_length=10,
                                verbose_name="事件类型",
                            ),
                        ),
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
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "edition",
                            models.CharField(help_text="如 2026 年第 2 版", max_length=40, verbose_name="版次"),
                        ),
                        ("issued_on", models.DateField(verbose_name="发布日期")),
                        ("filed_as", models.CharField(blank=True, max_length=60, verbose_name="备案编号")),
                        (
                            "review_due",
                            models.DateField(
                                blank=True, help_text="到期前 60 天提醒", null=True, verbose_name="评估修订期限"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "应急预案",
                        "verbose_name_plural": "应急预案",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalPlanCall",
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
                        ("number", models.PositiveSmallIntegerField(verbose_name="次序")),
                        (
                            "duty",
                            models.CharField(
                                help_text="如总指挥、现场指挥、医疗救护组", max_length=40, verbose_name="职责"
                            ),
                        ),
                        ("person", models.CharField(max_length=40, verbose_name="姓名")),
                        ("phone", models.CharField(max_length=30, verbose_name="24 小时电话")),
                        (
                            "from_grade",
                            models.CharField(
                                choices=[
                                    ("1", "Ⅰ级（特别重大）"),
                                    ("2", "Ⅱ级（重大）"),
                                    ("3", "Ⅲ级（较大）"),
                                    ("4", "Ⅳ级（一般）"),
                                ],
                                default="4",
                                help_text="达到该等级及以上时通知",
                                max_length=1,
                                verbose_name="通知起点",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="emergency.emergencyplan",
                                verbose_name="应急预案",
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
                        "verbose_name": "historical 通知名单",
                        "verbose_name_plural": "historical 通知名单",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="PlanCall",
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
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calls",
                                to="emergency.emergencyplan",
                                verbose_name="应急预案",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="次序")),
                        (
                            "duty",
                            models.CharField(
                                help_text="如总指挥、现场指挥、医疗救护组", max_length=40, verbose_name="职责"
                            ),
                        ),
                        ("person", models.CharField(max_length=40, verbose_name="姓名")),
                        ("phone", models.CharField(max_length=30, verbose_name="24 小时电话")),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="平台用户",
                            ),
                        ),
                        (
                            "from_grade",
                            models.CharField(
                                choices=[
                                    ("1", "Ⅰ级（特别重大）"),
                                    ("2", "Ⅱ级（重大）"),
                                    ("3", "Ⅲ级（较大）"),
                                    ("4", "Ⅳ级（一般）"),
                                ],
                                default="4",
                                help_text="达到该等级及以上时通知",
                                max_length=1,
                                verbose_name="通知起点",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "通知名单",
                        "verbose_name_plural": "通知名单",
                        "ordering": ["plan__code", "number"],
                        "constraints": [models.UniqueConstraint(fields=("plan", "number"), name="plan_call_once")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalPlanStep",
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
                        ("number", models.PositiveSmallIntegerField(verbose_name="次序")),
                        ("duty", models.CharField(max_length=40, verbose_name="职责")),
                        ("act", models.CharField(max_length=200, verbose_name="处置内容")),
                        (
                            "minutes",
                            models.PositiveSmallIntegerField(help_text="分钟，从事件登记算起", verbose_name="时限"),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="emergency.emergencyplan",
                                verbose_name="应急预案",
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
                        "verbose_name": "historical 处置步骤",
                        "verbose_name_plural": "historical 处置步骤",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="PlanStep",
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
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="emergency.emergencyplan",
                                verbose_name="应急预案",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="次序")),
                        ("duty", models.CharField(max_length=40, verbose_name="职责")),
                        ("act", models.CharField(max_length=200, verbose_name="处置内容")),
                        (
                            "minutes",
                            models.PositiveSmallIntegerField(help_text="分钟，从事件登记算起", verbose_name="时限"),
                        ),
                    ],
                    options={
                        "verbose_name": "处置步骤",
                        "verbose_name_plural": "处置步骤",
                        "ordering": ["plan__code", "number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "number"), name="plan_step_once"),
                            models.CheckConstraint(condition=models.Q(("minutes__gt", 0)), name="plan_step_minutes"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalEmergencyPlace",
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
                            "lon",
                            models.FloatField(
                                help_text="度，CGCS2000 或 WGS 84",
                                validators=[qiangqu.domains.emergency.places.check_lon],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                help_text="度",
                                validators=[qiangqu.domains.emergency.places.check_lat],
                                verbose_name="纬度",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("station", "消防站"),
                                    ("base", "救援队驻地"),
                                    ("depot", "物资库"),
                                    ("shelter", "避难场所"),
                                    ("medical", "医疗救护点"),
                                    ("command", "指挥场所"),
                                    ("candidate", "备选站址"),
                                ],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        ("address", models.CharField(blank=True, max_length=120, verbose_name="地址")),
                        (
                            "room",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="避难场所：可容纳人数；站点：可服务人数",
                                null=True,
                                verbose_name="容量",
                            ),
                        ),
                        ("phone", models.CharField(blank=True, max_length=30, verbose_name="24 小时电话")),
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
                        "verbose_name": "historical 应急场所",
                        "verbose_name_plural": "historical 应急场所",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="EmergencyPlace",
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
                                verbose_name="区域",
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
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "lon",
                            models.FloatField(
                                help_text="度，CGCS2000 或 WGS 84",
                                validators=[qiangqu.domains.emergency.places.check_lon],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                help_text="度",
                                validators=[qiangqu.domains.emergency.places.check_lat],
                                verbose_name="纬度",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("station", "消防站"),
                                    ("base", "救援队驻地"),
                                    ("depot", "物资库"),
                                    ("shelter", "避难场所"),
                                    ("medical", "医疗救护点"),
                                    ("command", "指挥场所"),
                                    ("candidate", "备选站址"),
                                ],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        ("address", models.CharField(blank=True, max_length=120, verbose_name="地址")),
                        (
                            "room",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="避难场所：可容纳人数；站点：可服务人数",
                                null=True,
                                verbose_name="容量",
                            ),
                        ),
                        ("phone", models.CharField(blank=True, max_length=30, verbose_name="24 小时电话")),
                    ],
                    options={
                        "verbose_name": "应急场所",
                        "verbose_name_plural": "应急场所",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalProtectedPoint",
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
                            "lon",
                            models.FloatField(
                                help_text="度，CGCS2000 或 WGS 84",
                                validators=[qiangqu.domains.emergency.places.check_lon],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                help_text="度",
                                validators=[qiangqu.domains.emergency.places.check_lat],
                                verbose_name="纬度",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("enterprise", "企业"),
                                    ("hazard", "重大危险源"),
                                    ("homes", "居民区"),
                                    ("school", "学校"),
                                    ("hospital", "医院"),
                                    ("public", "公共场所"),
                                ],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        ("people", models.PositiveIntegerField(default=0, verbose_name="人数")),
                        (
                            "risk",
                            models.CharField(
                                choices=[
                                    ("1", "Ⅰ级（特别重大）"),
                                    ("2", "Ⅱ级（重大）"),
                                    ("3", "Ⅲ级（较大）"),
                                    ("4", "Ⅳ级（一般）"),
                                ],
                                default="4",
                                help_text="选址按风险加权时用",
                                max_length=1,
                                verbose_name="风险等级",
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
                        "verbose_name": "historical 防护目标",
                        "verbose_name_plural": "historical 防护目标",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="ProtectedPoint",
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
                                verbose_name="区域",
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
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "lon",
                            models.FloatField(
                                help_text="度，CGCS2000 或 WGS 84",
                                validators=[qiangqu.domains.emergency.places.check_lon],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                help_text="度",
                                validators=[qiangqu.domains.emergency.places.check_lat],
                                verbose_name="纬度",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("enterprise", "企业"),
                                    ("hazard", "重大危险源"),
                                    ("homes", "居民区"),
                                    ("school", "学校"),
                                    ("hospital", "医院"),
                                    ("public", "公共场所"),
                                ],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        ("people", models.PositiveIntegerField(default=0, verbose_name="人数")),
                        (
                            "risk",
                            models.CharField(
                                choices=[
                                    ("1", "Ⅰ级（特别重大）"),
                                    ("2", "Ⅱ级（重大）"),
                                    ("3", "Ⅲ级（较大）"),
                                    ("4", "Ⅳ级（一般）"),
                                ],
                                default="4",
                                help_text="选址按风险加权时用",
                                max_length=1,
                                verbose_name="风险等级",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "防护目标",
                        "verbose_name_plural": "防护目标",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalRescueTeam",
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
                                    ("fire", "消防救援"),
                                    ("chemical", "危化救援"),
                                    ("medical", "医疗救护"),
                                    ("repair", "工程抢修"),
                                    ("monitoring", "环境监测"),
                                    ("general", "综合救援"),
                                ],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        ("people", models.PositiveSmallIntegerField(verbose_name="人数")),
                        ("leader", models.CharField(max_length=40, verbose_name="负责人")),
                        ("phone", models.CharField(max_length=30, verbose_name="24 小时电话")),
                        (
                            "turnout",
                            models.PositiveSmallIntegerField(
                                default=5,
                                help_text="分钟，从接到通知到出动",
                                validators=[django.core.validators.MaxValueValidator(240)],
                                verbose_name="出动准备",
                            ),
                        ),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="emergency.emergencyplace",
                                verbose_name="驻地",
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
                        "verbose_name": "historical 救援队伍",
                        "verbose_name_plural": "historical 救援队伍",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="RescueTeam",
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
                                choices=[
                                    ("fire", "消防救援"),
                                    ("chemical", "危化救援"),
                                    ("medical", "医疗救护"),
                                    ("repair", "工程抢修"),
                                    ("monitoring", "环境监测"),
                                    ("general", "综合救援"),
                                ],
                                max_length=10,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "place",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="teams",
                                to="emergency.emergencyplace",
                                verbose_name="驻地",
                            ),
                        ),
                        ("people", models.PositiveSmallIntegerField(verbose_name="人数")),
                        ("leader", models.CharField(max_length=40, verbose_name="负责人")),
                        ("phone", models.CharField(max_length=30, verbose_name="24 小时电话")),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="平台用户",
                            ),
                        ),
                        (
                            "turnout",
                            models.PositiveSmallIntegerField(
                                default=5,
                                help_text="分钟，从接到通知到出动",
                                validators=[django.core.validators.MaxValueValidator(240)],
                                verbose_name="出动准备",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "救援队伍",
                        "verbose_name_plural": "救援队伍",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalEmergencyEquipment",
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
                            "state",
                            models.CharField(
                                choices=[("ready", "完好"), ("repair", "维修"), ("scrapped", "报废")],
                                default="ready",
                                max_length=8,
                                verbose_name="状况",
                            ),
                        ),
                        (
                            "inspect_due",
                            models.DateField(
                                blank=True, help_text="过期的不列入可调用资源", null=True, verbose_name="检验到期"
                            ),
                        ),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="emergency.emergencyplace",
                                verbose_name="存放场所",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="emergency.rescueteam",
                                verbose_name="使用队伍",
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
                        "verbose_name": "historical 应急装备",
                        "verbose_name_plural": "historical 应急装备",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="EmergencyEquipment",
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
                            "place",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="equipment",
                                to="emergency.emergencyplace",
                                verbose_name="存放场所",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="equipment",
                                to="emergency.rescueteam",
                                verbose_name="使用队伍",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("ready", "完好"), ("repair", "维修"), ("scrapped", "报废")],
                                default="ready",
                                max_length=8,
                                verbose_name="状况",
                            ),
                        ),
                        (
                            "inspect_due",
                            models.DateField(
                                blank=True, help_text="过期的不列入可调用资源", null=True, verbose_name="检验到期"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "应急装备",
                        "verbose_name_plural": "应急装备",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalSupplyItem",
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
                        ("name", models.CharField(max_length=60, verbose_name="品名")),
                        ("unit", models.CharField(max_length=12, verbose_name="计量单位")),
                        (
                            "least",
                            models.PositiveIntegerField(
                                default=0, help_text="每个物资库的最低数量；0 表示不设", verbose_name="最低储备"
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
                        "verbose_name": "historical 物资品种",
                        "verbose_name_plural": "historical 物资品种",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="SupplyItem",
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
                        ("name", models.CharField(max_length=60, verbose_name="品名")),
                        ("unit", models.CharField(max_length=12, verbose_name="计量单位")),
                        (
                            "least",
                            models.PositiveIntegerField(
                                default=0, help_text="每个物资库的最低数量；0 表示不设", verbose_name="最低储备"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "物资品种",
                        "verbose_name_plural": "物资品种",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalSupplyBatch",
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
                        ("code", models.CharField(db_index=True, max_length=40, verbose_name="批号")),
                        (
                            "expires_on",
                            models.DateField(
                                blank=True, help_text="过期的不列入可调用资源", null=True, verbose_name="有效期至"
                            ),
                        ),
                        ("inspect_due", models.DateField(blank=True, null=True, verbose_name="检查到期")),
                        (
                            "item",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="emergency.supplyitem",
                                verbose_name="品名",
                            ),
                        ),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="emergency.emergencyplace",
                                verbose_name="存放场所",
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
                        "verbose_name": "historical 物资批次",
                        "verbose_name_plural": "historical 物资批次",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="SupplyBatch",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="批号")),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="batches",
                                to="emergency.supplyitem",
                                verbose_name="品名",
                            ),
                        ),
                        (
                            "place",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="batches",
                                to="emergency.emergencyplace",
                                verbose_name="存放场所",
                            ),
                        ),
                        (
                            "expires_on",
                            models.DateField(
                                blank=True, help_text="过期的不列入可调用资源", null=True, verbose_name="有效期至"
                            ),
                        ),
                        ("inspect_due", models.DateField(blank=True, null=True, verbose_name="检查到期")),
                    ],
                    options={
                        "verbose_name": "物资批次",
                        "verbose_name_plural": "物资批次",
                        "ordering": ["place__code", "item__code", "code"],
                    },
                ),
                migrations.CreateModel(
                    name="StockMovement",
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
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="emergency.supplybatch",
                                verbose_name="物资批次",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("in", "入库"),
                                    ("out", "出库"),
                                    ("handed", "事件调出"),
                                    ("returned", "事件归还"),
                                    ("counted", "盘点调整"),
                                    ("scrapped", "报废"),
                                ],
                                max_length=8,
                                verbose_name="方式",
                            ),
                        ),
                        (
                            "amount",
                            models.IntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(-10000000),
                                    django.core.validators.MaxValueValidator(10000000),
                                ],
                                verbose_name="数量",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="时间")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="经手人",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                        (
                            "request",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="emergency.resourcerequest",
                                verbose_name="调用",
                            ),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "出入库",
                        "verbose_name_plural": "出入库",
                        "ordering": ["-at", "-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount", 0), _negated=True), name="stock_movement_some"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EmergencyEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(editable=False, max_length=40, unique=True, verbose_name="编号")),
                        ("title", models.CharField(max_length=80, verbose_name="事件名称")),
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
                            "hazard",
                            models.CharField(
                                choices=[
                                    ("fire", "火灾爆炸"),
                                    ("leak", "危险化学品泄漏"),
                                    ("collapse", "坍塌"),
                                    ("transport", "道路运输事故"),
                                    ("pollution", "突发环境事件"),
                                    ("flood", "洪涝"),
                                    ("quake", "地震地质灾害"),
                                    ("outage", "停水停电停气"),
                                    ("other", "其他"),
                                ],
                                max_length=10,
                                verbose_name="事件类型",
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(
                                choices=[
                                    ("1", "Ⅰ级（特别重大）"),
                                    ("2", "Ⅱ级（重大）"),
                                    ("3", "Ⅲ级（较大）"),
                                    ("4", "Ⅳ级（一般）"),
                                ],
                                default="4",
                                max_length=1,
                                verbose_name="等级",
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
                                verbose_name="发生单位",
                            ),
                        ),
                        ("place", models.CharField(max_length=120, verbose_name="地点")),
                        (
                            "lon",
                            models.FloatField(
                                help_text="度；可在地图上点选",
                                validators=[qiangqu.domains.emergency.places.check_lon],
                                verbose_name="经度",
                            ),
                        ),
                        (
                            "lat",
                            models.FloatField(
                                help_text="度",
                                validators=[qiangqu.domains.emergency.places.check_lat],
                                verbose_name="纬度",
                            ),
                        ),
                        ("radius", models.PositiveIntegerField(default=500, help_text="米", verbose_name="警戒半径")),
                        ("happened_at", models.DateTimeField(verbose_name="发生时间")),
                        (
                            "report",
                            models.CharField(help_text="报告人和现场情况", max_length=1000, verbose_name="接报情况"),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="emergency.emergencyplan",
                                verbose_name="启动的预案",
                            ),
                        ),
                        ("dead", models.PositiveIntegerField(default=0, verbose_name="死亡")),
                        ("missing", models.PositiveIntegerField(default=0, verbose_name="失踪")),
                        ("injured", models.PositiveIntegerField(default=0, verbose_name="受伤")),
                        ("evacuated", models.PositiveIntegerField(default=0, verbose_name="转移")),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "处置中"), ("ended", "响应已终止"), ("reviewed", "已评估归档")],
                                db_index=True,
                                default="open",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                        (
                            "opened_by",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="登记人",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(editable=False, null=True, verbose_name="终止时间")),
                        (
                            "ended_because",
                            models.CharField(blank=True, editable=False, max_length=300, verbose_name="终止依据"),
                        ),
                        ("cause", models.CharField(blank=True, editable=False, max_length=1000, verbose_name="原因")),
                        (
                            "review",
                            models.CharField(blank=True, editable=False, max_length=2000, verbose_name="处置评估"),
                        ),
                        ("reviewed_at", models.DateTimeField(editable=False, null=True, verbose_name="评估时间")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "突发事件",
                        "verbose_name_plural": "突发事件",
                        "ordering": ["-opened_at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="EventCall",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calls",
                                to="emergency.emergencyevent",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="次序")),
                        ("duty", models.CharField(max_length=40, verbose_name="职责")),
                        ("person", models.CharField(max_length=40, verbose_name="姓名")),
                        ("phone", models.CharField(blank=True, max_length=30, verbose_name="电话")),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="平台用户",
                            ),
                        ),
                        ("called_at", models.DateTimeField(verbose_name="通知时间")),
                        ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="催答时间")),
                        (
                            "answer",
                            models.CharField(
                                choices=[
                                    ("none", "未答复"),
                                    ("comes", "收到，前往"),
                                    ("stands_by", "收到，待命"),
                                    ("cannot", "不能到"),
                                ],
                                default="none",
                                max_length=9,
                                verbose_name="答复",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                        (
                            "minutes",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="预计到达（分钟）"),
                        ),
                        ("said", models.CharField(blank=True, max_length=200, verbose_name="答复说明")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="代记人",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "应急通知",
                        "verbose_name_plural": "应急通知",
                        "ordering": ["event", "number"],
                        "constraints": [models.UniqueConstraint(fields=("event", "number"), name="event_call_once")],
                    },
                ),
                migrations.CreateModel(
                    name="EventEntry",
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
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="emergency.emergencyevent",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("report", "情况报告"),
                                    ("order", "指令"),
                                    ("step", "处置步骤"),
                                    ("call", "通知答复"),
                                    ("resource", "资源"),
                                    ("state", "等级与状态"),
                                    ("release", "信息发布"),
                                ],
                                max_length=8,
                                verbose_name="类别",
                            ),
                        ),
                        ("text", models.CharField(max_length=1000, verbose_name="内容")),
                        ("happened_at", models.DateTimeField(verbose_name="发生时间")),
                        ("at", models.DateTimeField(verbose_name="记录时间")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="记录人",
                            ),
                        ),
                        (
                            "step",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="emergency.planstep",
                                verbose_name="处置步骤",
                            ),
                        ),
                        ("lon", models.FloatField(blank=True, null=True, verbose_name="经度")),
                        ("lat", models.FloatField(blank=True, null=True, verbose_name="纬度")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "处置记录",
                        "verbose_name_plural": "处置记录",
                        "ordering": ["happened_at", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="ResourceRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="emergency.emergencyevent",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("team", "队伍"), ("equipment", "装备"), ("supply", "物资")],
                                max_length=9,
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="emergency.rescueteam",
                                verbose_name="救援队伍",
                            ),
                        ),
                        (
                            "equipment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="emergency.emergencyequipment",
                                verbose_name="应急装备",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="emergency.supplybatch",
                                verbose_name="物资批次",
                            ),
                        ),
                        ("amount", models.PositiveIntegerField(default=1, verbose_name="数量")),
                        ("returned", models.PositiveIntegerField(blank=True, null=True, verbose_name="归还数量")),
                        ("minutes", models.FloatField(blank=True, null=True, verbose_name="预计到达（分钟）")),
                        ("basis", models.CharField(blank=True, max_length=80, verbose_name="时间依据")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "已申请"),
                                    ("handed", "已交付"),
                                    ("returned", "已归还"),
                                    ("refused", "未调用"),
                                ],
                                default="asked",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="申请人",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                        (
                            "handed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="交付人",
                            ),
                        ),
                        ("handed_at", models.DateTimeField(blank=True, null=True, verbose_name="交付时间")),
                        ("receiver", models.CharField(blank=True, max_length=40, verbose_name="接收人")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="经手人",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="归还时间")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "资源调用",
                        "verbose_name_plural": "资源调用",
                        "ordering": ["event", "number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("event", "number"), name="resource_request_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("batch", None), ("equipment", None), ("kind", "team"), ("team__isnull", False)
                                    ),
                                    models.Q(
                                        ("batch", None),
                                        ("equipment__isnull", False),
                                        ("kind", "equipment"),
                                        ("team", None),
                                    ),
                                    models.Q(
                                        ("batch__isnull", False),
                                        ("equipment", None),
                                        ("kind", "supply"),
                                        ("team", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="resource_request_one",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EmergencyDrill",
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
                        ("title", models.CharField(max_length=80, verbose_name="演练名称")),
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
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="drills",
                                to="emergency.emergencyplan",
                                verbose_name="应急预案",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("table", "桌面推演"),
                                    ("part", "单项演练"),
                                    ("whole", "综合演练"),
                                    ("surprise", "双盲演练"),
                                ],
                                max_length=8,
                                verbose_name="形式",
                            ),
                        ),
                        ("held_on", models.DateField(verbose_name="演练日期")),
                        ("place", models.CharField(max_length=120, verbose_name="地点")),
                        (
                            "planned_minutes",
                            models.PositiveSmallIntegerField(help_text="分钟", verbose_name="计划用时"),
                        ),
                        (
                            "real_minutes",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="分钟", null=True, verbose_name="实际用时"
                            ),
                        ),
                        ("people", models.PositiveIntegerField(blank=True, null=True, verbose_name="参演人数")),
                        ("summary", models.CharField(blank=True, max_length=2000, verbose_name="演练情况")),
                        (
                            "state",
                            models.CharField(
                                choices=[("planned", "计划"), ("held", "已演练")],
                                default="planned",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="登记人",
                            ),
                        ),
                        ("made_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "应急演练",
                        "verbose_name_plural": "应急演练",
                        "ordering": ["-held_on", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="EmergencyFinding",
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
                            "drill",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="findings",
                                to="emergency.emergencydrill",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="findings",
                                to="emergency.emergencyevent",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                        ("text", models.CharField(max_length=500, verbose_name="问题")),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="责任单位",
                            ),
                        ),
                        ("due_on", models.DateField(verbose_name="整改期限")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "演练和评估问题",
                        "verbose_name_plural": "演练和评估问题",
                        "ordering": ["drill", "event", "number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("drill", "number"), name="finding_of_drill_once"),
                            models.UniqueConstraint(fields=("event", "number", "origin"), name="finding_of_event_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("drill", None), ("event__isnull", False)),
                                    models.Q(("drill__isnull", False), ("event", None)),
                                    _connector="OR",
                                ),
                                name="finding_of_one",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoadNetwork",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("file_name", models.CharField(max_length=200, verbose_name="文件名")),
                        ("loaded_at", models.DateTimeField(verbose_name="导入时间")),
                        (
                            "loaded_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="导入人",
                            ),
                        ),
                        ("nodes", models.PositiveIntegerField(verbose_name="节点")),
                        ("edges", models.PositiveIntegerField(verbose_name="路段")),
                        ("kilometres", models.FloatField(verbose_name="总长（公里）")),
                        ("parts", models.PositiveIntegerField(verbose_name="互不连通的部分")),
                        ("outside", models.PositiveIntegerField(default=0, verbose_name="不在最大部分的节点")),
                        ("unknown", models.PositiveIntegerField(default=0, verbose_name="等级不明的路段")),
                        ("data", models.BinaryField()),
                        ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="停用时间")),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "道路网",
                        "verbose_name_plural": "道路网",
                        "ordering": ["-loaded_at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Scenario",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "等待检查"),
                                    ("checking", "正在检查"),
                                    ("ready", "可以导入"),
                                    ("faulty", "有误"),
                                    ("confirmed", "等待导入"),
                                    ("importing", "正在导入"),
                                    ("done", "已导入"),
                                    ("failed", "无法导入"),
                                    ("dropped", "已放弃"),
                                ],
                                default="waiting",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("progress", models.PositiveIntegerField(default=0, verbose_name="已处理行数")),
                        ("error", models.CharField(blank=True, max_length=500, verbose_name="原因")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                        ("beat_at", models.DateTimeField(blank=True, null=True)),
                        ("worker", models.CharField(blank=True, max_length=120)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("title", models.CharField(max_length=80, verbose_name="方案名称")),
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
                            "user",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="编制人",
                            ),
                        ),
                        (
                            "model",
                            models.CharField(
                                choices=[
                                    ("p_median", "平均用时最短（p-中值）"),
                                    ("p_centre", "最远用时最短（p-中心）"),
                                    ("cover_most", "达标最多（最大覆盖）"),
                                    ("cover_all", "站点最少（集合覆盖）"),
                                    ("cover_twice", "双重覆盖（有后备）"),
                                    ("capacitated", "有容量限制"),
                                    ("by_hand", "人工移动"),
                                ],
                                default="cover_most",
                                max_length=12,
                                verbose_name="目标",
                            ),
                        ),
                        ("p", models.PositiveSmallIntegerField(help_text="含保留的现有站点", verbose_name="站点数")),
                        (
                            "standard",
                            models.FloatField(
                                default=8.0, help_text="分钟，含出动准备以外的行车时间", verbose_name="到达标准"
                            ),
                        ),
                        (
                            "weighting",
                            models.CharField(
                                choices=[("people", "按人数"), ("risk", "按风险"), ("count", "各点相同")],
                                default="people",
                                max_length=8,
                                verbose_name="权重",
                            ),
                        ),
                        (
                            "seconds",
                            models.PositiveIntegerField(default=60, help_text="秒", verbose_name="最长计算时间"),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="emergency.roadnetwork",
                                verbose_name="道路网",
                            ),
                        ),
                        (
                            "basis",
                            models.CharField(blank=True, editable=False, max_length=120, verbose_name="时间依据"),
                        ),
                        ("notes", models.JSONField(default=list, editable=False)),
                        ("points", models.BinaryField()),
                        ("table", models.BinaryField(default=bytes)),
                        ("result", models.JSONField(default=dict, editable=False)),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="variants",
                                to="emergency.scenario",
                                verbose_name="源方案",
                            ),
                        ),
                        (
                            "proposed_at",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="提出时间"),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "选址方案",
                        "verbose_name_plural": "选址方案",
                        "ordering": ["-id"],
                    },
                ),
            ],
        ),
    ]

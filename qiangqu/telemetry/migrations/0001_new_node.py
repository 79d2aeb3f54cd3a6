"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.crypto
import qiangqu.base.identity
import qiangqu.base.many_models
import qiangqu.telemetry.alarms.models


class Migration(migrations.Migration):
    replaces = [
        ("telemetry", "0001_initial"),
        ("telemetry", "0002_alarms"),
        ("telemetry", "0002_devices"),
        ("telemetry", "0002_protocols"),
        ("telemetry", "0003_contested_passwords"),
        ("telemetry", "0004_quality_items"),
        ("telemetry", "0005_encrypted_secrets"),
        ("telemetry", "0006_identity"),
    ]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="HistoricalAlarmRule",
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
                                max_length=60,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[0-9A-Za-z_.-]{1,60}\\Z", "代码只能由字母、数字和 _ . - 组成"
                                    )
                                ],
                                verbose_name="代码",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "condition",
                            models.CharField(
                                help_text="可用 value、age、limit、lower、upper 与 mean、low、high、span、change、count(秒)，例如 mean(3600) > limit",
                                max_length=500,
                                validators=[qiangqu.telemetry.alarms.models._condition],
                                verbose_name="报警条件",
                            ),
                        ),
                        (
                            "clear_condition",
                            models.CharField(
                                blank=True,
                                help_text="留空表示报警条件不再成立时解除；例如 value < limit * 0.95",
                                max_length=500,
                                validators=[qiangqu.telemetry.alarms.models._condition],
                                verbose_name="解除条件（回差）",
                            ),
                        ),
                        (
                            "limit",
                            models.FloatField(
                                blank=True,
                                help_text="式子里的 limit；留空用各测点自己的限值",
                                null=True,
                                verbose_name="限值",
                            ),
                        ),
                        (
                            "factors",
                            models.CharField(
                                blank=True,
                                help_text="多个用逗号隔开，w* 表示以 w 开头；留空为全部",
                                max_length=400,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^\\s*[0-9A-Za-z_.-]{1,40}\\*?(\\s*[,，]\\s*[0-9A-Za-z_.-]{1,40}\\*?)*\\s*\\Z",
                                        "多个代码用逗号隔开，w* 表示以 w 开头",
                                    )
                                ],
                                verbose_name="因子代码",
                            ),
                        ),
                        (
                            "intervals",
                            models.CharField(
                                blank=True,
                                help_text="如 realtime、minute、hour、day；留空为全部",
                                max_length=80,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^\\s*[0-9A-Za-z_.-]{1,40}\\*?(\\s*[,，]\\s*[0-9A-Za-z_.-]{1,40}\\*?)*\\s*\\Z",
                                        "多个代码用逗号隔开，w* 表示以 w 开头",
                                    )
                                ],
                                verbose_name="时段",
                            ),
                        ),
                        (
                            "statistics",
                            models.CharField(
                                blank=True,
                                help_text="如 Rtd、Avg；留空为全部",
                                max_length=80,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^\\s*[0-9A-Za-z_.-]{1,40}\\*?(\\s*[,，]\\s*[0-9A-Za-z_.-]{1,40}\\*?)*\\s*\\Z",
                                        "多个代码用逗号隔开，w* 表示以 w 开头",
                                    )
                                ],
                                verbose_name="统计量",
                            ),
                        ),
                        (
                            "devices",
                            models.CharField(
                                blank=True,
                                help_text="多个用逗号隔开；留空为区域内全部设备",
                                max_length=1000,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^\\s*[0-9A-Za-z_.-]{1,40}\\*?(\\s*[,，]\\s*[0-9A-Za-z_.-]{1,40}\\*?)*\\s*\\Z",
                                        "多个代码用逗号隔开，w* 表示以 w 开头",
                                    )
                                ],
                                verbose_name="设备编码 MN",
                            ),
                        ),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "紧急"), (2, "重要"), (3, "一般"), (4, "提示")],
                                default=3,
                                verbose_name="级别",
                            ),
                        ),
                        (
                            "delay_on",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="秒",
                                validators=[django.core.validators.MaxValueValidator(604800)],
                                verbose_name="报警延时",
                            ),
                        ),
                        (
                            "delay_off",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="秒",
                                validators=[django.core.validators.MaxValueValidator(604800)],
                                verbose_name="解除延时",
                            ),
                        ),
                        (
                            "grouping",
                            models.CharField(
                                choices=[
                                    ("point", "每个测点一条"),
                                    ("device", "同一设备合为一条"),
                                    ("area", "同一区域合为一条"),
                                ],
                                default="device",
                                max_length=6,
                                verbose_name="合并方式",
                            ),
                        ),
                        (
                            "notify",
                            models.CharField(
                                blank=True,
                                default="zone",
                                help_text="报警时通知哪些角色，如 zone,enterprise；留空只在页面显示",
                                max_length=80,
                                validators=[qiangqu.telemetry.alarms.models._roles],
                                verbose_name="通知角色",
                            ),
                        ),
                        (
                            "escalation",
                            models.CharField(
                                blank=True,
                                help_text="未确认满多少分钟通知谁，如 30:bureau,120:planner",
                                max_length=200,
                                validators=[qiangqu.telemetry.alarms.models._steps],
                                verbose_name="升级",
                            ),
                        ),
                        ("enabled", models.BooleanField(default=False, verbose_name="启用")),
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
                        "verbose_name": "historical 报警规则",
                        "verbose_name_plural": "historical 报警规则",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="AlarmRule",
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
                                max_length=60,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[0-9A-Za-z_.-]{1,60}\\Z", "代码只能由字母、数字和 _ . - 组成"
                                    )
                                ],
                                verbose_name="代码",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarm_rules",
                                to="registry.area",
                                verbose_name="适用区域",
                            ),
                        ),
                        (
                            "condition",
                            models.CharField(
                                help_text="可用 value、age、limit、lower、upper 与 mean、low、high、span、change、count(秒)，例如 mean(3600) > limit",
                                max_length=500,
                                validators=[qiangqu.telemetry.alarms.models._condition],
                                verbose_name="报警条件",
                            ),
                        ),
                        (
                            "clear_condition",
                            models.CharField(
                                blank=True,
                                help_text="留空表示报警条件不再成立时解除；例如 value < limit * 0.95",
                                max_length=500,
                                validators=[qiangqu.telemetry.alarms.models._condition],
                                verbose_name="解除条件（回差）",
                            ),
                        ),
                        (
                            "limit",
                            models.FloatField(
                                blank=True,
                                help_text="式子里的 limit；留空用各测点自己的限值",
                                null=True,
                                verbose_name="限值",
                            ),
                        ),
                        (
                            "factors",
                            models.CharField(
                                blank=True,
                                help_text="多个用逗号隔开，w* 表示以 w 开头；留空为全部",
                                max_length=400,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^\\s*[0-9A-Za-z_.-]{1,40}\\*?(\\s*[,，]\\s*[0-9A-Za-z_.-]{1,40}\\*?)*\\s*\\Z",
                                        "多个代码用逗号隔开，w* 表示以 w 开头",
                                    )
                                ],
                                verbose_name="因子代码",
                            ),
                        ),
                        (
                            "intervals",
                            models.CharField(
                                blank=True,
                                help_text="如 realtime、minute、hour、day；留空为全部",
                                max_length=80,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^\\s*[0-9A-Za-z_.-]{1,40}\\*?(\\s*[,，]\\s*[0-9A-Za-z_.-]{1,40}\\*?)*\\s*\\Z",
                                        "多个代码用逗号隔开，w* 表示以 w 开头",
                                    )
                                ],
                                verbose_name="时段",
                            ),
                        ),
                        (
                            "statistics",
                            models.CharField(
                                blank=True,
                                help_text="如 Rtd、Avg；留空为全部",
                                max_length=80,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^\\s*[0-9A-Za-z_.-]{1,40}\\*?(\\s*[,，]\\s*[0-9A-Za-z_.-]{1,40}\\*?)*\\s*\\Z",
                                        "多个代码用逗号隔开，w* 表示以 w 开头",
                                    )
                                ],
                                verbose_name="统计量",
                            ),
                        ),
                        (
                            "devices",
                            models.CharField(
                                blank=True,
                                help_text="多个用逗号隔开；留空为区域内全部设备",
                                max_length=1000,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^\\s*[0-9A-Za-z_.-]{1,40}\\*?(\\s*[,，]\\s*[0-9A-Za-z_.-]{1,40}\\*?)*\\s*\\Z",
                                        "多个代码用逗号隔开，w* 表示以 w 开头",
                                    )
                                ],
                                verbose_name="设备编码 MN",
                            ),
                        ),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "紧急"), (2, "重要"), (3, "一般"), (4, "提示")],
                                default=3,
                                verbose_name="级别",
                            ),
                        ),
                        (
                            "delay_on",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="秒",
                                validators=[django.core.validators.MaxValueValidator(604800)],
                                verbose_name="报警延时",
                            ),
                        ),
                        (
                            "delay_off",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="秒",
                                validators=[django.core.validators.MaxValueValidator(604800)],
                                verbose_name="解除延时",
                            ),
                        ),
                        (
                            "grouping",
                            models.CharField(
                                choices=[
                                    ("point", "每个测点一条"),
                                    ("device", "同一设备合为一条"),
                                    ("area", "同一区域合为一条"),
                                ],
                                default="device",
                                max_length=6,
                                verbose_name="合并方式",
                            ),
                        ),
                        (
                            "notify",
                            models.CharField(
                                blank=True,
                                default="zone",
                                help_text="报警时通知哪些角色，如 zone,enterprise；留空只在页面显示",
                                max_length=80,
                                validators=[qiangqu.telemetry.alarms.models._roles],
                                verbose_name="通知角色",
                            ),
                        ),
                        (
                            "escalation",
                            models.CharField(
                                blank=True,
                                help_text="未确认满多少分钟通知谁，如 30:bureau,120:planner",
                                max_length=200,
                                validators=[qiangqu.telemetry.alarms.models._steps],
                                verbose_name="升级",
                            ),
                        ),
                        ("enabled", models.BooleanField(default=False, verbose_name="启用")),
                    ],
                    options={
                        "verbose_name": "报警规则",
                        "verbose_name_plural": "报警规则",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="PointLimit",
                    fields=[
                        (
                            "point",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="limit",
                                serialize=False,
                                to="telemetry.point",
                                verbose_name="测点",
                            ),
                        ),
                        ("value", models.FloatField(verbose_name="限值")),
                        ("unit", models.CharField(blank=True, max_length=20, verbose_name="单位")),
                        ("citation", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                    ],
                    options={
                        "verbose_name": "测点限值",
                        "verbose_name_plural": "测点限值",
                    },
                ),
                migrations.CreateModel(
                    name="Alarm",
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
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarms",
                                to="telemetry.alarmrule",
                                verbose_name="规则",
                            ),
                        ),
                        ("key", models.CharField(editable=False, max_length=24)),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarms",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarms",
                                to="registry.organisation",
                                verbose_name="所属单位",
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarms",
                                to="telemetry.device",
                                verbose_name="设备",
                            ),
                        ),
                        (
                            "point",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarms",
                                to="telemetry.point",
                                verbose_name="首个测点",
                            ),
                        ),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "紧急"), (2, "重要"), (3, "一般"), (4, "提示")], verbose_name="级别"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "报警中"), ("cleared", "已恢复，待确认"), ("closed", "已关闭")],
                                default="active",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("condition", models.CharField(max_length=500, verbose_name="报警条件")),
                        ("limit", models.FloatField(blank=True, null=True, verbose_name="限值")),
                        ("value", models.FloatField(blank=True, null=True, verbose_name="报警时的值")),
                        ("began_at", models.DateTimeField(verbose_name="条件成立")),
                        ("raised_at", models.DateTimeField(db_index=True, verbose_name="报警时间")),
                        ("cleared_at", models.DateTimeField(blank=True, null=True, verbose_name="恢复时间")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="关闭时间")),
                        ("points_on", models.PositiveIntegerField(default=0, verbose_name="报警中测点数")),
                        ("points_total", models.PositiveIntegerField(default=0, verbose_name="涉及测点数")),
                        (
                            "times",
                            models.PositiveIntegerField(
                                default=1, help_text="恢复后未确认又再次报警的，仍记在同一条", verbose_name="报警次数"
                            ),
                        ),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True, verbose_name="确认时间")),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="确认人",
                            ),
                        ),
                        ("comment", models.CharField(blank=True, max_length=500, verbose_name="确认说明")),
                        ("shelved_until", models.DateTimeField(blank=True, null=True, verbose_name="搁置至")),
                        ("shelved_why", models.CharField(blank=True, max_length=500, verbose_name="搁置原因")),
                        (
                            "shelved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="搁置人",
                            ),
                        ),
                        ("level", models.PositiveSmallIntegerField(default=0, verbose_name="已升级次数")),
                        (
                            "escalate_at",
                            models.DateTimeField(blank=True, db_index=True, null=True, verbose_name="下次升级"),
                        ),
                        ("simulated", models.BooleanField(default=False, editable=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "报警",
                        "verbose_name_plural": "报警",
                        "ordering": ["-raised_at", "-id"],
                        "indexes": [
                            models.Index(fields=["state", "severity", "-raised_at"], name="telemetry_alarm_desk"),
                            models.Index(fields=["state", "-raised_at"], name="telemetry_alarm_history"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "closed"), _negated=True),
                                fields=("rule", "key", "origin"),
                                name="telemetry_alarm_open_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlarmPoint",
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
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="telemetry.alarmrule",
                                verbose_name="规则",
                            ),
                        ),
                        (
                            "point",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="telemetry.point",
                                verbose_name="测点",
                            ),
                        ),
                        (
                            "alarm",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="points",
                                to="telemetry.alarm",
                                verbose_name="报警",
                            ),
                        ),
                        ("began", models.BigIntegerField(verbose_name="条件成立")),
                        ("raised", models.BigIntegerField(null=True, verbose_name="报警")),
                        ("quiet", models.BigIntegerField(null=True, verbose_name="解除条件成立")),
                        ("cleared", models.BigIntegerField(null=True, verbose_name="恢复")),
                        ("value", models.FloatField(null=True, verbose_name="报警时的值")),
                        ("limit", models.FloatField(null=True, verbose_name="限值")),
                        ("lowest", models.FloatField(null=True, verbose_name="最小")),
                        ("highest", models.FloatField(null=True, verbose_name="最大")),
                    ],
                    options={
                        "verbose_name": "报警测点",
                        "verbose_name_plural": "报警测点",
                        "ordering": ["alarm", "raised", "point"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("cleared__isnull", True)),
                                fields=("rule", "point"),
                                name="telemetry_alarm_point_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlarmEvent",
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
                            "alarm",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="telemetry.alarm",
                                verbose_name="报警",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="时间")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("raised", "报警"),
                                    ("joined", "又有测点报警"),
                                    ("again", "再次报警"),
                                    ("cleared", "恢复"),
                                    ("acknowledged", "确认"),
                                    ("commented", "说明"),
                                    ("shelved", "搁置"),
                                    ("unshelved", "取消搁置"),
                                    ("escalated", "升级"),
                                    ("closed", "关闭"),
                                ],
                                max_length=12,
                                verbose_name="事件",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="操作人",
                            ),
                        ),
                        ("text", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                    ],
                    options={
                        "verbose_name": "报警事件",
                        "verbose_name_plural": "报警事件",
                        "ordering": ["at", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalAlarmChannel",
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
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("wecom", "企业微信群机器人"), ("dingtalk", "钉钉群机器人")],
                                max_length=8,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "url",
                            qiangqu.base.crypto.EncryptedTextField(
                                help_text="机器人设置页给出的 https 地址", max_length=500, verbose_name="机器人地址"
                            ),
                        ),
                        (
                            "secret",
                            qiangqu.base.crypto.EncryptedTextField(
                                blank=True,
                                help_text="钉钉“加签”的密钥；没有则留空",
                                max_length=120,
                                verbose_name="加签密钥",
                            ),
                        ),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "紧急"), (2, "重要"), (3, "一般"), (4, "提示")],
                                default=2,
                                help_text="通知这一级及更重的报警",
                                verbose_name="通知级别",
                            ),
                        ),
                        ("enabled", models.BooleanField(default=True, verbose_name="启用")),
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
                        "verbose_name": "historical 通知渠道",
                        "verbose_name_plural": "historical 通知渠道",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="AlarmChannel",
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
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarm_channels",
                                to="registry.area",
                                verbose_name="适用区域",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("wecom", "企业微信群机器人"), ("dingtalk", "钉钉群机器人")],
                                max_length=8,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "url",
                            qiangqu.base.crypto.EncryptedTextField(
                                help_text="机器人设置页给出的 https 地址", max_length=500, verbose_name="机器人地址"
                            ),
                        ),
                        (
                            "secret",
                            qiangqu.base.crypto.EncryptedTextField(
                                blank=True,
                                help_text="钉钉“加签”的密钥；没有则留空",
                                max_length=120,
                                verbose_name="加签密钥",
                            ),
                        ),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "紧急"), (2, "重要"), (3, "一般"), (4, "提示")],
                                default=2,
                                help_text="通知这一级及更重的报警",
                                verbose_name="通知级别",
                            ),
                        ),
                        ("enabled", models.BooleanField(default=True, verbose_name="启用")),
                    ],
                    options={
                        "verbose_name": "通知渠道",
                        "verbose_name_plural": "通知渠道",
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="AlarmNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=8, verbose_name="方式")),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="收件人",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="telemetry.alarmchannel",
                                verbose_name="通知渠道",
                            ),
                        ),
                        ("subject", models.CharField(max_length=200, verbose_name="标题")),
                        ("body", models.TextField(verbose_name="正文")),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "待发送"), ("sent", "已发送"), ("failed", "发送失败")],
                                db_index=True,
                                default="waiting",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="发送次数")),
                        ("outcome", models.CharField(blank=True, max_length=300, verbose_name="结果")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="产生时间")),
                        ("next_at", models.DateTimeField(db_index=True, verbose_name="下次发送")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="发送时间")),
                        (
                            "alarms",
                            models.ManyToManyField(related_name="notices", to="telemetry.alarm", verbose_name="报警"),
                        ),
                    ],
                    options={
                        "verbose_name": "报警通知",
                        "verbose_name_plural": "报警通知",
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="AlarmRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="判断时间")),
                        ("seconds", models.FloatField(default=0, verbose_name="用时（秒）")),
                        ("rules", models.PositiveIntegerField(default=0, verbose_name="规则数")),
                        ("points", models.PositiveIntegerField(default=0, verbose_name="测点数")),
                        ("faults", models.JSONField(blank=True, default=dict, verbose_name="规则错误")),
                    ],
                    options={
                        "verbose_name": "报警判断",
                        "verbose_name_plural": "报警判断",
                    },
                ),
                migrations.CreateModel(
                    name="Factor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20, unique=True, verbose_name="代码")),
                        (
                            "code_2005",
                            models.CharField(blank=True, db_index=True, max_length=20, verbose_name="2005 版代码"),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        ("medium", models.CharField(blank=True, max_length=12, verbose_name="介质")),
                        ("unit", models.CharField(blank=True, max_length=20, verbose_name="单位")),
                    ],
                    options={
                        "verbose_name": "监测因子",
                        "verbose_name_plural": "监测因子",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalDevice",
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
                            "mn",
                            models.CharField(
                                db_index=True,
                                max_length=40,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[0-9A-Za-z_.-]{1,40}\\Z", "MN 只能由字母、数字和 _ . - 组成"
                                    )
                                ],
                                verbose_name="设备编码 MN",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "password",
                            qiangqu.base.crypto.EncryptedTextField(
                                blank=True, max_length=40, verbose_name="访问密码 PW"
                            ),
                        ),
                        (
                            "key",
                            qiangqu.base.crypto.EncryptedTextField(
                                blank=True,
                                help_text="HJ 212-2025 6.4.2；不加密的设备留空",
                                max_length=32,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^([0-9A-Fa-f]{32})?\\Z", "密钥应为 32 位十六进制数"
                                    )
                                ],
                                verbose_name="SM4 密钥",
                            ),
                        ),
                        (
                            "protocol",
                            models.CharField(
                                choices=[
                                    ("hj212", "HJ 212"),
                                    ("mqtt", "MQTT"),
                                    ("sparkplug", "Sparkplug B"),
                                    ("modbus", "Modbus TCP"),
                                    ("opcua", "OPC UA"),
                                ],
                                default="hj212",
                                max_length=12,
                                verbose_name="协议",
                            ),
                        ),
                        ("system", models.CharField(blank=True, max_length=5, verbose_name="系统编码 ST")),
                        ("enabled", models.BooleanField(default=True, verbose_name="启用")),
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
                        "verbose_name": "historical 设备",
                        "verbose_name_plural": "historical 设备",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Device",
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
                            "mn",
                            models.CharField(
                                max_length=40,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[0-9A-Za-z_.-]{1,40}\\Z", "MN 只能由字母、数字和 _ . - 组成"
                                    )
                                ],
                                verbose_name="设备编码 MN",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "password",
                            qiangqu.base.crypto.EncryptedTextField(
                                blank=True, max_length=40, verbose_name="访问密码 PW"
                            ),
                        ),
                        (
                            "key",
                            qiangqu.base.crypto.EncryptedTextField(
                                blank=True,
                                help_text="HJ 212-2025 6.4.2；不加密的设备留空",
                                max_length=32,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^([0-9A-Fa-f]{32})?\\Z", "密钥应为 32 位十六进制数"
                                    )
                                ],
                                verbose_name="SM4 密钥",
                            ),
                        ),
                        (
                            "protocol",
                            models.CharField(
                                choices=[
                                    ("hj212", "HJ 212"),
                                    ("mqtt", "MQTT"),
                                    ("sparkplug", "Sparkplug B"),
                                    ("modbus", "Modbus TCP"),
                                    ("opcua", "OPC UA"),
                                ],
                                default="hj212",
                                max_length=12,
                                verbose_name="协议",
                            ),
                        ),
                        ("system", models.CharField(blank=True, max_length=5, verbose_name="系统编码 ST")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="devices",
                                to="registry.area",
                                verbose_name="所在区域",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="devices",
                                to="registry.organisation",
                                verbose_name="所属单位",
                            ),
                        ),
                        ("enabled", models.BooleanField(default=True, verbose_name="启用")),
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
                        "verbose_name": "设备",
                        "verbose_name_plural": "设备",
                        "ordering": ["mn"],
                    },
                ),
                migrations.CreateModel(
                    name="Point",
                    fields=[
                        ("id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "device",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="points",
                                to="telemetry.device",
                                verbose_name="设备",
                            ),
                        ),
                        ("factor_code", models.CharField(max_length=20, verbose_name="因子代码")),
                        (
                            "factor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="points",
                                to="telemetry.factor",
                                verbose_name="监测因子",
                            ),
                        ),
                        ("interval", models.CharField(max_length=12, verbose_name="时段")),
                        ("statistic", models.CharField(max_length=12, verbose_name="统计量")),
                        ("unit", models.CharField(blank=True, max_length=20, verbose_name="单位")),
                        ("lower", models.FloatField(blank=True, null=True, verbose_name="量程下限")),
                        ("upper", models.FloatField(blank=True, null=True, verbose_name="量程上限")),
                        (
                            "period",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="应多久上报一次；留空则由收到的数据推断",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(2678400),
                                ],
                                verbose_name="上报间隔（秒）",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="首次上报")),
                    ],
                    options={
                        "verbose_name": "测点",
                        "verbose_name_plural": "测点",
                        "ordering": ["device", "factor_code", "interval", "statistic"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("device", "factor_code", "interval", "statistic"), name="telemetry_point_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnknownDevice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("mn", models.CharField(max_length=40, unique=True, verbose_name="设备编码 MN")),
                        ("first_seen", models.DateTimeField(verbose_name="首次出现")),
                        ("last_seen", models.DateTimeField(verbose_name="最近出现")),
                        ("frames", models.PositiveBigIntegerField(default=0, verbose_name="报文数")),
                        ("peer", models.CharField(blank=True, max_length=64, verbose_name="来源地址")),
                        (
                            "password",
                            qiangqu.base.crypto.EncryptedTextField(
                                blank=True, max_length=40, verbose_name="访问密码 PW"
                            ),
                        ),
                        ("system", models.CharField(blank=True, max_length=5, verbose_name="系统编码 ST")),
                        (
                            "protocol",
                            models.CharField(
                                choices=[
                                    ("hj212", "HJ 212"),
                                    ("mqtt", "MQTT"),
                                    ("sparkplug", "Sparkplug B"),
                                    ("modbus", "Modbus TCP"),
                                    ("opcua", "OPC UA"),
                                ],
                                default="hj212",
                                max_length=12,
                                verbose_name="协议",
                            ),
                        ),
                        ("sample", models.CharField(blank=True, max_length=1000, verbose_name="报文样例")),
                        (
                            "rivals",
                            models.PositiveBigIntegerField(
                                default=0,
                                help_text="访问密码与首次收到的不同；登记用首次收到的",
                                verbose_name="密码不同的报文数",
                            ),
                        ),
                        (
                            "rival_peer",
                            models.CharField(blank=True, max_length=64, verbose_name="密码不同者的来源地址"),
                        ),
                    ],
                    options={
                        "verbose_name": "未登记设备",
                        "verbose_name_plural": "未登记设备",
                        "ordering": ["-last_seen"],
                    },
                ),
                migrations.CreateModel(
                    name="DeviceHealth",
                    fields=[
                        (
                            "device",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="health",
                                serialize=False,
                                to="telemetry.device",
                                verbose_name="设备",
                            ),
                        ),
                        ("last_seen", models.DateTimeField(blank=True, null=True, verbose_name="最近通信")),
                        ("frames", models.PositiveBigIntegerField(default=0, verbose_name="报文数")),
                        ("points", models.PositiveBigIntegerField(default=0, verbose_name="数据条数")),
                        ("repeats", models.PositiveBigIntegerField(default=0, verbose_name="重复报文数")),
                        ("refused", models.PositiveBigIntegerField(default=0, verbose_name="拒收数")),
                        (
                            "clock_skew_ms",
                            models.BigIntegerField(
                                blank=True, help_text="平台时间减设备时间", null=True, verbose_name="时钟偏差（毫秒）"
                            ),
                        ),
                        (
                            "period",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="它最勤的测点多久上报一次，由数据推断",
                                null=True,
                                verbose_name="上报间隔（秒）",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "设备状况",
                        "verbose_name_plural": "设备状况",
                    },
                ),
                migrations.CreateModel(
                    name="DeviceQuality",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="quality",
                                to="telemetry.device",
                                verbose_name="设备",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="日期")),
                        ("what", models.CharField(max_length=40, verbose_name="问题")),
                        ("item", models.CharField(blank=True, default="", max_length=200, verbose_name="数据项")),
                        ("refused", models.BooleanField(verbose_name="拒收")),
                        ("count", models.PositiveBigIntegerField(default=0, verbose_name="次数")),
                    ],
                    options={
                        "verbose_name": "设备质量记录",
                        "verbose_name_plural": "设备质量记录",
                        "ordering": ["-day", "device", "what"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("device", "day", "what", "item", "refused"), name="telemetry_device_quality"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DeviceDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="days",
                                to="telemetry.device",
                                verbose_name="设备",
                            ),
                        ),
                        ("day", models.DateField(db_index=True, verbose_name="日期")),
                        ("points", models.PositiveIntegerField(verbose_name="测点数")),
                        ("due", models.FloatField(verbose_name="应收（点时）")),
                        ("received", models.FloatField(verbose_name="实收（点时）")),
                        ("valid", models.FloatField(verbose_name="有效（点时）")),
                        ("rows", models.PositiveBigIntegerField(verbose_name="数据条数")),
                        ("due_mask", models.PositiveIntegerField(verbose_name="应在线时段")),
                        ("mask", models.PositiveIntegerField(verbose_name="在线时段")),
                        ("hours_due", models.PositiveSmallIntegerField(verbose_name="应在线小时数")),
                        ("hours_online", models.PositiveSmallIntegerField(verbose_name="在线小时数")),
                    ],
                    options={
                        "verbose_name": "设备日完整性",
                        "verbose_name_plural": "设备日完整性",
                        "ordering": ["-day", "device"],
                        "constraints": [models.UniqueConstraint(fields=("device", "day"), name="telemetry_device_day")],
                    },
                ),
                migrations.CreateModel(
                    name="DeviceMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="messages",
                                to="telemetry.device",
                                verbose_name="设备",
                            ),
                        ),
                        ("received", models.DateTimeField(db_index=True, verbose_name="收到时间")),
                        ("cn", models.CharField(max_length=4, verbose_name="命令编码 CN")),
                        ("qn", models.CharField(blank=True, max_length=32, verbose_name="请求编码 QN")),
                        ("text", models.TextField(verbose_name="数据区")),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                        ("digest", models.CharField(editable=False, max_length=32, unique=True)),
                    ],
                    options={
                        "verbose_name": "设备消息",
                        "verbose_name_plural": "设备消息",
                        "ordering": ["-received"],
                        "indexes": [models.Index(fields=["device", "-received"], name="telemetry_message_of_device")],
                    },
                ),
                migrations.CreateModel(
                    name="DeviceCommand",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="commands",
                                to="telemetry.device",
                                verbose_name="设备",
                            ),
                        ),
                        ("cn", models.CharField(max_length=4, verbose_name="命令编码 CN")),
                        ("region", models.CharField(blank=True, max_length=900, verbose_name="参数")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "待发送"),
                                    ("sent", "已发送"),
                                    ("accepted", "设备已受理"),
                                    ("done", "执行成功"),
                                    ("failed", "执行失败"),
                                    ("silent", "设备无应答"),
                                ],
                                db_index=True,
                                default="waiting",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("qn", models.CharField(blank=True, max_length=17, verbose_name="请求编码 QN")),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="发送次数")),
                        ("answer", models.CharField(blank=True, max_length=1000, verbose_name="应答")),
                        ("requested_at", models.DateTimeField(auto_now_add=True, verbose_name="下达时间")),
                        ("changed_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                    ],
                    options={
                        "verbose_name": "设备命令",
                        "verbose_name_plural": "设备命令",
                        "ordering": ["-requested_at"],
                    },
                ),
            ],
        ),
    ]

"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.db.models.deletion
from django.db import migrations, models

import qiangqu.base.many_models


class Migration(migrations.Migration):
    replaces = [("lake", "0001_initial"), ("lake", "0002_telemetry"), ("lake", "0003_waiting_values")]

    initial = True

    dependencies = []

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Segment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("dataset", models.CharField(max_length=60, verbose_name="数据集")),
                        ("group", models.CharField(blank=True, max_length=80, verbose_name="分组")),
                        ("file", models.CharField(max_length=200, unique=True, verbose_name="文件")),
                        ("rows", models.PositiveBigIntegerField(verbose_name="行数")),
                        ("size", models.PositiveBigIntegerField(verbose_name="字节数")),
                        ("sha256", models.CharField(max_length=64, verbose_name="校验值")),
                        ("low", models.JSONField(default=dict, verbose_name="最小键")),
                        ("high", models.JSONField(default=dict, verbose_name="最大键")),
                        ("info", models.JSONField(default=dict, verbose_name="附注")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="写入时间")),
                        ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="作废时间")),
                    ],
                    options={
                        "verbose_name": "数据段",
                        "verbose_name_plural": "数据段",
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("retired_at__isnull", True)),
                                fields=["dataset", "group"],
                                name="segment_live",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TelemetrySegment",
                    fields=[
                        (
                            "segment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="telemetry",
                                serialize=False,
                                to="lake.segment",
                            ),
                        ),
                        (
                            "level",
                            models.PositiveSmallIntegerField(
                                choices=[(0, "刚写入"), (1, "小时"), (2, "日"), (3, "月")], verbose_name="层级"
                            ),
                        ),
                        ("partition", models.BigIntegerField(verbose_name="时段起点")),
                        ("seq", models.BigIntegerField(verbose_name="提交序号")),
                        ("first_ms", models.BigIntegerField(verbose_name="最早时刻")),
                        ("last_ms", models.BigIntegerField(verbose_name="最晚时刻")),
                        ("first_point", models.IntegerField(verbose_name="最小测点")),
                        ("last_point", models.IntegerField(verbose_name="最大测点")),
                        ("rolled", models.BooleanField(default=False, verbose_name="已计入小时值")),
                    ],
                    options={
                        "verbose_name": "遥测数据段",
                        "verbose_name_plural": "遥测数据段",
                        "indexes": [models.Index(fields=["last_ms", "first_ms"], name="telemetry_segment_time")],
                    },
                ),
                migrations.CreateModel(
                    name="TelemetryClock",
                    fields=[
                        ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                        ("epoch", models.CharField(max_length=32, verbose_name="标识")),
                        ("seq", models.BigIntegerField(default=0, verbose_name="提交序号")),
                        (
                            "horizon",
                            models.BigIntegerField(
                                default=0,
                                help_text="移动最新值时的节点时钟；时钟被调回时它在前面",
                                verbose_name="最新值所至时刻",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "提交计数",
                        "verbose_name_plural": "提交计数",
                    },
                ),
                migrations.CreateModel(
                    name="TelemetryCommit",
                    fields=[
                        ("seq", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="提交序号")),
                        ("at", models.DateTimeField(db_index=True, verbose_name="提交时间")),
                        ("rows", models.PositiveIntegerField(verbose_name="行数")),
                        ("refused", models.JSONField(default=dict, verbose_name="拒收行数")),
                        ("ids", models.BinaryField(verbose_name="批次标识")),
                    ],
                    options={
                        "verbose_name": "遥测提交",
                        "verbose_name_plural": "遥测提交",
                    },
                ),
                migrations.CreateModel(
                    name="LatestValue",
                    fields=[
                        ("point", models.IntegerField(primary_key=True, serialize=False, verbose_name="测点")),
                        ("time", models.BigIntegerField(verbose_name="时刻")),
                        ("value", models.FloatField(verbose_name="数值")),
                        ("flag", models.PositiveSmallIntegerField(verbose_name="标记")),
                        ("received", models.BigIntegerField(verbose_name="收到时刻")),
                    ],
                    options={
                        "verbose_name": "最新值",
                        "verbose_name_plural": "最新值",
                    },
                ),
                migrations.CreateModel(
                    name="WaitingValue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("point", models.IntegerField(verbose_name="测点")),
                        ("slot", models.BigIntegerField(verbose_name="时段")),
                        ("time", models.BigIntegerField(db_index=True, verbose_name="时刻")),
                        ("value", models.FloatField(verbose_name="数值")),
                        ("flag", models.PositiveSmallIntegerField(verbose_name="标记")),
                        ("received", models.BigIntegerField(verbose_name="收到时刻")),
                    ],
                    options={
                        "verbose_name": "未到时刻的值",
                        "verbose_name_plural": "未到时刻的值",
                        "constraints": [models.UniqueConstraint(fields=("point", "slot"), name="lake_waiting_once")],
                    },
                ),
            ],
        ),
    ]

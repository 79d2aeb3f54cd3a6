"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.crypto
import qiangqu.base.many_models


class Migration(migrations.Migration):
    replaces = [("messaging", "0001_initial"), ("messaging", "0002_encrypted_secrets")]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Message",
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
                                related_name="messages",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="用户",
                            ),
                        ),
                        ("topic", models.CharField(blank=True, max_length=20, verbose_name="类别")),
                        ("subject", models.CharField(max_length=200, verbose_name="标题")),
                        ("text", models.TextField(blank=True, max_length=2000, verbose_name="内容")),
                        ("url", models.CharField(blank=True, max_length=300, verbose_name="链接")),
                        ("key", models.CharField(blank=True, max_length=120)),
                        ("simulated", models.BooleanField(default=False, verbose_name="模拟数据")),
                        ("at", models.DateTimeField(verbose_name="时间")),
                        ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="阅读时间")),
                    ],
                    options={
                        "verbose_name": "消息",
                        "verbose_name_plural": "消息",
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["user", "-id"], name="message_by_user"),
                            models.Index(condition=models.Q(("read_at", None)), fields=["user"], name="message_unread"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("key", ""), _negated=True),
                                fields=("user", "key"),
                                name="message_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Preference",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="preference",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="用户",
                            ),
                        ),
                        (
                            "mail",
                            models.CharField(
                                choices=[("never", "不发"), ("at_once", "立即"), ("daily", "每日一次汇总")],
                                default="never",
                                max_length=8,
                                verbose_name="电子邮件",
                            ),
                        ),
                        (
                            "robot",
                            models.CharField(
                                choices=[("never", "不发"), ("at_once", "立即"), ("daily", "每日一次汇总")],
                                default="never",
                                max_length=8,
                                verbose_name="群机器人",
                            ),
                        ),
                        (
                            "robot_kind",
                            models.CharField(
                                choices=[("wecom", "企业微信"), ("dingtalk", "钉钉")],
                                default="wecom",
                                max_length=8,
                                verbose_name="机器人种类",
                            ),
                        ),
                        (
                            "robot_url",
                            qiangqu.base.crypto.EncryptedTextField(
                                blank=True, max_length=300, verbose_name="机器人地址"
                            ),
                        ),
                        (
                            "robot_secret",
                            qiangqu.base.crypto.EncryptedTextField(blank=True, max_length=120, verbose_name="加签密钥"),
                        ),
                        ("muted", models.JSONField(blank=True, default=list, verbose_name="不外发的类别")),
                        ("digested_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "verbose_name": "接收方式",
                        "verbose_name_plural": "接收方式",
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
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
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="用户",
                            ),
                        ),
                        (
                            "way",
                            models.CharField(
                                choices=[("mail", "电子邮件"), ("robot", "群机器人")], max_length=8, verbose_name="方式"
                            ),
                        ),
                        ("subject", models.CharField(max_length=200, verbose_name="标题")),
                        ("text", models.TextField(verbose_name="内容")),
                        ("next_at", models.DateTimeField(null=True, verbose_name="下次发送")),
                        ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="发出时间")),
                        ("failure", models.CharField(blank=True, max_length=300, verbose_name="未能发出的原因")),
                    ],
                    options={
                        "verbose_name": "外发",
                        "verbose_name_plural": "外发",
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["next_at"], name="delivery_due")],
                    },
                ),
                migrations.CreateModel(
                    name="JobRun",
                    fields=[
                        (
                            "name",
                            models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name="任务"),
                        ),
                        ("next_at", models.DateTimeField(db_index=True, verbose_name="下次运行")),
                        ("ran_at", models.DateTimeField(blank=True, null=True, verbose_name="上次运行")),
                        ("said", models.CharField(blank=True, max_length=300, verbose_name="结果")),
                        ("failure", models.CharField(blank=True, max_length=300, verbose_name="失败原因")),
                    ],
                    options={
                        "verbose_name": "定时任务",
                        "verbose_name_plural": "定时任务",
                        "ordering": ["name"],
                    },
                ),
            ],
        ),
    ]

"""Comments on strategies; drafts that look alike, and what they were merged into."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0009_page_origin"),
        ("strategies", "0005_isolate_batch_reading"),
        ("tenancy", "0002_four_eyes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField(max_length=2000)),
                ("author_id", models.UUIDField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.AddField(
            model_name="strategy",
            name="merged_into",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged_from",
                to="strategies.strategy",
            ),
        ),
        migrations.AddField(
            model_name="strategy",
            name="rules_hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="strategy",
            name="status",
            field=models.CharField(
                choices=[("draft", "Draft"), ("approved", "Approved"), ("rejected", "Rejected"), ("merged", "Merged")],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="strategy",
            index=models.Index(fields=["tenant", "rules_hash"], name="strategy_of_rules"),
        ),
        migrations.AddField(
            model_name="comment",
            name="strategy",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="comments",
                to="strategies.strategy",
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="tenant",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.tenant"),
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(fields=["tenant", "strategy", "created_at"], name="comments_of_strategy"),
        ),
    ]

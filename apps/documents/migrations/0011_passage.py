import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0010_flags"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="embedded_by",
            field=models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="Passage",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("starts_at", models.PositiveIntegerField()),
                ("ends_at", models.PositiveIntegerField()),
                ("model", models.CharField(max_length=60)),
                (
                    "document",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="documents.document",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.tenant"
                    ),
                ),
            ],
            options={
                "ordering": ["number", "starts_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "document", "number", "starts_at"), name="passage_once")
                ],
            },
        ),
    ]

"""A sixth word for verdicts, longer than the others; comparisons carry the days of their windows."""

import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backtests", "0002_isolate"),
    ]

    operations = [
        migrations.AlterField(
            model_name="backtest",
            name="verdict_word",
            field=models.CharField(
                blank=True,
                choices=[
                    ("reproduced", "Reproduced"),
                    ("partly_reproduced", "Partly reproduced"),
                    ("not_reproduced", "Not reproduced"),
                    ("not_testable", "Not testable"),
                    ("insufficient_evidence", "Insufficient evidence"),
                    ("not_run", "Not run"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="verdict",
            name="comparisons",
            field=models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder),
        ),
        migrations.AlterField(
            model_name="verdict",
            name="word",
            field=models.CharField(
                choices=[
                    ("reproduced", "Reproduced"),
                    ("partly_reproduced", "Partly reproduced"),
                    ("not_reproduced", "Not reproduced"),
                    ("not_testable", "Not testable"),
                    ("insufficient_evidence", "Insufficient evidence"),
                    ("not_run", "Not run"),
                ],
                max_length=30,
            ),
        ),
    ]

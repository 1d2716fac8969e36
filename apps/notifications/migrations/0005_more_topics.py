"""Sweeps and decisions on strategies among the topics."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0004_isolate_notices_and_hooks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="topic",
            field=models.CharField(
                choices=[
                    ("backtest_finished", "Backtest finished"),
                    ("backtest_failed", "Backtest failed"),
                    ("verdict_changed", "Verdict changed"),
                    ("sweep_finished", "Sweep finished"),
                    ("sweep_failed", "Sweep failed"),
                    ("strategies_found", "Strategies found"),
                    ("approval_asked", "Approval asked for"),
                    ("strategy_approved", "Strategy approved"),
                    ("strategy_rejected", "Strategy rejected"),
                    ("document_read", "Document read"),
                    ("document_failed", "Document could not be read"),
                    ("hook_disabled", "Web hook switched off"),
                ],
                max_length=40,
            ),
        ),
        migrations.AlterField(
            model_name="preference",
            name="topic",
            field=models.CharField(
                choices=[
                    ("backtest_finished", "Backtest finished"),
                    ("backtest_failed", "Backtest failed"),
                    ("verdict_changed", "Verdict changed"),
                    ("sweep_finished", "Sweep finished"),
                    ("sweep_failed", "Sweep failed"),
                    ("strategies_found", "Strategies found"),
                    ("approval_asked", "Approval asked for"),
                    ("strategy_approved", "Strategy approved"),
                    ("strategy_rejected", "Strategy rejected"),
                    ("document_read", "Document read"),
                    ("document_failed", "Document could not be read"),
                    ("hook_disabled", "Web hook switched off"),
                ],
                max_length=40,
            ),
        ),
    ]

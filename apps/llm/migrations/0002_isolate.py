"""The ledger, budgets and batches under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("llm", "0001_initial")]
    operations = [
        *isolate("llm_budget"),
        *isolate("llm_modelbatch"),
        *isolate("llm_modelcall", parents={"batch_id": "llm_modelbatch"}),
    ]

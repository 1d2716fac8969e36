"""How the desk keeps order among its runs: tags, and views of the list."""

from __future__ import annotations

import uuid

from django.db import models


class BacktestTag(models.Model):
    """A word of the desk on a run. Beside the run, because a finished run never changes.

    Personal data: none (people are ids)
    """

    LONGEST = 40

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    backtest = models.ForeignKey(
        "backtests.Backtest", on_delete=models.PROTECT, related_name="tags", db_constraint=False
    )
    tag = models.CharField(max_length=LONGEST)  # in small letters
    created_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["tag"]
        constraints = [models.UniqueConstraint(fields=["tenant", "backtest", "tag"], name="tag_once_per_backtest")]
        indexes = [models.Index(fields=["tenant", "tag", "backtest"], name="backtest_by_tag")]  # the list's filter

    def __str__(self) -> str:
        return self.tag


class SavedView(models.Model):
    """A name for a state of the list of runs: its filters, sort and columns as a query string.

    Its owner sees it, and the whole desk where it is shared.

    Personal data: none (people are ids)
    """

    LONGEST_NAME, LONGEST_QUERY = 60, 2000

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    owner_id = models.UUIDField()
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "owner_id", "name"], name="saved_view_once_per_owner")]

    def __str__(self) -> str:
        return self.name

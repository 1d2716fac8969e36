"""The tenant: one desk, whose rows no other desk can see."""

from __future__ import annotations

import uuid

from django.db import models


class Tenant(models.Model):
    """A desk. Every tenant table carries its id first; row-level security compares it with the transaction's tenant.

    Personal data: none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    four_eyes = models.BooleanField(default=False)
    """Whether who changed a draft may not approve it."""

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

"""Read tenants, and which one the running code acts for."""

from __future__ import annotations

from contextvars import ContextVar
from uuid import UUID

from apps.tenancy.models import Tenant

_current: ContextVar[UUID | None] = ContextVar("tenant", default=None)


def current_tenant_id() -> UUID | None:
    """The tenant of the open scope; None outside any scope."""
    return _current.get()


def tenant(*, tenant_id: UUID) -> Tenant:
    """One tenant; raises Tenant.DoesNotExist."""
    return Tenant.objects.get(id=tenant_id)


def tenant_by_slug(*, slug: str) -> Tenant | None:
    """The tenant of that slug, if there is one."""
    return Tenant.objects.filter(slug=slug).first()


def tenant_ids() -> list[UUID]:
    """Every tenant, for sweeps that visit each in its own scope."""
    return list(Tenant.objects.values_list("id", flat=True))

"""Roles, what they may do, and the actor that every service is told about."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import TextChoices
from django.http import HttpRequest

from apps.domain.errors import DomainError


class Role(TextChoices):
    """What a person is on a desk."""

    TENANT_ADMIN = "tenant_admin", "Administrator"
    PORTFOLIO_MANAGER = "portfolio_manager", "Portfolio manager"
    ANALYST = "analyst", "Analyst"
    VIEWER = "viewer", "Viewer"
    COMPLIANCE_OFFICER = "compliance_officer", "Compliance officer"
    API_USER = "api_user", "API user"


class Permission(TextChoices):
    """A deed that needs permission."""

    VIEW = "view", "see the desk's work"
    UPLOAD_DOCUMENT = "upload_document", "add documents"
    EDIT_DOCUMENT = "edit_document", "describe, file and delete documents"
    HOLD_DOCUMENT = "hold_document", "hold and release documents, and shorten how long they are kept"
    REVIEW_STRATEGY = "review_strategy", "answer questions and edit drafts"
    APPROVE_STRATEGY = "approve_strategy", "approve or reject strategies"
    COMMENT = "comment", "comment on strategies"
    RUN_BACKTEST = "run_backtest", "start and cancel backtests"
    VIEW_USAGE = "view_usage", "see what language models cost"
    MANAGE_DESK = "manage_desk", "manage people and tokens"
    VIEW_RECORD = "view_record", "read the record in the admin"


_WORK = {
    Permission.VIEW,
    Permission.UPLOAD_DOCUMENT,
    Permission.EDIT_DOCUMENT,
    Permission.REVIEW_STRATEGY,
    Permission.APPROVE_STRATEGY,
    Permission.COMMENT,
    Permission.RUN_BACKTEST,
    Permission.VIEW_USAGE,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.TENANT_ADMIN: frozenset(Permission),
    Role.PORTFOLIO_MANAGER: frozenset(_WORK),
    Role.ANALYST: frozenset(_WORK),
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.COMPLIANCE_OFFICER: frozenset(
        {
            Permission.VIEW,
            Permission.COMMENT,
            Permission.HOLD_DOCUMENT,
            Permission.VIEW_RECORD,
            Permission.VIEW_USAGE,
        }
    ),
    Role.API_USER: frozenset({Permission.VIEW, Permission.UPLOAD_DOCUMENT, Permission.RUN_BACKTEST}),
}


class NotAllowedError(DomainError):
    """The actor's role does not include the deed."""

    code = "not_allowed"
    status = 403


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, on which desk, in which role. Passed to every service; never looked up inside one."""

    person_id: UUID
    tenant_id: UUID
    role: Role
    person_name: str = ""
    email: str = ""
    tenant_name: str = ""

    @property
    def role_label(self) -> str:
        return self.role.label

    def may(self, permission: str) -> bool:
        """Whether the role includes the deed."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise NotAllowedError unless the role includes the deed."""
        if not self.may(permission):
            raise NotAllowedError(
                f"Your role on this desk ({self.role.label.lower()}) may not {permission.label}. Ask your desk's administrator.",
                permission=permission.value,
            )


class DeskRequest(HttpRequest):
    """A request behind the middleware: it has an actor, and an id that its logs, tasks and events carry."""

    actor: Actor
    correlation_id: str

"""What these statistics refuse."""

from apps.domain.errors import DomainError


class OverfittingInputError(DomainError):
    """Numbers from which nothing about overfitting follows."""

    code = "overfitting_input"

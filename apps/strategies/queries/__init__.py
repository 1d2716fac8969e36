"""Read strategies: rows, and the review page's view of a draft."""

from apps.strategies.models import Strategy, StrategyVersion
from apps.strategies.queries.review import Field, Group, Mark, ReviewPage, review_of
from apps.strategies.queries.rows import (
    StrategyNotFoundError,
    VersionNotFoundError,
    blocking,
    current_version,
    data_facts,
    draft_of,
    draft_with_questions,
    latest_extraction,
    open_findings,
    specification_of,
    status_counts,
    strategies,
    strategy,
    titles,
    version,
    versions,
)

__all__ = [
    "Field",
    "Group",
    "Mark",
    "ReviewPage",
    "Strategy",
    "StrategyNotFoundError",
    "StrategyVersion",
    "VersionNotFoundError",
    "blocking",
    "current_version",
    "data_facts",
    "draft_of",
    "draft_with_questions",
    "latest_extraction",
    "open_findings",
    "review_of",
    "specification_of",
    "status_counts",
    "strategies",
    "strategy",
    "titles",
    "version",
    "versions",
]

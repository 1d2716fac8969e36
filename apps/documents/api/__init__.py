"""Documents for programs."""

from apps.documents.api import uploads
from apps.documents.api.documents import router

router.add_router("", uploads.router)

__all__ = ["router"]

"""Long work as rows: a frozen plan, a lease, progress, cancellation. Celery messages carry ids only."""

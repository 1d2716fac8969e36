# syntax=docker/dockerfile:1
# One image for web, sockets, workers and beat; the command decides.

FROM python:3.11.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN pip install uv==0.13.8
WORKDIR /app
COPY requirements/base.txt requirements/semantic.txt requirements/
RUN python -m venv /venv \
 && uv pip install --python /venv/bin/python --require-hashes --compile-bytecode -r requirements/base.txt
# Search by meaning. Leave this out, or set SEARCH_BY_MEANING=false, and the platform does without.
RUN uv pip install --python /venv/bin/python --no-deps --require-hashes --compile-bytecode -r requirements/semantic.txt

FROM python:3.11.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=fo_platform.settings.production NUMBA_CACHE_DIR=/tmp/numba
RUN groupadd --system --gid 10001 fo && useradd --system --uid 10001 --gid fo --home-dir /app --no-create-home fo
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY apps apps
COPY fo_platform fo_platform
COPY celery_app celery_app
COPY templates templates
COPY static static
COPY docs docs
RUN SECRET_KEY=build ALLOWED_HOSTS=build DATABASE_URL=postgresql://build/build DATABASE_OWNER_URL=postgresql://build/build \
    VALKEY_URL=redis://build STORAGE_URL=file:///tmp python manage.py collectstatic --noinput
USER fo
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --retries=3 CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live')"]
CMD ["gunicorn", "fo_platform.wsgi:application", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--workers=2", "--threads=4", "--access-logfile=-"]

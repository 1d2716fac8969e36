"""Create the database, its roles and its extensions (the one thing that needs a database administrator), and the bucket.

Two roles. `fo_owner` owns the tables and runs migrations. `fo_app` is what web, workers and beat connect as: it owns
nothing, cannot bypass row-level security and cannot change the schema.

Run it against servers of your own with `python -m fo_platform.provision` (reads DATABASE_ADMIN_URL, DATABASE_OWNER_URL,
DATABASE_URL and STORAGE_URL); the embedded server is provisioned at every start.
"""

from __future__ import annotations

import os
import sys
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

OWNER, APP = "fo_owner", "fo_app"
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")
WHERE_AVAILABLE = ("vector",)  # search by meaning; a server without pgvector does without


def provision(
    *,
    admin_url: str,
    database: str,
    owner: str = OWNER,
    app: str = APP,
    owner_password: str | None = None,
    app_password: str | None = None,
) -> None:
    """Create what is missing; running it again changes nothing but the passwords that are given."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        _role(admin, owner, owner_password)
        _role(admin, app, app_password)
        exists = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not exists:
            admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(database), sql.Identifier(owner)
                )
            )
    with psycopg.connect(_other_database(admin_url, database), autocommit=True) as admin:
        rows = admin.execute("SELECT name FROM pg_available_extensions WHERE name = ANY (%s)", [list(WHERE_AVAILABLE)])
        for extension in (*EXTENSIONS, *(str(row[0]) for row in rows.fetchall())):
            admin.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        names = {"owner": sql.Identifier(owner), "app": sql.Identifier(app), "database": sql.Identifier(database)}
        for statement in _GRANTS:
            admin.execute(sql.SQL(statement).format(**names))


_GRANTS = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT ALL ON SCHEMA public TO {owner}",
    "GRANT USAGE ON SCHEMA public TO {app}",
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
)


def _role(admin: psycopg.Connection[tuple[object, ...]], name: str, password: str | None) -> None:
    if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(
                sql.Identifier(name)
            ),
        )
    if password:
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(password)))


def _other_database(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


def main() -> None:
    """Provision the server that the environment names."""
    missing = [
        name for name in ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "DATABASE_URL") if not os.environ.get(name)
    ]
    if missing:
        sys.exit(f"Set {', '.join(missing)}: see docs/deployment.md.")
    owner, app = urlsplit(os.environ["DATABASE_OWNER_URL"]), urlsplit(os.environ["DATABASE_URL"])
    provision(
        admin_url=os.environ["DATABASE_ADMIN_URL"],
        database=app.path.lstrip("/"),
        owner=unquote(owner.username or OWNER),
        app=unquote(app.username or APP),
        owner_password=unquote(owner.password) if owner.password else None,
        app_password=unquote(app.password) if app.password else None,
    )
    if os.environ.get("STORAGE_URL", "").startswith("s3://"):
        _make_bucket(os.environ["STORAGE_URL"])


def _make_bucket(url: str) -> None:
    import boto3  # noqa: PLC0415 -- slow import
    from botocore.exceptions import ClientError  # noqa: PLC0415 -- slow import

    from fo_platform.settings._sources import storage  # noqa: PLC0415 -- needs Django

    options = storage(url)["OPTIONS"]
    client = boto3.client(
        "s3",
        endpoint_url=options["endpoint_url"],
        aws_access_key_id=options["access_key"],
        aws_secret_access_key=options["secret_key"],
    )
    try:
        client.create_bucket(Bucket=options["bucket_name"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise


if __name__ == "__main__":
    main()

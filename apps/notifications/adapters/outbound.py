"""Post to an address that somebody typed in, without being led to a place that only we can reach.

The name is resolved once, every address behind it is checked, and the connection goes to a checked address: a name that changes
its answer between the check and the connection changes nothing. Redirects are not followed, proxies of the environment not used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from apps.domain.errors import DomainError

TIMEOUT = 10.0  # seconds, for the connection and for each answer of the network
_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class AddressRefusedError(DomainError):
    """An address that nothing is posted to."""

    code = "address_refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: its HTTP status, and how long it took."""

    status: int
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def check_url(url: str) -> SplitResult:
    """The parts of an address that may be posted to, as far as its spelling shows. Raises AddressRefusedError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefusedError("This is not a web address. Begin with https:// and a host name.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AddressRefusedError("This is not a web address. Begin with https:// and a host name.")
    if parts.scheme == "http" and settings.HOOK_HTTPS_ONLY and not _is_listed(parts.hostname):
        raise AddressRefusedError("Use https://, so that nobody on the way reads or changes what is sent.")
    if parts.username or parts.password:
        raise AddressRefusedError("Leave name and password out of the address; the signature proves who is calling.")
    if port == 0:
        raise AddressRefusedError("Name a port between 1 and 65535, or none.")
    literal = _literal(parts.hostname)
    if literal is not None:
        _check(literal, parts.hostname)
    return parts


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST to a checked address and read the status, nothing else.

    Raises AddressRefusedError, OSError (time-outs and certificates included) and http.client.HTTPException.
    """
    parts = check_url(url)
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _Checked(host, port, address=resolve(host, port), secure=parts.scheme == "https")
    began = time.monotonic()
    try:
        connection.request(
            "POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, dict(headers)
        )
        status = connection.getresponse().status
    finally:
        connection.close()
    return Answer(status, int((time.monotonic() - began) * 1000))


def resolve(host: str, port: int) -> str:
    """An address of the host that may be reached, after every address behind its name was checked. Raises AddressRefusedError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefusedError(f"The name {host} leads nowhere. Check the spelling.") from None
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        _check(ipaddress.ip_address(address.partition("%")[0]), host)
    return addresses[0]


class _Checked(http.client.HTTPConnection):
    """A connection to a checked address that speaks, and checks certificates, in the host's name."""

    def __init__(self, host: str, port: int, *, address: str, secure: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        if secure:
            self.default_port = 443  # the Host header names other ports only
        self._address, self._secure = address, secure

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _check(address: ipaddress.IPv4Address | ipaddress.IPv6Address, host: str) -> None:
    if not _is_listed(host) and not _is_public(address):
        raise AddressRefusedError(
            f"{host} lies inside a private network, where nothing is posted to. Use a public address, or ask the operator to "
            "list the host in HOOK_ALLOWED_HOSTS."
        )


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Public and reachable by everybody. Addresses that carry another one inside are never what they seem."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address.sixtofour or address.teredo or any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_listed(host: str) -> bool:
    return host.lower() in settings.HOOK_ALLOWED_HOSTS

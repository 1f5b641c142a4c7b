"""What a studio is started with."""

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

from striate.studio.token import new_token

PORT = 8765

_AUTHORITY = re.compile(
    r"(?:\[(?P<number>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@/]+))(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the studio listens, whose requests it answers, and which folders it may use.

    `network` is what the page shows first: any source of `striate.network.Network`; the LeNet that
    comes with Striate by default. `data` holds datasets; without it they come from the cache.
    No request may have a body larger than `largest_body` bytes.
    """

    runs: Path = Path("runs")
    data: Path | None = None
    network: str | None = None
    host: str = "127.0.0.1"
    port: int = PORT
    token: str = field(default_factory=new_token, repr=False)
    largest_body: int = 64 * 2**20

    @property
    def address(self) -> str:
        """The address to open, which lets the browser in."""
        return self.address_at(self.authority)

    @property
    def authority(self) -> str:
        """Host and port as they stand in the address."""
        host = self.host
        if _is_any(host):
            host = "::1" if ":" in host else "127.0.0.1"
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the studio."""
        return is_loopback(self.host)

    def address_at(self, authority: str) -> str:
        """The address to open where the studio is reached under another name."""
        return f"http://{authority}/?token={self.token}"

    def answers_to(self, authority: str) -> bool:
        """Whether a request that names this host and port is meant for the studio.

        A page of another site whose name was made to point at this machine (DNS rebinding) names
        its own host, which is none of these.
        """
        parts = _AUTHORITY.fullmatch(authority.lower())
        # Browsers leave out the port that a plain address has.
        if parts is None or int(parts["port"] or 80) != self.port:
            return False
        host = parts["number"] or parts["name"]
        if parts["number"] and not _is_number(host):
            return False
        if is_loopback(host) or host == self.host.lower():
            return not _is_any(host)
        if self.loopback:
            return False
        name = socket.gethostname().lower()
        return host in (name, f"{name}.local") or (_is_number(host) and not _is_any(host))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    return host.lower() == "localhost" or (
        _is_number(host) and ipaddress.ip_address(host).is_loopback
    )


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_any(host: str) -> bool:
    return _is_number(host) and ipaddress.ip_address(host).is_unspecified

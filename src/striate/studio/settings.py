"""What a studio is started with."""

import ipaddress
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

from striate.errors import StudioError

PORT = 8765


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the studio listens, whose requests it answers, and which folders it may use.

    `network` is what the page shows first: any source of `striate.network.Network`; the LeNet that
    comes with Striate by default. `data` holds datasets; without it they come from the cache.
    """

    runs: Path = Path("runs")
    data: Path | None = None
    network: str | None = None
    host: str = "127.0.0.1"
    port: int = PORT
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def address(self) -> str:
        """The address to open, which lets the browser in."""
        return f"http://{self.authority}/?token={self.token}"

    @property
    def authority(self) -> str:
        """Host and port as they stand in the address."""
        host = "127.0.0.1" if _is_any(self.host) else self.host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the studio."""
        return is_loopback(self.host)

    def answers_to(self, authority: str) -> bool:
        """Whether a request that names this host and port is meant for the studio.

        A page of another site whose name was made to point at this machine (DNS rebinding) names
        its own host, which is none of these.
        """
        host, _, port = authority.rpartition(":")
        if port != str(self.port):
            return False
        host = host.removeprefix("[").removesuffix("]").lower()
        if host == "localhost" or is_loopback(host):
            return True
        own = not self.loopback and (host == socket.gethostname().lower() or _is_number(host))
        return own or host == self.host.lower()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    return host == "localhost" or (_is_number(host) and ipaddress.ip_address(host).is_loopback)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_any(host: str) -> bool:
    return _is_number(host) and ipaddress.ip_address(host).is_unspecified


def kept_token(folder: Path) -> str:
    """The token of this user, made at the first start; the same from one start to the next.

    So a page that is open finds its way back to a studio that was started anew.
    Raises StudioError when the file cannot be kept.
    """
    path = folder / "studio-token"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and len(token := path.read_text("ascii").strip()) >= 32:
            return token
        token = secrets.token_urlsafe(24)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(token + "\n", "ascii")
    except (OSError, UnicodeError) as error:
        raise StudioError(f"cannot keep the studio's token in {path}: {error}") from error
    return token

"""Where the studio listens, and which names are its own."""

import socket

import pytest

from striate.studio import Settings, is_loopback


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8765/?token=t"),
        ("localhost", "http://localhost:8765/?token=t"),
        ("::1", "http://[::1]:8765/?token=t"),
        ("192.168.1.5", "http://192.168.1.5:8765/?token=t"),
        # Nobody can open "any address".
        ("0.0.0.0", "http://127.0.0.1:8765/?token=t"),
        ("::", "http://[::1]:8765/?token=t"),
    ],
)
def test_the_address_can_be_opened(host: str, address: str) -> None:
    settings = Settings(host=host, token="t")
    assert settings.address == address
    assert settings.answers_to(settings.authority)


@pytest.mark.parametrize(
    "authority",
    [
        "127.0.0.1:8765",
        "localhost:8765",
        "LocalHost:8765",
        "[::1]:8765",
        "127.0.0.2:8765",
        "[0:0:0:0:0:0:0:1]:8765",
    ],
)
def test_this_machine_is_answered(authority: str) -> None:
    assert Settings().answers_to(authority)
    assert Settings(host="0.0.0.0").answers_to(authority)


STRANGE = [
    "",
    ":",
    ":8765",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:80",
    "127.0.0.1:8766",
    "127.0.0.1:08765x",
    "127.0.0.1:87650000000000000",
    "127.0.0.1:-8765",
    "127.0.0.1:8765:8765",
    "evil.example:8765",
    "127.0.0.1.evil.example:8765",
    "localhost.evil.example:8765",
    "evil.localhost:8765",
    "user@127.0.0.1:8765",
    "127.0.0.1/:8765",
    "0.0.0.0:8765",
    "[::]:8765",
    "[localhost]:8765",
    "[127.0.0.1:8765",
    "::1:8765",
    "[::1:8765",
    "127.1:8765",
    "2130706433:8765",
    "0x7f000001:8765",
    "localhost.:8765",
    "127.0.0.1\t:8765",
    "127.0.0.1:8765\n",
    "127.0.0.1:٨٧٦٥",
    "١٢٧.0.0.1:8765",
]


@pytest.mark.parametrize("authority", STRANGE)
def test_another_name_is_not(authority: str) -> None:
    assert not Settings().answers_to(authority)
    assert not Settings(host="0.0.0.0").answers_to(authority)


@pytest.mark.parametrize("authority", ["192.168.1.5:8765", "[fe80::1]:8765", "box.local:8765"])
def test_addresses_of_a_studio_that_others_reach(
    authority: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Box")
    assert not Settings().answers_to(authority)
    assert Settings(host="0.0.0.0").answers_to(authority)
    assert Settings(host="0.0.0.0").answers_to("box:8765")
    assert not Settings(host="0.0.0.0").answers_to("otherbox:8765")


def test_a_host_by_its_name() -> None:
    assert Settings(host="Lab.example").answers_to("lab.example:8765")
    assert not Settings(host="lab.example").answers_to("other.example:8765")


def test_the_port_that_browsers_leave_out() -> None:
    assert Settings(port=80).answers_to("127.0.0.1")
    assert Settings(port=80).answers_to("[::1]")
    assert not Settings().answers_to("127.0.0.1")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.org", False),
        ("127.0.0.1.example.org", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
    assert Settings(host=host).loopback is expected


def test_the_token_is_new_and_not_shown() -> None:
    one, other = Settings(), Settings()
    assert one.token != other.token
    assert len(one.token) >= 32
    assert one.token not in repr(one)

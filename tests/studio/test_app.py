"""The page's files, and no others."""

from pathlib import Path

import pytest
from fastapi import WebSocketDisconnect
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession

import striate.studio
from striate.studio import Settings, create_app

from .asking import ask

SETTINGS = Settings(token="T" * 32)
IN = [("Host", "127.0.0.1:8765"), ("Cookie", f"striate-8765={SETTINGS.token}")]
WEB = Path(striate.studio.__file__).parent / "web"


def test_the_page_is_served(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Striate</title>" in page.text


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".js", "text/javascript"), (".css", "text/css"), (".svg", "image/svg")]
)
def test_every_file_has_its_type(client: TestClient, suffix: str, kind: str) -> None:
    """A browser runs no module and takes no style of another type."""
    found = sorted(WEB.rglob(f"*{suffix}"))
    assert found
    for path in found:
        answer = client.get(f"/{path.relative_to(WEB).as_posix()}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert answer.content == path.read_bytes()


@pytest.mark.parametrize(
    "target",
    [
        "/../app.py",
        "/style/../../app.py",
        "/..%2fapp.py",
        "/%2e%2e/app.py",
        "/%2e%2e%2fapp.py",
        "/..%252fapp.py",
        "/%252e%252e%252fapp.py",
        "/..%c0%afapp.py",
        "/..\\app.py",
        "/..%5capp.py",
        "/style/..%5c..%5capp.py",
        "/....//app.py",
        "/..;/app.py",
        "/./../app.py",
        "//app.py",
        "/" + "../" * 40 + "etc/passwd",
        "/" + "..%2f" * 40 + "etc/passwd",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%2fetc%2fpasswd",
        "///etc/passwd",
        "/style//etc/passwd",
        "/style/%2fetc%2fpasswd",
        "/file:///etc/passwd",
        "/file:%2f%2f%2fetc%2fpasswd",
        "/C:%5cWindows%5cwin.ini",
        "/~root/.bashrc",
        "/main.js%00",
        "/main.js%00.html",
        "/%00",
        "/..%00/app.py",
        "/main.js/",
        "/main.js/../../app.py",
        "/" + "a" * 5000,
        "/" + "a/" * 3000,
        "/%ff%fe",
        "/%ed%a0%80",
        "/%",
        "/%zz",
        "/?../../app.py",
        "/#../../app.py",
    ],
)
def test_no_way_leads_to_other_files(target: str) -> None:
    answer = ask(create_app(SETTINGS), target, IN)
    assert answer.status in (200, 404)
    # Where the page itself comes back, the way was one to it.
    if answer.status == 200:
        assert answer.body in {path.read_bytes() for path in WEB.rglob("*") if path.is_file()}
    assert b"root:x:" not in answer.body
    assert b"create_app" not in answer.body


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    """What the server for files promises, on which the studio relies."""
    from starlette.applications import Starlette
    from starlette.staticfiles import StaticFiles

    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "whole").symlink_to(tmp_path)
    app = Starlette()
    app.mount("/", StaticFiles(directory=folder, html=True))
    assert ask(app, "/link").status == 404
    assert ask(app, "/whole/secret").status == 404


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/style", "/style/"])
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_there_is_a_socket(socket: WebSocketTestSession) -> None:
    socket.send_text("{}")
    assert "id" in socket.receive_json()["error"]


def test_there_is_no_other_socket(client: TestClient, settings: Settings) -> None:
    for other in ("/", "/socket/", "/socket2", "/main.js"):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(f"ws://{settings.authority}{other}"),
        ):
            pass

"""A studio without a browser: its application, and a socket to it as its own page opens one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from tests.ports import free_port

from striate.studio import Settings, create_app

from .served import Running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A studio's settings, with an empty folder of runs."""
    return Settings(runs=tmp_path / "runs")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A browser that has opened the start address."""
    origin = f"http://{settings.authority}"
    with TestClient(create_app(settings), base_url=origin, headers={"origin": origin}) as client:
        assert client.get(settings.address).status_code == 200
        yield client


@pytest.fixture
def socket(client: TestClient, settings: Settings) -> Iterator[WebSocketTestSession]:
    """The socket of that browser's page."""
    with client.websocket_connect(f"ws://{settings.authority}/socket") as socket:
        yield socket


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Running]:
    """The studio on a real port."""
    settings = Settings(port=free_port(), runs=tmp_path / "runs", token="T" * 32)
    running = Running(create_app(settings), settings)
    yield running
    running.stop()

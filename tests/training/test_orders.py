import logging
from pathlib import Path
from typing import Any

import pytest

from striate.training.orders import Change, Hold, Mailbox, Order, give


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.training.orders._SECONDS_BETWEEN_LOOKS", 0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.jsonl"


ORDERS: list[Order] = [
    Hold(order="pause"),
    Change(setting="learning_rate", value=0.25),
    Hold(order="resume"),
    Hold(order="stop"),
]


def test_orders_arrive_once_and_in_turn(path: Path) -> None:
    box = Mailbox(path)
    assert box.take() == []
    for order in ORDERS:
        give(path, order)
    assert box.take() == ORDERS
    assert box.take() == []


def test_what_was_there_before_is_history(path: Path) -> None:
    give(path, ORDERS[0])
    box = Mailbox(path)
    give(path, ORDERS[1])
    assert box.take() == [ORDERS[1]]


def test_half_an_order_is_none_until_the_rest_of_it_comes(path: Path) -> None:
    box = Mailbox(path)
    with path.open("ab") as file:
        file.write(b'{"order": "pa')
    assert box.take() == []
    with path.open("ab") as file:
        file.write(b'use"}\n')
    assert box.take() == [Hold(order="pause")]


def test_an_order_that_was_cut_off_spoils_no_other(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = Mailbox(path)
    with path.open("ab") as file:
        file.write(b'{"order": "pa')
    give(path, ORDERS[1])
    assert box.take() == [ORDERS[1]]
    assert "is no order to a training" in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        b"stop",
        b"{}",
        b'{"order": "explode"}',
        b'{"order": "stop", "now": true}',
        b'{"order": "change", "setting": "epochs", "value": 3}',
        b'{"order": "change", "setting": "batch", "value": "many"}',
        b'{"order": "change", "setting": "batch", "value": NaN}',
        b'{"order": "change", "setting": "batch", "value": 1e999}',
        b"[" * 100_000,
        b"\xff\xfe\0",
        b"x" * 3_000_000,
    ],
    ids=str,
)
def test_a_bad_line_is_left_out_with_a_warning(
    path: Path, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    box = Mailbox(path)
    with path.open("ab") as file:
        file.write(line + b"\n")
    give(path, ORDERS[0])
    with caplog.at_level(logging.WARNING):
        taken: list[Any] = []
        for _ in range(5):  # a megabyte at a time
            taken += box.take()
    assert taken == [ORDERS[0]]
    assert "is no order to a training" in caplog.text
    assert max(map(len, caplog.messages)) < 500


def test_a_file_begun_anew(path: Path) -> None:
    for _ in range(3):
        give(path, ORDERS[0])
    box = Mailbox(path)
    path.unlink()
    assert box.take() == []
    give(path, ORDERS[1])
    assert box.take() == [ORDERS[1]]


def test_a_folder_in_its_place(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    box = Mailbox(path)
    path.mkdir()
    (path / "a").touch()
    assert box.take() == []


def test_the_file_is_not_looked_at_again_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("striate.training.orders._SECONDS_BETWEEN_LOOKS", 3600.0)
    box = Mailbox(path)
    give(path, ORDERS[0])
    first, second = box.take(), box.take()
    assert first + second == ([ORDERS[0]] if first else [])

import asyncio
from pathlib import Path

import pytest

from agents.app import new_app
from agents.settings import Settings


def test_a_worker_makes_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    app = new_app(Settings.of({}), 1)

    asyncio.run(app.on_first_start())

    assert list(tmp_path.iterdir()) == []
    assert not app.conf.datadir.is_dir()


def test_a_fetch_has_no_more_records_than_the_setting_says() -> None:
    app = new_app(Settings.of({"BANZHANG_POLL_RECORDS": "7"}), 1)

    assert app.conf.broker_max_poll_records == 7

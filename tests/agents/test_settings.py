import pytest

from agents.settings import TABLE, Settings


def test_the_defaults_of_the_table_are_the_settings() -> None:
    settings = Settings.of({})

    assert settings.kafka == "127.0.0.1:9092"
    assert settings.namespace == "chat"
    assert len(settings) == len(TABLE)


def test_a_setting_that_is_no_number_is_named_with_its_default() -> None:
    with pytest.raises(ValueError, match=r"BANZHANG_SESSION_S is 'long', .* default is 10"):
        Settings.of({"BANZHANG_SESSION_S": "long"})


def test_the_environment_is_read() -> None:
    assert Settings.of({"BANZHANG_TICK_S": "0.5"}).tick_s == 0.5


def test_every_setting_says_what_it_means() -> None:
    assert all(setting.meaning for setting in TABLE)
    assert {setting.name for setting in TABLE if setting.secret} == {"BANZHANG_SECRET"}

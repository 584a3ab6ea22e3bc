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


def test_every_default_is_right() -> None:
    assert [setting.name for setting in TABLE if setting.fault(setting.default)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("COMMIT_S", "-1"),
        ("COMMIT_S", "0"),
        ("SESSION_S", "nan"),
        ("STARVED_S", "inf"),
        ("REBALANCE_S", "86401"),
        ("POLL_RECORDS", "0"),
        ("POLL_RECORDS", "1.5"),
        ("FETCH_BYTES", "2147483648"),
        ("REJECTS_IN_ROW", "-1"),
        ("REJECTS_SHARE", "1.01"),
        ("METRICS_PORT", "65536"),
        ("METRICS_HOST", "127.0.0.1:9100"),
        ("METRICS_HOST", "a b"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "yaml"),
        ("CLOCK", "x"),
        ("CLOCK", "1@2*0"),
        ("CLOCK", "1@2*-1"),
        ("CLOCK", "1@2*nan"),
        ("CLOCK", "1@2*inf"),
        ("KAFKA", "host:abc"),
        ("KAFKA", "host:0"),
        ("KAFKA", "host:65536"),
        ("KAFKA", "a:1,,b:1"),
        ("KAFKA", "kafka://host:9092"),
        ("NAMESPACE", "a b"),
        ("NAMESPACE", "a/b"),
        ("NAMESPACE", "班"),
        ("NAMESPACE", "a\n"),
        ("NAMESPACE", ".."),
        ("NAMESPACE", "x" * 201),
    ],
)
def test_a_value_that_cannot_be_meant_is_named_with_what_it_must_be(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=rf"^BANZHANG_{name} is .* but it must be .*; its default"):
        Settings.of({f"BANZHANG_{name}": text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("KAFKA", "a:1,b.example.school:9092,[::1]:3"),
        ("KAFKA", "kafka"),
        ("NAMESPACE", "district-7.class_3"),
        ("CLOCK", "1700000000000@1700000000000*1000"),
        ("LOG_LEVEL", "INFO"),
        ("LOG_FORMAT", "json"),
        ("METRICS_HOST", "::1"),
        ("METRICS_HOST", "0.0.0.0"),
        ("METRICS_HOST", "worker-1.school"),
        ("REJECTS_IN_ROW", "0"),
        ("REJECTS_SHARE", "1"),
    ],
)
def test_a_value_that_can_be_meant_is_taken(name: str, text: str) -> None:
    assert Settings.of({f"BANZHANG_{name}": text})


def test_a_heartbeat_is_shorter_than_the_session() -> None:
    with pytest.raises(ValueError, match=r"HEARTBEAT_S is '10', but it must be less than .*'10'"):
        Settings.of({"BANZHANG_HEARTBEAT_S": "10"})


def test_a_password_is_not_repeated_where_a_value_is_wrong() -> None:
    with pytest.raises(ValueError, match="host:x") as told:
        Settings.of({"BANZHANG_KAFKA": "user:secret@host:x"})

    assert "secret" not in str(told.value)

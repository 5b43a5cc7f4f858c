"""Settings: one table; where each value comes from; secrets kept secret; the database address."""

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from quanyu.config import env
from quanyu.config.env import DEFAULT, ENVIRONMENT, FILE, ROOT, Environment


def test_the_environment_goes_before_the_file_and_the_file_before_the_default():
    here = Environment({"QUANYU_TZ": "Asia/Urumqi"}, {"QUANYU_TZ": "UTC", "QUANYU_SITE_ICP": "备案 1 号"})
    assert here.source("QUANYU_TZ") == ("Asia/Urumqi", ENVIRONMENT)
    assert here.source("QUANYU_SITE_ICP") == ("备案 1 号", FILE)
    assert here.source("QUANYU_SITE_NAME") == ("全域", DEFAULT)


def test_an_empty_value_counts_as_not_given():
    assert Environment({"QUANYU_TZ": ""}, {}).source("QUANYU_TZ") == ("Asia/Shanghai", DEFAULT)


def test_the_description_names_every_setting_and_shows_no_secret():
    secret = "postgres://desk:s3cret@db/quanyu"
    rows = Environment({"DATABASE_URL": secret, "QUANYU_OIDC_CLIENT_SECRET": "s3cret"}, {}).describe()
    assert [row[0] for row in rows] == [setting.name for setting in env.TABLE]
    assert "s3cret" not in str(rows)
    shown = {name: (value, source) for name, value, source, _meaning in rows}
    assert shown["DATABASE_URL"] == ("•••", ENVIRONMENT)
    assert shown["QUANYU_SECRET_KEY"] == ("•••", FILE)
    assert shown["QUANYU_OFFLINE"] == ("1", DEFAULT)


def test_a_slip_in_a_name_is_noticed():
    assert Environment({"QUANYU_SITENAME": "x", "HOME": "/root"}, {"QUANYU_TZ": "UTC"}).unknown() == ["QUANYU_SITENAME"]


def test_the_file_is_read_as_people_write_it():
    text = "# 说明\n\nQUANYU_TZ = Asia/Shanghai\nexport QUANYU_SITE_NAME='云 上'\nQUANYU_SITE_ICP=\"a=b\"\n"
    assert env.parse(text) == {"QUANYU_TZ": "Asia/Shanghai", "QUANYU_SITE_NAME": "云 上", "QUANYU_SITE_ICP": "a=b"}
    with pytest.raises(ImproperlyConfigured, match="第 2 行"):
        env.parse("A=1\nnonsense\n")


@pytest.mark.parametrize(("written", "meant"), [("1", True), ("0", False), ("True", True), ("off", False)])
def test_a_flag_is_one_or_nought(written, meant):
    assert Environment({"QUANYU_DEBUG": written}, {}).flag("QUANYU_DEBUG") is meant


def test_any_other_flag_is_refused():
    with pytest.raises(ImproperlyConfigured, match="只能是 1 或 0"):
        Environment({"QUANYU_DEBUG": "maybe"}, {}).flag("QUANYU_DEBUG")


def test_the_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path):
    first = env.secret_key(tmp_path)
    assert len(first) >= 50
    assert env.secret_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="是空的"):
        env.secret_key(tmp_path)


def test_without_an_address_the_database_is_a_file_that_waits_its_turn(tmp_path: Path):
    found = env.database("", tmp_path)
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.sqlite3", tmp_path / "db.sqlite3")
    assert (found["OPTIONS"]["transaction_mode"], found["OPTIONS"]["timeout"]) == ("IMMEDIATE", 20)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("postgres://desk:p%40ss@db.local:5433/quanyu", ("quanyu", "desk", "p@ss", "db.local", "5433", {})),
        (
            "postgresql://desk@/quanyu?host=/run/pg&sslmode=require",
            ("quanyu", "desk", "", "/run/pg", "", {"sslmode": "require"}),
        ),
        ("postgres://desk:@[::1]/quanyu", ("quanyu", "desk", "", "::1", "", {})),
    ],
)
def test_a_postgresql_address_is_taken_apart(url, parts, tmp_path):
    found = env.database(url, tmp_path)
    assert tuple(found[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")) == parts
    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (60, True)


@pytest.mark.parametrize("url", ["mysql://a/b", "postgres://host", "postgres://h:port/db", "quanyu"])
def test_another_address_is_refused_without_repeating_it(url, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="读不懂") as refused:
        env.database(url, tmp_path)
    assert url not in str(refused.value)


def test_the_example_file_is_the_table():
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env.example()
    assert env.parse(env.example()) == {}
    uncommented = "\n".join(
        line.removeprefix("#") for line in env.example().splitlines() if line.startswith("#") and line[1] != " "
    )
    assert set(env.parse(uncommented)) == {setting.name for setting in env.TABLE}

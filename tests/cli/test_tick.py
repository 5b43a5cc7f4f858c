"""`tick`: recurring work, once, in order, whatever fails; and beside the server."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from quanyu.cli import door, tick
from quanyu.decisions.models import Assessment
from quanyu.facts.models import Snapshot
from quanyu.people import acts, reads
from quanyu.people.models import Event, Notice
from tests.decisions.zone import file, tiny_zone
from tests.factories import AT, write_packages

ROOT = Path(__file__).parents[2]
MOMENT = "2024-11-12T09:00"


@pytest.fixture
def quanyu(capsys):
    def run(*words):
        capsys.readouterr()
        code = door.run(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def told(quanyu, *words):
    code, out, err = quanyu("tick", "--at", MOMENT, "--json", *words)
    return code, {s["step"]: (s["well"], s["told"]) for s in json.loads(out)["steps"]}, err


@pytest.mark.django_db
def test_the_steps_go_in_order_and_the_second_time_do_nothing(quanyu, tmp_path):
    firms = tiny_zone(tmp_path)
    acts.notify("news", "一件事", link="/", at=AT, role="statistics")
    code, first, err = told(quanyu)
    assert (code, list(first)) == (0, ["lapse", "refresh", "match", "warn", "mark", "deliver"]), err
    assert first["refresh"] == (True, "已重新计算和判断")
    assert (Snapshot.objects.count(), Assessment.objects.exists()) == (1, True)
    assert Snapshot.objects.get().frozen_at.isoformat() == "2024-11-12T01:00:00+00:00"
    assert Notice.objects.filter(handed_at=None).count() == 0
    events = Event.objects.count()
    code, second, _err = told(quanyu)
    assert (code, second["refresh"], Event.objects.count()) == (0, (True, "没有新数据"), events)
    file(firms[2], "2024-09", "2024-11-11", 50_000, 100)
    assert told(quanyu)[1]["refresh"] == (True, "已重新计算和判断")
    assert Snapshot.objects.count() == 2
    assert reads.walk_chain().breaks == []


@pytest.mark.django_db
def test_a_failing_step_does_not_hold_up_the_others(quanyu, tmp_path):
    tiny_zone(tmp_path)
    from django.conf import settings

    (settings.QUANYU_HOME / "snapshots").write_text("in the way", encoding="utf-8")
    code, steps, err = told(quanyu)
    assert (code, steps["refresh"][0], steps["deliver"]) == (1, False, (True, "发出 0 条，未成 0 条，推后 0 条"))
    assert "数据更新没有做成" in err


@pytest.mark.django_db
def test_without_definitions_there_is_nothing_to_do(quanyu):
    code, _out, err = quanyu("tick")
    assert (code, "还没有载入" in err) == (12, True)


@pytest.mark.django_db
def test_two_at_once_the_second_leaves(quanyu, tmp_path, settings):
    tiny_zone(tmp_path)
    with (settings.QUANYU_HOME / "tick.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, steps, err = told(quanyu)
        assert (code, steps, err.strip()) == (0, {}, "另一次定时工作还没有做完，这次不做。")
    assert told(quanyu)[1] != {}


def test_a_moment_is_typed_like_this(quanyu):
    with pytest.raises(SystemExit) as left:
        quanyu("tick", "--at", "明天")
    assert left.value.code == 2
    assert tick.moment("2026-11-23").hour == 0


def test_serve_ticks_beside_the_server_and_both_end_together(tmp_path):
    """There is nothing loaded: each tick says so, which is how it is heard."""
    environment = os.environ | {
        "QUANYU_HOME": str(tmp_path), "QUANYU_ENV_FILE": os.devnull, "PYTHONPATH": str(ROOT),
        "QUANYU_PACKAGES": str(write_packages(tmp_path / "packages")), "DATABASE_URL": "",
    }  # fmt: skip
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    log = tmp_path / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "quanyu", "serve", "--port", port, "--workers", "1", "--tick", "0.01"],
            env=environment, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while log.read_text("utf-8").count("还没有载入") < 2:
            assert time.monotonic() < end, log.read_text("utf-8")
            assert server.poll() is None, log.read_text("utf-8")
            time.sleep(0.2)
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)
        time.sleep(0.5)
        with pytest.raises(ProcessLookupError):
            os.killpg(server.pid, 0)  # nothing of it is left
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)

"""The command line as a person or a script meets it: exit codes, two streams, one sentence for each refusal."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from quanyu.cli import door
from quanyu.cli.talk import columns
from quanyu.facts import acts as facts
from tests.decisions.zone import RICH, moment, tiny_zone
from tests.factories import code, write_packages

ROOT = Path(__file__).parents[2]
BROKEN = (
    RICH["tiny/indicators/rd_rate.yaml"]
    .replace("unit: percent", "unit: percentage")
    .replace("sum(revenue)", "sum(revenu)")
)


@pytest.fixture
def root(tmp_path: Path, settings) -> Path:
    """A folder of packages that the settings point to."""
    settings.PACKAGES = write_packages(tmp_path / "packages", RICH)
    return settings.PACKAGES


@pytest.fixture
def quanyu(capsys):
    """Runs the command line in this process: (exit code, stdout, stderr)."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = door.run(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def process(root: Path, home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The console command in a process of its own."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
    given = {
        "QUANYU_HOME": str(home),
        "QUANYU_PACKAGES": str(root),
        "PYTHONPATH": str(ROOT),
        "QUANYU_ENV_FILE": os.devnull,
    }
    command = [sys.executable, "-W", "error", "-m", "quanyu", *words]
    return subprocess.run(
        command, env=kept | given | more, capture_output=True, text=True, encoding="utf-8", timeout=60
    )


def test_check_needs_no_database_and_keeps_its_streams_apart(root: Path, tmp_path: Path):
    home = tmp_path / "fresh"
    fine = process(root, home, "check", "--json")
    assert fine.returncode == 0
    found = json.loads(fine.stdout)
    assert {p["mood"] for p in found} == {"unwise"}
    assert fine.stderr.startswith("没有错误；")
    assert not (home / "db.sqlite3").exists()


def test_a_broken_package_shows_every_problem_with_its_line(root: Path, tmp_path: Path):
    write_packages(
        root, {"tiny/indicators/rd_rate.yaml": BROKEN, "tiny/roles.yaml": "- {key: a, label: {zh: 甲}, sees: 1}\n"}
    )
    wrong = process(root, tmp_path / "fresh", "check")
    assert wrong.returncode == 10
    lines = wrong.stdout.splitlines()
    assert any(line.startswith("tiny/indicators/rd_rate.yaml:") and "percentage" in line for line in lines)
    assert any(line.startswith("tiny/roles.yaml:1: ") for line in lines)
    assert "处错误须改正" in wrong.stderr


def test_usage_errors_are_told_in_chinese_with_code_2(root: Path, tmp_path: Path):
    said = process(root, tmp_path / "fresh", "judge", "--on", "昨天")
    assert (said.returncode, said.stdout) == (2, "")
    assert "“昨天”不是日期，请写成 2024-09-30" in said.stderr


def test_a_bug_is_one_sentence_and_a_file(root: Path, tmp_path: Path):
    (tmp_path / "tmp").mkdir()
    said = process(root, tmp_path / "fresh", "freeze", TMPDIR=str(tmp_path / "tmp"))  # no tables yet: not a refusal
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.count("\n") == 1
    (written,) = (tmp_path / "tmp").glob("quanyu-error-*.txt")
    assert str(written) in said.stderr
    assert "no such table" in written.read_text(encoding="utf-8")


def test_a_taken_port_is_told_before_anything_is_started(root: Path, tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = process(root, tmp_path / "fresh", "serve", "--port", port)
    assert (said.returncode, said.stdout) == (12, "")
    assert said.stderr == f"不能在 127.0.0.1:{port} 启动：端口已被占用。请用 --port 换一个端口。\n"


@pytest.mark.django_db
def test_a_refusal_is_one_sentence_with_code_12(root: Path, quanyu):
    assert quanyu("explain", "rd_rate") == (
        12, "", "还没有计算过指标。请依次运行 quanyu freeze、quanyu measure、quanyu judge。\n",
    )  # fmt: skip


@pytest.mark.django_db
def test_loading_says_what_changes_before_it_does(root: Path, quanyu):
    code, out, err = quanyu("load", "--dry-run", "--json")
    assert (code, json.loads(out)["changed"]) == (0, True)
    assert quanyu("indicator", "list")[0] == 12
    assert quanyu("load")[0] == 0
    code, out, err = quanyu("load")
    assert (code, "没有变化" in err) == (0, True)
    write_packages(
        root, {"tiny/indicators/high_tech.yaml": RICH["tiny/indicators/high_tech.yaml"].replace("value: 4", "value: 5")}
    )
    code, out, err = quanyu("load", "--dry-run")
    assert (code, out) == (0, "")
    assert "4" in err and "5" in err and "将载入版本" in err
    write_packages(root, {"tiny/indicators/rd_rate.yaml": BROKEN})
    assert quanyu("load")[0] == 10


@pytest.mark.django_db
def test_the_whole_flow_by_hand(tmp_path: Path, root: Path, quanyu):
    tiny_zone(root)
    assert json.loads(quanyu("freeze", "--dry-run", "--json")[1]) == {"reports": 3, "standings": 5}
    assert quanyu("freeze")[0] == 0
    assert json.loads(quanyu("freeze", "--dry-run", "--json")[1]) == {"reports": 0, "standings": 0}
    assert "没有新数据，沿用快照" in quanyu("freeze")[2]
    assert quanyu("measure")[0] == 0
    code, out, err = quanyu("judge", "--on", "2024-11-20", "--json")
    told = json.loads(out)
    assert (code, told["period"], told["verdicts"]["rd_rate"]["state"]) == (0, "2024-09", "done")
    code, out, err = quanyu("explain", "rd_rate", "--as-of", "2024-11-09")
    assert (code, err) == (0, "")
    assert "2024年9月：2.75 %（按 2024-11-09 所知）" in out
    assert "即：研发费用合计 ÷ 营业收入合计" in out
    assert "云上虚构规划第 5 行、第 6 行“研发投入占比达到”" in out
    told = json.loads(quanyu("explain", "rd_rate", "--json")[1])
    assert (told["period"], told["total"], told["verdict"]["progress"]) == ("2024-09", 4, "1")
    code, out, err = quanyu("indicator", "get", "rd_rate", "--json")
    assert json.loads(out)[-1] == {"period": "2024-09", "value": "3.5", "state": "ok", "origin": "computed"}
    assert quanyu("indicator", "get", "rd_rat")[2] == "没有名为“rd_rat”的指标。是否想要：rd_rate？\n"
    status = json.loads(quanyu("report", "status", "2024年9月", "--json")[1])
    assert status == [
        {"form": "rd", "label": "研发月报", "expected": 3, "filed": 2, "late": 0, "missing": 1, "due_on": "2024-10-12"}
    ]


@pytest.mark.django_db
def test_facts_come_in_from_a_file(tmp_path: Path, root: Path, quanyu):
    tiny_zone(root)
    form = tmp_path / "rd.xlsx"
    assert quanyu("report", "template", "rd", "--period", "2024-10", "-o", str(form))[:2] == (0, f"{form}\n")
    assert form.stat().st_size > 4000
    table = tmp_path / "十月.csv"
    table.write_text(
        f"统一社会信用代码,营业收入,研发费用\n{code(1)},12000,300\n{code(2)},30000,一千\n", encoding="utf-8"
    )
    facts_of = ("load", "facts", str(table), "--form", "rd", "--period", "2024-10")
    code_, out, err = quanyu(*facts_of)
    assert code_ == 11
    assert "第 3 行 C 列" in out and "一千" in out
    assert "有 1 处错误，没有写入" in err
    assert quanyu("report", "status", "2024-10", "--json")[1].count('"filed": 0') == 1
    code_, out, err = quanyu(*facts_of, "--skip-bad")
    assert (code_, (tmp_path / "十月.csv.refused.csv").exists()) == (0, True)
    assert "新增 1" in err and "跳过 1 行" in err
    names = tmp_path / "高企.csv"
    names.write_text(f"称号,统一社会信用代码,有效期起\n高新技术企业,{code(3)},2024-10-01\n", encoding="utf-8")
    assert (
        quanyu("load", "standings", str(names), "--dry-run")[2] == "“高企.csv”共 1 行，没有错误；这是试算，没有写入。\n"
    )
    assert "新增 1" in quanyu("load", "standings", str(names))[2]
    assert quanyu("load", "facts", str(tmp_path / "没有.csv"))[0] == 11
    assert quanyu("load", "facts")[0] == 2


@pytest.mark.django_db
def test_two_versions_are_compared_in_words(tmp_path: Path, root: Path, quanyu):
    assert quanyu("load")[0] == 0
    changed = RICH | {
        "tiny/indicators/high_tech.yaml": RICH["tiny/indicators/high_tech.yaml"].replace("value: 4", "value: 5")
    }
    other = write_packages(tmp_path / "other", changed) / "tiny"
    code, out, _err = quanyu("diff", str(root / "tiny"), str(other))
    assert (code, out.count("\n")) == (0, 1)
    assert "4" in out and "5" in out
    assert quanyu("diff", str(root / "tiny"), str(root / "tiny"))[1:] == ("", "两个版本没有不同。\n")
    assert quanyu("diff", "f00f00", str(other))[0] == 10


@pytest.mark.django_db
def test_the_doctor_names_the_command_that_mends(root: Path, quanyu):
    tiny_zone(root)
    code, out, _err = quanyu("doctor", "--json")
    told = json.loads(out)
    by_name = {f["what"]: f for f in told["findings"]}
    assert code == 1
    assert by_name["已封存数据快照"]["mend"] == "quanyu freeze"
    assert {s["name"] for s in told["settings"]} >= {"QUANYU_HOME", "DATABASE_URL"}
    facts.freeze(moment("2024-11-20"))
    by_name = {f["what"]: f for f in json.loads(quanyu("doctor", "--json")[1])["findings"]}
    assert by_name["指标与研判跟上了快照和定义"]["mend"] == "quanyu measure && quanyu judge"
    assert by_name["快照文件齐全"]["well"] is True


@pytest.mark.django_db
def test_a_user_is_added_with_a_post(root: Path, quanyu, monkeypatch):
    import io

    from quanyu.people.models import Post

    quanyu("load")
    monkeypatch.setattr("sys.stdin", io.StringIO("Cang-Shan-42-lu\n"))
    code, _out, _err = quanyu("user", "add", "li", "--name", "李虚构", "--role", "statistics", "--at", "economy_bureau")
    post = Post.objects.get()
    assert (code, post.user.username, post.role, post.organisation.key) == (0, "li", "statistics", "economy_bureau")
    monkeypatch.setattr("sys.stdin", io.StringIO("123\n"))
    assert quanyu("user", "add", "wang")[0] == 12


def test_columns_line_up_under_chinese_heads():
    text = columns([("高新技术企业", 12), ("gdp", 3)], ("名称", "现值"))
    assert text.splitlines() == ["名称          现值", "高新技术企业    12", "gdp              3"]

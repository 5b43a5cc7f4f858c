"""Whatever the code tells people about is a topic of the core package, worded for a text message."""

import ast
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
TOPICS = {t["key"]: t for t in yaml.safe_load((ROOT / "packages/core/topics.yaml").read_text(encoding="utf-8"))}


def named_topics() -> set[str]:
    """The first argument of every `notify(…)`, where it is written out."""
    found = set()
    for path in (ROOT / "quanyu").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if name == "notify" and node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def test_every_topic_the_code_names_is_declared():
    assert named_topics() - set(TOPICS) == set()
    assert {"case_due", "case_overdue"} <= set(TOPICS)  # chosen by the clock


def test_a_text_message_leaves_room_for_what_it_says():
    told = {key: t["sms"] for key, t in TOPICS.items() if any(c["by"] == "sms" for c in t["carried"])}
    assert told, "some topic travels by text message"
    for words in told.values():
        assert len(words.format(line="", count=99, link="")) <= 25

"""Small files, a small house: what no import rule can see."""

import ast
import io
import pathlib
import tokenize

ROOT = pathlib.Path(__file__).parents[2]
HOUSE = [p for p in sorted((ROOT / "quanyu").rglob("*.py")) if "migrations" not in p.parts]
LONG: dict[str, str] = {}  # path: why it is longer than 400 lines; never over 600
BANNED = {"services", "managers", "signals", "utils", "common", "helpers", "base"}


def lines(path: pathlib.Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_files_stay_small():
    long = {str(p.relative_to(ROOT)): lines(p) for p in HOUSE if lines(p) > 400}
    assert {k: v for k, v in long.items() if k not in LONG or v > 600} == {}
    assert set(LONG) <= set(long), "a file on the list of exceptions is short again: take it off"


SPACE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(path: pathlib.Path) -> int:
    """Lines that hold code: blank lines, comments and docstrings are not size (decision 28)."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return sum(bool(line.strip()) for line in text.splitlines())
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in SPACE:
            held.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            held -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(held)


def test_the_whole_stays_small():
    suffixes = {".py", ".html", ".js", ".css"}
    files = [p for p in (ROOT / "quanyu").rglob("*") if p.suffix in suffixes and "migrations" not in p.parts]
    assert sum(code_lines(p) for p in files) <= 42_000  # decision 41


def test_no_room_for_odds_and_ends():
    assert [str(p.relative_to(ROOT)) for p in HOUSE if p.stem in BANNED] == []


def told_by_rule(node: ast.FunctionDef) -> bool:
    """A check says what it means in its `@rule(code, mood, meaning)`."""
    names = (getattr(d.func, "id", "") for d in node.decorator_list if isinstance(d, ast.Call))
    return bool({"rule", "plan_rule", "case_rule"} & set(names))


def test_every_public_function_of_the_dry_rooms_says_what_it_means():
    silent = []
    for room in ("registry", "measures", "judgements"):
        for p in sorted((ROOT / "quanyu" / room).rglob("*.py")):
            tree = ast.parse(p.read_text(encoding="utf-8"))
            if not ast.get_docstring(tree) and tree.body:
                silent.append(str(p.relative_to(ROOT)))
            for node in tree.body:
                public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
                if public and not ast.get_docstring(node) and not told_by_rule(node):
                    silent.append(f"{p.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []


def test_exceptions_from_the_checks_carry_a_reason():
    bare = []
    for p in [*HOUSE, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))]:
        for number, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1):
            for mark in ("# noqa", "# type: ignore", "# pragma"):
                if mark in line and '"' + mark not in line:
                    tail = line.split(mark, 1)[1]
                    if len(tail.split("  # ")[-1].split(" - ")[-1].strip(" :[]")) < 12 or not (
                        " - " in tail or "  # " in tail
                    ):
                        bare.append(f"{p.relative_to(ROOT)}:{number}")
    assert bare == []

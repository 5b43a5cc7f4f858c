"""Whether a case type can run its course (codes P301 to P319): every state reached and left, held and acted on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from quanyu.registry.check.rule import Finder, rule
from quanyu.registry.model import CLOSED, Action, CaseType, Question, Registry, State
from quanyu.registry.problem import Mood, Place, Problem
from quanyu.registry.reading import did_you_mean

Found = Iterator[tuple[Place, str, str]]  # where, what, what would be right


def case_rule(code: str, mood: Mood, meaning: str) -> Callable[[Callable[[CaseType], Found]], Finder]:
    """A check that looks at one case type at a time and yields (place, message, hint)."""

    def enter(find: Callable[[CaseType], Found]) -> Finder:
        def over_all(registry: Registry) -> Iterator[Problem]:
            for kind in registry.case_types.values():
                for place, message, hint in find(kind):
                    yield Problem(code, mood, place, f"「{kind.label}」{message}", hint, kind.key)

        over_all.__name__ = find.__name__
        return rule(code, mood, meaning)(over_all)

    return enter


def _open(kind: CaseType) -> list[State]:
    return [state for state in kind.states.values() if state.phase not in CLOSED]


def _reached(kind: CaseType, first: Iterable[str], back: bool = False) -> set[str]:
    """The states that lie ahead of some states (or, `back`, from which they can be reached), these included."""
    steps = [(f, a.to) for a in kind.actions.values() for f in a.from_ if a.to]
    found = left = set(first)
    while left:
        left = {(f if back else t) for f, t in steps if (t if back else f) in left} - found
        found = found | left
    return found


@case_rule("P301", "wrong", "事项类型里写了不存在的环节（start、from、to）")
def unknown_states(kind: CaseType) -> Found:
    named = [(kind.place, kind.start)]
    named += [(a.place, s) for a in kind.actions.values() for s in (*a.from_, *([a.to] if a.to else []))]
    for place, state in named:
        if state not in kind.states:
            yield place, f"没有「{state}」这个环节", did_you_mean(state, list(kind.states))


@case_rule("P302", "wrong", "事项类型里写了不存在的一方（holder、by、opens、pause、hand_over、names）")
def unknown_parties(kind: CaseType) -> Found:
    named = [(kind.place, p) for p in (*kind.pause, *kind.hand_over, *([kind.opens] if kind.opens else []))]
    named += [(s.place, s.holder) for s in kind.states.values() if s.holder]
    named += [(a.place, p) for a in kind.actions.values() for p in (*a.by, *a.names)]
    for place, party in named:
        if party not in kind.parties:
            yield place, f"没有「{party}」这一方", did_you_mean(party, list(kind.parties))


@case_rule("P303", "wrong", "永远走不到的环节")
def unreachable(kind: CaseType) -> Found:
    for key in set(kind.states) - _reached(kind, [kind.start]):
        state = kind.states[key]
        yield state.place, f"走不到「{state.label}」", "写一步 to 到这里的动作，或删去这个环节"


@case_rule("P304", "wrong", "办不完的环节：走不到任何办结的环节")
def dead_ends(kind: CaseType) -> Found:
    ends = _reached(kind, [s.key for s in kind.states.values() if s.phase in CLOSED], back=True)
    for state in _open(kind):
        if state.key not in ends:
            yield state.place, f"到了「{state.label}」就办不完", "写一步通往办结环节的动作"


@case_rule("P305", "wrong", "没有人承办的环节")
def nobody_holds(kind: CaseType) -> Found:
    for state in _open(kind):
        if not state.holder:
            yield state.place, f"「{state.label}」没有人承办", "写明 holder"


@case_rule("P306", "wrong", "已办结的环节还有承办方、期限或后续动作")
def closed_is_closed(kind: CaseType) -> Found:
    for state in kind.states.values():
        if state.phase in CLOSED:
            if state.holder or state.agreed or state.lapse or (state.within, state.remind) != (None, None):
                yield state.place, f"「{state.label}」已办结，却有承办方或期限", "删去 holder、within、agreed、lapse"
            for action in kind.actions.values():
                if state.key in action.from_:
                    yield action.place, f"「{state.label}」已办结，不能再{action.label}", "从 from 里删去"


@case_rule("P307", "wrong", "没有人能办的动作，或既归人办又归系统办")
def nobody_acts(kind: CaseType) -> Found:
    for action in kind.actions.values():
        if not action.from_:
            yield action.place, f"「{action.label}」没有写从哪个环节办", "写明 from"
        elif bool(action.by) is action.alone:
            told = "既归人办又归系统办" if action.by else "没有人能办"
            yield action.place, f"「{action.label}」{told}", "写明 by；只由系统办的写 alone: true"


@case_rule("P308", "wrong", "到期动作不能由系统办：不存在、不从本环节出发、留在原地、环节没有期限，或须人填写")
def lapses(kind: CaseType) -> Found:
    for state in kind.states.values():
        action = kind.actions.get(state.lapse)
        if not state.lapse:
            continue
        if action is None:
            yield state.place, f"没有「{state.lapse}」这个动作", did_you_mean(state.lapse, list(kind.actions))
        elif state.key not in action.from_ or action.to in ("", state.key):
            yield state.place, f"「{action.label}」不能让事项离开「{state.label}」", "from 要含本环节，to 要是别的"
        elif action.names or "required" in (action.note, action.documents) or any(q.required for q in action.form):
            yield state.place, f"「{action.label}」须人填写或附件，系统到期办不了", "另写一个 alone: true 的动作"
        elif state.within is None and not state.agreed:
            yield state.place, f"「{state.label}」没有期限，不会到期", "写明 within 或 agreed"


@case_rule("P309", "wrong", "期限写得不对：既约定又限天数、天数不是正数、提醒没有期限或比期限还长")
def terms(kind: CaseType) -> Found:
    for state in _open(kind):
        if state.agreed and state.within is not None:
            yield state.place, f"「{state.label}」既用约定的日子，又限天数", "within 和 agreed 只留一样"
        elif state.within is not None and state.within < 1:
            yield state.place, f"「{state.label}」的期限至少一个工作日", "改 within"
        elif state.remind is not None and not 0 <= state.remind < (999 if state.agreed else state.within or 0):
            yield state.place, f"「{state.label}」的提醒须在期限之内", "改 remind，或写明 within 或 agreed"


@case_rule("P310", "wrong", "同一环节给同一方写了两个主要动作")
def two_mains(kind: CaseType) -> Found:
    taken: dict[tuple[str, str], Action] = {}
    for action in kind.actions.values():
        for state, party in ((s, p) for s in action.from_ for p in action.by if action.main):
            if (other := taken.setdefault((state, party), action)) is not action:
                yield action.place, f"在同一环节，「{other.label}」已是同一方的主要动作", "只留一个 main: true"
                break


@case_rule("P311", "wrong", "编号的写法不对")
def numbers(kind: CaseType) -> Found:
    rest = kind.number.replace("{n}", "", 1).replace("{year}", "", 1)
    if kind.number and ("{n}" not in kind.number or "{" in rest or "}" in rest):
        yield kind.place, f"的编号「{kind.number}」写法不对", "只能用 {year} 和 {n}，且要有 {n}，如 督办〔{year}〕{n}号"


@rule("P312", "wrong", "挂接点用错了地方：guard 只能挂理由，then 只能挂办理")
def hooks_in_place(registry: Registry) -> Iterator[Problem]:
    steps = list[tuple[CaseType, CaseType | Action]]()
    for kind in registry.case_types.values():
        steps += [(kind, kind), *((kind, action) for action in kind.actions.values())]
    for kind, step in steps:
        guards = () if isinstance(step, CaseType) else step.guard
        for wanted, key in [*(("guard", k) for k in guards), *(("effect", k) for k in step.then)]:
            if (hook := registry.hooks[key]).kind != wanted:
                told = f"「{kind.label}」{step.label}：「{hook.label}」是 {hook.kind}，不能写在这里"
                yield Problem("P312", "wrong", step.place, told, "guard 与 then 对调", kind.key)


@case_rule("P313", "wrong", "要填的项写得不对：重名、选项或上下限用错类型，或 agrees 不是本步必填的日期")
def questions(kind: CaseType) -> Found:
    for form in (kind.form, *(action.form for action in kind.actions.values())):
        twice = [name for name, times in Counter(q.name for q in form).items() if times > 1]
        for question in form:
            if question.name in twice or _faulty(question):
                told = "名字不要重复；choice 才有 choices 且须有；数字才有上下限和单位"
                yield question.place, f"要填的「{question.label}」写得不对", told
    for action in kind.actions.values():
        dates = [q.name for q in action.form if q.type == "date" and q.required]
        if action.agrees and action.agrees not in dates:
            yield action.place, f"「{action.label}」的 agrees 不是本步必填的日期", "写进 form，required: true"


def _faulty(question: Question) -> bool:
    bounds = [b for b in (question.minimum, question.maximum) if b is not None]
    misplaced = bool(bounds or question.unit) and question.type not in ("integer", "decimal")
    return misplaced or bool(question.choices) is not (question.type == "choice") or bounds != sorted(bounds)


@case_rule("P314", "unwise", "承办方在本环节无事可办")
def idle_holders(kind: CaseType) -> Found:
    for state in _open(kind):
        here = [a for a in kind.actions.values() if state.key in a.from_]
        if state.holder in kind.parties and here and not any(state.holder in a.by or a.alone for a in here):
            yield state.place, f"「{state.label}」的承办方没有可办的动作", "改 holder 或 by"


@case_rule("P315", "unwise", "写了而没有用处的一方")
def idle_parties(kind: CaseType) -> Found:
    used = {kind.opens, *kind.pause, *kind.hand_over, *(s.holder for s in kind.states.values())}
    used |= {p for a in kind.actions.values() for p in a.by}
    for party in kind.parties.values():
        if party.key not in used:
            yield party.place, f"的「{party.label}」什么也不办", "删去，或让它承办一个环节"


@rule("P316", "wrong", "节假日安排写得不对：不在本年，或一天既放假又上班")
def holidays(registry: Registry) -> Iterator[Problem]:
    seen: dict[int, str] = {}
    for year in registry.holidays.values():
        days = [*year.off, *year.work]
        wrong = sorted({d for d in days if d.year != year.year or days.count(d) > 1})
        if wrong or seen.setdefault(year.year, year.key) != year.key:
            told = f"{'、'.join(map(str, wrong))} 写得不对" if wrong else f"{year.year} 年写了两份"
            yield Problem("P316", "wrong", year.place, f"节假日「{year.key}」：{told}", "只写本年，每天一次", year.key)

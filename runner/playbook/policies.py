"""Policy files to rules, with every problem of every file."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from runner.model.findings import Origin
from runner.model.policy import FACTS, Rule
from runner.playbook.complaints import schema_problems
from runner.playbook.judging import Objection, Question, condition, fitting
from runner.playbook.options import LoadOptions
from runner.playbook.parse import parse_file
from runner.playbook.problems import Problems, nearest, or_list, problem, short
from runner.playbook.sandbox import METHODS
from runner.playbook.schemas import validator
from runner.playbook.templates import Template, TemplateProblem, is_template, template
from runner.playbook.tree import MarkedList, MarkedMap, place

ENDINGS = (".yaml", ".yml")
NAMES = ("tenant", "plan")

_START = "start with `- code: …`, `message: …`, `when: …`"


def load_rules(options: LoadOptions) -> tuple[Rule, ...]:
    """Return the rules of all policies.

    Raises: PlaybookError with all problems of all files, when there is any.
    """
    problems = Problems()
    rules = read_rules(options, problems=problems)
    problems.refuse()
    return rules


def read_rules(options: LoadOptions, *, problems: Problems) -> tuple[Rule, ...]:
    """Return the rules of all policies that nothing is wrong with, and tell what is."""
    reader = _RuleReader(options.taken_codes, problems)
    seen: set[Path] = set()
    for path in _files(options.policies, problems):
        if path.resolve() not in seen:
            reader.take(path)
        seen.add(path.resolve())
    return tuple(reader.rules.values())


def policy_files(folder: Path) -> list[Path]:
    """Return the policy files of a folder, in the order of their names."""
    return sorted(each for each in folder.iterdir() if each.suffix in ENDINGS)


def _files(paths: Iterable[Path], problems: Problems) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = policy_files(path)
        if not found:
            at, hint = Origin(file=str(path)), "name a file or a folder of `.yaml` files"
            problems.add(problem("no-policy", "no policy is in this folder", at=at, hint=hint))
        yield from found


def _unknown(asked: Template) -> Iterator[tuple[str, str]]:
    """Yield what a template reads that no plan has, and where it reads it."""
    for path in asked.paths:
        for depth, name in enumerate(path[1:], 1):
            whole = ".".join(path[:depth])
            if name not in (*FACTS.get(whole, (name,)), *METHODS):
                yield whole, short(name)


class _RuleReader:
    """Makes rules of files, each code once."""

    def __init__(self, taken: frozenset[str], problems: Problems) -> None:
        self.rules: dict[str, Rule] = {}
        self._places: dict[str, Origin] = {}
        self._taken = taken
        self._problems = problems

    def take(self, path: Path) -> None:
        """Keep the rules of a file that nothing is wrong with."""
        told = len(self._problems)
        tree = parse_file(path, self._problems)
        if tree is None and len(self._problems) > told:
            return
        if not isinstance(tree, MarkedList) or not tree:
            at = tree.at if isinstance(tree, MarkedMap) else Origin(file=str(path))
            self._add("not-a-policy", "this file holds no list of rules", at=at, hint=_START)
            return
        for wrong in schema_problems(tree, validator("policy")):
            self._problems.add(wrong)
        for item in tree:
            if isinstance(item, MarkedMap):
                self._rule(item)

    def _rule(self, tree: MarkedMap) -> None:
        told = len(self._problems)
        self._check_code(tree)
        message = self._template(tree, "message")
        objection = self._objection(tree)
        is_sound = not any(schema_problems(tree, validator("policy", part="rule")))
        if len(self._problems) > told or not is_sound or message is None or objection is None:
            return
        code, may = tree["code"], tree.get("accept", True)
        question = Question(
            code=code,
            message=message,
            objection=objection,
            hint=tree.get("hint", ""),
            is_acceptable=may,
            at=tree.at,
        )
        self.rules[code] = Rule(code=code, is_acceptable=may, judge=question)

    def _check_code(self, tree: MarkedMap) -> None:
        code = tree.get("code")
        if not isinstance(code, str):
            return
        at = tree.values_at["code"]
        if code in self._taken:
            hint = "give the rule a code of its own"
            self._add("taken-code", f"`{code}` is a code of upgrade-runner", at=at, hint=hint)
        first = self._places.setdefault(code, at)
        if first is not at:
            summary = f"`{short(code)}` is the code of another rule, in {first}"
            self._add("double-code", summary, at=at, hint="give each rule a code of its own")

    def _objection(self, tree: MarkedMap) -> Objection | None:
        if ("when" in tree) == ("schema" in tree):
            said = "both `when` and `schema`" if "when" in tree else "neither `when` nor `schema`"
            hint = "give it one of the two"
            self._add("no-question", f"this rule has {said}", at=tree.at, hint=hint)
            return None
        if "schema" in tree:
            schema = self._schema(tree["schema"])
            return None if schema is None else fitting(schema)
        asked = self._template(tree, "when", is_condition=True)
        return condition(asked) if asked else None

    def _template(
        self, tree: MarkedMap, key: str, *, is_condition: bool = False
    ) -> Template | None:
        said = tree.get(key)
        if not isinstance(said, str):
            return None
        at = tree.values_at[key]
        hint = "write a condition without braces, as `tenant.totals.seats_bought > 500`"
        if is_condition and is_template(said):
            self._add("template", "this condition is in braces", at=at, hint=hint)
            return None
        try:
            found = template(f"{{{{ {said} }}}}" if is_condition else said)
        except TemplateProblem as wrong:
            self._add(wrong.code, wrong.summary, at=at, hint=hint if is_condition else "mend it")
            return None
        for name in sorted(found.names.difference(NAMES)):
            known = f"a rule reads {or_list(NAMES)}"
            self._add("undefined-variable", f"`{name}` is not defined", at=at, hint=known)
        for whole, name in sorted(_unknown(found)):
            close = nearest(name, FACTS[whole], most=1) or FACTS[whole]
            there = f"there is {or_list(close)}"
            self._add("undefined-variable", f"`{whole}` has no `{name}`", at=at, hint=there)
        return found

    def _schema(self, said: Any) -> Mapping[str, Any] | None:
        """Return the JSON Schema of a rule, of a file where it names one."""
        if not isinstance(said, MarkedMap):
            return None
        tree = said
        if "file" in said:
            if list(said) != ["file"] or not isinstance(said["file"], str):
                self._no_schema("`file` is the only key where a file is named", said.at)
                return None
            path = Path(said.at.file).parent / said["file"]
            told = len(self._problems)
            tree = parse_file(path, self._problems)
            if len(self._problems) > told:
                return None
            if not isinstance(tree, MarkedMap):
                self._no_schema("this file holds no JSON Schema", Origin(file=str(path)))
                return None
        try:
            Draft202012Validator.check_schema(tree)
        except SchemaError as wrong:
            at = place(tree, wrong.absolute_path)
            self._no_schema(f"this is no JSON Schema: `{short(wrong.json_path)}`", at)
            return None
        return tree

    def _no_schema(self, summary: str, at: Origin) -> None:
        hint = "write a JSON Schema (2020-12) or `{file: PATH}`"
        self._add("wrong-schema", summary, at=at, hint=hint)

    def _add(self, code: str, summary: str, *, at: Origin, hint: str) -> None:
        self._problems.add(problem(code, summary, at=at, hint=hint))

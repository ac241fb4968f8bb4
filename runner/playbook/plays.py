"""Playbook files to plays, and what a play says for one tenant once it is rendered."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runner.model.findings import Origin
from runner.model.spec import (
    AssignmentWant,
    Limits,
    MaintenanceWindow,
    Pace,
    SubscriptionWant,
    Tenant,
)
from runner.playbook.channels import unconfigured_channel
from runner.playbook.complaints import schema_problems
from runner.playbook.names import Names
from runner.playbook.parse import parse_text
from runner.playbook.problems import Problems, nearest, or_list, problem
from runner.playbook.schemas import read_schema, validator
from runner.playbook.scope import Scope, Unrendered
from runner.playbook.text import text_of
from runner.playbook.tree import MarkedList, MarkedMap
from runner.playbook.wants import Wants, limits_of
from runner.playbook.waves import Size, pace_of

_PACE = ("serial", "max_fail_percentage", "gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One play as written, with its own variables; `unsound` entries are those not in `tree`."""

    tree: MarkedMap
    unsound: tuple[Any, ...]
    variables: MarkedMap
    tags: tuple[str, ...]
    at: Origin


@dataclass(slots=True)
class PlayWants:
    """What one play wants of one tenant."""

    subscriptions: list[SubscriptionWant] = field(default_factory=list)
    assignments: list[AssignmentWant] = field(default_factory=list)
    limits: list[Limits] = field(default_factory=list)
    windows: list[MaintenanceWindow] = field(default_factory=list)


def read_plays(raw: bytes, path: Path, *, problems: Problems) -> Iterator[Play]:
    """Yield what the schema accepts of each play of a playbook, and tell what is wrong with it."""
    told = len(problems)
    text = text_of(raw, path, problems=problems)
    tree = None if text is None else parse_text(text, file=str(path), problems=problems)
    if tree is None and len(problems) > told:
        return
    if not isinstance(tree, MarkedList) or not tree:
        at = tree.at if isinstance(tree, MarkedMap) else Origin(file=str(path))
        hint = "start with `- name: …`, `tenants: …`, `desired_state: …`"
        problems.add(
            problem("not-a-playbook", "this file holds no list of plays", at=at, hint=hint)
        )
        return
    for wrong in schema_problems(tree, validator("playbook")):
        problems.add(wrong)
    for item in tree:
        if isinstance(item, MarkedMap) and isinstance(item.get("desired_state"), MarkedMap):
            yield _play(item)


def _play(written: MarkedMap) -> Play:
    """Return a play without the keys and entries that the schema refuses, which are told."""
    sound, unsound = MarkedMap(written.at), list[Any]()
    sound.take(written, _sound_keys(written))
    state, said = MarkedMap(written["desired_state"].at), written["desired_state"]
    for key, part in (("subscriptions", "subscription"), ("assignments", "assignment")):
        if isinstance(said.get(key), MarkedList):
            verdicts = [(entry, _is_sound(part, entry)) for entry in said[key]]
            state[key] = [entry for entry, is_sound in verdicts if is_sound]
            unsound += [entry for entry, is_sound in verdicts if not is_sound]
    sound["desired_state"] = state
    return Play(
        tree=sound,
        unsound=tuple(unsound),
        variables=sound.get("vars", MarkedMap(sound.at)),
        tags=_texts(sound.get("tags", ())),
        at=sound.at,
    )


def _sound_keys(play: MarkedMap) -> Iterator[str]:
    for key in read_schema("playbook")["$defs"]["play"]["properties"]:
        if key in play and _is_sound(f"play/properties/{key}", play[key]):
            yield key


def _is_sound(part: str, value: Any) -> bool:
    return bool(validator("playbook", part=part).is_valid(value))


def with_tags(
    plays: tuple[Play, ...], tags: tuple[str, ...], *, problems: Problems
) -> tuple[Play, ...]:
    """Return the plays that carry one of the tags; without tags all of them."""
    wanted = tuple(tag.strip() for text in tags for tag in text.split(",") if tag.strip())
    if not wanted:
        return plays
    known = {tag for play in plays for tag in play.tags}
    for tag in wanted:
        if tag not in known:
            close = nearest(tag, known)
            hint = f"did you mean {or_list(close)}" if close else "leave `--tags` out"
            summary = f"no play has the tag `{tag[:60]}`"
            at = Origin(file="--tags", line=0)
            problems.add(problem("no-such-tag", summary, at=at, hint=hint))
    return tuple(play for play in plays if set(wanted) & set(play.tags))


def _texts(said: Any) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


class PlayReader:
    """Renders plays and makes wants of them; the same entry with the same values only once."""

    def __init__(self, names: Names) -> None:
        self._wants = Wants(names)
        self._problems = names.problems
        self._made: dict[tuple[str, Origin, str], Any] = {}

    def name(self, play: Play, scope: Scope) -> str:
        """Return the name of a play for the tenant in scope."""
        if "name" not in play.tree:
            return str(play.at)
        try:
            return str(scope.render(play.tree["name"], play.tree.values_at["name"]))
        except Unrendered:
            return ""

    def read(self, play: Play, scope: Scope, *, tenant: Tenant | None) -> PlayWants:
        """Return what the play wants of the tenant in scope, telling every problem."""
        tree, found = play.tree, PlayWants()
        for entry in play.unsound:
            self._wants.check_names(entry)
        state = tree["desired_state"]
        for entry in state.get("subscriptions", ()):
            for want in self._piece("subscription", entry, scope=scope):
                found.subscriptions.append(want)
                self._check_channel(want, entry, tenant=tenant)
        for entry in state.get("assignments", ()):
            found.assignments += self._piece("assignment", entry, scope=scope)
        if "limits" in tree:
            found.limits += self._piece("limits", tree["limits"], scope=scope)
        if "maintenance_window" in tree:
            window = tree["maintenance_window"]
            made = self._piece("maintenanceWindow", window, scope=scope)
            found.windows += [_in_zone(each, tenant) for each in made]
        return found

    def pace(self, play: Play, scope: Scope) -> tuple[tuple[Size, ...], Pace]:
        """Return the sizes of a play's waves and its pace; it is the same for every tenant."""
        said = MarkedMap(play.tree.at)
        said.take(play.tree, [key for key in _PACE if key in play.tree])
        return next(self._piece("pace", said, scope=scope), ((), Pace()))

    def read_alone(self, play: Play, extra: MarkedMap) -> None:
        """Tell what is wrong with a play that can be known without any tenant."""
        scope = Scope([play.variables, extra], problems=self._problems, is_partial=True)
        self.read(play, scope, tenant=None)
        self.pace(play, scope)

    def _check_channel(
        self, want: SubscriptionWant, entry: MarkedMap, *, tenant: Tenant | None
    ) -> None:
        if tenant is not None:
            for wrong in unconfigured_channel(want.channel, tenant=tenant, stated_in=entry):
                self._problems.add(wrong)

    def _piece(self, part: str, entry: MarkedMap, *, scope: Scope) -> Iterator[Any]:
        """Yield what an entry says, nothing where a problem was told or a value is unknown."""
        try:
            rendered = scope.render(entry, entry.at)
        except Unrendered:
            self._wants.check_names(entry)
            return
        key = (part, entry.at, json.dumps(rendered, sort_keys=True))
        if key not in self._made:
            self._made[key] = self._make(part, rendered)
        if self._made[key] is not None:
            yield self._made[key]

    def _make(self, part: str, rendered: MarkedMap) -> Any:
        check = validator("playbook", part=part, is_rendered=True)
        wrong = tuple(schema_problems(rendered, check))
        for each in wrong:
            self._problems.add(each)
        maker: Callable[[MarkedMap], Any] | None = {
            "subscription": self._wants.subscription,
            "assignment": self._wants.assignment,
            "limits": limits_of,
            "maintenanceWindow": self._wants.window,
            "pace": pace_of,
        }.get(part)
        return maker(rendered) if maker and not wrong else None


def _in_zone(window: MaintenanceWindow, tenant: Tenant | None) -> MaintenanceWindow:
    if window.timezone:
        return window
    return replace(window, timezone=tenant.timezone if tenant else "UTC")

"""Rendered entries of a play to `SubscriptionWant`, `AssignmentWant`, limits and windows."""

import re
from collections.abc import Mapping
from typing import Any

from runner.model.findings import Origin
from runner.model.ids import SkuId, subscription_id
from runner.model.spec import (
    AssignmentWant,
    CancelWhen,
    Channel,
    Limits,
    MaintenanceWindow,
    Purchase,
    SeatsExactly,
    SeatsMatch,
    SeatsNeeded,
    SeatsWanted,
    SubscriptionGoal,
    SubscriptionWant,
    Who,
)
from runner.playbook.names import Names
from runner.playbook.problems import problem, short
from runner.playbook.templates import is_template
from runner.playbook.timezones import timezone_problem
from runner.playbook.tree import MarkedList, MarkedMap, place

_SPAN = re.compile(r"([0-9]+)([dhms])")
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def seconds_of(duration: str) -> int:
    """Return a duration such as `2h30m` in seconds."""
    return sum(int(count) * _SECONDS[unit] for count, unit in _SPAN.findall(duration))


class Wants:
    """Makes the model's wants of rendered entries, telling what the schema cannot say."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._problems = names.problems

    def subscription(self, entry: MarkedMap) -> SubscriptionWant | None:
        """Return one entry of `subscriptions`, or None where a problem was told."""
        told = len(self._problems)
        goal = SubscriptionGoal(entry["state"])
        sku = self._names.sku(entry["sku"], place(entry, ["sku"]))
        self._check_keys(entry, goal)
        seats = self._seats(entry, sku) if "seats" in entry else None
        if sku is None or len(self._problems) > told:
            return None
        return SubscriptionWant(
            sku=sku,
            goal=goal,
            seats=seats,
            purchase=Purchase(**entry["purchase"]) if "purchase" in entry else None,
            when=CancelWhen(entry.get("when", "soonest")),
            soak_s=seconds_of(entry.get("soak", "0s")),
            subscription_ids=tuple(map(subscription_id, entry.get("subscription_ids", ()))),
            channel=Channel(entry.get("channel", "auto")),
            where=entry.at,
        )

    def assignment(self, entry: MarkedMap) -> AssignmentWant | None:
        """Return one entry of `assignments`, or None where a problem was told."""
        told = len(self._problems)
        target = self._names.sku(entry["to"], place(entry, ["to"]))
        sources = self._sources(entry)
        if target is not None and target in sources:
            at = place(entry, ["to"])
            self._tell(
                "same-sku", "`from` and `to` are the same product", at=at, hint="name two products"
            )
        if "usage_location" in entry:
            country_at = place(entry, ["usage_location"])
            self._names.check_country(entry["usage_location"], country_at)
        if target is None or len(self._problems) > told:
            return None
        return AssignmentWant(
            sources=sources,
            target=target,
            who=_who(entry.get("who", "everyone")),
            keeps_service_plans=entry.get("service_plans", "keep") == "keep",
            enables_new_services=entry.get("new_services", "enable") == "enable",
            keeps_included_add_ons=entry.get("included_add_ons", "keep") == "keep",
            moves_guests=entry.get("guests", "move") == "move",
            moves_blocked_accounts=entry.get("blocked_accounts", "move") == "move",
            usage_location=entry.get("usage_location"),
            where=entry.at,
        )

    def window(self, entry: MarkedMap) -> MaintenanceWindow:
        """Return a maintenance window, with an empty time zone where it names none."""
        if "timezone" in entry:
            for wrong in timezone_problem(entry["timezone"], place(entry, ["timezone"])):
                self._problems.add(wrong)
        if entry["from"] == entry["to"]:
            hint = "leave the window out where work may start at any time"
            self._tell("empty-window", "`from` and `to` are the same time", at=entry.at, hint=hint)
        return MaintenanceWindow(
            days=tuple(entry.get("days", _EVERY_DAY)),
            from_time=entry["from"],
            to_time=entry["to"],
            timezone=entry.get("timezone", ""),
            where=entry.at,
        )

    def check_names(self, entry: Any) -> None:
        """Tell unknown products of an entry that is not usable for another reason."""
        if not isinstance(entry, MarkedMap):
            return
        for key in ("sku", "from", "to"):
            said: Any = entry.get(key)
            listed = isinstance(said, MarkedList)
            for index, name in enumerate(said if listed else [said]):
                if isinstance(name, str) and name and not is_template(name):
                    self._names.sku(name, place(entry, [key, index] if listed else [key]))

    def _check_keys(self, entry: MarkedMap, goal: SubscriptionGoal) -> None:
        needed: tuple[str, ...] = ()
        useless: tuple[str, ...] = ("when", "soak")
        if goal is SubscriptionGoal.ACTIVE:
            needed = ("seats", "purchase")
        if goal is SubscriptionGoal.CANCELLED:
            useless = ("seats", "purchase")
        for key in needed:
            if key not in entry:
                hint = f"add `{key}`; money has no default"
                summary = f"`{key}` is missing beside `state: {goal}`"
                self._tell("missing-key", summary, at=entry.at, hint=hint)
        for key in useless:
            if key in entry:
                summary = f"`{key}` says nothing beside `state: {goal}`"
                self._tell("useless-key", summary, at=entry.keys_at[key], hint=f"take `{key}` out")

    def _seats(self, entry: MarkedMap, sku: SkuId | None) -> SeatsWanted | None:
        said = entry["seats"]
        if isinstance(said, int):
            return SeatsExactly(seats=said)
        at = place(entry, ["seats"])
        if "match" not in said:
            return _needed(said)
        other = self._names.sku(said["match"], place(entry, ["seats", "match"]))
        if other is not None and other == sku:
            self._tell(
                "same-sku", "`match` names the product itself", at=at, hint="name another product"
            )
        return SeatsMatch(sku=other) if other is not None else None

    def _sources(self, entry: MarkedMap) -> tuple[SkuId, ...]:
        said = entry["from"]
        names = said if isinstance(said, list) else [said]
        sources: dict[SkuId, None] = {}
        for index, name in enumerate(names):
            at = place(entry, ["from", index] if isinstance(said, list) else ["from"])
            sku = self._names.sku(name, at)
            if sku in sources:
                self._tell(
                    "same-sku", f"`from` names `{short(name)}` twice", at=at, hint="name it once"
                )
            elif sku is not None:
                sources[sku] = None
        return tuple(sources)

    def _tell(self, code: str, summary: str, *, at: Origin, hint: str) -> None:
        self._problems.add(problem(code, summary, at=at, hint=hint))


def limits_of(entry: MarkedMap) -> Limits:
    """Return the limits of a play."""
    users = entry.get("users")
    percent = _percent(users)
    return Limits(
        users=users if percent is None else None,
        users_percent=percent,
        seats_bought=entry.get("seats_bought"),
        where=entry.at,
    )


def _percent(said: Any) -> float | None:
    return float(said.removesuffix("%")) if isinstance(said, str) else None


def _needed(said: Mapping[str, Any]) -> SeatsNeeded:
    headroom = said.get("headroom", 0)
    percent = _percent(headroom)
    return (
        SeatsNeeded(headroom=headroom) if percent is None else SeatsNeeded(headroom_percent=percent)
    )


def _who(said: Any) -> Who:
    if said == "everyone":
        return Who(is_everyone=True)
    excluded = said.get("except", {})
    return Who(
        is_everyone=not any(key in said for key in ("groups", "users", "filter")),
        groups=tuple(said.get("groups", ())),
        users=tuple(said.get("users", ())),
        odata_filter=said.get("filter"),
        except_groups=tuple(excluded.get("groups", ())),
        except_users=tuple(excluded.get("users", ())),
    )

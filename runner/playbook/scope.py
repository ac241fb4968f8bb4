"""The variables in scope for one tenant, and what templates make of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from runner.model.findings import Origin
from runner.playbook.problems import Problems, nearest, problem
from runner.playbook.templates import TemplateProblem, Told, is_template, template
from runner.playbook.tree import MarkedList, MarkedMap

_HINTS = {
    "template": "correct what stands between the braces",
    "variable-cycle": "give one of them a value of its own",
}


class Unrendered(Exception):
    """A value whose problem is already told, or that nobody can know yet."""


class Scope:
    """Variables by name, the later layers stronger; each is rendered when it is first used.

    `tenant` is what templates see as `tenant`. Without a tenant `is_partial` says that an
    undefined variable may still come from an inventory, so that it is not told.
    """

    def __init__(
        self,
        layers: Iterable[MarkedMap],
        *,
        problems: Problems,
        tenant: Mapping[str, Any] | None = None,
        is_partial: bool = False,
    ) -> None:
        self._raw: dict[str, tuple[Any, Origin]] = {}
        for layer in layers:
            for name, value in layer.items():
                self._raw[name] = (value, layer.values_at[name])
        self._ready: dict[str, Any] = {"tenant": tenant} if tenant else {}
        self._open: list[str] = []
        self._problems = problems
        self._tenant = tenant
        self._is_partial = is_partial

    def render(self, value: Any, at: Origin) -> Any:
        """Return a tree with every template in it rendered.

        Raises: Unrendered when a template has no value; the problem is then told.
        """
        if isinstance(value, str):
            return self._text(value, at) if is_template(value) else value
        if isinstance(value, MarkedMap):
            return self._map(value)
        if isinstance(value, MarkedList):
            return self._list(value)
        return value

    def _map(self, value: MarkedMap) -> MarkedMap:
        rendered = MarkedMap(value.at)
        rendered.keys_at, rendered.values_at = value.keys_at, value.values_at
        failed = False
        for key, each in value.items():
            try:
                rendered[key] = self.render(each, value.values_at[key])
            except Unrendered:
                failed = True
        if failed:
            raise Unrendered
        return rendered

    def _list(self, value: MarkedList) -> MarkedList:
        rendered = MarkedList(value.at)
        rendered.items_at = value.items_at
        failed = False
        for each, at in zip(value, value.items_at, strict=True):
            try:
                rendered.append(self.render(each, at))
            except Unrendered:
                failed = True
        if failed:
            raise Unrendered
        return rendered

    def _text(self, text: str, at: Origin) -> Any:
        try:
            parsed = template(text)
            if self._is_partial and not all(map(self._has, parsed.names)):
                raise Unrendered
            known = {name: self._variable(name) for name in parsed.names if self._has(name)}
            return parsed.render(known)
        except Told:
            pass
        except TemplateProblem as wrong:
            self._tell(wrong, text, at=at)
        raise Unrendered

    def _has(self, name: str) -> bool:
        return name in self._ready or name in self._raw

    def _variable(self, name: str) -> Any:
        if name in self._ready:
            return self._ready[name]
        if name in self._open:
            round_trip = " → ".join([*self._open[self._open.index(name) :], name])
            raise TemplateProblem("variable-cycle", f"variables need each other: {round_trip}")
        self._open.append(name)
        try:
            self._ready[name] = self.render(*self._raw[name])
        finally:
            self._open.pop()
        return self._ready[name]

    def _tell(self, wrong: TemplateProblem, text: str, *, at: Origin) -> None:
        if wrong.code == "undefined-variable" and self._is_partial:
            return
        hint = _HINTS.get(wrong.code, "")
        if wrong.code == "undefined-variable":
            missing = [name for name in template(text).names if not self._has(name)]
            close = nearest(missing[0], [*self._raw, "tenant"]) if missing else ()
            hint = f"did you mean `{close[0]}`" if close else "define it, or pass it with `-e`"
        who = f"tenant {self._tenant['name']}" if self._tenant else ""
        self._problems.add(problem(wrong.code, wrong.summary, at=at, hint=hint, detail=who))

"""Durations on the command line, written as in playbooks."""

import re

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FORM = re.compile(r"(?:\d+[smhd])+")


class Duration(click.ParamType[float]):
    """A duration such as `90s`, `30m`, `2h30m` or `3d`, as seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds, or refuse what is no duration."""
        if isinstance(value, int | float):
            return float(value)
        text = str(value).strip().lower()
        if not _FORM.fullmatch(text):
            self.fail(f"`{value}` is no duration, write 90s, 30m, 2h30m or 3d", param, ctx)
        found = re.findall(r"(\d+)([smhd])", text)
        return float(sum(int(number) * _UNITS[unit] for number, unit in found))


DURATION = Duration()

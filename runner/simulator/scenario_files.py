"""Read scenario files into one mapping."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from runner.simulator.scenario import ScenarioError


def load_files(paths: list[Path]) -> Mapping[str, Any]:
    """Return several scenario files as one mapping; tenants add up, a later setting wins.

    Raises: ScenarioError when a file is no YAML or two files name the same tenant.
    """
    merged: dict[str, Any] = {}
    tenants: dict[str, Any] = {}
    for path in paths:
        mapping = _load_yaml(path)
        for name, entry in (mapping.pop("tenants", None) or {}).items():
            if name in tenants:
                raise ScenarioError(f"{path}: tenant {name} is in an earlier file too")
            tenants[name] = entry
        merged |= mapping
    return {**merged, "tenants": tenants}


class _Loader(yaml.SafeLoader):
    """Read `on`, `off`, `yes` and `NO` as words: they are places, quotas and countries here."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if first in "tTfF" or "bool" not in tag]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _load_yaml(path: Path) -> dict[str, Any]:
    try:
        mapping = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe one
    except OSError as error:
        raise ScenarioError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path}: {error}") from None
    if not isinstance(mapping, dict):
        raise ScenarioError(f"{path}: a scenario is a mapping with the key `tenants`")
    return mapping

"""Random inventories and patterns mean to us what they mean to ansible-core."""

import os
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from runner.model.findings import Origin
from runner.playbook.inventory_files import read_inventory
from runner.playbook.options import no_scripts
from runner.playbook.patterns import Selector, pattern_of
from runner.playbook.problems import Problems
from runner.playbook.tree import MarkedMap
from runner.playbook.variables import TenantVariables
from tests.playbook.ansible_twin import Ansible, Twins, make_twins, means_everybody

pytestmark = pytest.mark.filterwarnings("ignore")
AT = Origin(file="the test")
INVENTORIES = int(os.environ.get("RANDOM_INVENTORIES", "120"))
"""With 60 patterns each; `RANDOM_INVENTORIES=2500` takes some minutes."""


@pytest.fixture(scope="module", autouse=True)
def _home_of_ansible(tmp_path_factory):
    """Keep Ansible, which is imported only here, out of the user's home."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("ansible")
        (home / "empty.cfg").touch()
        patch.setenv("ANSIBLE_HOME", str(home))
        patch.setenv("ANSIBLE_HOST_PATTERN_MISMATCH", "ignore")
        patch.setenv("ANSIBLE_CONFIG", str(home / "empty.cfg"))
        yield


class Ours:
    """What this program makes of the same files."""

    def __init__(self, twins: Twins, folder: Path) -> None:
        problems, paths = Problems(), twins.paths(folder, "ours")
        self.inventory = read_inventory(paths, run_script=no_scripts, problems=problems)
        assert problems.all() == ()
        beside = [path if path.is_dir() else path.parent for path in paths]
        self._directories = (*beside, folder / "ours" / "plays")

    def tenants(self, pattern: str) -> list[str] | None:
        """Return who a pattern means, None where it is refused."""
        problems = Problems()
        selector = Selector(self.inventory, named_sets={}, problems=problems)
        found = selector.select(pattern_of([pattern], AT))
        return None if len(problems) else list(found)

    def variables(self, tenant: str) -> tuple[dict[str, int], set[str]]:
        """Return the variables of a tenant, and those on which its groups disagree."""
        problems, extra = Problems(), MarkedMap(AT)
        reader = TenantVariables(self.inventory, self._directories, extra=extra, problems=problems)
        found = dict(reader.of(self.inventory.tenants[tenant]))
        assert {each.code for each in problems.all()} <= {"variable-conflict"}
        return found, {each.summary.split("`")[5] for each in problems.all()}


def test_inventories_and_patterns_mean_what_they_mean_to_ansible():
    seen = Counter()

    @settings(max_examples=INVENTORIES, deadline=None, database=None, phases=[Phase.generate])
    @given(st.randoms(use_true_random=True))
    def compare(chance: Random) -> None:
        twins = make_twins(chance)
        with TemporaryDirectory() as folder:
            twins.write(Path(folder))
            ours, theirs = Ours(twins, Path(folder)), Ansible(twins, Path(folder))
            compare_tenants(ours, theirs, seen=seen)
            compare_patterns(twins, ours, theirs, seen=seen)

    compare()
    assert seen["patterns"] > 1_500
    assert seen["variables"] > 1_000


def compare_tenants(ours: Ours, theirs: Ansible, *, seen: Counter) -> None:
    everybody = theirs.tenants("all")
    assert set(ours.inventory.tenants) == set(everybody)
    for tenant in everybody:
        parents = ours.inventory.tenants[tenant].parents
        assert set(ours.inventory.ancestors(parents)) == theirs.groups(tenant) | {"all"}
        mine, disagreed = ours.variables(tenant)
        expected = theirs.variables(tenant)
        assert set(mine) == set(expected)
        settled = set(mine) - disagreed
        assert {name: mine[name] for name in settled} == {name: expected[name] for name in settled}
        seen.update(variables=len(settled), disagreements=len(disagreed))


def compare_patterns(twins: Twins, ours: Ours, theirs: Ansible, *, seen: Counter) -> None:
    has_order = theirs.has_order()
    for pattern in twins.patterns:
        if means_everybody(pattern) or ("[" in pattern and not has_order):
            continue
        mine, expected = ours.tenants(pattern), theirs.tenants(pattern)
        if mine is None:
            seen.update(refused=1)
            alone = [theirs.tenants(term.lstrip("&!")) for term in pattern_of([pattern], AT).terms]
            assert not all(alone)
        elif has_order:
            seen.update(patterns=1)
            assert mine == expected
        else:
            seen.update(patterns=1)
            assert sorted(mine) == sorted(expected)

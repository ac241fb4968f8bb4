"""Random inventories written twice, for us and for Ansible, and what Ansible makes of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path
from random import Random

import yaml

GROUPS = ("beta", "emea", "italy", "pilot", "prod")
TENANTS = ("contoso", "fabrikam", "northwind", "tailspin", "web3")
RANGES = ("web[1:4]", "web[2:8:2]", "db-[b:d]", "node[08:10].x")
EXPANDED = ("web1", "web2", "web4", "web6", "db-b", "db-d", "node09.x")
VARIABLES = ("x", "y", "z")
TWIN_WORDS = {"tenants": "hosts", "tenant_vars": "host_vars"}
WILD = ("*", "co*", "w?b*", "[cf]*", "*[!o]", "web[13]*", "~w.b[13]", "~(con|fab)", "~e", "p*")


@dataclass(frozen=True)
class Twins:
    """Files by path below a folder, the sources in their order, and patterns to ask."""

    files: dict[str, dict]
    sources: tuple[str, ...]
    patterns: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Write the files below `ours` and, in Ansible's words, below `theirs`."""
        for name, tree in self.files.items():
            renamed = name.replace("tenant_vars", "host_vars")
            for path, said in (
                (folder / "ours" / name, tree),
                (folder / "theirs" / renamed, _in_ansible_words(tree)),
            ):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(yaml.safe_dump(said, sort_keys=False))

    def paths(self, folder: Path, side: str) -> list[Path]:
        """Return the sources of one side."""
        return [folder / side / source for source in self.sources]


def _in_ansible_words(tree):
    if not isinstance(tree, dict):
        return tree
    return {TWIN_WORDS.get(key, key): _in_ansible_words(value) for key, value in tree.items()}


def make_twins(chance: Random) -> Twins:
    """Return inventories with groups in groups, ranges, files of variables, and patterns."""
    files, sources = {}, []
    for folder in chance.choice((("one",), ("one",), ("one", "two"), ("two", "one", "two"))):
        is_directory = chance.random() < 0.5
        sources.append(folder if is_directory else f"{folder}/b.yaml")
        for name in ("a.yml", "b.yaml", "sub/c.json") if is_directory else ("b.yaml",):
            files[f"{folder}/{name}"] = _File(chance).tree()
    for folder in dict.fromkeys(("plays", *(Path(source).parts[0] for source in sources))):
        files |= _variable_files(chance, folder)
    return Twins(files, tuple(sources), tuple(_pattern(chance) for _ in range(60)))


def _some(chance: Random, values: Sequence[str], *, least: int, most: int) -> list[str]:
    return chance.sample(values, min(chance.randint(least, most), len(values)))


class _File:
    """One value for each owner and variable of a file: two would be an error of ours."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._said: dict[str, int] = {}

    def tree(self) -> dict:
        """Return the groups of one file."""
        names = _some(self._chance, ("all", *GROUPS), least=1, most=3)
        return {name: self._group(name, 0) for name in names}

    def _variables(self, owner: str, most: int) -> dict[str, int]:
        chosen = _some(self._chance, VARIABLES, least=0, most=most)
        return {
            each: self._said.setdefault(f"{owner} {each}", self._chance.randint(0, 3))
            for each in chosen
        }

    def _group(self, name: str, depth: int) -> dict | None:
        chance, node = self._chance, {}
        inner = GROUPS[GROUPS.index(name) + 1 if name in GROUPS else 0 :]
        for section in _some(chance, ("children", "tenants", "vars"), least=1, most=3):
            if section == "vars":
                node["vars"] = self._variables(name, 2)
            elif section == "tenants":
                keys = _some(chance, (*TENANTS, *RANGES), least=0, most=3)
                node["tenants"] = {key: self._variables("a tenant", 1) or None for key in keys}
            elif depth < 3:
                children = _some(chance, inner, least=0, most=3)
                node["children"] = {each: self._group(each, depth + 1) for each in children}
        return node or None


def _variable_files(chance: Random, folder: str) -> dict[str, dict]:
    files = {}
    forms = ("{}.yaml", "{}.yml", "{}.json", "{}", "{}/a.yaml", "{}/sub/b.yml")
    groups, tenants = ("all", "ungrouped", *GROUPS), (*TENANTS, "web1")
    for kind, owners in (("group_vars", groups), ("tenant_vars", tenants)):
        for owner in _some(chance, owners, least=0, most=2):
            said = {
                each: chance.randint(4, 7) for each in _some(chance, VARIABLES, least=0, most=2)
            }
            files[f"{folder}/{kind}/{chance.choice(forms).format(owner)}"] = said
    return files


def _pattern(chance: Random) -> str:
    form = chance.choice(("{}:{}", "{},{}", "{} , {}", "{} {}"))
    terms = [_term(chance) for _ in range(chance.randint(1, 3))]
    return reduce(form.format, terms)


def _term(chance: Random) -> str:
    term = chance.choice(("all", "ungrouped", *GROUPS, *TENANTS, *EXPANDED, *WILD))
    first, more = chance.randint(0, 2), chance.randint(0, 2)
    numbers = ("",) * 8 + (f"[{first}]", f"[-{first + 1}]", f"[{first}:{first + more}]", "[1:]")
    mark = chance.choice(("", "", "", "&", "!"))
    return mark + term + (chance.choice(numbers) if not term.startswith("~") else "")


def means_everybody(pattern: str) -> bool:
    """Return whether Ansible takes a wildcard of it for `all` or `ungrouped`, which we never do."""
    for term in re.split(r"[,: ]+(?![^\[]*\])", pattern):
        bare = re.sub(r"\[-?\d+(:\d*)?\]$", "", term.lstrip("&!"))
        names = ("all", "ungrouped")
        if bare.startswith("~"):
            if any(re.match(bare[1:], name) for name in names):
                return True
        elif bare not in (*names, "*") and any(fnmatchcase(name, bare) for name in names):
            return True
    return False


class Ansible:
    """What ansible-core makes of the same files."""

    def __init__(self, twins: Twins, folder: Path) -> None:
        from ansible.inventory.manager import InventoryManager
        from ansible.parsing.dataloader import DataLoader
        from ansible.vars.manager import VariableManager

        loader = DataLoader()
        loader.set_basedir(str(folder / "theirs" / "plays"))
        self._inventory = InventoryManager(loader, [str(p) for p in twins.paths(folder, "theirs")])
        self._variables = VariableManager(loader, self._inventory)
        self._variables.safe_basedir = True

    def tenants(self, pattern: str, limit: str | None = None) -> list[str] | None:
        """Return who a pattern means, None where Ansible refuses it."""
        from ansible.errors import AnsibleError

        self._inventory.subset(limit)
        try:
            return [host.name for host in self._inventory.get_hosts(pattern)]
        except AnsibleError:
            return None

    def groups(self, tenant: str) -> set[str]:
        """Return the groups around a tenant."""
        return {group.name for group in self._inventory.get_host(tenant).get_groups()}

    def variables(self, tenant: str) -> dict[str, int]:
        """Return the variables of a tenant that the files speak of."""
        host = self._inventory.get_host(tenant)
        found = self._variables.get_vars(host=host, include_hostvars=False, stage="all")
        return {name: found[name] for name in VARIABLES if name in found}

    def has_order(self) -> bool:
        """Return whether Ansible's own order is fixed: it walks the groups of a level as a set."""
        return all(_at_most_one_goes_on(group) for group in self._inventory.groups.values())


def _levels(group) -> Iterator[set]:
    level, seen = set(group.child_groups), set()
    while level:
        yield level
        seen |= level
        level = {child for each in level for child in each.child_groups} - seen


def _at_most_one_goes_on(group) -> bool:
    return all(sum(bool(each.child_groups) for each in level) < 2 for level in _levels(group))

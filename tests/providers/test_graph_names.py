"""Names that a tenant gives itself are read so that they can be shown anywhere."""

from tests.providers.served import E4, E5, opened, world_at

FORGED = "Sales\x1b[2J\n- cancel\u202eeverything"


async def test_names_of_tenants_and_groups_stay_on_their_line() -> None:
    groups = [{"name": FORGED, "licenses": ["ENTERPRISEWITHSCAL"], "members": [1]}]
    users = [{"count": 2, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"}]
    with world_at(users=users, groups=groups, display_name=FORGED) as (_, endpoint):
        async with opened(endpoint) as directory:
            state = await directory.read([E4, E5])
    assert state.name == "Sales[2J - canceleverything"
    assert [group.name for group in state.groups or ()] == [state.name]

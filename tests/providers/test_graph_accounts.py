"""What is good to know of accounts is read where that is allowed, and missed without harm."""

import asyncio
from collections.abc import Mapping

from runner.model.ids import SkuId
from runner.model.state import TenantState
from runner.ports import Question
from tests.providers.served import E4, E5, opened, world_at

ACCOUNTS = {
    "subscriptions": [{"sku": "ENTERPRISEWITHSCAL", "seats": 60}],
    "users": [
        {"count": 3, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"},
        {"count": 25, "licenses": ["ENTERPRISEWITHSCAL"], "account_enabled": False},
        {"count": 2, "licenses": ["ENTERPRISEWITHSCAL"], "shared_mailbox": True},
        {"count": 4, "licenses": ["ENTERPRISEWITHSCAL"], "deleted": True},
    ],
}


def _read(**changes: object) -> tuple[TenantState, int]:
    async def read(endpoint: str) -> TenantState:
        async with opened(endpoint) as directory:
            return await directory.read((E4, E5), question=Question())

    with world_at(**ACCOUNTS, **changes) as (world, endpoint):
        state = asyncio.run(read(endpoint))
        asked = [call for call in world.log if "mailboxSettings" in call.path]
        return state, len(asked)


def _deleted(state: TenantState) -> Mapping[SkuId, int]:
    return dict(state.deleted_holders)


def test_shared_mailboxes_and_deleted_users_are_told() -> None:
    state, asked = _read()
    assert len(state.shared_mailboxes) == 2
    assert _deleted(state) == {E4: 4}
    assert asked == 27


def test_where_mailboxes_may_not_be_read_the_first_twenty_are_enough_to_know() -> None:
    granted = ["User.Read.All", "LicenseAssignment.Read.All", "Organization.Read.All"]
    state, asked = _read(granted=granted)
    assert state.shared_mailboxes == frozenset()
    assert len(state.users) == 30
    assert asked == 20

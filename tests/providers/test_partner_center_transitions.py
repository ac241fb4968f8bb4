"""Partner Center over HTTP: an upgrade in place is asked for once and followed to its end."""

from datetime import timedelta
from typing import Any

import pytest

from runner.model.orders import OrderVerb, ReceiptStatus
from tests.providers.partner import (
    E5_ITEM,
    ELIGIBLE,
    NOW,
    answers,
    listed,
    lost,
    order,
    partner,
    receipts,
    row,
    sales,
    sent,
    with_body,
)


def _event(name: str, status: str) -> dict[str, Any]:
    event = {"name": name, "status": status, "timestamp": "2026-11-23T09:01:00Z", "errors": []}
    return {"toCatalogItemId": E5_ITEM, "events": [event]}


E3_ROW = row(offerId="CFQ7TTC0LF8R:0001:X")


def _upgrading(**rules: Any) -> Any:
    """Return the rules of a subscription of E3 that may become E5."""
    return {
        ("GET", "subscriptions"): listed(E3_ROW),
        ("GET", "subscriptions/aa11"): rules.get("subscription", with_body(E3_ROW)),
        ("GET", "transitionEligibilities"): rules.get("eligible", listed(ELIGIBLE)),
        ("GET", "transitions"): rules.get("events", listed()),
        ("POST", "transitions"): rules.get("asked", with_body({"Events": []})),
    }


async def _upgraded(server: Any, **more: Any) -> list[Any]:
    (sale,) = await sales(server)
    wanted = order(OrderVerb.TRANSITION, sale, target_product=E5_ITEM, **more)
    return await receipts(server, wanted)


async def test_an_upgrade_in_place_is_asked_for_once_and_followed_by_its_events() -> None:
    events = answers(listed(), listed(), listed(_event("Conversion", "Started")))
    with partner(_upgrading(events=events)) as server:
        asked, begun = await _upgraded(server)
        (again,) = await _upgraded(server, reference=begun.reference)
        (body,) = sent(server, "POST", "transitions")
    assert asked.reference == f"asked:{NOW.isoformat()}"
    assert again.summary == "its channel is at work on the upgrade"
    assert (body["toCatalogItemId"], body["quantity"]) == (E5_ITEM, 10)
    assert body["transitionType"] == "transition_with_license_transfer"


async def test_an_upgrade_nobody_answers_for_is_in_doubt_until_it_is_certain() -> None:
    with partner(_upgrading(asked=lost)) as server:
        asked, doubt = await _upgraded(server)
        (soon,) = await _upgraded(server, reference=asked.reference)
        assert len(sent(server, "POST", "transitions")) == 1
        later = NOW + timedelta(hours=1)
        *_, resent = await _upgraded(server, reference=asked.reference, now=later)
        keys = {a.headers["ms-requestid"] for a in server.asked if a.method == "POST"}
    assert {each.status for each in (doubt, soon, resent)} == {ReceiptStatus.DOUBTFUL}
    assert len(keys) == 1


async def test_an_upgrade_of_last_year_is_not_taken_for_this_one() -> None:
    old = _event("Conversion", "Completed")
    old["events"][0]["timestamp"] = "2025-11-23T09:01:00Z"
    other = _event("Conversion", "Completed") | {"toCatalogItemId": "CFQ7TTC0LF8R:0001:X"}
    with partner(_upgrading(events=listed(old, other))) as server:
        await _upgraded(server)
        assert len(sent(server, "POST", "transitions")) == 1


async def test_an_upgrade_that_failed_says_why_and_is_asked_for_under_a_new_key() -> None:
    failed = _event("Conversion", "Failed")
    failed["events"][0]["errors"] = [{"code": 900258, "description": "no such target"}]
    with partner(_upgrading(events=listed(failed))) as server:
        (found,) = await _upgraded(server, now=NOW + timedelta(hours=1))
        await _upgraded(server, reference=found.reference, now=NOW + timedelta(hours=2))
        assert len(sent(server, "POST", "transitions")) == 1
    assert found.status is ReceiptStatus.REFUSED
    assert "900258" in found.summary


@pytest.mark.parametrize("name", ["Conversion", "LicenseReassignment"])
async def test_users_that_were_not_moved_are_left_to_graph_and_nothing_is_asked_again(
    name: str,
) -> None:
    failed = _event(name, "Failed")
    failed["events"][0]["errors"] = [{"code": "60000", "description": "not migrated"}]
    events = [_event("Conversion", "Completed"), failed]
    with partner(_upgrading(events=listed(*events))) as server:
        (found,) = await _upgraded(server)
        assert sent(server, "POST", "transitions") == []
    assert (found.status, found.task) == (
        ReceiptStatus.ACCEPTED,
        "run it again: they are moved one by one",
    )


async def test_an_upgrade_of_other_seats_than_planned_is_refused() -> None:
    with partner(_upgrading(subscription=with_body(E3_ROW | {"quantity": 12}))) as server:
        (found,) = await _upgraded(server)
        assert sent(server, "POST", "transitions") == []
    assert found.status is ReceiptStatus.REFUSED


async def test_an_upgrade_that_is_not_offered_is_refused_before_anything_is_sent() -> None:
    with partner(_upgrading(eligible=listed())) as server:
        (found,) = await _upgraded(server)
        assert sent(server, "POST", "transitions") == []
    assert found.status is ReceiptStatus.REFUSED

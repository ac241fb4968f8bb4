"""Check that quotas are counted by cost and say when to come back."""

from __future__ import annotations

from runner.simulator.clock import SimulatedClock
from runner.simulator.scenario import read_scenario
from runner.simulator.throttle import make_quotas
from tests.simulator.served import E4, contoso


def quotas(**settings):
    """Return quotas on a clock that stands still, and that clock."""
    clock = SimulatedClock(start=0.0, rate=0)
    mapping = {"quota_clock": "simulated", "tenants": {"contoso": {}}} | settings
    return make_quotas(read_scenario(mapping), clock), clock


def write(found, app="app", tenant="contoso", times=1):
    """Charge writes and return the last verdict."""
    for _ in range(times):
        verdict = found.charge(app, tenant, users=1000, units=1, writes=1)
    return verdict


def test_three_thousand_writes_may_come_at_once_and_then_twenty_a_second():
    found, clock = quotas()
    assert write(found, times=3000).retry_after == 0
    assert write(found).retry_after == 1
    clock.set(2.0)
    assert write(found, times=39).retry_after == 0
    assert write(found, times=2).retry_after > 0


def test_refused_calls_are_charged_too():
    found, clock = quotas()
    assert write(found, times=3060).retry_after == 4
    clock.set(1.0)
    assert write(found).retry_after > 0


def test_a_fixed_window_refills_only_at_its_end():
    found, clock = quotas(quota={"writes_per_150_s": 10, "algorithm": "window"})
    assert write(found, times=10).retry_after == 0
    assert write(found).retry_after == 150
    clock.set(149.0)
    assert write(found).retry_after == 1
    clock.set(150.0)
    assert write(found).retry_after == 0


def test_three_apps_share_the_tenants_writes():
    found, _ = quotas()
    apps = [f"app{number}" for number in range(7)]
    verdicts = [write(found, app=app, times=3000) for app in apps]
    assert [verdict.retry_after > 0 for verdict in verdicts] == [False] * 6 + [True]
    assert verdicts[-1].scope.startswith("Tenant/Write/")


def test_one_app_shares_its_writes_over_all_tenants():
    found, _ = quotas()
    verdicts = [write(found, tenant=f"tenant{number}", times=3000) for number in range(12)]
    assert [verdict.retry_after > 0 for verdict in verdicts] == [False] * 11 + [True]
    assert verdicts[-1].scope.startswith("Application/Write/")


def test_small_tenants_have_fewer_resource_units():
    found, _ = quotas()
    small = [found.charge("app", "a", users=10, units=5, writes=0) for _ in range(701)]
    assert [verdict.retry_after > 0 for verdict in small] == [False] * 700 + [True]
    assert small[-1].reason == "ResourceUnitLimitExceeded"
    assert found.charge("app", "b", users=501, units=8000, writes=0).retry_after == 0


def test_the_clock_of_the_quota_can_run_faster():
    found, clock = quotas(quota_scale=10.0)
    write(found, times=3000)
    clock.set(1.0)
    assert write(found, times=200).retry_after == 0
    assert write(found).retry_after > 0


def test_moving_the_simulated_clock_does_not_refill_a_real_quota(serve):
    graph = serve(contoso() | {"quota": {"writes_per_150_s": 1}, "quota_clock": "real"})
    assert graph.assign(0, add=[E4]).status_code == 200
    graph.world.advance("1 day")
    assert graph.assign(0, add=[E4]).status_code == 429


def test_a_throttled_call_names_scope_and_reason(serve):
    graph = serve(contoso() | {"quota": {"writes_per_150_s": 1}})
    graph.assign(0, add=[E4])
    response = graph.assign(0, add=[E4])
    assert response.json()["error"]["code"] == "TooManyRequests"
    assert int(response.headers["Retry-After"]) >= 149
    assert response.headers["x-ms-throttle-scope"].startswith("Tenant_Application/Write/contoso/")
    assert response.headers["x-ms-throttle-information"] == "WriteLimitExceeded"


def test_headers_tell_the_cost_and_a_nearly_spent_quota(serve):
    graph = serve(contoso() | {"quota": {"resource_units_per_10_s": 10}})
    headers = [graph.get("/subscribedSkus").headers for _ in range(3)]
    assert [found["x-ms-resource-unit"] for found in headers] == ["3", "3", "3"]
    assert "x-ms-throttle-limit-percentage" not in headers[0]
    assert 0.8 < float(headers[2]["x-ms-throttle-limit-percentage"]) <= 0.9
    assert graph.get("/users?$select=id&$top=5").headers["x-ms-resource-unit"] == "1"


def test_inner_calls_are_charged_one_by_one(serve):
    graph = serve(contoso() | {"quota": {"resource_units_per_10_s": 3}})
    calls = [{"id": str(number), "method": "GET", "url": "/organization"} for number in range(5)]
    response = graph.batch(calls)
    found = sorted(item["status"] for item in response.json()["responses"])
    assert found == [200, 200, 200, 429, 429]

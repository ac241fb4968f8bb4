"""Answer what billing accounts, subscriptions, aliases and operations look like."""

from __future__ import annotations

from runner.simulator.azure_accounts import (
    MOSP,
    accounts_of,
    show_account,
    show_profile,
    show_section,
)
from runner.simulator.azure_context import (
    BillingContext,
    list_answer,
    shown_subscriptions,
    subscription_named,
)
from runner.simulator.azure_errors import not_found
from runner.simulator.azure_views import show_alias, show_subscription, usage_based
from runner.simulator.messages import Answer


def list_accounts(context: BillingContext) -> Answer:
    """Answer the billing accounts the caller has a role in."""
    accounts = [] if context.entry.role == "none" else accounts_of(context.tenant)
    return list_answer(context, accounts, show=show_account)


def get_account(context: BillingContext) -> Answer:
    """Answer one billing account."""
    return Answer(body=show_account(context.billing))


def list_profiles(context: BillingContext) -> Answer:
    """Answer the billing profiles of an account."""
    return list_answer(context, [context.billing], show=show_profile)


def list_sections(context: BillingContext) -> Answer:
    """Answer the invoice sections of a billing profile."""
    _check_profile(context)
    return list_answer(context, [context.billing], show=show_section)


def list_subscriptions(context: BillingContext) -> Answer:
    """Answer the subscriptions of an account, or of its billing profile.

    Source: Azure/azure-rest-api-specs, `BillingSubscriptions_ListByBillingAccount` 2024-04-01,
    read 2026-11-23: an account of the Microsoft Online Services Program shows what its tenant
    owns only with `includeTenantSubscriptions`.
    """
    if len(context.names) > 1:
        _check_profile(context)
    items = shown_subscriptions(context, deleted=_is_asked(context, "includeDeleted"))
    if context.billing.agreement == MOSP and not _is_asked(context, "includeTenantSubscriptions"):
        items = []
    rows = [*usage_based(context), *(show_subscription(context, item) for item in items)]
    return list_answer(context, rows, show=dict)


def get_subscription(context: BillingContext) -> Answer:
    """Answer one subscription."""
    item = subscription_named(context, context.names[-1])
    return Answer(body=show_subscription(context, item))


def list_aliases(context: BillingContext) -> Answer:
    """Answer every alias under which something was asked for."""
    aliases = list(context.state.aliases.values())
    return list_answer(context, aliases, show=lambda alias: show_alias(context, alias))


def get_alias(context: BillingContext) -> Answer:
    """Answer one alias with the subscription that was bought under it."""
    alias = context.state.aliases.get(context.names[-1].lower())
    if alias is None:
        raise not_found(context.request.path)
    return Answer(body=show_alias(context, alias))


def _is_asked(context: BillingContext, option: str) -> bool:
    return context.request.query.get(option, "").lower() == "true"


def _check_profile(context: BillingContext) -> None:
    if context.names[1].lower() != context.billing.profile.lower():
        raise not_found(context.request.path)

"""Offer the admin center's Upgrade tab in a task, or say why it is not the way."""

from runner.model.orders import Order, UpgradeTab


def tab_lines(order: Order) -> list[str]:
    """Return the lines about the Upgrade tab, none where it is no way or may be used already.

    Source: commerce.md S04, S10, S12, U09, U11 and table 1.3, read 2026-11-23.
    """
    if order.tab is None or order.confirmed_at is not None:
        return []
    if order.tab.refusals:
        return [f"not      the Upgrade tab: {'; '.join(order.tab.refusals)}"]
    return [
        f"or       open {order.tab.product}, subscription {order.tab.subscription}, on its tab "
        f"Upgrade choose {order.product}",
        "         it buys, moves everybody and cancels, in minutes to hours; the admin center may "
        "be locked meanwhile",
        f"         {_services(order.tab)}",
        *(f"         it may refuse: {doubt}" for doubt in order.tab.doubts),
        "         if it refuses, its message says whether to try later; else buy as above",
    ]


def _services(tab: UpgradeTab) -> str:
    again = f"the next run switches off again what {tab.resets} users had off" if tab.resets else ""
    on = "every service is switched on for everybody"
    return f"{on}; {again}" if again else f"{on}, and nobody has one switched off now"

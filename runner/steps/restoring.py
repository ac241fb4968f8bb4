"""Describe and check a move that takes nothing: it switches off again what was off before."""

from runner.steps.kind import Line
from runner.steps.swapping import SwapStep, listed
from runner.steps.words import counted


def is_restoring(step: SwapStep) -> bool:
    """Return whether the step restores users whom the vendor moved or lost, and takes nothing."""
    return not step.remove


def needed(step: SwapStep) -> str:
    """Return the product that a user must hold for the step to make sense, if any."""
    return step.target if is_restoring(step) else step.source


def what_is_off(step: SwapStep) -> str:
    """Return what restored users have switched off in words."""
    return f"{listed(step.stays_off or ('new services',))} off"


def restoring_line(step: SwapStep) -> Line:
    """Say how many users have what switched off again."""
    off = f"{what_is_off(step)}, as before the upgrade from {step.source}"
    return Line(
        symbol="~",
        verb="restore",
        subject=counted(len(step.users), "user"),
        amount=step.target,
        detail=off if step.before else _lost(step),
    )


def _lost(step: SwapStep) -> str:
    return f"lost in the upgrade from {step.source}" if step.source else "held before"

"""Lines are broken at the width of the screen, between what belongs together."""

import pytest

from runner.render.wrapping import wrapped

STEP = "buy      Office 365 E5   120 seats, annual, billed monthly   a person, in the admin center"


def test_a_line_that_fits_and_one_without_a_width_stay_as_they_are() -> None:
    assert list(wrapped(STEP, width=None, hang=4)) == [STEP]
    assert list(wrapped(STEP, width=len(STEP) + 4, hang=4, begun=4)) == [STEP]


def test_a_cell_that_does_not_fit_goes_to_a_line_of_its_own() -> None:
    assert list(wrapped(STEP, width=70, hang=13, begun=4)) == [
        "buy      Office 365 E5   120 seats, annual, billed monthly",
        "             a person, in the admin center",
    ]


def test_words_go_on_below_where_a_cell_is_longer_than_the_screen() -> None:
    assert list(wrapped("one two three four five six seven eight nine ten", width=40, hang=6)) == [
        "one two three four five six seven eight",
        "      nine ten",
    ]


@pytest.mark.parametrize(
    "kept",
    [
        "upgrade-runner confirm contoso/cancel_subscription/b378894d",
        "`upgrade-runner plan playbooks/e4-to-e5.yaml -i inventory.yaml`",
        "46046696-f55b-5fa9-a932-a5c158e33926",
        "https://go.microsoft.com/fwlink/p/?linkid=842054",
    ],
)
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_commands_ids_and_addresses_stay_whole(kept: str, width: int) -> None:
    line = (
        f"then     after quite a few words of which some are long: {kept}   (if it does not show)"
    )
    lines = list(wrapped(line, width=width, hang=15, begun=6))
    assert sum(kept in each for each in lines) == 1
    assert " ".join(" ".join(lines).split()) == " ".join(line.split())
    assert all(len(each) <= width for each in lines if kept not in each)

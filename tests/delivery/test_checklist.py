"""The security checklist is whole, and one that is not is found."""

import pytest

from tests.delivery.checklist import Row, read_checklist, unanswered
from tests.house import ROOT

A_TEST = "`tests/delivery/test_checklist.py::test_every_row_is_answered_and_every_item_asked_about`"


def test_every_row_is_answered_and_every_item_asked_about() -> None:
    assert unanswered(read_checklist(ROOT)) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("we are careful", "V1.2.4: no answer"),
        (A_TEST.replace("test_every_row", "test_no_row"), "V1.2.4: there is no tests/"),
        (A_TEST.replace("delivery/", "delivered/"), "V1.2.4: there is no tests/"),
        ("`make safe`", "V1.2.4: there is no target safe"),
    ],
)
def test_a_row_that_nothing_answers_is_found(answer: str, why: str) -> None:
    rows = [*read_checklist(ROOT), Row(("V1.2.4",), ("Is it so?", answer))]

    assert [one for one in unanswered(rows) if one.startswith(why)]


@pytest.mark.parametrize("item", ["S4", "API7", "V17"])
def test_an_item_that_nobody_asks_about_is_found(item: str) -> None:
    rows = [row for row in read_checklist(ROOT) if item not in row.items]

    assert unanswered(rows) == [f"nobody asks about {item}"]

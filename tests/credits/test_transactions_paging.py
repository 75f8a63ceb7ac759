"""The ledger, a page at a time: newest first, without a gap and without a repetition."""

from base64 import urlsafe_b64encode

import pytest

from nexus.core.db import Database
from nexus.credits import services as credits
from tests.house import Person, refusal

MALFORMED = {
    "a word": "garbage",
    "padding alone": "====",
    "no base64": "%%%",
    "no ASCII": "é",
    "NUL": "\0",
    "too long": "x" * 201,
}
NOT_A_KEY = {
    "text": "ann",
    "empty": "",
    "NUL": "\0",
    "an id": "01a1f83c-1e96-76cc-8c7e-a81c011e6dbf",
    "negative": "-1",
    "a fraction": "1.5",
    "with a space": " 5",
    "with a new line": "5\n",
    "with a plus": "+5",
    "with an underscore": "1_0",
    "in other digits": "\u0663",
    "one more than a bigint": str(2**63),
    "a hundred digits": "9" * 100,
    "SQL": "1; DROP TABLE users",
}


async def _fill(db: Database, person: Person, entries: int) -> None:
    """Give this organisation so many entries beside its first."""
    async with db.system() as tx:
        for number in range(entries):
            await credits.grant(tx, person.organisation_id, number + 1, f"Number {number}")


async def _pages(person: Person, limit: int) -> list[list[int]]:
    """The numbers of the entries, page by page."""
    pages: list[list[int]] = []
    cursor = None
    while cursor is not None or not pages:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = (await person.api.get("/credits/transactions", params=query)).raise_for_status().json()
        pages.append([item["seq"] for item in page["items"]])
        cursor = page["next_cursor"]
    return pages


@pytest.mark.parametrize(
    ("limit", "sizes"),
    [(1, [1] * 12), (5, [5, 5, 2]), (6, [6, 6]), (11, [11, 1]), (12, [12]), (100, [12])],
)
async def test_the_pages_hold_every_entry_once_newest_first(
    db: Database, ann: Person, limit: int, sizes: list[int]
) -> None:
    await _fill(db, ann, 11)

    pages = await _pages(ann, limit)

    assert [len(page) for page in pages] == sizes
    assert [seq for page in pages for seq in page] == list(range(12, 0, -1))


async def test_a_page_holds_twenty_unless_told_otherwise(db: Database, ann: Person) -> None:
    await _fill(db, ann, 20)

    page = (await ann.api.get("/credits/transactions")).json()

    assert (len(page["items"]), page["next_cursor"] is None) == (20, False)


async def test_an_entry_that_comes_meanwhile_moves_nothing_on_the_next_page(db: Database, ann: Person) -> None:
    await _fill(db, ann, 5)
    first = (await ann.api.get("/credits/transactions", params={"limit": 3})).json()
    await _fill(db, ann, 4)

    second = await ann.api.get("/credits/transactions", params={"limit": 3, "cursor": first["next_cursor"]})

    assert [item["seq"] for item in second.json()["items"]] == [3, 2, 1]


async def test_every_balance_is_the_one_before_it_and_the_amount(db: Database, ann: Person) -> None:
    await _fill(db, ann, 5)

    entries = (await ann.api.get("/credits/transactions")).json()["items"][::-1]

    sums = [sum(entry["amount"] for entry in entries[: place + 1]) for place in range(len(entries))]
    assert [entry["balance_after"] for entry in entries] == sums


@pytest.mark.parametrize("limit", ["0", "-1", "101", "99999999999999999999", "many", "1.5", ""])
@pytest.mark.parametrize("path", ["/credits/transactions", "/members", "/jobs"])
async def test_a_limit_that_no_page_has_is_refused(ann: Person, path: str, limit: str) -> None:
    answer = await ann.api.get(path, params={"limit": limit})

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["limit"]


@pytest.mark.parametrize("cursor", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("path", ["/credits/transactions", "/members", "/jobs"])
async def test_a_malformed_cursor_is_refused(ann: Person, path: str, cursor: str) -> None:
    answer = await ann.api.get(path, params={"cursor": cursor})

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize("key", NOT_A_KEY.values(), ids=NOT_A_KEY)
async def test_a_cursor_that_we_did_not_give_is_refused(ann: Person, key: str) -> None:
    cursor = urlsafe_b64encode(key.encode()).decode().rstrip("=")

    answer = await ann.api.get("/credits/transactions", params={"cursor": cursor})

    assert refusal(answer) == (422, "invalid_request")


async def test_another_organisations_cursor_shows_nothing_but_the_own_entries(
    db: Database, ann: Person, bob: Person
) -> None:
    await _fill(db, ann, 5)
    anns = (await ann.api.get("/credits/transactions", params={"limit": 1})).json()["next_cursor"]

    page = (await bob.api.get("/credits/transactions", params={"cursor": anns})).json()

    assert [item["seq"] for item in page["items"]] == [1]
    assert page["items"] == (await bob.api.get("/credits/transactions")).json()["items"]

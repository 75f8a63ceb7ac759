"""Where an answer lies, and which are kept at all."""

import json

from pydantic import BaseModel, ConfigDict

from nexus.ai.model import LanguageModel
from nexus.core.models import new_id
from nexus.core.redis import QuickRedis
from nexus.job_types.summarize import PROMPT_VERSION, summarize
from nexus.jobs.answers import Answer
from nexus.jobs.cache import Cache
from nexus.jobs.catalogue import JobType, job_type
from nexus.jobs.desk import Desk, Order
from nexus.jobs.flights import Flights
from nexus.jobs.services import JobKey, Terms
from tests.house import Person
from tests.jobs.cache.place import Place


class Anything(BaseModel):
    """Input of any shape."""

    model_config = ConfigDict(extra="allow")


class Something(BaseModel):
    """Output."""

    said: str = ""


def kind_of(name: str = "kind", version: str = "1", offline: str | None = None, *, cacheable: bool = True) -> JobType:
    """A job type."""

    async def ask_model(asked: Anything, model: LanguageModel) -> Something:
        del asked, model
        return Something()

    kind = job_type(name, price=1, prompt_version=version, cacheable=cacheable)(ask_model)
    if offline is not None:
        kind.offline(offline)(lambda _: Something())
    return kind


async def test_everything_that_decides_the_answer_decides_where_it_lies(ann: Person, bob: Person) -> None:
    redis = QuickRedis("redis://nobody.test")
    one, several = (
        Cache(redis, ["a", "b"], 1, offline=True),
        [Cache(redis, names, 1, offline=True) for names in (["b", "a"], ["a"], ["ab"], [])],
    )
    asked, kind = Anything.model_validate({"text": "x"}), kind_of()

    names = [
        one.name_of(ann.organisation_id, kind, asked),
        one.name_of(bob.organisation_id, kind, asked),
        one.name_of(ann.organisation_id, kind, Anything.model_validate({"text": "y"})),
        one.name_of(ann.organisation_id, kind_of("another"), asked),
        one.name_of(ann.organisation_id, kind_of(version="2"), asked),
        one.name_of(ann.organisation_id, kind_of(offline="count"), asked),
        one.name_of(ann.organisation_id, kind_of(offline="another count"), asked),
        one.name_of(ann.organisation_id, kind_of("kin", "d1"), asked),  # with the same letters in a row
        *(other.name_of(ann.organisation_id, kind, asked) for other in several),
    ]

    assert len(set(names)) == len(names)
    assert all(str(ann.organisation_id) in name for name in (names[0], *names[2:]))
    assert str(ann.organisation_id) not in names[1]


async def test_an_offline_way_that_is_not_taken_decides_nothing(ann: Person) -> None:
    redis, asked, kind = QuickRedis("redis://nobody.test"), Anything(), kind_of(offline="count")
    with_it, without = (Cache(redis, ["a"], 1, offline=offline) for offline in (True, False))

    assert with_it.name_of(ann.organisation_id, kind, asked) != without.name_of(ann.organisation_id, kind, asked)
    assert without.name_of(ann.organisation_id, kind, asked) == without.name_of(ann.organisation_id, kind_of(), asked)


async def test_the_order_of_keys_is_no_difference_since_postgresql_does_not_keep_it(ann: Person) -> None:
    cache, kind = Cache(QuickRedis("redis://nobody.test"), [], 1, offline=True), kind_of()
    written = [Anything.model_validate(json.loads(text)) for text in ('{"b": 1, "aa": {"d": 1, "c": 2}}',) * 2]
    turned = Anything.model_validate({"aa": {"c": 2, "d": 1}, "b": 1})

    names = {cache.name_of(ann.organisation_id, kind, asked) for asked in (*written, turned)}

    assert len(names) == 1


async def test_an_answer_that_would_not_be_taken_for_one_is_not_kept(place: Place) -> None:
    kind = kind_of()
    for answer in (Answer('{"said": "' + "x" * 1_000_000 + '"}', "a"), Answer('{"said": 3}', "a"), Answer("{}", "")):
        await place.cache.keep("nexus:answers:unfit", kind, answer)

    assert await place.redis(lambda redis: redis.get("nexus:answers:unfit")) is None


async def test_what_was_done_offline_while_the_model_was_away_is_not_kept_beyond_that(place: Place) -> None:
    kind, answer = kind_of(offline="count"), Answer('{"said": "for want of better"}', "offline:count")

    await place.cache.keep("nexus:answers:offline", kind, answer)
    await Cache(place.quick, [], 10, offline=True).keep("nexus:answers:only", kind, answer)

    found = await place.redis(lambda redis: redis.mget("nexus:answers:offline", "nexus:answers:only"))
    assert [value is None for value in found] == [True, False]


async def test_what_does_not_follow_from_its_input_alone_is_never_answered_from_the_cache(
    place: Place, ann: Person
) -> None:
    kind, asked = kind_of(cacheable=False), Anything()
    await place.cache.keep(place.cache.name_of(ann.organisation_id, kind, asked), kind, Answer("{}", "gemini:x"))
    key, order = JobKey(ann.organisation_id, new_id()), Order(kind, asked, caching=True, fresh=False)

    async with place.db.transaction(ann.organisation_id) as tx:
        created = await Desk(place.cache, Terms(1, 60)).take_order(tx, key, ann.user_id, order)
    claim = await place.worker().claim(key)
    assert claim is not None
    async with Flights(place.cache).seat_for(claim, kind, asked) as seat:
        found = seat.answer

    assert (created.status, created.cost, found) == ("pending", 1, None)


def test_a_job_type_says_which_version_its_prompt_has() -> None:
    assert summarize.prompt_version == PROMPT_VERSION

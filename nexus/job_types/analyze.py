"""Analyse a text: what it is about, how it sounds, how hard it is to read, and which of its sentences say most."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from nexus.ai.fence import fence
from nexus.ai.model import LanguageModel
from nexus.ai.parts import parts_of
from nexus.jobs.catalogue import job_type
from nexus.jobs.inputs import Text

if TYPE_CHECKING:
    from nexus.ai.measures import Measures

PROMPT_VERSION = "analyze-1"
PROMPT = """\
Analyse a text. Give
- topics: what it is about, in one to eight short phrases in its own language, the weightiest first;
- sentiment: how the author's words sound as a whole, positive, neutral, negative, or mixed where both are strong, and \
a score from -1 (as negative as can be) to 1 (as positive as can be);
- key_sentences: the one to five sentences that say most, copied word for word and whole, in the order of the text.
Say only what the text says.

{text}

Analyse the text above."""
COMBINE = """\
A long text was read in {count} parts, one after the other. What follows is what was found in each part. Combine it \
into one analysis of the whole text: up to eight topics, the sentiment of the whole, and the one to five key sentences \
that say most, copied word for word from those that were found.

{text}

Combine the findings above into one analysis."""

MOST_TOPICS = 8
MOST_KEY_SENTENCES = 5
LONGEST_TOPIC = 80  # characters
LONGEST_KEY_SENTENCE = 1_000

EXAMPLE = (
    "The old bridge over the Lune was closed on Monday. Engineers had found bad cracks in two piers of the bridge. "
    "Repairs of the bridge will take until March and cost four million euros. Until then, buses take the northern road."
)
EXAMPLE_OUTPUT: JsonDict = {
    "language": "en",
    "word_count": 41,
    "sentence_count": 4,
    "topics": ["bridge", "cracks", "cost"],
    "sentiment": {"label": "negative", "score": -0.136},
    "readability": {"score": 89.1, "formula": "flesch-reading-ease", "reason": None},
    "key_sentences": [
        "The old bridge over the Lune was closed on Monday.",
        "Repairs of the bridge will take until March and cost four million euros.",
    ],
}

Topic = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TOPIC)]
Score = Annotated[float, Field(ge=-1, le=1, description="From -1, negative, to 1, positive.")]


class AnalyzeInput(BaseModel):
    """What is to be analysed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": EXAMPLE}]})

    text: Text


class AnalyzeSentiment(BaseModel):
    """How a text sounds; `unknown` and no score where that cannot be said."""

    label: Literal["positive", "neutral", "negative", "mixed", "unknown"]
    score: Score | None


class AnalyzeReadability(BaseModel):
    """How hard a text is to read: a score, higher is easier, and its formula; or the reason why there is none."""

    score: float | None = Field(description="Usually 0 (very hard) to 100 (very easy).")
    formula: str | None
    reason: str | None


class AnalyzeOutput(BaseModel):
    """What a text is like."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_OUTPUT]})

    language: str = Field(description="ISO 639-1, such as `de`; `und` where the text is too short to tell.")
    word_count: int = Field(description="Where a script puts no spaces between words each character counts.")
    sentence_count: int = Field(description="Sentences of the running text: no headings, tables or code.")
    topics: list[str] = Field(description="What it is about, the weightiest first.")
    sentiment: AnalyzeSentiment
    readability: AnalyzeReadability
    key_sentences: list[str] = Field(description="The sentences that say most, as they stand in the text.")


class AnalyzeFindings(BaseModel):
    """What a model is asked for: the counts are ours."""

    topics: Annotated[list[Topic], Field(min_length=1, max_length=MOST_TOPICS)]
    sentiment: Literal["positive", "neutral", "negative", "mixed"]
    score: Score
    key_sentences: Annotated[list[str], Field(min_length=1, max_length=MOST_KEY_SENTENCES)]


@job_type("analyze", price=25, prompt_version=PROMPT_VERSION)
async def analyze(asked: AnalyzeInput, model: LanguageModel) -> AnalyzeOutput:
    """
    Say what a text is about, how it sounds, how hard it is to read, and which of its sentences say most.

    A long text is read in parts, none of which is left out. Counts, language and readability are computed. Without a
    configured model all of it is: the topics by TextRank, the key sentences by LexRank, the sentiment for English only.
    """
    from nexus.ai.measures import measure

    found = await _find(asked.text, model)
    measures = await asyncio.to_thread(measure, asked.text)
    sounds = AnalyzeSentiment(label=found.sentiment, score=found.score)
    return _put_together(measures, found.topics, sounds, found.key_sentences)


async def _find(text: str, model: LanguageModel) -> AnalyzeFindings:
    parts = parts_of(text)
    found = [await model.ask(PROMPT.format(text=fence(part)), await _quoting(part)) for part in parts]
    if len(found) == 1:
        return found[0]
    told = "\n\n".join(f"Part {at}: {one.model_dump_json(indent=1)}" for at, one in enumerate(found, start=1))
    return await model.ask(COMBINE.format(count=len(parts), text=fence(told)), await _quoting(text))


async def _quoting(text: str) -> type[AnalyzeFindings]:
    """The findings about one text: a key sentence that does not stand in it is dropped, and one must be left."""
    from nexus.ai.quotation import Source

    source = await asyncio.to_thread(Source, text)

    def quoted(given: list[str]) -> list[str]:
        kept = [found for one in given if (found := source.find(one))]
        if not kept:
            raise ValueError("copy the key sentences word for word from the text")
        return [one[:LONGEST_KEY_SENTENCE] for one in kept]

    class Findings(AnalyzeFindings):
        key_sentences: Annotated[list[str], Field(min_length=1, max_length=MOST_KEY_SENTENCES), AfterValidator(quoted)]

    return Findings


def _put_together(
    measures: "Measures", topics: list[str], sentiment: AnalyzeSentiment, key_sentences: list[str]
) -> AnalyzeOutput:
    score = measures.readability
    return AnalyzeOutput(
        language=measures.language,
        word_count=measures.words,
        sentence_count=len(measures.sentences),
        topics=topics,
        sentiment=sentiment,
        readability=AnalyzeReadability(score=score.score, formula=score.formula, reason=score.reason),
        key_sentences=key_sentences,
    )


@analyze.offline("textrank+lexrank+vader")
def analyze_offline(asked: AnalyzeInput) -> AnalyzeOutput:
    """Find all of it in the text itself."""
    from nexus.ai.findings import find
    from nexus.ai.measures import measure

    measures = measure(asked.text)
    found = find(measures, MOST_TOPICS, MOST_KEY_SENTENCES)
    sounds = AnalyzeSentiment(label=found.sentiment.label, score=found.sentiment.score)
    return _put_together(measures, found.topics, sounds, found.key_sentences)

"""Summarise a text."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nexus.ai.fence import fence
from nexus.ai.model import LanguageModel
from nexus.jobs.catalogue import job_type
from nexus.jobs.inputs import Text

PROMPT_VERSION = "summarize-1"
PROMPT = """\
Summarise a text in at most three sentences.
Write in the language that the text is written in. Say only what the text says: no opinion, no advice, \
nothing from elsewhere. Prefer facts, figures and outcomes to introductions. Write plain sentences: no heading, \
no list, no Markdown.

{text}

Summarise the text above in at most three sentences, in its own language."""

MOST_SENTENCES = 3
LONGEST_SUMMARY = 2_000  # characters

BRIDGE = (
    "The old bridge over the Lune was closed on Monday. Engineers had found cracks in two of its piers. "
    "Repairs will take until March and cost four million euros. Until then, buses take the northern bridge."
)
BRIDGE_SUMMARY = "The Lune bridge is closed because two piers are cracked. Repairs take until March."


class SummarizeInput(BaseModel):
    """What is to be summarised."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": BRIDGE}]})

    text: Text


class SummarizeOutput(BaseModel):
    """The text, in fewer words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"summary": BRIDGE_SUMMARY}]})

    summary: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_SUMMARY),
        Field(description="At most three sentences, in the language of the text."),
    ]


@job_type("summarize", price=10, prompt_version=PROMPT_VERSION)
async def summarize(asked: SummarizeInput, model: LanguageModel) -> SummarizeOutput:
    """
    Say what a text says in at most three sentences, in the text's own language.

    Without a configured model, the three sentences that say most are taken from the text itself, in its order.
    """
    return await model.ask(PROMPT.format(text=fence(asked.text)), SummarizeOutput)


@summarize.offline("lexrank")
def summarize_offline(asked: SummarizeInput) -> SummarizeOutput:
    """Take the sentences that say most from the text itself."""
    from nexus.ai.extractive import digest  # noqa: PLC0415 - only a worker without a model loads numpy and scipy

    return SummarizeOutput(summary=digest(asked.text, MOST_SENTENCES))

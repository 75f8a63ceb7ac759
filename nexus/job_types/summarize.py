"""Summarise a text."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nexus.ai.fence import fence
from nexus.ai.model import LanguageModel
from nexus.ai.parts import parts_of
from nexus.jobs.catalogue import job_type
from nexus.jobs.inputs import Text

PROMPT_VERSION = "summarize-2"
PROMPT = """\
Summarise a text in at most three sentences.
Write in the language that the text is written in. Say only what the text says: no opinion, no advice, \
nothing from elsewhere. Prefer facts, figures and outcomes to introductions. Write plain sentences: no heading, \
no list, no Markdown.

{text}

Summarise the text above in at most three sentences, in its own language."""

NOTES = """\
A long text is read in {count} parts; this is part {at}. Take notes of what it says, in at most eight plain sentences, \
in the language that it is written in. Say only what it says. Prefer facts, figures and outcomes.

{text}

Take notes of part {at} above."""
OF_NOTES = "Notes of the parts of one long text, in their order:\n\n"

MOST_SENTENCES = 3
LONGEST_NOTES = 6_000  # characters
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


class SummarizeNotes(BaseModel):
    """What one part of a long text says."""

    notes: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTES)]


@job_type("summarize", price=10, prompt_version=PROMPT_VERSION)
async def summarize(asked: SummarizeInput, model: LanguageModel) -> SummarizeOutput:
    """
    Say what a text says in at most three sentences, in the text's own language.

    A long text is read in parts, none of which is left out. Without a configured model, the three sentences that say
    most are taken from the text itself, in its order.
    """
    return await model.ask(PROMPT.format(text=fence(await _short(asked.text, model))), SummarizeOutput)


async def _short(text: str, model: LanguageModel) -> str:
    """The text, or the notes of all its parts where it is too long to be read at once."""
    parts = parts_of(text)
    if len(parts) == 1:
        return text
    prompts = [NOTES.format(count=len(parts), at=at, text=fence(part)) for at, part in enumerate(parts, start=1)]
    notes = [(await model.ask(prompt, SummarizeNotes)).notes for prompt in prompts]
    return OF_NOTES + "\n\n".join(notes)


@summarize.offline("lexrank")
def summarize_offline(asked: SummarizeInput) -> SummarizeOutput:
    """Take the sentences that say most from the text itself."""
    from nexus.ai.extractive import digest

    return SummarizeOutput(summary=digest(asked.text, MOST_SENTENCES))

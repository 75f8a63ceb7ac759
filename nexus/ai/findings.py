"""
What a text says, found without a model: topics, sentiment, key sentences.

Importing this module loads numpy, scipy and networkx (about 50 MB): only work that is done offline does.
"""

from dataclasses import dataclass

from nexus.ai.extractive import key_sentences
from nexus.ai.keywords import keywords
from nexus.ai.measures import Measures
from nexus.ai.sentiment import Sentiment, sentiment


@dataclass(frozen=True)
class Findings:
    """What a text is about, how it sounds, and its sentences that say most."""

    topics: list[str]
    sentiment: Sentiment
    key_sentences: list[str]


def find(measures: Measures, most_topics: int, most_sentences: int) -> Findings:
    """Find them in a text that was measured."""
    said = [sentence.text for sentence in measures.sentences]
    return Findings(
        keywords(said, measures.language, most_topics),
        sentiment(said, measures.language),
        key_sentences(measures.sentences, most_sentences),
    )

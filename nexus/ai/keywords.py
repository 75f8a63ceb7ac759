"""
What a text is about, in its own words, without a model.

TextRank (Mihalcea and Tarau, "TextRank: Bringing Order into Texts", Proceedings of EMNLP 2004): words are the nodes
of a graph, two that stand near each other are tied, PageRank says which are central, and central words that stand
side by side become one keyword. Their filter by part of speech needs a tagger for each language; ours leaves out the
words of `function_words.py`, and in German what is never written with a capital, which leaves the nouns. So words are
joined only where they stand side by side again and again, or are written like a name.

Where a script puts no space between words, the strings that recur are the keywords.

Importing this module loads networkx, and a graph scipy (about 50 MB together).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import networkx as nx

from nexus.ai.function_words import FUNCTION_WORDS, PARTICLES
from nexus.ai.sentences import SPACELESS_RUN, WORD
from nexus.core.text import is_word, without_invisible

WINDOW = 3  # words that may become keywords: each is tied to the next two of its sentence
SHORTEST_WORD = 3  # letters; of a language without a list, one more
SHARE_OF_NODES = 3  # a third of the words may become keywords, as in the paper
MOST_SENTENCES = 0.3  # share of the sentences in which a word of a language without a list may stand
FEWEST_SENTENCES = 10  # below which that share says nothing
LONGEST_WORD = 40
ENDING = 2  # letters by which two forms of a word may differ
SHORTEST_STEM = 4
SHORTEST_STRING, LONGEST_STRING = 2, 8  # characters of a script without spaces
OFTEN = 2
FEWEST = 3  # keywords, up to which words that stand in the text only once are taken, too
EATEN = 0.6  # a string that is mostly part of one longer string is not a keyword of its own

Words = list[str]


def keywords(sentences: Sequence[str], language: str, most: int) -> list[str]:
    """Name what these sentences are about, the weightiest first: words and short phrases as they stand in the text."""
    seen = [without_invisible(said) for said in sentences]
    spaceless = [run for said in seen for run in WORD.findall(said) if SPACELESS_RUN.match(run)]
    if sum(map(len, spaceless)) * 2 > sum(map(len, seen)):
        return _recurring(spaceless, most)
    return _ranked([WORD.findall(said) for said in seen], language, most)


def _ranked(sentences: Sequence[Words], language: str, most: int) -> list[str]:
    stems = _stems(_telling(sentences, language))
    graph = nx.Graph()
    for words in sentences:
        telling = [stem for word in words if (stem := stems.get(word.casefold()))]
        graph.add_nodes_from(telling)
        for at, word in enumerate(telling):
            graph.add_edges_from(_ties(graph, word, telling[at + 1 : at + WINDOW]))
    counts = Counter(stem for words in sentences for word in words if (stem := stems.get(word.casefold())))
    ranks = _weighed(graph, counts)
    kept = sorted(ranks, key=lambda stem: (-ranks[stem], stem))[: max(most, len(ranks) // SHARE_OF_NODES)]
    scores: dict[tuple[str, ...], float] = {(stem,): ranks[stem] for stem in kept}
    scores |= {phrase: sum(map(ranks.__getitem__, phrase)) for phrase in _phrases(sentences, stems, set(kept))}
    written = _written(sentences, stems)
    chosen: list[tuple[str, ...]] = []
    for phrase in sorted(scores, key=lambda phrase: (-scores[phrase], phrase)):
        wanted = most if len(phrase) > 1 or counts[phrase[0]] >= OFTEN else FEWEST
        if len(chosen) < wanted and not any(set(phrase) & set(other) for other in chosen):
            chosen.append(phrase)
    return [written[phrase] for phrase in chosen]


def _weighed(graph: nx.Graph, counts: Counter[str]) -> dict[str, float]:
    """How central each word is; one that stands in the text only once is worth half."""
    ranks: dict[str, float] = nx.pagerank(graph, max_iter=500) if graph else {}
    return {stem: rank * min(counts[stem], OFTEN) for stem, rank in ranks.items()}


def _ties(graph: nx.Graph, word: str, near: Iterable[str]) -> Iterator[tuple[str, str, dict[str, int]]]:
    for other in near:
        if word != other:
            weight = graph.get_edge_data(word, other, {"weight": 0})["weight"]
            yield word, other, {"weight": weight + 1}


def _telling(sentences: Sequence[Words], language: str) -> set[str]:
    """The words that may become keywords, in small letters."""
    known = FUNCTION_WORDS.get(language)
    in_sentences = Counter(word for words in sentences for word in {word.casefold() for word in words})
    nouns = {word.casefold() for words in sentences for word in words[1:] if word[:1].isupper()}

    def tells(word: str) -> bool:
        if not is_word(word) or not SHORTEST_WORD + (known is None) <= len(word) <= LONGEST_WORD:
            return False
        if known is None:
            return len(sentences) < FEWEST_SENTENCES or in_sentences[word] <= MOST_SENTENCES * len(sentences)
        return word not in known and (language != "de" or word in nouns)

    return {word for word in in_sentences if tells(word)}


def _stems(words: set[str]) -> dict[str, str]:
    """Each word's shortest form: one that begins another and differs by an ending is the same word."""
    stems: dict[str, str] = {}
    shorter = ""
    for word in sorted(words):
        same = len(shorter) >= SHORTEST_STEM and word.startswith(shorter) and len(word) - len(shorter) <= ENDING
        shorter = shorter if same else word
        stems[word] = shorter
    return stems


def _phrases(sentences: Sequence[Words], stems: dict[str, str], kept: set[str]) -> list[tuple[str, ...]]:
    """Two kept words that stand side by side again and again, or are written like a name."""
    found: Counter[tuple[str, str]] = Counter()
    for words in sentences:
        for at, (word, following) in enumerate(pairwise(words)):
            pair = stems.get(word.casefold(), ""), stems.get(following.casefold(), "")
            if kept.issuperset(pair) and pair[0] != pair[1]:
                named = at > 0 and word[0].isupper() and following[0].isupper()
                found[pair] += OFTEN if named else 1
    return [pair for pair, often in found.items() if often >= OFTEN]


def _written(sentences: Sequence[Words], stems: dict[str, str]) -> dict[tuple[str, ...], str]:
    """
    How each word and each pair is written: in its shortest form, and as that is written most often.

    A capital at the beginning of a sentence counts less.
    """
    forms: dict[tuple[str, ...], Counter[str]] = {}
    for words in sentences:
        for at, word in enumerate(words):
            named = stems.get(word.casefold())
            if named is None:
                continue
            forms.setdefault((named,), Counter())[word] += 2 if at else 1
            following = stems.get(words[at + 1].casefold()) if at + 1 < len(words) else None
            if following is not None:
                forms.setdefault((named, following), Counter())[f"{word} {words[at + 1]}"] += 2 if at else 1
    return {stem: max(counted, key=lambda form: (-len(form), counted[form], form)) for stem, counted in forms.items()}


def _recurring(runs: Sequence[str], most: int) -> list[str]:
    """The strings that recur, the longest and most frequent first, none within another."""
    counts = _recurring_counts(runs)
    eaten: Counter[str] = Counter()
    for string, count in counts.items():
        for part in (string[1:], string[:-1]):
            eaten[part] = max(eaten[part], count)
    scores = {
        string: count * (len(string) - 1)
        for string, count in counts.items()
        if eaten[string] < EATEN * count and not {string[0], string[-1]} & PARTICLES
    }
    chosen: list[str] = []
    for string in sorted(scores, key=lambda string: (-scores[string], string)):
        if len(chosen) < most and not any(string in other or other in string for other in chosen):
            chosen.append(string)
    return chosen


def _recurring_counts(runs: Sequence[str]) -> dict[str, int]:
    """How often each string of two characters or more stands in the text, for those that do so more than once."""
    found: dict[str, int] = {}
    often: dict[str, int] = {}
    for length in range(SHORTEST_STRING, LONGEST_STRING + 1):
        strings = (run[at : at + length] for run in runs for at in range(len(run) - length + 1))
        if found and not often:
            break
        counted = Counter(one for one in strings if not often or (one[1:] in often and one[:-1] in often))
        often = {string: count for string, count in counted.items() if count >= OFTEN}
        found |= often
    return found

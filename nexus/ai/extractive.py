"""
A summary made of a text's own sentences, without a model.

LexRank (Erkan and Radev, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization", Journal of
Artificial Intelligence Research 22, 2004): sentences are the nodes of a graph, the cosine of their tf-idf vectors
is the weight of an edge, and PageRank says which sentence is central. Ours is their continuous form: no threshold,
and each sentence is tied to itself, so that two that share one rare word lift each other little. Three things
differ: the frequencies come from the text itself, a sentence keeps its strongest ties only (which bounds the
memory), and the position feature that the paper takes from MEAD falls with the square of the rank.

Importing this module loads numpy, scipy and networkx (about 50 MB), and the first summary the language classifier
(about 75 MB more): only a worker that works offline does.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from nexus.ai.prose import is_whole
from nexus.ai.sentences import Sentence, sentences_of

MOST_RANKED = 1_500  # sentences: 50 000 characters of prose have about 600
STRONGEST_TIES = 20  # of a sentence
ROWS_AT_ONCE = 256
SAME = 0.7  # share of the shorter one's terms from which two sentences say the same
LONGEST_SENTENCE = 500  # characters
FEWEST_TERMS = 5
FEWEST_WHOLE = 2  # whole sentences, below which titles and list entries count, too
FIRST = 0.5  # what standing first in the text is worth beside the centrality, which goes from 0 to 1
SENTENCES_PER_PICK = 3  # a summary is about a third of a short text
ROUNDING = 1e-9  # differences of centrality below this are not real

FULL_WIDTH_ENDS = "\u3002\uff01\uff1f\u300d\u300f\uff09"  # they bring their own space

Floats = NDArray[np.float64]


def digest(text: str, most: int) -> str:
    """
    Say a text in its own sentences: at most `most` of them, in their order, none twice.

    Any text gives a summary that is not empty; a sentence longer than LONGEST_SENTENCE is cut.
    """
    found = sentences_of(text)
    if len(found) == 1 and len(text.strip()) <= LONGEST_SENTENCE:
        return text.strip()
    return _joined(key_sentences(found, most))


def key_sentences(found: Sequence[Sentence], most: int) -> list[str]:
    """Choose the sentences that say most: at most `most` of them, in their order, none twice, long ones cut."""
    candidates = _candidates(found)
    wanted = min(most, -(-len(candidates) // SENTENCES_PER_PICK))
    chosen = _choose(_ranked(_vectors(candidates)), candidates, wanted)
    return [_cut(candidates[at].text) for at in chosen]


def _candidates(found: Sequence[Sentence]) -> list[Sentence]:
    """The sentences worth ranking: whole ones of a usual length, others only where those are too few."""
    firsts: dict[tuple[str, ...], Sentence] = {}
    for said in found:
        firsts.setdefault(said.terms or (said.text,), said)
    distinct = list(firsts.values())
    usual = [said for said in distinct if _is_usual(said)]
    whole = [said for said in usual if said.is_whole]
    kept = whole if len(whole) >= FEWEST_WHOLE else usual or distinct
    if len(kept) > MOST_RANKED:
        shortest = sorted((len(said.terms) for said in kept), reverse=True)[MOST_RANKED]
        kept = [said for said in kept if len(said.terms) > shortest] or kept[:MOST_RANKED]
    return kept


def _is_usual(said: Sentence) -> bool:
    return len(said.terms) >= FEWEST_TERMS and len(said.text) <= LONGEST_SENTENCE


def _vectors(sentences: Sequence[Sentence]) -> csr_array:
    """One row of length 1 for each sentence: term frequency times log((1 + sentences) / sentences with the term)."""
    columns: dict[str, int] = {}
    counts = [Counter(columns.setdefault(term, len(columns)) for term in said.terms) for said in sentences]
    rows = [row for row, counted in enumerate(counts) for _ in counted]
    flat = [column for counted in counts for column in counted]
    values = np.array([count for counted in counts for count in counted.values()], dtype=np.float64)
    matrix = csr_array((values, (rows, flat)), shape=(len(sentences), max(1, len(columns))))
    in_sentences = np.bincount(flat, minlength=matrix.shape[1]) if flat else np.ones(1)
    weighted = matrix @ diags_array(np.log((1 + len(sentences)) / np.maximum(in_sentences, 1)))
    lengths = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    return csr_array(diags_array(1 / np.where(lengths > 0, lengths, 1)) @ weighted)


def _ties(vectors: csr_array) -> Iterator[tuple[int, int, float]]:
    """The strongest ties of each sentence, in blocks of rows so that no full matrix is ever held."""
    count = vectors.shape[0]
    for start in range(0, count, ROWS_AT_ONCE):
        block: Floats = (vectors[start : start + ROWS_AT_ONCE] @ vectors.T).toarray()
        for row, likeness in enumerate(block, start=start):
            likeness[row] = 1
            strongest = np.argsort(-likeness, kind="stable")[: 1 + STRONGEST_TIES]
            for other in strongest[likeness[strongest] > 0]:
                yield row, int(other), float(likeness[other])


def _ranked(vectors: csr_array) -> list[int]:
    """The sentences from the most to the least telling: centrality, and a place near the beginning."""
    count = vectors.shape[0]
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_weighted_edges_from(_ties(vectors))
    centrality: dict[int, float] = nx.pagerank(graph, max_iter=500)
    least, most = min(centrality.values()), max(centrality.values())
    spread = max(most - least, ROUNDING)
    scores = {at: (centrality[at] - least) / spread + FIRST / (1 + at) ** 2 for at in centrality}
    return sorted(scores, key=lambda at: (-scores[at], at))


def _choose(ranked: Sequence[int], candidates: Sequence[Sentence], wanted: int) -> list[int]:
    """Take the best, pass over what says the same as one taken before, and put them into the text's order."""
    chosen: list[int] = []
    for at in ranked:
        if len(chosen) == wanted:
            break
        if not any(_is_same(candidates[at], candidates[other]) for other in chosen):
            chosen.append(at)
    return sorted(chosen)


def _is_same(one: Sentence, other: Sentence) -> bool:
    """Tell whether most of the shorter sentence stands in the other one, too."""
    ours, theirs = set(one.terms), set(other.terms)
    return len(ours & theirs) >= SAME * max(1, min(len(ours), len(theirs)))


def _cut(said: str) -> str:
    """Cut a sentence that is too long at its last space, if that is not too far back."""
    if len(said) <= LONGEST_SENTENCE:
        return said
    start = said[: LONGEST_SENTENCE - 1]
    at = start.rfind(" ")
    return start[: at if at > LONGEST_SENTENCE // 2 else None].rstrip() + "…"


def _joined(chosen: Sequence[str]) -> str:
    """Put sentences after each other: no space after a full-width mark, and a gap after what is not a sentence."""
    joined = ""
    for said in chosen:
        if joined and joined[-1] not in FULL_WIDTH_ENDS:
            joined += " " if is_whole(joined) else " … "
        joined += said
    return joined

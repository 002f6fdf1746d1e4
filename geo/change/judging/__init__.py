"""From flags to a queue: how sure, how often wrong, what first, what it may be, what was learned.

Frames and arrays in, frames and numbers out; nothing here reads a store.
"""

from geo.change.judging.discovery import (
    benjamini_hochberg,
    benjamini_yekutieli,
    cauchy,
    q_in_families,
    simes,
)
from geo.change.judging.features import features_of
from geo.change.judging.hints import Hint, hint_of, hint_words
from geo.change.judging.learning import Effect, Reranker, held_back, train
from geo.change.judging.placebo import (
    Placebos,
    Realised,
    quiet_pairs,
    realised,
    strength_of,
)
from geo.change.judging.ranking import Weights, in_order, queue, weighed

__all__ = [
    "Effect", "Hint", "Placebos", "Realised", "Reranker", "Weights",
    "benjamini_hochberg", "benjamini_yekutieli", "cauchy", "features_of", "held_back", "hint_of",
    "hint_words", "in_order", "q_in_families", "queue", "quiet_pairs", "realised", "simes",
    "strength_of", "train", "weighed",
]  # fmt: skip

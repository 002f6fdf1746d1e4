"""Who may see what, for people without any training: inert HTML in light, dark, wide and narrow.

On a narrow page each row of a table becomes a small card, with the heading before each cell.
"""

from layers.access_review.lists import ACTIONS, entries_html, people_html, reasons_html
from layers.access_review.review import (
    SITES,
    datasets_html,
    review_html,
    roles_html,
)
from layers.access_review.tables import ROLES, actor_words, cell_words, plain_subject

__all__ = [
    "ACTIONS",
    "ROLES",
    "SITES",
    "actor_words",
    "cell_words",
    "datasets_html",
    "entries_html",
    "people_html",
    "plain_subject",
    "reasons_html",
    "review_html",
    "roles_html",
]

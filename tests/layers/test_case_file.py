"""A case as HTML: what is told, and that no text of a record runs."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

import pytest

from layers.case_file import (
    Mark,
    Picture,
    Piece,
    Place,
    Step,
    isolated,
    pictures_html,
    pieces_html,
    places_html,
    side_by_side_html,
    timeline_html,
)
from tests.map_frames import PAYLOADS

JPEG = b"\xff\xd8\xff made up"


class Tags(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Remember a text."""
        self.text += data


def everything(text: str) -> str:
    """Every part of a case file with one text in every field."""
    facts = [(text, text)]
    picture = Picture(jpeg=JPEG, caption=text, detail=text)
    return "".join(
        (
            timeline_html(
                [Step(day=text, mark=Mark.SEIZED, title=text, text=text, facts=facts, source=text)]
            ),
            places_html([Place(what=text, where=text, since=text, gaps=(text,))]),
            pieces_html(
                [Piece(name=text, id=text, facts=facts, warnings=(text,), pictures=[picture])]
            ),
            pictures_html([picture]),
            side_by_side_html((text, text), [(text, text, text)]),
        )
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_record_becomes_a_tag(payload: str):
    """The tags are those of an innocent case, and the text is read as it stands."""
    plain, hostile = Tags(everything("plain")), Tags(everything(payload))
    assert hostile.tags == plain.tags
    assert {name for name, _ in hostile.attributes} == {name for name, _ in plain.attributes}
    assert hostile.text.count(payload) == plain.text.count("plain")


def test_a_picture_is_part_of_the_page_itself():
    """No address from which somebody else could fetch it."""
    page = Tags(pictures_html([Picture(jpeg=JPEG, caption="front")]))
    sources = [value for name, value in page.attributes if name == "src"]
    assert sources == [f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"]


def test_a_picture_that_is_not_here_says_so():
    """A frame without a picture, with the reason."""
    page = pictures_html([Picture(jpeg=b"", caption="not in this installation")])
    assert "<img" not in page
    assert "not in this installation" in page


def test_steps_stand_in_the_order_given():
    """With their day, and a dot in the colour of what they are."""
    steps = [Step(day=f"2020-01-0{n}", mark=mark, title=f"step {n}") for n, mark in enumerate(Mark)]
    page = timeline_html(steps)
    at = [page.index(f"step {n}") for n in range(len(Mark))]
    assert at == sorted(at)
    assert page.count("<li>") == len(Mark)
    assert Mark.RETURNED.value in page


def test_what_is_invented_says_so():
    """On steps and on cards, and nowhere else."""
    assert "SIMULATED" in timeline_html([Step(day="", mark=Mark.KEPT, title="x", simulated=True)])
    assert "SIMULATED" in pieces_html([Piece(name="x", id="1", facts=[], simulated=True)])
    assert "SIMULATED" not in everything("plain")


def test_empty_fields_are_left_out():
    """Neither label nor row."""
    assert "Maker" not in pieces_html([Piece(name="seal", id="1", facts=[("Maker", "")])])
    assert "Maker" not in side_by_side_html(("a", "b"), [("Maker", "", "")])


def test_what_two_records_say_alike_is_set_apart():
    """Equal and not empty."""
    page = side_by_side_html(("a", "b"), [("Place", "X", "X"), ("Day", "1", "2"), ("By", "", "Y")])
    assert page.count("class=same") == 1


def test_a_gap_is_told():
    """Beside where the objects are."""
    page = places_html([Place(what="All", where="Museum", gaps=("A gave, B had",))])
    assert "Gap in the chain: A gave, B had" in page


def test_an_arabic_name_does_not_turn_its_sentence_round():
    """It stands between marks of isolation (Unicode Bidirectional Algorithm, UAX 9)."""
    assert isolated("حجر") == "\u2068حجر\u2069"

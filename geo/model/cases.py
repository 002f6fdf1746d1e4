"""What a case is made of: objects, custody, photographs, links, and lists of stolen objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.model.record import Record
from geo.model.seizures import ObjectClass


class CustodyType(StrEnum):
    """What happened to confiscated objects while somebody answers for them."""

    SEIZED = "seized"
    TRANSFERRED = "transferred"
    RECEIVED = "received"
    STORED = "stored"
    EXAMINED = "examined"
    CONSERVED = "conserved"
    RETURNED = "returned"
    LOST = "lost"
    DESTROYED = "destroyed"


class LinkType(StrEnum):
    """How two seizure records belong together, as a person decided it."""

    RETURN_OF = "return of"
    """The first is the return of what the second seized."""
    SAME_CASE = "same case"
    """Two events of one case."""
    SAME_EVENT = "same event"
    """Two reports of one event."""
    DISTINCT = "distinct"
    """Looked alike and are not: they are not proposed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtObject(Record):
    """A seized object by the fields of Object ID (ICOM); its place is the seizure's."""

    seizure_id: str
    """Id of the seizure it was part of."""
    object_type: str
    """What it is, in a word or two."""
    seizure_dataset: str = ""
    """Dataset of that seizure; empty for the object's own."""
    object_classes: tuple[ObjectClass, ...] = ()
    """Red List categories."""
    title: str = ""
    """Title, where it has one."""
    materials: str = ""
    """Materials and techniques."""
    measurements: str = ""
    """Measurements with their unit."""
    inscriptions: str = ""
    """Inscriptions and markings, museum numbers among them."""
    period: str = ""
    """Date or period."""
    maker: str = ""
    """Maker or school."""
    subject: str = ""
    """What it shows."""
    distinguishing_features: str = ""
    """Damage, repairs, flaws: what no second piece has."""
    description: str = ""
    """Everything else in words."""
    inventory_number: str = ""
    """Number in the inventory of whoever holds it."""
    place_of_origin: str = ""
    """Where it is said to have been made or found."""
    related_material: str = ""
    """Publications and other written material."""
    cross_reference: str = ""
    """Objects that belong to it."""
    quantity: int | None = None
    """Pieces that this record speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyEvent(Record):
    """One step in the life of confiscated objects: who gave them to whom, or where they lie."""

    seizure_id: str
    """Id of the seizure that the objects are from."""
    event_type: CustodyType
    """What happened."""
    seizure_dataset: str = ""
    """Dataset of that seizure; empty for the event's own."""
    object_id: str = ""
    """The object; empty for all objects of the seizure."""
    from_party: str = ""
    """Who gave them away."""
    to_party: str = ""
    """Who took them over."""
    storage_place: str = ""
    """Where they are kept, in words."""
    condition: str = ""
    """State in which they were taken over."""
    reference: str = ""
    """Number of the protocol, receipt or court file."""
    description: str = ""
    """Reason and circumstances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph(Record):
    """A picture of seized objects; the original is kept as it came, and never shown."""

    seizure_id: str
    """Id of the seizure it belongs to."""
    sha256: str
    """SHA-256 of the original file's bytes."""
    path: str
    """The original, relative to the installation's folder."""
    seizure_dataset: str = ""
    """Dataset of that seizure; empty for the photograph's own."""
    object_id: str = ""
    """The object it shows; empty where it shows several."""
    shown_path: str = ""
    """The picture made anew without anything but its pixels, relative to the same folder."""
    width: int | None = None
    """Columns of the shown picture."""
    height: int | None = None
    """Rows of the shown picture."""
    likeness: str = ""
    """Perceptual hash, 16 hexadecimal digits; alike pictures differ in few bits."""
    caption: str = ""
    """What it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLink(Record):
    """What a person decided about two seizure records that may belong together."""

    first_id: str
    """Id of the later or lesser record."""
    second_id: str
    """Id of the record that it belongs to."""
    relation: LinkType
    """How they belong together."""
    first_dataset: str = "local"
    """Dataset of the first."""
    second_dataset: str = "local"
    """Dataset of the second."""
    grounds: str = ""
    """Why, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StolenObject(Record):
    """One entry of a list of stolen objects that the office was given; Lamassu asks no register."""

    object_type: str
    """What it is, in a word or two."""
    reference: str = ""
    """Its number in the register, such as INTERPOL's."""
    title: str = ""
    """Title, where it has one."""
    materials: str = ""
    """Materials and techniques."""
    measurements: str = ""
    """Measurements with their unit."""
    inscriptions: str = ""
    """Inscriptions and markings, museum numbers among them."""
    period: str = ""
    """Date or period."""
    maker: str = ""
    """Maker or school."""
    description: str = ""
    """Everything else in words."""
    country: str = ""
    """Country from which it was stolen."""
    stolen_from: str = ""
    """Museum, store or site from which it was stolen."""
    likeness: str = ""
    """Perceptual hash of its picture, 16 hexadecimal digits; empty where there is none."""

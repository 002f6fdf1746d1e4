"""Records and code lists: the words Lamassu speaks.

Every record class below is also the declaration of a table: `geo.store.schema` derives columns from
its fields, and `geo.sources.meaning.records` derives what an imported row must hold. A field
without a default must be filled; a field with one may be left out. Every string is Unicode NFC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from geo.eamena import (
    ActionPriority,
    Activity,
    Certainty,
    Condition,
    DamageExtent,
    DisturbanceCategory,
    DisturbanceCause,
    DisturbanceEffect,
    ThreatProbability,
)


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0 (FIRST, 2022): who may be told. Ordered from free to strict."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"

    @property
    def strictness(self) -> int:
        """0 for CLEAR up to 4 for RED."""
        return list(Tlp).index(self)


class Precision(StrEnum):
    """How exactly a place is known. It is drawn as a circle of `radius_m`, never as a bare pin."""

    EXACT = "exact"
    VICINITY = "vicinity"
    TOWN = "town"
    PROVINCE = "province"
    COUNTRY = "country"

    @property
    def radius_m(self) -> float | None:
        """Radius in metres within which the true place lies; None where there is no point."""
        return {"exact": 100.0, "vicinity": 1e3, "town": 1e4, "province": 1e5}.get(self.value)


class SourceClass(StrEnum):
    """Kind of publisher; not an Admiralty grade."""

    A = "A"
    """Official body, court paper, museum, university or scholarly text on its own page."""
    B = "B"
    """National newspaper or agency on its own page, or an established regional outlet."""
    C = "C"
    """Republication, mirror, minor outlet or aggregator."""
    D = "D"
    """Quotes another source that was not seen."""
    UNSTATED = ""
    """The kind of publisher is not known."""


class Sensitivity(StrEnum):
    """GBIF sensitivity category of a location (Chapman 2020); sets the coarsest public cell."""

    NONE = "none"
    EXTREME = "1"
    HIGH = "2"
    MEDIUM = "3"
    LOW = "4"


class DatePrecision(StrEnum):
    """How exactly a date is known; the interval from `date_from` to `date_to` says the same."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    INTERVAL = "interval"
    UNKNOWN = "unknown"


class DateBasis(StrEnum):
    """What the date is the date of."""

    EVENT = "event"
    REPORTED = "reported"
    IMAGES = "images"
    INFERRED = "inferred"
    UNSTATED = ""


class PostKind(StrEnum):
    """Kind of border post."""

    LAND = "land"
    SEA = "sea"
    AIR = "air"
    INFORMAL = "informal"


class SeizureType(StrEnum):
    """What happened to the objects. A return is a later event of a case, not a new case."""

    SEIZURE = "seizure"
    RECOVERY = "recovery"
    FORFEITURE = "forfeiture"
    RETURN = "return"
    ARREST = "arrest"


class SiteEventType(StrEnum):
    """What happened to a site."""

    LOOTING = "looting"
    DESTRUCTION = "destruction"
    MILITARY_DAMAGE = "military damage"
    OCCUPATION = "occupation"
    RECAPTURE = "recapture"
    OBSERVATION = "observation"


class ObjectClass(StrEnum):
    """The seven categories of ICOM's Emergency Red List of Iraqi Antiquities at Risk (2015)."""

    WRITING = "writing"
    SEALS = "seals"
    SCULPTURE = "sculpture"
    ARCHITECTURE = "architectural elements"
    VESSELS = "vessels"
    ACCESSORIES = "accessories"
    COINS = "coins"


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


class TransportMode(StrEnum):
    """How objects travelled, as far as the source says."""

    ROAD = "road"
    RAIL = "rail"
    AIR = "air"
    AIR_CARGO = "air cargo"
    AIR_PASSENGER = "air passenger"
    SEA = "sea"
    POST = "post"
    FREIGHT = "freight"
    PEDESTRIAN = "pedestrian"
    ANIMAL = "animal"
    UNSTATED = ""


class RoadMode(StrEnum):
    """Kind of main link."""

    ROAD = "road"
    RAIL = "rail"


class AlertStatus(StrEnum):
    """The algorithm's own state of an alert; the analyst's judgement is another field."""

    FIRST = "first"
    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    FINISHED = "finished"


class AlertMethod(StrEnum):
    """Kind of study that drew an alert."""

    PAIR = "pair"
    """Two dates."""
    SERIES = "series"
    """Many dates of an optical sensor."""
    SAR = "sar"
    """Radar."""


class Judgement(StrEnum):
    """What the analysts together say of an alert."""

    NONE = ""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    """Two persons differ, and no reviewer has settled it."""


class Verdict(StrEnum):
    """One person's word on an alert."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"


class RejectReason(StrEnum):
    """Why an alert is no damage of concern.

    The idea of a closed list is MapBiomas Alerta's; these reasons are Lamassu's, for heritage.
    """

    SEASON = "seasonal vegetation"
    MOISTURE = "soil moisture"
    CLOUD = "cloud, shadow or haze"
    DUST = "dust"
    SHIFT = "co-registration shift"
    SENSOR = "sensor or illumination"
    LEGITIMATE = "legitimate excavation or conservation"
    AGRICULTURE = "agriculture or ploughing"
    """Record it as a threat."""
    CONSTRUCTION = "construction"
    """Record it as a threat."""
    DUPLICATE = "duplicate"
    OUTSIDE = "outside the site"
    RESOLUTION = "insufficient resolution"


class Audience(StrEnum):
    """For whom something is drawn, counted or written; decides rows, columns and precision."""

    PUBLIC = "public"
    PARTNER = "partner"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every kept fact has: identity, place, time, source, grade and marking."""

    id: str
    """Stable and readable, unique within its dataset: ``SZ001``, ``IQ-SY-02``, ``PL894019``."""
    geometry: BaseGeometry | None = None
    """EPSG:4326; None where the place is not known better than its country."""
    precision: Precision = Precision.COUNTRY
    """How exactly `geometry` is known."""
    date_from: date | None = None
    """First day (UTC) on which this holds or may have happened; None if unknown."""
    date_to: date | None = None
    """Last such day; None if unknown or still so."""
    source: str = ""
    """Source in words: title of the report, name of the register."""
    source_url: str = ""
    """Where the source can be read; several are separated by `` ; ``."""
    source_class: SourceClass = SourceClass.UNSTATED
    """Kind of publisher."""
    grade: str = "F6"
    """Admiralty grade: reliability A-F, then credibility 1-6; F6 until an analyst judges it."""
    marking: Tlp = Tlp.AMBER
    """TLP 2.0 marking; unmarked imports are AMBER."""
    licence: str = ""
    """Licence or terms under which the row may be passed on."""
    simulated: bool = False
    """True for invented data; such rows never mix with real counts."""
    dataset_id: str = "local"
    """Dataset the row belongs to; identity is (dataset_id, id)."""
    owner: str = ""
    """Organisation that answers for the row."""
    note: str = ""
    """Anything else that a reader must know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Record):
    """An archaeological site, monument or museum."""

    name: str
    """Name in Latin script."""
    country: str
    """Country in English, de facto."""
    name_ar: str = ""
    """Name in Arabic script."""
    name_ar_source: str = ""
    """Where the Arabic name was read."""
    alt_names: str = ""
    """Other names, separated by ``|``."""
    kind: str = ""
    """Kind of place, such as ``cuneiform findspot``."""
    period: str = ""
    """Periods, separated by ``; ``; empty where no source says."""
    designation: str = ""
    """World Heritage or other status with its year and reference."""
    footprint_wkt: str = ""
    """Outline as WKT polygon in EPSG:4326, where one is known."""
    buffer_m: float | None = None
    """Radius in metres that stands for the outline where none is known."""
    sensitivity: Sensitivity = Sensitivity.NONE
    """How much harm publishing the location would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderPost(Record):
    """A place where goods and people may leave a country."""

    name: str
    """Name in Latin script."""
    country: str
    """Country in which the post stands."""
    kind: PostKind
    """Land, sea, air or informal."""
    name_ar: str = ""
    """Name in Arabic script."""
    name_ar_source: str = ""
    """Where the Arabic name was read."""
    facing_name: str = ""
    """Name of the post on the other side."""
    facing_country: str = ""
    """Country on the other side."""
    status_text: str = ""
    """What sources say of its opening, with dates where known; prose, not intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seizure(Record):
    """One event in the life of a case: a seizure, recovery, forfeiture, return or arrest."""

    event_type: SeizureType
    """What happened."""
    country: str
    """Country where it happened."""
    place: str = ""
    """Place as the source names it."""
    event_note: str = ""
    """Qualifies the event, such as ``aggregate``."""
    date_text: str = ""
    """The date as the source gives it."""
    date_precision: DatePrecision = DatePrecision.UNKNOWN
    """How exactly the date is known."""
    date_basis: DateBasis = DateBasis.UNSTATED
    """What the date is the date of."""
    date_note: str = ""
    """The date's doubts in words."""
    agency: str = ""
    """Who acted."""
    object_count: int | None = None
    """Objects as reported, before authentication; never to be summed over returns or aggregates."""
    count_qualifier: str = ""
    """``about``, ``over``, ``nearly``; empty if the count is given as exact."""
    object_types: str = ""
    """Objects in the source's words."""
    object_classes: tuple[ObjectClass, ...] = ()
    """Red List categories that follow from the words; empty where none does."""
    description: str = ""
    """What happened, in a sentence or two."""
    claimed_origin: str = ""
    """Where the objects are said to come from."""
    transit: str = ""
    """Countries or places passed, separated by ``; ``."""
    destination: str = ""
    """Where they were bound for."""
    transport_mode: TransportMode = TransportMode.UNSTATED
    """How they travelled."""
    transport_detail: str = ""
    """The same in more words."""
    concealment: str = ""
    """How they were hidden."""
    detection_method: str = ""
    """How they were found."""
    outcome: str = ""
    """What became of them."""
    case_key: str = ""
    """Shared by the events of one case; empty where the row is a case of its own."""
    coord_source: str = ""
    """Where the coordinate was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEvent(Record):
    """A dated looting, destruction or observation at a site."""

    site_name: str
    """Site as the source names it."""
    event_type: SiteEventType
    """What happened."""
    site_id: str = ""
    """Id of the site in the store, where it is known."""
    event_note: str = ""
    """Qualifies the event."""
    date_text: str = ""
    """The date as the source gives it."""
    date_precision: DatePrecision = DatePrecision.UNKNOWN
    """How exactly the date is known."""
    date_basis: DateBasis = DateBasis.UNSTATED
    """What the date is the date of."""
    date_note: str = ""
    """The date's doubts in words."""
    description: str = ""
    """What happened, in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLink(Record):
    """A cited main road or railway between two named places; a schema, not a course."""

    from_node: str
    """Id of the place it starts from."""
    to_node: str
    """Id of the place it ends at."""
    mode: RoadMode
    """Road or rail."""
    from_name: str = ""
    """Name of the place it starts from."""
    to_name: str = ""
    """Name of the place it ends at."""
    country: str = ""
    """Country or countries, separated by ``/``."""
    road_ref: str = ""
    """Road number or name."""
    road_class: str = ""
    """motorway, trunk or primary."""
    lanes: str = ""
    """Lanes in the source's words."""
    status_note: str = ""
    """Closures and reopenings in the source's words, with their dates."""
    evidence_grade: str = ""
    """A traced by waypoints, B sourced at both ends, C inferred adjacency (drawn dashed)."""
    great_circle_km: float | None = None
    """Great-circle distance in kilometres."""
    route_km: float | None = None
    """Length by waypoints in kilometres, where known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(Record):
    """A raster of one date in the store; `geometry` is the outline of its grid."""

    sensor: str
    """Sensor or ``simulated``."""
    bands: tuple[str, ...]
    """Band names in file order, such as ``B04``."""
    acquired_at: datetime
    """Time of the picture, UTC."""
    sha256: str
    """SHA-256 of the file's bytes."""
    path: str
    """File, relative to the folder of the embedded store."""
    site_id: str = ""
    """Site the scene was made for or lies over."""
    crs: str = ""
    """CRS as ``EPSG:code`` or WKT."""
    transform: str = ""
    """The six numbers of the affine transform, separated by spaces."""
    width: int | None = None
    """Columns."""
    height: int | None = None
    """Rows."""
    clear_fraction: float | None = None
    """Share of the cells with data and without cloud, 0 to 1; None if no mask is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Record):
    """A flagged polygon of change, as a detector drew it and as an analyst judged it."""

    site_id: str = ""
    """Site near which it lies."""
    detection_id: str = ""
    """The detector run that drew it."""
    area_m2: float | None = None
    """Area on the ellipsoid in square metres."""
    distance_m: float | None = None
    """Distance from the site's place to the nearest point of the polygon, in metres."""
    score: float | None = None
    """Highest score inside; higher means more change. Not a probability."""
    p: float | None = None
    """Placebo p value; None where it was not calibrated."""
    q: float | None = None
    """False discovery rate; None where it was not controlled."""
    hint: str = ""
    """Unverified hint at the type of change."""
    status: AlertStatus = AlertStatus.FIRST
    """The algorithm's state."""
    judgement: Judgement = Judgement.NONE
    """What the analysts say; their single words are `Opinion`s."""
    provenance: str = ""
    """JSON of `Provenance`: with it the alert can be made again."""
    method: AlertMethod = AlertMethod.PAIR
    """Kind of study that drew it."""
    sensors: tuple[str, ...] = ()
    """The sensors that saw it."""
    priority: float | None = None
    """Place in the feed; higher comes first. None where nothing was ranked."""
    placebo_rate: float | None = None
    """Share of placebo runs on the site's own past that raised an alert, 0 to 1; None if none."""
    persistence: int | None = None
    """Dates that agree; None where only one could."""
    last_clear_on: date | None = None
    """Day (UTC) on which the place was last seen clearly; None if unknown."""
    features: str = ""
    """JSON object of measured attributes, for hints and learning; empty if none were measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain(Record):
    """A raster of heights in the store; `geometry` is the outline of its grid."""

    sha256: str
    """SHA-256 of the file's bytes."""
    path: str
    """File, relative to the folder of the embedded store."""
    crs: str = ""
    """CRS as ``EPSG:code`` or WKT."""
    width: int | None = None
    """Columns."""
    height: int | None = None
    """Rows."""
    cell_m: float | None = None
    """Width of the middle cell in metres."""
    unit: str = "m"
    """Unit of the heights in the file: ``m`` or ``ft``; they are read in metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadNetwork(Record):
    """A file of surveyed roads in the store; `geometry` is the box around them."""

    sha256: str
    """SHA-256 of the file's bytes."""
    path: str
    """File, relative to the folder of the embedded store."""
    ways: int | None = None
    """Roads in it that can be used."""
    length_km: float | None = None
    """Their length in kilometres."""
    classes: str = ""
    """Their classes with the number of roads of each, separated by ``; ``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Record):
    """A ranked hypothesis of how objects leave the country; never a statement that they did."""

    study_id: str
    """The run that made it: ``RT-`` and ten hexadecimal digits."""
    origin_name: str
    """Where it starts, in words."""
    exit_id: str
    """Border post where it leaves the country."""
    exit_name: str
    """Name of that post."""
    mode: str
    """How it is travelled, as `data/modes.yaml` names it."""
    rank: int | None = None
    """1 for the largest share of its run."""
    site_id: str = ""
    """Site where it starts; empty for a place drawn on the map."""
    share: float | None = None
    """Share of the plausible routes that go this way, 0 to 1. Not a probability of smuggling."""
    share_low: float | None = None
    """5 % bound of `share` over what is not known."""
    share_high: float | None = None
    """95 % bound of the same."""
    time_h: float | None = None
    """Median time on the way in hours."""
    time_h_low: float | None = None
    """5 % bound of `time_h`."""
    time_h_high: float | None = None
    """95 % bound of the same."""
    length_km: float | None = None
    """Length in kilometres."""
    passes: str = ""
    """Other border posts and towns on the way, separated by ``; ``."""
    schematic: bool = False
    """True if any part follows a schematic link instead of a surveyed road."""
    provenance: str = ""
    """JSON of `Provenance`: with it the route can be made again."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion(Record):
    """What one person says of an alert; the words are in `note`. A second thought is a version."""

    alert_id: str
    """Id of the alert."""
    reviewer: str
    """Whose opinion it is."""
    verdict: Verdict
    """What they say."""
    given_at: datetime
    """When, UTC."""
    alert_dataset_id: str = "local"
    """Dataset of the alert."""
    site_id: str = ""
    """Site of the alert."""
    reasons: tuple[RejectReason, ...] = ()
    """Why it is rejected; empty unless it is."""
    settles: bool = False
    """True for the word of a reviewer that decides, whatever the others said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment(Record):
    """Condition of a site and what threatens it, in the terms of EAMENA."""

    site_id: str = ""
    """The site; empty where the store has none."""
    condition: Condition = Condition.UNKNOWN
    """Its overall state."""
    alert_id: str = ""
    """The alert that led to it; empty where none did."""
    alert_dataset_id: str = ""
    """Dataset of that alert."""
    damage_extent: DamageExtent = DamageExtent.UNKNOWN
    """Share of the site that is damaged."""
    certainty: Certainty = Certainty.NOT_APPLICABLE
    """How sure cause and effect are."""
    disturbance_category: DisturbanceCategory = DisturbanceCategory.UNKNOWN
    """Where the disturbance comes from."""
    disturbance_cause: DisturbanceCause = DisturbanceCause.UNKNOWN
    """What does the damage."""
    disturbance_effects: tuple[DisturbanceEffect, ...] = ()
    """What the damage is."""
    threat_probability: ThreatProbability = ThreatProbability.NOT_APPLICABLE
    """How likely further damage is."""
    action_priority: ActionPriority = ActionPriority.UNSTATED
    """How soon somebody should act."""
    activity: Activity = Activity.UNSTATED
    """How the site was assessed."""
    assessed_by: str = ""
    """Who assessed it."""
    assessed_on: date | None = None
    """Day (UTC) of the assessment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What made a result, so that it can be made again."""

    method: str
    """Name and version of the detector or model."""
    inputs: dict[str, str]
    """Role and file name of each input, with the SHA-256 of its bytes."""
    parameters: dict[str, object]
    """Every parameter with its value."""
    versions: dict[str, str]
    """Versions of Lamassu and of the libraries that compute."""
    findings: dict[str, object] = field(default_factory=dict)
    """What the run found out on its way, such as the shift between the two dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that was read but not accepted; it keeps its text and its reason."""

    row_number: int
    """Line of the file as its reader sees it; the header is row 1."""
    text: str
    """The row as it stood."""
    what: str
    """The fault with its value."""
    expected: str
    """What was expected."""
    remedy: str
    """What to do."""
    cells: str = ""
    """JSON object of its cells by column name, so that they can be mended; empty if unknown."""
    mended_in: str = ""
    """The import that took it in once it was mended; empty while it waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of each row of one file: read = accepted + quarantined + duplicate."""

    import_id: str
    """Names the import for `undo`; empty for a dry run."""
    kind: str
    """Table the rows are for."""
    file_name: str
    """Name of the file, without its folder."""
    sha256: str
    """SHA-256 of the file's bytes."""
    read: int
    """Rows in the file."""
    accepted: int
    """Rows now in the store: new ones and new versions of known ones."""
    quarantined: int
    """Rows kept aside with their reasons."""
    duplicate: int
    """Rows that the store already held with the same content."""
    rows: tuple[QuarantinedRow, ...] = ()
    """The quarantined rows."""
    notes: tuple[str, ...] = ()
    """What the reader should know, such as a guessed separator."""

    def __str__(self) -> str:
        """The law of conservation as one line."""
        return (
            f"read {self.read} = accepted {self.accepted} + quarantined {self.quarantined}"
            f" + duplicate {self.duplicate}"
        )


def strictest(markings: list[Tlp]) -> Tlp:
    """The marking of a composite: the strictest of its inputs, CLEAR if there is none."""
    return max(markings, key=lambda marking: marking.strictness, default=Tlp.CLEAR)

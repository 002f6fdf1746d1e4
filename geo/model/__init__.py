"""Records and code lists: the words Lamassu speaks.

Every record class below is also the declaration of a table: `geo.store.schema` derives columns from
its fields, and `geo.sources.meaning.records` derives what an imported row must hold. A field
without a default must be filled; a field with one may be left out. Every string is Unicode NFC.
"""

from geo.model.alerts import Alert, AlertMethod, AlertStatus, Judgement
from geo.model.cases import (
    ArtObject,
    CaseLink,
    CustodyEvent,
    CustodyType,
    LinkType,
    Photograph,
    StolenObject,
)
from geo.model.imports import ImportReport, QuarantinedRow
from geo.model.judging import Assessment, Opinion, RejectReason, Verdict
from geo.model.markings import Audience, Sensitivity, Tlp, strictest
from geo.model.provenance import Provenance
from geo.model.rasters import Scene, Terrain
from geo.model.record import DateBasis, DatePrecision, Precision, Record, SourceClass
from geo.model.routes import BorderPost, PostKind, RoadLink, RoadMode, RoadNetwork, Route
from geo.model.seizures import ObjectClass, Seizure, SeizureType, TransportMode
from geo.model.sites import Site, SiteEvent, SiteEventType

__all__ = [
    "Alert",
    "AlertMethod",
    "AlertStatus",
    "ArtObject",
    "Assessment",
    "Audience",
    "BorderPost",
    "CaseLink",
    "CustodyEvent",
    "CustodyType",
    "DateBasis",
    "DatePrecision",
    "ImportReport",
    "Judgement",
    "LinkType",
    "ObjectClass",
    "Opinion",
    "Photograph",
    "PostKind",
    "Precision",
    "Provenance",
    "QuarantinedRow",
    "Record",
    "RejectReason",
    "RoadLink",
    "RoadMode",
    "RoadNetwork",
    "Route",
    "Scene",
    "Seizure",
    "SeizureType",
    "Sensitivity",
    "Site",
    "SiteEvent",
    "SiteEventType",
    "SourceClass",
    "StolenObject",
    "Terrain",
    "Tlp",
    "TransportMode",
    "Verdict",
    "strictest",
]

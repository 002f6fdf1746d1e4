"""Tables under the column names of others: CITES illegal trade reports and EAMENA's Arches; pure.

Sources: the standard format of the CITES annual illegal trade report, guidelines SC71 (Geneva,
2019); the node names of EAMENA's Heritage Place resource model for Arches
(github.com/eamena-project/eamena-arches-dev at b2bd2568); for assessments, the fields of that
repository's bulk upload.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from geo.columns import SEPARATOR
from geo.eamena import ThreatProbability
from geo.model import Precision
from geo.sources.writers.table_files import wkt

LOCATION_CERTAINTY = {
    Precision.EXACT: "High",
    Precision.VICINITY: "Medium",
    Precision.TOWN: "Low",
    Precision.PROVINCE: "Negligible",
}
"""EAMENA's word for how well a place is known; which word stands for which is this project's."""


def cites_table(table: pd.DataFrame) -> pd.DataFrame:
    """Seizures as a CITES illegal trade report: its columns first, then all of `table`'s.

    Parameters
    ----------
    table : DataFrame
        Seizures as `table_files.flat` gives them; columns that the reader may not have
        are missing, and what they would fill is empty.

    Returns
    -------
    DataFrame
        Same index. Columns of the report that no record of Lamassu fills are there and empty.
        ``Additional information`` begins with the type of the event, so that nobody counts a
        return as a seizure.
    """
    count = _texts(table, "object_count")
    filled = {
        "Date of seizure": _periods(table),
        "Species": [cell.replace(SEPARATOR, "; ") for cell in _texts(table, "object_classes")],
        "Description of specimen": _texts(table, "object_types"),
        "Quantity": _joined([_texts(table, "count_qualifier"), count], " "),
        "Unit": ["pieces" if number else "" for number in count],
        "Location of incident": _joined([_texts(table, "place"), _texts(table, "country")], ", "),
        "Detecting agency": _texts(table, "agency"),
        "Reason for seizure": _texts(table, ""),
        "Method of detection": _texts(table, "detection_method"),
        "Mode of transport": _joined(
            [_texts(table, "transport_mode"), _texts(table, "transport_detail")], ": "
        ),
        "Method of concealment": _texts(table, "concealment"),
        "Alleged country of origin": _texts(table, "claimed_origin"),
        "Country(ies) of transit": _texts(table, "transit"),
        "Alleged final destination": _texts(table, "destination"),
        "Nationality of offenders": _texts(table, ""),
        "Law under which charges were brought": _texts(table, ""),
        "Sanction": _texts(table, ""),
        "Disposal of confiscated specimens": _texts(table, "outcome"),
        "Estimated value in country": _texts(table, ""),
        "Additional information": _joined(
            [_texts(table, "event_type"), _texts(table, "description")], ": "
        ),
    }
    return _before(table, filled)


def arches_table(table: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sites as business data for Arches: EAMENA's nodes first, then all of `table`'s columns.

    Parameters
    ----------
    table : DataFrame
        `sites` as `geo.sources.writers.table_files.flat` gives them.
    sites : GeoDataFrame
        The same rows with their shapes. A generalised place is the polygon of its cell, and
        ``General Description`` says so.

    Returns
    -------
    DataFrame
        Same index. ``ResourceID`` is the record's id, which Arches keeps as a legacy id.
    """
    outlines = _texts(table, "footprint_wkt")
    filled = {
        "ResourceID": _texts(table, "id"),
        "Resource Name": _texts(table, "name"),
        "Heritage Place Type": _texts(table, "kind"),
        "Cultural Period Type": _texts(table, "period"),
        "Country Type": _texts(table, "country"),
        "Designation": _texts(table, "designation"),
        "Geometric Place Expression": [
            outline or ("" if shape is None else wkt(shape))
            for outline, shape in zip(outlines, sites.geometry, strict=True)
        ],
        "Location Certainty": [
            LOCATION_CERTAINTY.get(Precision(value), "") for value in table["precision"]
        ],
        "General Description": _joined([_said_of_places(table), _texts(table, "note")], "; "),
    }
    return _before(table, filled)


def eamena_table(table: pd.DataFrame) -> pd.DataFrame:
    """Assessments as business data for EAMENA: its nodes first, then all of `table`'s columns.

    Parameters
    ----------
    table : DataFrame
        Assessments as `table_files.flat` gives them; columns that the reader may not have are
        missing, and what they would fill is empty.

    Returns
    -------
    DataFrame
        Same index. ``ResourceID`` is the id of the site. Several effects stand in one cell, parted
        by `|`. A threat is more of the same disturbance; empty where none applies.
    """
    certainty, probability = _texts(table, "certainty"), _texts(table, "threat_probability")
    threats = [
        [cell if more != ThreatProbability.NOT_APPLICABLE else ""
         for cell, more in zip(_texts(table, name), probability, strict=True)]
        for name in ("disturbance_category", "disturbance_cause")
    ]  # fmt: skip
    filled = {
        "ResourceID": _texts(table, "site_id"),
        "Assessment Activity Type": _texts(table, "activity"),
        "Assessment Activity Date": _days(table, "assessed_on"),
        "Overall Condition State Type": _texts(table, "condition"),
        "Damage Extent Type": _texts(table, "damage_extent"),
        "Disturbance Cause Category Type": _texts(table, "disturbance_category"),
        "Disturbance Cause Type": _texts(table, "disturbance_cause"),
        "Disturbance Cause Certainty": certainty,
        "Disturbance Date From": _days(table, "date_from"),
        "Disturbance Date To": _days(table, "date_to"),
        "Disturbance Cause Assignment Assessor Name": _texts(table, "assessed_by"),
        "Effect Type": _texts(table, "disturbance_effects"),
        "Effect Certainty": certainty,
        "Threat Category": threats[0],
        "Threat Type": threats[1],
        "Threat Probability": probability,
        "Priority Type": _texts(table, "action_priority"),
    }
    return _before(table, filled)


def _before(table: pd.DataFrame, filled: dict[str, list[str]]) -> pd.DataFrame:
    """The columns `filled`, then those of `table` whose names are not among them."""
    first = pd.DataFrame(filled, index=table.index, dtype="str")
    taken = {name.casefold() for name in filled}
    return pd.concat([first, table[[name for name in table if name not in taken]]], axis=1)


def _texts(table: pd.DataFrame, name: str) -> list[str]:
    """The cells of a column as text; empty ones if it is not there."""
    if name not in table:
        return [""] * len(table)
    return ["" if pd.isna(cell) else str(cell) for cell in table[name].tolist()]


def _joined(columns: Sequence[Sequence[str]], separator: str) -> list[str]:
    """The cells of several columns in one, as far as they are filled."""
    rows = zip(*columns, strict=True)
    return [separator.join(cell for cell in row if cell) for row in rows]


def _days(table: pd.DataFrame, name: str) -> list[str]:
    """The days of a column, ``2015-03-07``; empty ones where it is not known."""
    return ["" if pd.isna(day) else day.date().isoformat() for day in table[name]]


def _periods(table: pd.DataFrame) -> list[str]:
    """The day, or the first and the last, of each row."""
    ends = [_days(table, name) for name in ("date_from", "date_to")]
    return [
        begin if begin == end or not end else f"{begin} to {end}".strip()
        for begin, end in zip(*ends, strict=True)
    ]


def _said_of_places(table: pd.DataFrame) -> list[str]:
    """What a reader must know of places that are not the exact ones."""
    if "generalised" not in table:
        return _texts(table, "")
    return [
        f"place generalised to a cell of {width:g} degree" if generalised and width > 0 else ""
        for generalised, width in zip(table["generalised"], table["cell_deg"], strict=True)
    ]

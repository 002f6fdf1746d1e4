"""Tables under the column names of others."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import Point, box

from geo.frames import frame_of
from geo.sources.writers.report_files import arches_table, cites_table, eamena_table
from geo.sources.writers.table_files import flat


def seizures(**columns: list[object]) -> gpd.GeoDataFrame:
    """Seizures with these columns."""
    length = len(next(iter(columns.values())))
    given = {"id": [f"S{n}" for n in range(length)], "event_type": ["seizure"] * length,
             "country": ["Iraq"] * length}  # fmt: skip
    return frame_of("seizures", given | columns)


def sites(**columns: list[object]) -> gpd.GeoDataFrame:
    """Sites with these columns."""
    length = len(next(iter(columns.values())))
    given = {"id": [f"PL{n}" for n in range(length)], "name": ["Tell"] * length,
             "country": ["Iraq"] * length}  # fmt: skip
    return frame_of("sites", given | columns)


def test_a_seizure_reads_as_a_line_of_the_cites_report():
    """Each column of the report holds what the record says of it."""
    frame = seizures(
        event_type=["return"], place=["Doha"], country=["Qatar"], object_count=[54],
        count_qualifier=["about"], object_types=["tablets"], object_classes=["writing|coins"],
        date_from=[date(1998, 1, 1)], date_to=[date(1998, 12, 31)], agency=["Customs"],
        transport_mode=["road"], transport_detail=["lorry"], concealment=["in a tyre"],
        claimed_origin=["Iraq"], transit=["Jordan; Syria"], destination=["Europe"],
        detection_method=["X-ray"], outcome=["stored"], description=["Handed over."],
    )  # fmt: skip
    report = cites_table(flat(frame))
    assert report.iloc[0, :20].to_dict() == {
        "Date of seizure": "1998-01-01 to 1998-12-31",
        "Species": "writing; coins",
        "Description of specimen": "tablets",
        "Quantity": "about 54",
        "Unit": "pieces",
        "Location of incident": "Doha, Qatar",
        "Detecting agency": "Customs",
        "Reason for seizure": "",
        "Method of detection": "X-ray",
        "Mode of transport": "road: lorry",
        "Method of concealment": "in a tyre",
        "Alleged country of origin": "Iraq",
        "Country(ies) of transit": "Jordan; Syria",
        "Alleged final destination": "Europe",
        "Nationality of offenders": "",
        "Law under which charges were brought": "",
        "Sanction": "",
        "Disposal of confiscated specimens": "stored",
        "Estimated value in country": "",
        "Additional information": "return: Handed over.",
    }
    assert list(report)[20:] == list(flat(frame))


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [(None, None, ""), (date(2015, 3, 7), date(2015, 3, 7), "2015-03-07"),
     (date(2015, 3, 7), None, "2015-03-07"), (None, date(2015, 3, 7), "to 2015-03-07")],
)  # fmt: skip
def test_days_of_a_report(begin, end, said):
    """A day, its end alone, nothing."""
    table = flat(seizures(date_from=[begin], date_to=[end]))
    assert cites_table(table)["Date of seizure"].tolist() == [said]


def test_what_is_not_known_or_not_told_is_empty():
    """A reader who may not have a column gets an empty one; nobody counts what is not counted."""
    table = flat(seizures(object_count=[None, 0])).drop(columns=["agency", "concealment"])
    report = cites_table(table)
    assert report["Detecting agency"].tolist() == ["", ""]
    assert report["Quantity"].tolist() == ["", "0"]
    assert report["Unit"].tolist() == ["", "pieces"]


def test_a_site_reads_as_a_heritage_place_of_arches():
    """Nodes first; what a node holds is not there twice."""
    frame = sites(name=["Hatra"], kind=["ruin"], period=["Parthian"], designation=["WHS 277"],
                  geometry=[Point(42.718, 0.1 + 0.2)], precision=["vicinity"],
                  note=["n"])  # fmt: skip
    table = arches_table(flat(frame), frame)
    assert table.iloc[0, :9].to_dict() == {
        "ResourceID": "PL0",
        "Resource Name": "Hatra",
        "Heritage Place Type": "ruin",
        "Cultural Period Type": "Parthian",
        "Country Type": "Iraq",
        "Designation": "WHS 277",
        "Geometric Place Expression": "POINT (42.718 0.30000000000000004)",
        "Location Certainty": "Medium",
        "General Description": "n",
    }
    folded = [name.casefold() for name in table]
    assert len(set(folded)) == len(folded)
    assert {*flat(frame)} - {*table} == {"designation"}


def test_a_generalised_site_is_a_cell_in_arches_and_says_so():
    """No point stands for a place that is not told."""
    cell = box(42.72, 35.58, 42.73, 35.59)
    frame = sites(geometry=[cell, None], precision=["vicinity", "country"])
    frame = frame.assign(generalised=[True, False], cell_deg=[0.01, float("nan")])
    table = arches_table(flat(frame).drop(columns=["note", "footprint_wkt"]), frame)
    shape, nowhere = table["Geometric Place Expression"]
    assert shapely.from_wkt(shape).equals(cell)
    assert nowhere == ""
    assert table["General Description"].tolist() == [
        "place generalised to a cell of 0.01 degree",
        "",
    ]
    assert table["Location Certainty"].tolist() == ["Medium", ""]


def test_a_known_outline_stands_for_the_site_in_arches():
    """It says more than a point inside it."""
    outline = "POLYGON ((42 35, 43 35, 43 36, 42 35))"
    frame = sites(geometry=[Point(42.7, 35.2)], footprint_wkt=[outline])
    assert arches_table(flat(frame), frame)["Geometric Place Expression"].tolist() == [outline]


def test_an_assessment_reads_as_a_condition_assessment_of_eamena():
    """Its nodes first; a threat is told only where one was judged."""
    frame = frame_of(
        "assessments",
        {
            "id": ["AS-1", "AS-2"], "site_id": ["PL0", "PL0"], "condition": ["Poor", "Unknown"],
            "damage_extent": ["11-30%", "Unknown"], "certainty": ["High", "Not Applicable"],
            "disturbance_category": ["Looting/Illegal Activities", "Natural"],
            "disturbance_cause": ["Excavation (Hand)", "Wind Action"],
            "disturbance_effects": ["Covered|Burning", ""],
            "threat_probability": ["Probable", "Not Applicable"],
            "action_priority": ["Immediate Action (Emergency)", ""],
            "activity": ["Desk Based Assessment", ""], "assessed_by": ["Huda", ""],
            "assessed_on": [date(2026, 11, 22), None], "date_from": [date(2025, 4, 2), None],
            "date_to": [date(2025, 5, 12), None],
        },
    )  # fmt: skip
    first, second = eamena_table(flat(frame)).iloc[:, :17].to_dict("records")
    assert first == {
        "ResourceID": "PL0",
        "Assessment Activity Type": "Desk Based Assessment",
        "Assessment Activity Date": "2026-11-22",
        "Overall Condition State Type": "Poor",
        "Damage Extent Type": "11-30%",
        "Disturbance Cause Category Type": "Looting/Illegal Activities",
        "Disturbance Cause Type": "Excavation (Hand)",
        "Disturbance Cause Certainty": "High",
        "Disturbance Date From": "2025-04-02",
        "Disturbance Date To": "2025-05-12",
        "Disturbance Cause Assignment Assessor Name": "Huda",
        "Effect Type": "Covered|Burning",
        "Effect Certainty": "High",
        "Threat Category": "Looting/Illegal Activities",
        "Threat Type": "Excavation (Hand)",
        "Threat Probability": "Probable",
        "Priority Type": "Immediate Action (Emergency)",
    }
    assert (second["Threat Category"], second["Threat Type"]) == ("", "")
    assert second["Assessment Activity Date"] == ""


def test_no_rows_are_a_table_too():
    """All columns are there."""
    assert list(cites_table(flat(seizures(id=[]))))[:2] == ["Date of seizure", "Species"]
    frame = sites(id=[])
    assert list(arches_table(flat(frame), frame))[:2] == ["ResourceID", "Resource Name"]

"""Made-up records of cases for tests; nothing in them is or stands for a real object or place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
from PIL import Image, ImageDraw
from shapely.geometry import Point

from geo.frames import frame_of
from geo.model import ArtObject, CustodyEvent, CustodyType, Tlp

TOWN, OTHER_TOWN = (44.0, 33.0), (45.0, 36.0)


def seizures() -> gpd.GeoDataFrame:
    """M1 and M2 tell of one event, M3 of its return, M4 of another; M5 is Arabic, M6 invented."""
    return frame_of(
        "seizures",
        {
            "id": ["M1", "M2", "M3", "M4", "M5", "M6"],
            "event_type": ["seizure", "seizure", "return", "seizure", "seizure", "seizure"],
            "country": ["Exampleland"] * 4 + ["بلد المثال", "Exampleland"],
            "place": [
                "Market Town", "Market Town", "Capital", "Hill Town", "سوق البلدة", "Market Town",
            ],
            "geometry": [Point(TOWN), Point(TOWN), None, Point(OTHER_TOWN), None, Point(TOWN)],
            "precision": ["town", "town", "country", "town", "country", "town"],
            "date_from": [
                date(2020, 3, 5), date(2020, 3, 7), date(2022, 6, 1), date(2020, 3, 5),
                date(2021, 9, 1), date(2020, 3, 5),
            ],
            "date_to": [
                date(2020, 3, 5), date(2020, 3, 7), date(2022, 6, 1), date(2020, 3, 5),
                date(2021, 9, 1), date(2020, 3, 5),
            ],
            "object_count": [54, 54, 50, 3, 12, 54],
            "object_types": [
                "cylinder seals, clay cones", "clay cones and cylinder seals", "cylinder seals",
                "glass beads", "أختام أسطوانية وتماثيل صغيرة", "cylinder seals, clay cones",
            ],
            "description": [
                "Found under the seats of a bus.", "", "Handed over at the ministry.", "",
                "ضُبطت القطع في حقيبة مسافر عند مدخل السوق.", "",
            ],
            "agency": ["Customs", "Customs and police", "Ministry", "Police", "الجمارك", "Customs"],
            "source": ["made up"] * 6,
            "dataset_id": ["local"] * 6,
            "simulated": [False] * 5 + [True],
        },
    )  # fmt: skip


def stolen() -> gpd.GeoDataFrame:
    """A list of two entries: a cylinder seal with a museum's number, and a bead."""
    return frame_of(
        "stolen",
        {
            "id": ["L1", "L2"],
            "reference": ["REG-0001", "REG-0002"],
            "object_type": ["cylinder seal", "glass bead"],
            "materials": ["haematite", "glass"],
            "measurements": ["24 mm x 12 mm", "8 mm"],
            "inscriptions": ["I.M. 99999", ""],
            "stolen_from": ["Made-up Museum", ""],
            "source": ["made-up register", "made-up register"],
        },
    )


def seal() -> ArtObject:
    """A seal of M1 that is the list's first entry."""
    return ArtObject(
        id="new",
        seizure_id="M1",
        object_type="Cylinder seal",
        materials="haematite",
        measurements="H 2.4 cm, diameter 1.2 cm",
        inscriptions="IM 99999 in black ink",
        marking=Tlp.AMBER,
    )


def custody() -> list[CustodyEvent]:
    """Seized by customs, given by them to a museum and stored there; then given back by others."""
    steps = [
        (CustodyType.SEIZED, date(2020, 3, 5), "", "Customs", "", ""),
        (CustodyType.TRANSFERRED, date(2020, 5, 2), "Customs", "Made-up Museum", "Room 4", "P-17"),
        (CustodyType.EXAMINED, date(2020, 8, 1), "", "", "", ""),
        (CustodyType.RETURNED, date(2022, 6, 1), "The Ministry", "Embassy", "", "P-90"),
    ]
    return [
        CustodyEvent(
            id="new", seizure_id="M1", event_type=kind, date_from=day, date_to=day,
            from_party=giver, to_party=taker, storage_place=place, reference=reference,
        )
        for kind, day, giver, taker, place, reference in steps
    ]  # fmt: skip


def picture(
    path: Path, *, seed: int = 1, size: tuple[int, int] = (900, 600), **save: object
) -> Path:
    """A picture of shapes on a mottled ground, in the format of the file's ending."""
    draw = np.random.default_rng(seed)
    ground = Image.fromarray(draw.integers(60, 200, (6, 9, 3), dtype=np.uint8))
    image = ground.resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    for _ in range(9):
        x, y = draw.integers(0, size[0]), draw.integers(0, size[1])
        r = int(draw.integers(20, 130))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=tuple(map(int, draw.integers(0, 255, 3))))
    image.save(path, **save)
    return path

"""What goes out: records as an audience may have them, in files that other programs read."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo.columns import columns_of
from geo.disclosure import composite_marking, generalisation_note
from geo.errors import BadInput, InvalidSetting
from geo.model import Audience, Precision, Tlp
from geo.pipeline.guard import GuardedStore
from geo.pipeline.shown import records
from geo.query import Query, select
from geo.scrub import without_places
from geo.sources.writers.kml import write_records
from geo.sources.writers.report_files import arches_table, cites_table, eamena_table
from geo.sources.writers.spreadsheet_files import write_workbook
from geo.sources.writers.table_files import (
    NOT_XML,
    cells,
    flat,
    formula_safe,
    text_columns,
    write_csv,
)
from geo.store import Store

ENDINGS = {
    ".gpkg": "GeoPackage, for QGIS and other GIS",
    ".geojson": "GeoJSON, for maps on the web",
    ".kml": "KML, for Google Earth",
    ".xlsx": "XLSX, for Excel and LibreOffice",
    ".cites.csv": "CSV with the columns of a CITES illegal trade report",
    ".arches.csv": "CSV for Arches, as EAMENA names its nodes",
    ".eamena.csv": "CSV of condition assessments, as EAMENA names its nodes",
    ".csv": "CSV, for everything else",
}
"""Endings of the files that can be written, with what each is for."""

ONLY_FOR = {".cites.csv": "seizures", ".arches.csv": "sites", ".eamena.csv": "assessments"}
"""Endings of files that only one kind of record fits into."""

LINES = frozenset({"roads"})
"""Kinds whose places are lines between two ends."""

FOLDERS = {
    "sites": "country", "posts": "kind", "seizures": "event_type", "events": "event_type",
    "roads": "mode", "alerts": "status", "routes": "exit_name", "scenes": "sensor",
    "custody": "event_type", "links": "relation", "objects": "object_type", "stolen": "country",
    "opinions": "verdict", "assessments": "condition",
}  # fmt: skip
"""Column by which Google Earth puts the records of a kind into folders."""

TITLES = ("name", "title", "place", "site_name", "object_type", "exit_name", "road_ref", "id")
"""Columns of which the first that is filled names a record in Google Earth."""

UNTOUCHED = ".untouched.csv"
"""Ending of the twin of a CSV, in which no text was changed for the sake of spreadsheets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file that was written."""

    name: str
    """Its name without a folder."""
    sha256: str
    """SHA-256 of its bytes."""
    size: int
    """Its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written, for whom, and what the reader must know of it."""

    kind: str
    """Table of the records."""
    audience: Audience
    """Who may have them."""
    marking: Tlp
    """The strictest marking among them."""
    records: int
    """How many."""
    generalised: int
    """How many of them with a coarser place than is held."""
    simulated: int
    """How many of them are invented."""
    files: tuple[WrittenFile, ...]
    """The files, the main one first."""
    notes: tuple[str, ...] = ()
    """What was done to places and texts."""
    filters: tuple[str, ...] = ()
    """The limits that were set, in words."""
    datasets: tuple[str, ...] = ()
    """Datasets that the records belong to."""
    imports: tuple[str, ...] = ()
    """Imports that the records rest on, as far as the audience may know them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An export as one file to hand to a browser."""

    name: str
    """``lamassu-seizures-partner-2026-11-22.gpkg.zip``."""
    content: bytes
    """Its bytes."""
    report: ExportReport
    """What it holds."""


def export(
    store: Store,
    kind: str,
    path: Path,
    *,
    audience: Audience,
    query: Query | None = None,
    now: datetime,
) -> ExportReport:
    """Write the current records of a kind to `path`, in the format that its ending names.

    They are redacted for `audience` first, and only then searched by `query`. Every file tells its
    marking, its audience and its day; files of that name are replaced, all or none. The same store,
    options and day give the same bytes. For others than the office, columns ``generalised`` and
    ``cell_deg`` tell which places are cells: polygons in .gpkg, .geojson and .kml, elsewhere their
    middle. Beside a CSV, in which texts that look like formulas carry an apostrophe, lies a twin
    with all texts as they are.

    An export for the office, read by `import`, gives the same records; of a CSV take the twin.

    Raises
    ------
    InvalidSetting
        If there is no such kind, no such ending, or the format is not for this kind.
    BadInput
        If the records do not fit into the format, or a file cannot be written.
    """
    ending = ending_of(path)
    _require_fit(kind, ending)
    frame, report = _records_to_write(store, kind, audience, query, ending)
    if isinstance(store, GuardedStore):
        store.saw(kind, frame)
    about = _about(report, now)
    try:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=path.parent) as folder:
            paths = _WRITERS[ending](frame, Path(folder) / path.name, kind, about)
            files = tuple(map(_written, paths))
            for unfinished in paths:
                unfinished.replace(path.parent / unfinished.name)
    except OSError as err:
        raise BadInput(
            f"{path} cannot be written ({err.strerror or err})",
            expected="a folder that exists, may be written to and has room",
        ) from err
    return dataclasses.replace(report, files=files)


def endings_for(kind: str) -> dict[str, str]:
    """The endings that a kind of record can be written with, and what each is for."""
    return {
        ending: words for ending, words in ENDINGS.items() if ONLY_FOR.get(ending, kind) == kind
    }


def ending_of(path: Path) -> str:
    """The longest ending of `ENDINGS` that the name ends in.

    Raises
    ------
    InvalidSetting
        If it ends in none.
    """
    name = path.name.lower()
    found = [ending for ending in ENDINGS if name.endswith(ending) and name != ending]
    if not found:
        raise InvalidSetting(
            f"the name {path.name} says no format",
            expected=f"a name that ends in one of {', '.join(ENDINGS)}",
        )
    return max(found, key=len)


def _require_fit(kind: str, ending: str) -> None:
    """Refuse a format that is not for this kind, and kinds that there are not."""
    columns_of(kind)
    if ONLY_FOR.get(ending, kind) != kind:
        raise InvalidSetting(
            f"{kind} do not fit into a file that ends in {ending}",
            expected=ONLY_FOR[ending],
            remedy=f"take one of {', '.join(endings_for(kind))}",
        )


def _records_to_write(
    store: Store, kind: str, audience: Audience, query: Query | None, ending: str
) -> tuple[gpd.GeoDataFrame, ExportReport]:
    """The records as they will stand in the files, and what there is to say of them."""
    shown = records(store, kind, audience)
    frame = select(shown, query or Query()).reset_index(drop=True)
    filters = _limits(query, audience)
    generalised, simulated = int(frame["generalised"].sum()), int(frame["simulated"].sum())
    fields = [column.name for column in columns_of(kind) if column.name in frame]
    if audience is not Audience.INTERNAL:
        fields += ["generalised", "cell_deg"]
    report = ExportReport(
        kind=kind,
        audience=audience,
        marking=composite_marking([frame]),
        records=len(frame),
        generalised=generalised,
        simulated=simulated,
        files=(),
        filters=filters,
        datasets=tuple(sorted(frame["dataset_id"].unique())),
        imports=tuple(sorted(frame["import_id"].unique())) if "import_id" in frame else (),
        notes=tuple(filter(None, [
            generalisation_note(audience, routes=kind == "routes"),
            f"{simulated} of the records are SIMULATED: invented data" if simulated else "",
            *filters,
            *_notes_on_texts(frame, ending),
        ])),
    )  # fmt: skip
    return frame[fields], report


def _limits(query: Query | None, audience: Audience) -> tuple[str, ...]:
    """The limits in words; what somebody typed may be a place, which stays in the office."""
    told = query.described() if query else []
    if audience is Audience.INTERNAL:
        return tuple(told)
    return tuple(map(without_places, told))


def _about(report: ExportReport, now: datetime) -> dict[str, str]:
    """What every file says of itself."""
    told = {
        "marking": report.marking.value,
        "audience": report.audience.value,
        "date": f"{now:%Y-%m-%d}",
        "records": f"{report.records} {report.kind}",
        "generalised": f"{report.generalised} of them with a coarser place than is held",
        "simulated": f"{report.simulated} of them SIMULATED",
    }
    return told | {f"note {n}": note for n, note in enumerate(report.notes, start=1)}


def _notes_on_texts(frame: gpd.GeoDataFrame, ending: str) -> list[str]:
    """What the format does to texts of these records."""
    if ending.endswith(".csv"):
        return [
            "texts that a spreadsheet would run as formulas begin with an apostrophe; the file "
            f"that ends in {UNTOUCHED} has them as they are: keep and import that one"
        ]
    if ending not in (".kml", ".xlsx"):
        return []
    texts = frame[list(text_columns(pd.DataFrame(frame)))]
    strange = sum(int(texts[name].str.contains(NOT_XML).sum()) for name in texts)
    return [f"{strange} texts hold characters that {ending} cannot: \ufffd stands for them"][
        : bool(strange)
    ]


def _write_geopackage(
    frame: gpd.GeoDataFrame, path: Path, kind: str, about: Mapping[str, str]
) -> list[Path]:
    from geo.sources.writers.vectors import write_geopackage  # noqa: PLC0415 - GDAL is slow

    moment = datetime.fromisoformat(about["date"]).replace(tzinfo=UTC)
    write_geopackage(path, {kind: frame}, about=about, moment=moment)
    return [path]


def _write_geojson(
    frame: gpd.GeoDataFrame, path: Path, kind: str, about: Mapping[str, str]
) -> list[Path]:
    from geo.sources.writers.vectors import write_geojson  # noqa: PLC0415 - GDAL is slow

    write_geojson(path, frame, name=kind, about=about)
    return [path]


def _write_kml(
    frame: gpd.GeoDataFrame, path: Path, kind: str, about: Mapping[str, str]
) -> list[Path]:
    folders = frame[FOLDERS[kind]] if kind in FOLDERS else pd.Series(kind, index=frame.index)
    write_records(
        frame,
        path,
        name=f"Lamassu {kind}, {about['marking']}, for {about['audience']}, {about['date']}",
        titles=_titles(frame),
        folders=[folder or "not stated" for folder in folders],
        about=about,
    )
    return [path]


def _write_xlsx(
    frame: gpd.GeoDataFrame, path: Path, kind: str, about: Mapping[str, str]
) -> list[Path]:
    sheet = pd.DataFrame({"name": list(about), "words": list(about.values())}, dtype="str")
    write_workbook(path, {kind: flat(frame, lines=kind in LINES), "About": sheet})
    return [path]


def _write_csv(
    frame: gpd.GeoDataFrame, path: Path, kind: str, about: Mapping[str, str]
) -> list[Path]:
    table = flat(frame, lines=kind in LINES)
    if path.name.lower().endswith(".cites.csv"):
        table = cites_table(table)
    elif path.name.lower().endswith(".arches.csv"):
        table = arches_table(table, frame)
    elif path.name.lower().endswith(".eamena.csv"):
        table = eamena_table(table)
    told = {f"file_{name}": about[name] for name in ("marking", "audience", "date")}
    table = table.assign(
        **{name: pd.Series(words, table.index, "str") for name, words in told.items()}
    )
    columns = cells(table)
    untouched = path.with_name(path.name[: -len(".csv")] + UNTOUCHED)
    write_csv(path, formula_safe(columns, texts=text_columns(table)))
    write_csv(untouched, columns)
    return [path, untouched]


_Writer = Callable[[gpd.GeoDataFrame, Path, str, Mapping[str, str]], list[Path]]

_WRITERS: dict[str, _Writer] = {
    ".gpkg": _write_geopackage,
    ".geojson": _write_geojson,
    ".kml": _write_kml,
    ".xlsx": _write_xlsx,
    ".cites.csv": _write_csv,
    ".arches.csv": _write_csv,
    ".eamena.csv": _write_csv,
    ".csv": _write_csv,
}
"""Each writes the records to a file, and gives the paths of all that it wrote."""


def _titles(frame: gpd.GeoDataFrame) -> list[str]:
    """A name for each record, with how well its place is known and whether it is invented."""
    names = pd.Series("", index=frame.index, dtype="str")
    for column in TITLES:
        if column in frame:
            names = names.where(names != "", frame[column])
    told = [
        _place_in_words(
            row.precision, getattr(row, "cell_deg", None), placed=row.geometry is not None
        )
        for row in frame.itertuples()
    ]
    return [
        f"{'SIMULATED ' if simulated else ''}{name}{words}"
        for simulated, name, words in zip(frame["simulated"], names, told, strict=True)
    ]


def _place_in_words(precision: str, cell_deg: float | None, *, placed: bool) -> str:
    """How well a place is known, in brackets; nothing where it is known to 100 m, or not at all."""
    if cell_deg is not None and cell_deg > 0:
        return f" (somewhere in a cell of {cell_deg:g} degree)"
    radius_m = Precision(precision).radius_m
    if not placed or radius_m is None or precision == Precision.EXACT:
        return ""
    return f" (within {radius_m / 1000:g} km)"


def _written(path: Path) -> WrittenFile:
    """What there is to say of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenFile(name=path.name, sha256=digest, size=path.stat().st_size)

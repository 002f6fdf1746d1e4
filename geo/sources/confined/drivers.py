"""The drivers of GDAL that may open a file here; all others are switched off before GDAL starts.

GDAL asks every driver whether a file is its own, whatever the file is called, and some of them open
other files, databases or the network as they look. rasterio and pyogrio each bring a GDAL of their
own; both read these settings once, when they are loaded.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

ALLOWED = ("GTiff", "COG", "MEM", "GPKG", "GeoJSON", "ESRI Shapefile", "FlatGeobuf")
"""What Lamassu reads, and what it writes."""

# fmt: off
DRIVERS = (
    "AAIGrid", "ACE2", "ADBC", "ADRG", "AIG", "AIVector", "AVCBin", "AVCE00", "AirSAR",
    "AmigoCloud", "BAG", "BIGGIF", "BLX", "BMP", "BSB", "BT", "BYN", "CALS", "CEOS", "COASP",
    "COG", "COSAR", "CPG", "CSV", "CSW", "CTG", "CTable2", "Carto", "DAAS", "DERIVED", "DGN",
    "DIMAP", "DIPEx", "DOQ1", "DOQ2", "DTED", "DXF", "ECRGTOC", "EDIGEO", "EEDA", "EEDAI",
    "EHdr", "EIR", "ELAS", "ENVI", "ERS", "ESAT", "ESRI Shapefile", "ESRIC", "ESRIJSON",
    "Elasticsearch", "FAST", "FIT", "FlatGeobuf", "GDALG", "GFF", "GIF", "GML", "GNMDatabase",
    "GNMFile", "GPKG", "GPSBabel", "GPX", "GRASSASCIIGrid", "GRIB", "GS7BG", "GSAG", "GSBG",
    "GSC", "GTFS", "GTI", "GTX", "GTiff", "GXF", "GenBin", "GeoJSON", "GeoJSONSeq", "GeoRSS",
    "HDF5", "HDF5Image", "HF2", "HFA", "HTTP", "ILWIS", "IRIS", "ISCE", "ISG", "ISIS2", "ISIS3",
    "Idrisi", "JAXAPALSAR", "JDEM", "JML", "JP2OpenJPEG", "JPEG", "JSONFG", "KML",
    "KMLSUPEROVERLAY", "KRO", "L1B", "LAN", "LCP", "LIBKML", "LOSLAS", "LVBAG", "Leveller",
    "MAP", "MBTiles", "MEM", "MFF", "MFF2", "MRF", "MSGN", "MVT", "MapInfo File", "MapML",
    "Memory", "MiraMonVector", "NDF", "NGSGEOID", "NGW", "NITF", "NOAA_B", "NSIDCbin", "NTv2",
    "NWT_GRC", "NWT_GRD", "OAPIF", "ODS", "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT", "OSM",
    "OZI", "OpenFileGDB", "PAux", "PCIDSK", "PCRaster", "PDF", "PDS", "PDS4", "PGDUMP",
    "PLMOSAIC", "PLSCENES", "PMTiles", "PNG", "PNM", "PRF", "R", "RIK", "RMF", "ROI_PAC",
    "RPFTOC", "RRASTER", "RS2", "RST", "Rasterlite", "S102", "S104", "S111", "S57", "SAFE",
    "SAGA", "SAR_CEOS", "SDTS", "SENTINEL2", "SGI", "SIGDEM", "SNAP_TIFF", "SNODAS", "SQLite",
    "SRP", "SRTMHGT", "STACIT", "STACTA", "SXF", "Selafin", "TGA", "TIL", "TSX", "Terragen",
    "TopoJSON", "USGSDEM", "VDV", "VFK", "VICAR", "VRT", "WAsP", "WCS", "WEBP", "WFS", "WMS",
    "WMTS", "XLSX", "XPM", "XYZ", "ZMap", "Zarr", "netCDF",
)
# fmt: on
"""All drivers of rasterio 1.4.4 (GDAL 3.10.3) and of pyogrio 0.13.0 (GDAL 3.12.4)."""


def restrict_gdal(
    environment: Mapping[str, str], *, allowed: Collection[str] = ALLOWED
) -> dict[str, str]:
    """The settings to be put into ``os.environ`` before rasterio or pyogrio is loaded.

    With them GDAL has only the `allowed` drivers, looks at no file beside the one that it opens,
    writes no side files, and finds no network. Drivers that `environment` switches off stay off.
    """
    before = {
        name.strip()
        for key in ("GDAL_SKIP", "OGR_SKIP")
        for name in environment.get(key, "").split(",")
    }
    skipped = ",".join(sorted((set(DRIVERS) - set(allowed)) | before - {""}))
    return {
        # Names are separated by commas and stand without quotation marks: "MapInfo File" is one.
        # OGR_SKIP would switch off the same drivers a second time, on which GDAL 3.12 crashes.
        "GDAL_SKIP": skipped,
        # Each GDAL would complain of the drivers that only the other one has.
        "CPL_LOG": os.devnull,
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_VRT_ENABLE_PYTHON": "NO",
        "GDAL_HTTP_PROXY": "http://127.0.0.1:1",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "PROJ_NETWORK": "OFF",
    }

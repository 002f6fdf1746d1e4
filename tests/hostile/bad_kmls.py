"""Hostile and broken KML, each for a fault that some reader has."""

from __future__ import annotations

from tests.hostile.bad_geojsons import ogr_vrt
from tests.hostile.trap import Hostile, Trap

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def kml(*inside: str, head: str = HEAD) -> bytes:
    """A document."""
    body = "".join(inside)
    return (
        f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'
    ).encode()


def point(coordinates: str = "44,36,0", name: str = "A") -> str:
    """A placemark of one point."""
    return (
        f"<Placemark><name>{name}</name><Point><coordinates>{coordinates}</coordinates></Point>"
        "</Placemark>"
    )


def ring(coordinates: str) -> str:
    """A placemark of one polygon."""
    return (
        "<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{coordinates}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )


def doctype(inside: str) -> str:
    """The head of a document that declares a type."""
    return f"{HEAD}<!DOCTYPE kml [{inside}]>"


def bad_kmls(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    laughs = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)
    )
    secret, url = trap.secret.as_uri(), trap.url
    attributes = " ".join(f'a{i}="x"' for i in range(100_000))
    many = "".join(f'<Data name="c{i}"><value>x</value></Data>' for i in range(5_000))
    same = '<Data name="c"><value>x</value></Data>' * 3_000
    files = {
        "entity of a file": kml(point(name="&x;"),
                                head=doctype(f'<!ENTITY x SYSTEM "{secret}">')),
        "entity of an address": kml(point(name="&x;"),
                                    head=doctype(f'<!ENTITY x SYSTEM "{url}/x">')),
        "parameter entity": kml(point(), head=doctype(f'<!ENTITY % x SYSTEM "{url}/x"> %x;')),
        "billion laughs": kml(point(name="&a9;"), head=doctype(laughs)),
        "quadratic growth": kml(point(name="&a;" * 10_000),
                                head=doctype(f'<!ENTITY a "{"x" * 50_000}">')),
        "outer document type": kml(point(), head=f'{HEAD}<!DOCTYPE kml SYSTEM "{url}/x.dtd">'),
        "undeclared entity": kml(point(name="&nbsp;&x;")),
        "network link": kml(f"<NetworkLink><Link><href>{url}/x.kml</href></Link></NetworkLink>"),
        "network link to a file": kml(
            f"<NetworkLink><Link><href>{secret}</href></Link></NetworkLink>", point()),
        "icon": kml(f'<Style id="s"><IconStyle><Icon><href>{url}/i.png</href></Icon></IconStyle>'
                    "</Style>", point()),
        "picture on the ground": kml(
            f"<GroundOverlay><Icon><href>{secret}</href></Icon></GroundOverlay>"),
        "schema elsewhere": kml(
            f'<Placemark><ExtendedData><SchemaData schemaUrl="{url}/s#x"><SimpleData name="a">1'
            "</SimpleData></SchemaData></ExtendedData></Placemark>"),
        "style sheet": kml(point(), head=f'{HEAD}<?xml-stylesheet href="{url}/x.xsl"?>'),
        "inclusion": kml(f'<xi:include href="{secret}" parse="text"/>', point()),
        "virtual dataset": ogr_vrt(str(trap.secret)),
        "virtual dataset that mentions kml": ogr_vrt(str(trap.secret)) + b"<!-- <kml> -->",
        "a hundred thousand folders deep": kml("<Folder>" * 100_000),
        "three hundred folders deep": kml("<Folder>" * 300 + point() + "</Folder>" * 300),
        "geometries deep": kml("<Placemark>" + "<MultiGeometry>" * 1000 + "</MultiGeometry>" * 1000
                               + "</Placemark>"),
        "a hundred thousand attributes": kml(f"<Folder {attributes}/>"),
        "five thousand columns": kml(f"<Placemark><ExtendedData>{many}</ExtendedData></Placemark>"),
        "one column three thousand times": kml(
            f"<Placemark><ExtendedData>{same}</ExtendedData></Placemark>"),
        "placemark in a placemark": kml("<Placemark><Placemark>" + point()
                                        + "</Placemark></Placemark>"),
        "folder in a placemark": kml("<Placemark><Folder><name>x</name></Folder></Placemark>"),
        "cut short": kml(point())[:-40],
        "tags crossed": kml("<Folder><Placemark></Folder></Placemark>"),
        "nan": kml(point("nan,36")),
        "infinity": kml(point("inf,-inf")),
        "overflow": kml(point("1e400,36")),
        "no comma": kml(point("44 36")),
        "words": kml(point("east,north")),
        "decimal commas": kml(point("44,1,36,2")),
        "no coordinates": kml(point("")),
        "no shape": kml("<Placemark><Point/></Placemark>"),
        "off the Earth": kml(point("200,95")),
        "open ring": kml(ring("44,36 45,36 45,37 44,37")),
        "ring of two": kml(ring("44,36 45,36")),
        "bowtie": kml(ring("44,36 45,37 45,36 44,37 44,36")),
        "polygon without a ring": kml("<Placemark><Polygon/></Placemark>"),
        "track without times": kml("<Placemark><gx:Track><gx:coord>44 36</gx:coord></gx:Track>"
                                   "</Placemark>"),
        "html": b"<html><body>kml</body></html>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><!-- <kml> --></svg>',
        "script": kml(point(name="<![CDATA[<script>x</script>${x}`x`]]>")),
        "wrong encoding": kml(point(name="A")).replace(b"<name>A", b"<name>\xc7\xe1\xde"),
        "unknown encoding": kml(point(), head='<?xml version="1.0" encoding="klingon"?>'),
        "encoding that is a codec": kml(point(), head='<?xml version="1.0" encoding="zlib"?>'),
        "in UTF-16": kml(point()).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "nul": kml(point(name="a\0b")),
        "twenty megabytes of text": kml(point(name="x" * 20_000_000)),
        "empty": b"",
        "only a root": b"<kml/>",
        "namespace prefix": kml(point()).replace(b"<", b"<k:").replace(b"<k:/", b"</k:")
        .replace(b"<k:?", b"<?"),
    }  # fmt: skip
    return {name: Hostile(name="given.kml", content=content) for name, content in files.items()}

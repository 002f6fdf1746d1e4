"""What it costs to read text tables and workbooks into batches: ``python tests/bench/sheets.py``.

Each file is made, and read in the process of its own that a partner's file gets.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.sources.confined.limits import COMMAND_LINE
from geo.sources.readers.formats import open_raw
from tests.hostile.bad_workbooks import sheet, workbook

COLUMNS = 20
WORDS = ("seizure", "Iraq", "44.36112", "33.31284", "2015-03-07", "three seals in a lorry", "نينوى")


def rows(count: int, *, mark: str = "") -> Iterator[str]:
    """Lines of a table, the header first; cells between marks."""
    yield ",".join(["id", *(f"column {number}" for number in range(2, COLUMNS + 1))])
    for number in range(count):
        cells = [f"B{number}", *(WORDS[(number + at) % len(WORDS)] for at in range(COLUMNS - 1))]
        yield ",".join(f"{mark}{cell}{mark}" for cell in cells)


def book(count: int) -> bytes:
    """A workbook of the same table."""
    lines = []
    for number, line in enumerate(rows(count), 1):
        cells = "".join(f'<c t="str"><v>{cell}</v></c>' for cell in line.split(","))
        lines.append(f'<row r="{number}">{cells}</row>')
    return workbook(sheet("".join(lines)))


def measure(path: Path) -> str:
    """Rows, processor seconds, seconds by the clock, and most memory of any child so far."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with open_raw(path, limits=COMMAND_LINE) as raw:
        read = sum(table.rows for table in raw.tables)
    wall_s = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{read:>10,} {cpu_s:>8.1f} {wall_s:>8.1f} {after.ru_maxrss / 1024:>10,.0f}"


def main() -> None:
    """Print the table."""
    print(f"{'file':24} {'rows':>10} {'CPU s':>8} {'wall s':>8} {'MB so far':>10}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        for name, mark in (("CSV", ""), ("CSV, all in marks", '"')):
            # Line by line: the memory of this process counts for its children, too.
            with path.open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in rows(1_000_000, mark=mark))
            print(f"{name:24} {measure(path)}")
        path = Path(folder) / "table.xlsx"
        path.write_bytes(book(100_000))
        print(f"{'XLSX':24} {measure(path)}")


if __name__ == "__main__":
    main()

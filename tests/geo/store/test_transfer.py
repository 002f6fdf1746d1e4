"""From one store into another of either kind, and from a backup: nothing is lost or added."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count, product
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo.access import Member, Role
from geo.audit import AuditEvent
from geo.errors import InvalidSetting, StoreDamaged, StoreError
from geo.frames import frame_of
from geo.model import QuarantinedRow
from geo.store import Briefing, SavedMapping, Store, open_store
from geo.store.copying import copied_tables
from geo.store.copying import write as real_write
from geo.store.embedded import EmbeddedStore
from geo.store.rows import in_utc
from geo.store.transfer import copy_store, restore
from tests.geo.store.files import LATER, NOW, SHAPES, breaks, names, put, sites

KINDS = ("embedded", "postgis")
"""The kinds of stores."""

PAIRS = tuple(product(KINDS, KINDS))
"""From which kind of store into which."""


def fill(store: Store) -> None:
    """Keep something of everything: versions, undone rows, quarantine, mappings, pages."""
    odd = ["'; DROP TABLE sites; --", "منفذ ربيعة", "%s \\ \n \u202e 𒀭"]
    aside = [QuarantinedRow(row_number=4, text="a\0b\x1a0\x1as", what="w", expected="é", remedy="r",
                            cells='{"id": "\\u0000"}')]  # fmt: skip
    put(store, frame_of("sites", {"id": odd, "name": odd, "country": odd}), "odd",
        quarantined=aside, notes=["ملاحظة"])  # fmt: skip
    store.correct("sites", odd[1], {"name": "Rabia"}, author="أمل", reason="name", now=LATER)
    wrong = put(store, sites(A="wrong", B="Ur"), "wrong").import_id
    store.undo(wrong, author="badr", now=LATER)
    put(store, sites(A="Hatra", B="Ur"), "right")
    put(store, sites(A="Hatra"), "again")
    mended = put(store, sites(C="mended"), "mended").import_id
    store.mend(store.imports()[-1].import_id, [4], mended_in=mended, author="a", now=LATER)
    marked = frame_of("alerts", {"id": [f"{n}" for n in range(len(SHAPES))], "geometry": SHAPES,
                                 "score": [5e-324, -0.0, *[0.1] * (len(SHAPES) - 2)],
                                 "marking": ["TLP:RED"] * len(SHAPES)})  # fmt: skip
    put(store, marked, "shapes", kind="alerts")
    store.keep_mapping(SavedMapping(partner="متحف", kind="sites", header_print="h", text="old",
                                    author="a", saved_at=NOW))  # fmt: skip
    store.keep_mapping(SavedMapping(partner="متحف", kind="sites", header_print="h", text="new",
                                    author="a", saved_at=LATER))  # fmt: skip
    store.keep_briefing(Briefing(briefing_id="BR-1", sha256="0" * 64, created_at=NOW, audience="x",
                                 subject="s", parameters="{}"), author="a", now=LATER)  # fmt: skip
    for role, groups in ((Role.VIEWER, ()), (Role.PARTNER, ("متحف", "unit 7"))):
        member = Member(subject="oidc:https://id.example|42", name="أمل", role=role,
                        groups=frozenset(groups))  # fmt: skip
        store.set_member(member, author="a", now=LATER)
    store.share("local", ["unit 7"], author="a", now=LATER)
    store.share("local", [], author="a", now=LATER)
    store.share("ملف", ["متحف"], author="a", now=LATER)
    store.note(AuditEvent(actor="x\0y", action="refused", detail={"é": [1, None]}), now=NOW)
    store.set_setting("producer_name", "هيئة الآثار", author="a", now=LATER)


def everything(store: Store) -> dict[str, list[tuple]]:
    """Every row of every table that people's things are in."""
    with store.reading() as connection:
        return {table.name: _rows(connection, table) for table in copied_tables()}


def _rows(connection: sa.Connection, table: sa.Table) -> list[tuple]:
    """The rows of a table by their key, moments in UTC."""
    query = sa.select(table).order_by(*table.primary_key.columns)
    moments = {number for number, column in enumerate(table.columns)
               if isinstance(column.type, sa.DateTime)}  # fmt: skip
    return [
        tuple(in_utc(cell) if number in moments and cell else cell
              for number, cell in enumerate(row))
        for row in connection.execute(query)
    ]  # fmt: skip


@pytest.fixture
def filled(make_url: Callable[[str], str]) -> Iterator[Callable[[str], Store]]:
    """Makes a store of a kind with something of everything in it."""
    opened: list[Store] = []

    def make(kind: str) -> Store:
        opened.append(open_store(make_url(kind)))
        fill(opened[-1])
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.mark.parametrize(("kind", "other"), PAIRS)
def test_a_copy_holds_every_row_as_it_was(filled, make_url, kind, other):
    """History, quarantine, mappings, pages and settings; afterwards both go on alike."""
    source = filled(kind)
    with closing(open_store(make_url(other))) as target:
        counts = copy_store(source, target)
        assert everything(target) == everything(source)
        assert str(counts) == (
            "22 versions of records, 6 imports, 1 quarantined rows, 2 mappings, 1 pages,"
            " 1 settings, 5 changes of access, 19 entries of the audit"
        )
        assert target.members() == source.members()
        assert target.dataset_groups() == source.dataset_groups() == {"ملف": {"متحف"}}
        assert target.access_version() == source.access_version() == 5
        assert target.audit() == source.audit()
        assert breaks(target, source.audit_head()) == []
        assert target.revision() == 1
        assert target.integrity() == ()
        assert target.imports() == source.imports()
        assert target.mappings() == source.mappings()
        for store in (source, target):
            report = put(store, sites(A="Hatra", D="Umma"), "later")
            assert (report.accepted, report.duplicate) == (1, 1)
            assert put(store, sites(A="Hatra"), "again").accepted == 0
        assert everything(target) == everything(source)


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back_is_where_it_was(filled, make_url, kind):
    """Through the other kind of store."""
    source = filled(kind)
    other = next(name for name in KINDS if name != kind)
    with (
        closing(open_store(make_url(other))) as between,
        closing(open_store(make_url(kind))) as back,
    ):
        copy_store(source, between)
        copy_store(between, back)
        assert everything(back) == everything(source)


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_with_anything_in_it_is_not_copied_into(filled, make_url, kind):
    """One setting is enough."""
    source = filled("embedded")
    with closing(open_store(make_url(kind))) as target:
        target.set_setting("x", "y", author="a", now=NOW)
        before = everything(target)
        with pytest.raises(StoreError, match=r"is not empty; .*this one was not changed"):
            copy_store(source, target)
        assert everything(target) == before
    with pytest.raises(InvalidSetting, match="cannot be copied into itself"):
        copy_store(source, source)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_that_fails_in_the_middle_leaves_an_empty_store(filled, make_url, kind, monkeypatch):
    """Every row is in, or none is."""
    source = filled("embedded")
    with closing(open_store(make_url(kind))) as target:
        with monkeypatch.context() as patched:
            patched.setattr("geo.store.copying.CHUNK", 2)
            calls = count()

            def write(connection, table, columns):
                if next(calls) == 7:
                    connection.execute(sa.text("SELECT * FROM nowhere"))
                real_write(connection, table, columns)

            patched.setattr("geo.store.copying.write", write)
            with pytest.raises(StoreError, match="nowhere"):
                copy_store(source, target)
        assert not any(everything(target).values())
        copy_store(source, target)
        assert everything(target) == everything(source)


def test_chunks_of_any_size_give_the_same_copy(filled, make_url, monkeypatch):
    """The rows at the seams are neither lost nor doubled."""
    source = filled("postgis")
    for size in (1, 3, 22):
        monkeypatch.setattr("geo.store.copying.CHUNK", size)
        with closing(open_store(make_url("embedded"))) as target:
            copy_store(source, target)
            assert everything(target) == everything(source)


@pytest.mark.parametrize(("kind", "other"), PAIRS)
def test_a_backup_is_restored_into_either_kind(filled, make_url, tmp_path, kind, other):
    """The file itself stays as it was, and so does the store it came from."""
    source = filled(kind)
    backup = source.backup(tmp_path / "backup.db")
    assert sorted(path.name for path in tmp_path.glob("*backup*")) == ["backup.db"]
    assert backup.stat().st_mode & 0o777 == 0o600
    before, kept = everything(source), backup.read_bytes()
    put(source, sites(Z="later"), "later")
    url = make_url(other)
    assert restore(backup, url).rows["imports"] == 6
    assert backup.read_bytes() == kept
    with closing(open_store(url)) as restored:
        assert everything(restored) == before
    with pytest.raises(StoreError, match="is not empty"):
        restore(backup, url)


def test_what_is_no_backup_is_refused(filled, make_url, tmp_path):
    """A missing file, another file, a packed one, a damaged one: nothing is made of them."""
    backup = filled("embedded").backup(tmp_path / "backup.db")
    url = make_url("embedded")
    with pytest.raises(StoreError, match="there is no file"):
        restore(tmp_path / "nothing.db", url)
    packed = tmp_path / "backup.gz"
    packed.write_bytes(gzip.compress(backup.read_bytes()))
    with pytest.raises(StoreDamaged, match="is no SQLite file"):
        restore(packed, url)
    with closing(EmbeddedStore(backup)) as store, store.writing() as connection:
        connection.exec_driver_sql("UPDATE sites SET current = 0")
    with pytest.raises(StoreDamaged, match=r"backup.* is damaged: .*do not show their newest"):
        restore(backup, url)
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_a_copy_is_one_state_of_a_store_that_others_write_to(filled, make_url, monkeypatch):
    """What comes in while it is read is not in it."""
    source = filled("postgis")
    before = everything(source)
    files = count()

    def write(connection, table, columns):
        if next(files) < 3:
            put(source, sites(**{f"N{next(files)}": "new"}), f"meanwhile {next(files)}")
        real_write(connection, table, columns)

    with closing(open_store(make_url("embedded"))) as target:
        monkeypatch.setattr("geo.store.copying.write", write)
        copy_store(source, target)
        assert everything(target) == before
    assert "N1" in names(source)

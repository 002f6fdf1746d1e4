"""What a PostGIS store has beside the tables that all stores share: shapes, views and the wall.

Beside the column ``geometry``, which holds the WKB bit for bit, each table of records has the
generated column ``shape``, two-dimensional and in EPSG:4326, and each kind a view
``<kind>_current`` with the shape as its geometry, for QGIS and other programs.

The wall is PostgreSQL's row-level security, forced upon the owner too. A transaction of the store
says which markings it may see. Whoever else connects sees the markings that the role admits of
which the account is a member, and the less strict ones; without such a role, nothing. Datasets that
are closed to sharing groups stay behind it whatever the marking: the database knows no groups. Of
members, groups and the audit nobody sees a row but those who own the tables.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from geo.columns import RECORDS, columns_of
from geo.errors import StoreError
from geo.model import Tlp

ROLES = {
    Tlp.CLEAR: "lamassu_clear",
    Tlp.GREEN: "lamassu_green",
    Tlp.AMBER: "lamassu_amber",
    Tlp.AMBER_STRICT: "lamassu_amber_strict",
    Tlp.RED: "lamassu_red",
}
"""Role whose members may see a marking and all that are less strict."""

NOTHING = "nothing"
"""Stands for no marking at all; an empty setting would count as none."""

POLICY = "lamassu_wall"
"""Name of the policy on each table of records."""

GUARD = "audit_only_grows"
"""Name of the trigger on the audit."""

CLOSED_TABLES = ("members", "dataset_groups", "audit")
"""Tables that are for those who own them, whatever is granted to others."""

READABLE = ("version", "recorded_at", "import_id")
"""Columns of the store that the views show."""


def furnish(connection: sa.Connection) -> None:
    """Give the tables of records their shapes, their wall and their views; again is harmless.

    Raises
    ------
    StoreError
        If the database has no PostGIS.
    """
    postgis = require_postgis(connection)
    _make_roles(connection)
    _make_judge(connection)
    _make_gatekeeper(connection)
    _close_tables(connection)
    shaped = _names(
        connection,
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND column_name = 'shape'",
    )
    unwalled = set(missing_walls(connection))
    for kind in RECORDS:
        if kind not in shaped:
            _add_shape(connection, kind, postgis)
        if kind in unwalled:
            _raise_wall(connection, kind)
        _make_view(connection, kind)
    _grant(connection)


def require_postgis(connection: sa.Connection) -> str:
    """The quoted schema in which PostGIS is."""
    schema = connection.exec_driver_sql(
        "SELECT quote_ident(nspname) FROM pg_extension"
        " JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'postgis'"
    ).scalar()
    if schema is None:
        raise StoreError(
            "the database has no PostGIS",
            expected="a database with the extension postgis",
            remedy="as its administrator, execute in it: CREATE EXTENSION postgis;",
        )
    return str(schema)


def show(connection: sa.Connection, markings: Collection[Tlp] | None) -> None:
    """Let the rest of the transaction see these markings only, or all of them."""
    seen = [marking.value for marking in (Tlp if markings is None else markings)]
    setting = sa.func.set_config("lamassu.markings", ",".join(seen) or NOTHING, True)
    connection.execute(sa.select(setting))


def missing_walls(connection: sa.Connection) -> list[str]:
    """The tables of records, and those for their owners only, that lack row-level security."""
    walled = _names(
        connection,
        "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid"
        " WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relrowsecurity"
        " AND relforcerowsecurity AND polname = :policy"
        " AND pg_get_expr(polqual, polrelid) LIKE '%lamassu_shut%'",
        policy=POLICY,
    )
    closed = _names(
        connection,
        "SELECT relname FROM pg_class WHERE relrowsecurity"
        " AND relnamespace = quote_ident(current_schema())::regnamespace"
        " AND NOT EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = pg_class.oid)",
    )
    return [kind for kind in RECORDS if kind not in walled] + [
        table for table in CLOSED_TABLES if table not in closed
    ]


def is_furnished(connection: sa.Connection) -> bool:
    """Whether nothing is left for `furnish` to do: views may be dropped, roles come into being."""
    views = _names(
        connection,
        "SELECT viewname FROM pg_views WHERE schemaname = current_schema()"
        " AND viewname = ANY(:views)",
        views=[f"{kind}_current" for kind in RECORDS],
    )
    if len(views) < len(RECORDS) or missing_walls(connection) or not _only_grows(connection):
        return False
    return not _names(
        connection,
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles)"
        " AND NOT has_table_privilege(rolname, 'sites_current', 'SELECT')",
        roles=[*ROLES.values()],
    )


def _grant(connection: sa.Connection) -> None:
    """Let those of the roles that there are read the views."""
    there = _present_roles(connection)
    if not there:
        return
    everyone = ", ".join(sorted(there))
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar()
    views = ", ".join(f"{kind}_current" for kind in RECORDS)
    if schema != "public":
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {everyone}")
    connection.exec_driver_sql(f"GRANT SELECT ON {views} TO {everyone}")


def _make_roles(connection: sa.Connection) -> None:
    """Make the roles that are missing, where the account may; else an administrator does."""
    may = "SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user"
    if not connection.exec_driver_sql(may).scalar():
        return
    there = _present_roles(connection)
    for role in ROLES.values():
        if role not in there:
            connection.exec_driver_sql(f"CREATE ROLE {role} NOLOGIN")


def _make_judge(connection: sa.Connection) -> None:
    """Make the function that says which markings the account may see now.

    What a transaction says of itself counts only for those who own the tables: anybody may set any
    such setting.
    """
    roles = ", ".join(
        f"({marking.strictness}, '{marking.value}', '{role}')" for marking, role in ROLES.items()
    )
    revision = connection.exec_driver_sql(
        "SELECT quote_literal(quote_ident(current_schema()) || '.revision')"
    ).scalar_one()
    answer = f"""
            WITH roles (strictness, marking, role) AS (VALUES {roles}),
            said (markings) AS (SELECT current_setting('lamassu.markings', true)),
            owner (name) AS (SELECT relowner FROM pg_class WHERE oid = {revision}::regclass)
            SELECT CASE
                WHEN said.markings <> '' AND pg_has_role(current_user, owner.name, 'USAGE')
                THEN string_to_array(said.markings, ',')
                ELSE ARRAY(
                    SELECT marking FROM roles WHERE strictness <= (
                        SELECT max(strictness) FROM roles JOIN pg_roles ON rolname = role
                        WHERE pg_has_role(current_user, pg_roles.oid, 'USAGE')
                    )
                )
            END FROM said, owner"""  # noqa: S608 - names of our own
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION lamassu_markings() RETURNS text[] LANGUAGE sql STABLE"
        f" SET search_path = pg_catalog AS $judge${answer}$judge$"
    )


def _make_gatekeeper(connection: sa.Connection) -> None:
    """Make the functions that say which datasets are closed to the account now.

    The first looks into a table that others may not read, and gives hashes: names of datasets may
    tell something too. The second gives nothing to a transaction of the store, which sees all.
    """
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    closed = f"""
            SELECT coalesce(array_agg({_hashed("dataset_id")}), ARRAY[]::text[])
            FROM {schema}.dataset_groups AS said
            WHERE group_names <> '[]' AND number = (
                SELECT max(number) FROM {schema}.dataset_groups AS other
                WHERE other.dataset_id = said.dataset_id
            )"""  # noqa: S608 - names of our own
    revision = connection.exec_driver_sql(
        "SELECT quote_literal(quote_ident(current_schema()) || '.revision')"
    ).scalar_one()
    shut = f"""
            SELECT CASE
                WHEN current_setting('lamassu.markings', true) <> ''
                    AND pg_has_role(current_user, relowner, 'USAGE')
                THEN ARRAY[]::text[]
                ELSE {schema}.lamassu_closed()
            END FROM pg_class WHERE oid = {revision}::regclass"""  # noqa: S608 - names of our own
    for name, rights, answer in (
        ("lamassu_closed", "SECURITY DEFINER", closed),
        ("lamassu_shut", "SECURITY INVOKER", shut),
    ):
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS text[] LANGUAGE sql STABLE {rights}"
            f" SET search_path = pg_catalog, pg_temp AS $gatekeeper${answer}$gatekeeper$"
        )


def _hashed(column: str) -> str:
    """SQL for the hash of a text."""
    return f"encode(sha256(convert_to({column}, 'UTF8')), 'hex')"


def _close_tables(connection: sa.Connection) -> None:
    """Keep members, groups and the audit from all but their owners; the audit only grows."""
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION lamassu_only_grows() RETURNS trigger LANGUAGE plpgsql AS"
        " $guard$BEGIN RAISE EXCEPTION 'the audit only grows'; END$guard$"
    )
    for table in CLOSED_TABLES:
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {GUARD} ON audit")
    connection.exec_driver_sql(
        f"CREATE TRIGGER {GUARD} BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION lamassu_only_grows()"
    )


def _only_grows(connection: sa.Connection) -> bool:
    """Whether the trigger is there that refuses changes of the audit, and works."""
    return bool(
        _names(
            connection,
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE relnamespace = quote_ident(current_schema())::regnamespace"
            " AND relname = 'audit' AND tgname = :guard AND tgenabled = 'O'",
            guard=GUARD,
        )
    )


def _add_shape(connection: sa.Connection, kind: str, postgis: str) -> None:
    """Give a table of records the column that other programs draw, and its index."""
    drawn = f"{postgis}.ST_SetSRID({postgis}.ST_Force2D({postgis}.ST_GeomFromWKB(geometry)), 4326)"
    connection.exec_driver_sql(
        f"ALTER TABLE {kind} ADD COLUMN shape {postgis}.geometry(Geometry, 4326)"
        f" GENERATED ALWAYS AS ({drawn}) STORED"
    )
    connection.exec_driver_sql(
        f"CREATE INDEX {kind}_by_place ON {kind} USING gist (shape) WHERE current"
    )


def _raise_wall(connection: sa.Connection, kind: str) -> None:
    """Let nobody see a row of a marking that is not admitted, the owner neither."""
    # In a subquery a function is asked once a statement, not once a row.
    shut = "(SELECT lamassu_shut())::text[]"
    admitted = (
        "marking = ANY ((SELECT lamassu_markings())::text[])"
        f" AND (cardinality({shut}) = 0 OR {_hashed('dataset_id')} <> ALL ({shut}))"
    )
    connection.exec_driver_sql(f"ALTER TABLE {kind} ENABLE ROW LEVEL SECURITY")
    connection.exec_driver_sql(f"ALTER TABLE {kind} FORCE ROW LEVEL SECURITY")
    connection.exec_driver_sql(f"DROP POLICY IF EXISTS {POLICY} ON {kind}")
    connection.exec_driver_sql(f"CREATE POLICY {POLICY} ON {kind} USING ({admitted})")


def _make_view(connection: sa.Connection, kind: str) -> None:
    """Show the current versions of a kind, with the columns of its record class as they are now.

    A view that does already is left alone, with the rights that others were given on it.
    """
    names = [column.name for column in columns_of(kind) if column.name != "geometry"]
    names += READABLE
    there = connection.execute(
        sa.text(
            "SELECT column_name FROM information_schema.columns WHERE table_name = :view"
            " AND table_schema = current_schema() ORDER BY ordinal_position"
        ),
        {"view": f"{kind}_current"},
    ).scalars()
    if list(there) == [*names, "geometry"]:
        return
    shown = ", ".join(f'"{name}"' for name in names)
    chosen = f"SELECT {shown}, shape AS geometry FROM {kind} WHERE current"  # noqa: S608 - our names
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS {kind}_current")
    connection.exec_driver_sql(f"CREATE VIEW {kind}_current AS {chosen}")


def _present_roles(connection: sa.Connection) -> set[str]:
    """Those of the roles that there are."""
    query = "SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles)"
    return _names(connection, query, roles=[*ROLES.values()])


def _names(connection: sa.Connection, query: str, **values: object) -> set[str]:
    """The texts that a query gives."""
    return set(connection.execute(sa.text(query), values).scalars())

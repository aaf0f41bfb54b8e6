"""Find damage everywhere in a private copy of the file, and restore what can be restored."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from clientctl.base.words import say
from clientctl.errors import StorageError
from clientctl.store import attachments, belonging, digests, layout, migrations, opening, search
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.catalog import TABLES, Table
from clientctl.store.finding import Finding
from clientctl.store.journal import Images, columns

UNREADABLE = "can't be read further"
"""The text of a finding where nothing in the file can help any more."""

_MOST = 100
"""The maximum number of problems that SQLite lists."""

_NEWEST = "SELECT max(seq) FROM {log} GROUP BY id"


def verify(connection: sqlite3.Connection) -> list[Finding]:
    """List the damage in a file of any version, by all the checks below."""
    found: list[Finding] = []
    try:
        copy = opening.memory_copy(connection)
    except opening.DAMAGE as error:
        return [_unreadable_finding(error)]
    copy.text_factory = _decode
    try:
        found += check_pages(copy)
        version = migrations.version_of(copy, Path("the file"))
        if version < migrations.VERSION:
            if other := migrations.find_version_problem(copy, version):
                return [*found, other]
            migrations.upgrade(copy, Path("the file"))
        for look in (
            _check_layout,
            _check_steps,
            check_rows,
            belonging.find_problems,
            digests.find_problems,
            _check_search,
        ):
            try:
                found += look(copy)
            except Exception as error:  # noqa: BLE001 - damaged data can raise anything
                found.append(_unreadable_finding(error))
    except Exception as error:  # noqa: BLE001 - likewise
        found.append(_unreadable_finding(error))
    finally:
        copy.close()
    return list(dict.fromkeys(found))


def _unreadable_finding(error: Exception) -> Finding:
    has_message = isinstance(error, sqlite3.DatabaseError | StorageError)
    reason = str(error) if has_message else "what it says of itself is damaged"
    return Finding("(file)", None, None, f"{UNREADABLE}: {reason}")


def check_files(connection: sqlite3.Connection, path: Path) -> list[Finding]:
    """List the attached files that are missing or have changed, as far as damage allows."""
    try:
        return list(attachments.find_problems(connection, path))
    except (*opening.DAMAGE, ValueError):  # from a damaged table or digest, which `verify` reports
        return []


def list_additions(connection: sqlite3.Connection) -> list[str]:
    """List harmless additions to a file of this version."""
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == migrations.VERSION:
            return layout.list_additions(connection, migrations.schema_objects())
    except opening.DAMAGE:  # `verify` reports damage
        pass
    return []


def check_pages(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield damage in SQLite's own structures and in the references between rows."""
    for (problem,) in connection.execute(f"PRAGMA integrity_check({_MOST})"):
        if problem != "ok":
            yield Finding("(file)", None, None, problem)
    yield from _check_indexes(connection)
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Finding(table, row, None, f"refers to a row of {parent} that is not there")


def _check_indexes(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield indexes that can't be read to the end: SQLite's own check only compares entries."""
    indexes = connection.execute(
        """SELECT i.name, i.tbl_name, coalesce(i.sql, '') FROM sqlite_schema i JOIN pragma_table_list t
           ON t.schema = 'main' AND t.name = i.tbl_name WHERE i.type = 'index' AND NOT t.wr ORDER BY i.name"""
    ).fetchall()
    for name, table, sql in indexes:
        _, where, condition = sql.rpartition(" WHERE ")
        try:
            connection.execute(f"SELECT sum(rowid) FROM {table} INDEXED BY {name}{where}{condition if where else ''}")
        except sqlite3.DatabaseError:
            yield Finding("(file)", None, None, f"the index {name} can't be read")


def check_rows(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield every live row that differs from its newest image."""
    for table in TABLES.values():
        if not (belonging.holds_rows(connection, table.name) or belonging.holds_rows(connection, table.log)):
            continue
        yield from _find_differing(connection, table)
        for (row_id,) in connection.execute(
            f"SELECT id FROM {table.name} WHERE id NOT IN (SELECT id FROM {table.log})"
        ):
            yield Finding(table.name, row_id, None, "is unknown to the journal")


def _find_differing(connection: sqlite3.Connection, table: Table) -> Iterator[Finding]:
    images = Images.read(connection, table)
    cells = ", ".join(f"t.{name} IS f.{name}" for name in images.names)
    differing = connection.execute(
        f"""SELECT f.id, f.op, t.id, {cells} FROM {table.log} f LEFT JOIN {table.name} t ON t.id = f.id
            WHERE f.seq IN ({_NEWEST.format(log=table.log)}) AND NOT {images.same}"""
    )
    for row_id, op, live, *equal in differing:
        if op == "d":
            yield Finding(table.name, row_id, None, "is there, though the journal says it was removed")
        elif live is None:
            yield Finding(table.name, row_id, None, "is missing, though the journal has it")
        else:
            for name, same in zip(images.names, equal, strict=True):
                if not same:
                    yield Finding(table.name, row_id, name, "differs from what the journal says")


def _check_layout(copy: sqlite3.Connection) -> Iterator[Finding]:
    return layout.find_problems(copy, migrations.schema_objects())


def _check_steps(copy: sqlite3.Connection) -> Iterator[Finding]:
    """Yield missing migration steps, on which a later version relies."""
    done = copy.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'clientctl'").fetchall()
    for name in migrations.STEPS:
        if (name,) not in done:
            yield Finding("_sqlite_migrations", None, None, f"does not say that the file has the step {name}")


def _check_search(copy: sqlite3.Connection) -> Iterator[Finding]:
    for row, problem in search.find_problems(copy):
        yield Finding("clients", row, None, problem)
    try:
        # With 1, newer SQLites also compare the index with its rows.
        copy.execute("INSERT INTO client_fts(client_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError:
        yield Finding("client_fts", None, None, "the search index does not fit the clients")


def _decode(stored: bytes) -> str:
    """Decode a text even if it is damaged: it differs, and is reported."""
    return stored.decode(errors="replace")


# -- putting back -------------------------------------------------------------------------------


def put_back(connection: sqlite3.Connection) -> list[Finding]:
    """Restore every row that differs from its newest image, inside a command; list the differences.

    The search index is updated. Rows unknown to the journal stay. Raise StorageError if the history of such a
    row's table, or the file itself, is damaged.
    """
    connection.text_factory = _decode
    found: list[Finding] = []
    for table in TABLES.values():
        if differing := list(_find_differing(connection, table)):
            # The whole log: if the newest image were lost, an older one would be mistaken for it.
            for damaged in digests.find_log_problems(connection, table):
                raise _refusal(
                    say("the history is damaged ({place}: {problem})", place=damaged.place, problem=damaged.problem)
                )
            _put_rows_back(connection, table, json_array({each.row for each in differing if each.row is not None}))
            found += differing
    if stale := list(_check_search(connection)):
        search.rebuild(connection)
    # The rows now match their newest images: there is nothing to record.
    connection.execute("DELETE FROM changes WHERE command_id = (SELECT command_id FROM journal)")
    # Not before: this also reports values that no command would store.
    for (problem,) in connection.execute("PRAGMA integrity_check(1)"):
        if problem != "ok":
            raise _refusal(say("the file itself is damaged ({problem})", problem=problem))
    return found + stale


def _put_rows_back(connection: sqlite3.Connection, table: Table, ids: str) -> None:
    names = ", ".join(columns(connection, table))
    connection.execute(f"DELETE FROM {table.name} WHERE id IN {AMONG}", (ids,))
    connection.execute(
        f"""INSERT INTO {table.name}(id, {names}) SELECT id, {names} FROM {table.log}
            WHERE seq IN ({_NEWEST.format(log=table.log)}) AND op <> 'd' AND id IN {AMONG}""",
        (ids,),
    )


def _refusal(why: str) -> StorageError:
    return StorageError(say("{why}; nothing was changed: `clientctl db restore FILE` goes back to a backup", why=why))

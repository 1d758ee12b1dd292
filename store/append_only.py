"""Which triggers keep the ledger append-only?

Both databases refuse UPDATE and DELETE on an entry; SQLite also refuses INSERT OR REPLACE, which
fires delete triggers only where `recursive_triggers` is on. Whoever owns the file or the server can
drop a trigger: only a sealed root that somebody else holds catches that.
"""

from typing import Final

SQLITE: Final = (
    """CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry
    BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END""",
    """CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry
    BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END""",
    """CREATE TRIGGER ledger_entry_no_replace BEFORE INSERT ON ledger_entry
    WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id OR event_id = NEW.event_id)
    BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END""",
)

POSTGRESQL: Final = (
    """CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END $$""",
    """CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()""",
    "ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_append_only",
)


def statements(dialect: str) -> tuple[str, ...]:
    """The statements for a dialect, in order."""
    return POSTGRESQL if dialect == "postgresql" else SQLITE

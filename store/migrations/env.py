"""Run the migrations on the database that `store.migrations.migrate()` hands over."""

from alembic import context

from store.session import Database
from store.tables import Base


def run(database: Database) -> None:
    """One transaction for all migrations: all of them or none."""
    with database.transaction() as session:
        context.configure(
            connection=session.connection(),
            target_metadata=Base.metadata,
            render_as_batch=database.is_sqlite,
        )
        context.run_migrations()


run(context.config.attributes["database"])

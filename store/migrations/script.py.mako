"""${message}"""

import sqlalchemy as sa
from alembic import op

import store.tables

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Forward only: an older release never meets a newer database."""
    ${upgrades if upgrades else "pass"}

"""How candidate and secondary stood over time."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create("health", sa.Column("name", sa.Text(), nullable=False))
    _create("health_latencies", sa.Column("bucket", sa.Integer(), nullable=False))


def _create(table: str, counted: sa.Column[str] | sa.Column[int]) -> None:
    op.create_table(
        table,
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        counted,
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release"], ["releases.name"], name=f"fk_{table}_release", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("release", "minute", "series", counted.name, name=f"pk_{table}"),
    )


def downgrade() -> None:
    for table in ("health_latencies", "health"):
        op.drop_table(table)

"""Which decision of a release others were told last."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told",
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release"], ["releases.name"], name="fk_told_release", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("release", name="pk_told"),
    )


def downgrade() -> None:
    op.drop_table("told")

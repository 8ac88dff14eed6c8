"""Which entries of the audit log are about rules that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit_log", sa.Column("rule", sa.Text()))
    op.create_index(
        "ix_audit_log_rule",
        "audit_log",
        ["rule"],
        sqlite_where=sa.text("rule IS NOT NULL"),
        postgresql_where=sa.text("rule IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_audit_log_rule", "audit_log")
    op.drop_column("audit_log", "rule")

"""The first tables: releases, ledger, accounting, endpoints, signatures, examples."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_releases"),
    )
    _create_accounting()
    _create_counts()
    _create_examples()


def _create_accounting() -> None:
    op.create_table(
        "lines",
        *_of_release("lines", "line"),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("spans", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
    )
    op.create_table("outcomes", *_of_release("outcomes", "outcome", "reason"), *_counters("n"))
    op.create_table(
        "live_sources",
        *_of_release("live_sources", "source"),
        *_counters("captured"),
        sa.Column("updated_at", sa.Double(), nullable=False),
    )
    op.create_table(
        "live_outcomes",
        *_of_release("live_outcomes", "source", "outcome", "reason"),
        *_counters("n"),
    )


def _create_counts() -> None:
    op.create_table(
        "endpoints",
        *_digested("endpoints"),
        *_parent("endpoints", "release", sa.Text(), "releases.name"),
        *_texts("method", "template"),
        *_counters("compared", "paired", "uninformative", "dropped"),
    )
    op.create_table(
        "endpoint_statuses",
        *_parent("endpoint_statuses", "endpoint_id", sa.String(32), "endpoints.id"),
        *_texts("status_class"),
        *_counters("n"),
        sa.PrimaryKeyConstraint("endpoint_id", "status_class", name="pk_endpoint_statuses"),
    )
    op.create_table(
        "signatures",
        *_digested("signatures"),
        *_parent("signatures", "endpoint_id", sa.String(32), "endpoints.id"),
        *_texts("location", "kind", "excused_by"),
        *_counters("only_candidate", "only_secondary", "both", "unpaired", "offered"),
    )
    op.create_index("ix_endpoints_release", "endpoints", ["release"])
    op.create_index("ix_signatures_endpoint_id", "signatures", ["endpoint_id"])


def _create_examples() -> None:
    op.create_table(
        "examples",
        *_digested("examples"),
        *_parent("examples", "release", sa.Text(), "releases.name"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "signature_examples",
        *_parent("signature_examples", "signature_id", sa.String(32), "signatures.id"),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        *_parent("signature_examples", "example_id", sa.String(32), "examples.id"),
        sa.PrimaryKeyConstraint("signature_id", "slot", name="pk_signature_examples"),
    )
    op.create_index("ix_examples_release", "examples", ["release"])
    op.create_index("ix_signature_examples_example_id", "signature_examples", ["example_id"])


def _of_release(table: str, *key: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        *_parent(table, "release", sa.Text(), "releases.name"),
        *_texts(*key),
        sa.PrimaryKeyConstraint("release", *key, name=f"pk_{table}"),
    )


def _digested(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def _parent(
    table: str, column: str, kind: sa.types.TypeEngine[str], refers_to: str
) -> tuple[sa.schema.SchemaItem, ...]:
    name = f"fk_{table}_{column}"
    return (
        sa.Column(column, kind, nullable=False),
        sa.ForeignKeyConstraint([column], [refers_to], name=name, ondelete="CASCADE"),
    )


def _texts(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.Text(), nullable=False) for name in names)


def _counters(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.BigInteger(), nullable=False) for name in names)


def downgrade() -> None:
    for table in (
        "signature_examples",
        "examples",
        "signatures",
        "endpoint_statuses",
        "endpoints",
        "live_outcomes",
        "live_sources",
        "outcomes",
        "lines",
        "releases",
    ):
        op.drop_table(table)

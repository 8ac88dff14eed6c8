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
    _create_verdicts()
    _create_audit_log()
    _create_latencies()
    _create_causes()
    _create_renamings()


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
        *_counters("compared", "paired", "self_sampled", "uninformative", "dropped"),
    )
    op.create_table(
        "endpoint_statuses",
        *_parent("endpoint_statuses", "endpoint_id", sa.String(32), "endpoints.id"),
        *_texts("status_class"),
        *_counters("seen", "compared"),
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


def _create_verdicts() -> None:
    op.create_table(
        "verdicts",
        *_digested("verdicts"),
        *_parent("verdicts", "release", sa.Text(), "releases.name"),
        sa.Column("decided_at", sa.Double(), nullable=False),
        *_texts("decision", "policy_hash"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_verdicts_release", "verdicts", ["release"])


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *_texts("release"),
        sa.Column("verdict_id", sa.String(32), nullable=False),
        *_texts("entry"),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_release", "audit_log", ["release"])
    op.create_index("ix_audit_log_verdict_id", "audit_log", ["verdict_id"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


# INSERT OR REPLACE deletes without asking SQLite's triggers on DELETE.
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
_APPEND_ONLY = {
    "sqlite": (
        f"CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log {_REFUSE}",
        f"CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log {_REFUSE}",
        "CREATE TRIGGER audit_log_replace BEFORE INSERT ON audit_log "  # noqa: S608 - a constant
        "WHEN NEW.number IN (SELECT number FROM audit_log) " + _REFUSE,
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_audit_log_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the audit log is append-only' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER audit_log_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_log_change()",
    ),
}


def _create_latencies() -> None:
    op.create_table(
        "latencies",
        *_parent("latencies", "endpoint_id", sa.String(32), "endpoints.id"),
        *_texts("series"),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        *_counters("n"),
        sa.PrimaryKeyConstraint("endpoint_id", "series", "bucket", name="pk_latencies"),
    )


def _create_causes() -> None:
    op.create_table(
        "endpoint_traits",
        *_parent("endpoint_traits", "endpoint_id", sa.String(32), "endpoints.id"),
        *_texts("name", "value"),
        *_counters("n"),
        sa.PrimaryKeyConstraint("endpoint_id", "name", "value", name="pk_endpoint_traits"),
    )
    op.create_table(
        "cause_groups",
        *_digested("cause_groups"),
        *_parent("cause_groups", "endpoint_id", sa.String(32), "endpoints.id"),
        *_counters("exchanges"),
    )
    op.create_table(
        "group_signatures",
        *_parent("group_signatures", "group_id", sa.String(32), "cause_groups.id"),
        *_parent("group_signatures", "signature_id", sa.String(32), "signatures.id"),
        sa.PrimaryKeyConstraint("group_id", "signature_id", name="pk_group_signatures"),
    )
    op.create_table(
        "group_traits",
        *_parent("group_traits", "group_id", sa.String(32), "cause_groups.id"),
        *_texts("name", "value"),
        *_counters("n"),
        sa.PrimaryKeyConstraint("group_id", "name", "value", name="pk_group_traits"),
    )
    op.create_index("ix_cause_groups_endpoint_id", "cause_groups", ["endpoint_id"])


def _create_renamings() -> None:
    op.create_table(
        "renamings",
        *_digested("renamings"),
        *_parent("renamings", "endpoint_id", sa.String(32), "endpoints.id"),
        *_counters("exchanges"),
    )
    op.create_table(
        "renaming_signatures",
        *_parent("renaming_signatures", "renaming_id", sa.String(32), "renamings.id"),
        *_parent("renaming_signatures", "signature_id", sa.String(32), "signatures.id"),
        sa.PrimaryKeyConstraint("renaming_id", "signature_id", name="pk_renaming_signatures"),
    )
    op.create_index("ix_renamings_endpoint_id", "renamings", ["endpoint_id"])


def _drop_renamings() -> None:
    for table in ("renaming_signatures", "renamings"):
        op.drop_table(table)


def _drop_causes() -> None:
    for table in ("group_traits", "group_signatures", "cause_groups", "endpoint_traits"):
        op.drop_table(table)


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
    _drop_renamings()
    _drop_causes()
    for table in (
        "audit_log",
        "verdicts",
        "latencies",
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
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_log_change()")

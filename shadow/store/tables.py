"""The tables of a store: what is counted, by what key.

Rows are counters, so a store grows with releases, endpoints and signatures and not with traffic.
Endpoints, signatures and examples are keyed by a digest of what they name (`shadow.store.keys`):
any text fits whatever an index may hold, and a writer knows the key without asking.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _key(name: str, refers_to: str = "", *, length: int | None = None) -> Column[str]:
    """A text column of the primary key."""
    kind = String(length) if length else Text()
    links = (ForeignKey(refers_to, ondelete="CASCADE"),) if refers_to else ()
    return Column(name, kind, *links, primary_key=True)


def _parent(name: str, refers_to: str) -> Column[str]:
    """An indexed text column that refers to another table."""
    link = ForeignKey(refers_to, ondelete="CASCADE")
    return Column(name, link, nullable=False, index=True)


def _counter(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


releases = Table(
    "releases",
    metadata,
    _key("name"),
    Column("created_at", Double, nullable=False),
)
"""What is being judged; `created_at` in epoch seconds."""

lines = Table(
    "lines",
    metadata,
    _key("release", "releases.name"),
    _key("line"),
    Column("upto", BigInteger, nullable=False),
    _text("spans"),
    Column("updated_at", Double, nullable=False),
)
"""The ledger: which deliveries of a worker's line are counted (`shadow.store.ledger`)."""

outcomes = Table(
    "outcomes",
    metadata,
    _key("release", "releases.name"),
    _key("outcome"),
    _key("reason"),
    _counter("n"),
)
"""How exchanges ended in the workers."""

live_sources = Table(
    "live_sources",
    metadata,
    _key("release", "releases.name"),
    _key("source"),
    _counter("captured"),
    Column("updated_at", Double, nullable=False),
)
"""A live process's running total of exchanges seen."""

live_outcomes = Table(
    "live_outcomes",
    metadata,
    _key("release", "releases.name"),
    _key("source"),
    _key("outcome"),
    _key("reason"),
    _counter("n"),
)
"""A live process's running totals of exchanges that ended there."""

endpoints = Table(
    "endpoints",
    metadata,
    _key("id", length=32),
    _parent("release", "releases.name"),
    _text("method"),
    _text("template"),
    _counter("compared"),
    _counter("paired"),
    _counter("self_sampled"),
    _counter("uninformative"),
    _counter("dropped"),
)

endpoint_statuses = Table(
    "endpoint_statuses",
    metadata,
    _key("endpoint_id", "endpoints.id", length=32),
    _key("status_class"),
    _counter("seen"),
    _counter("compared"),
)
"""An endpoint's exchanges by the primary's status class: `2xx`, `3xx`, …."""

latencies = Table(
    "latencies",
    metadata,
    _key("endpoint_id", "endpoints.id", length=32),
    _key("series"),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    _counter("n"),
)
"""Sketches of how long an endpoint's answers took; `series` is a field of LatencyCounts."""

health = Table(
    "health",
    metadata,
    _key("release", "releases.name"),
    Column("minute", Integer, primary_key=True, autoincrement=False),
    _key("series"),
    _key("name"),
    _counter("n"),
)
"""How the targets stood over time: what happened how often in the period that begins at `minute`,
counted from 1970 (`shadow.store.health`, `shadow.health.periods`)."""

health_latencies = Table(
    "health_latencies",
    metadata,
    _key("release", "releases.name"),
    Column("minute", Integer, primary_key=True, autoincrement=False),
    _key("series"),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    _counter("n"),
)
"""Sketches of how long candidate and secondary took in such a period."""

signatures = Table(
    "signatures",
    metadata,
    _key("id", length=32),
    _parent("endpoint_id", "endpoints.id"),
    _text("location"),
    _text("kind"),
    _text("excused_by"),
    _counter("only_candidate"),
    _counter("only_secondary"),
    _counter("both"),
    _counter("unpaired"),
    _counter("offered"),
)
"""`offered` counts the examples that came, of which `signature_examples` names those kept."""

examples = Table(
    "examples",
    metadata,
    _key("id", length=32),
    _parent("release", "releases.name"),
    Column("content", LargeBinary, nullable=False),
)
"""Redacted pairs of replies, packed by `shadow.store.packing`; one row serves many signatures."""

signature_examples = Table(
    "signature_examples",
    metadata,
    _key("signature_id", "signatures.id", length=32),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    _parent("example_id", "examples.id"),
)
"""Which examples show a signature: a fixed number of slots each."""

verdicts = Table(
    "verdicts",
    metadata,
    _key("id", length=32),
    _parent("release", "releases.name"),
    Column("decided_at", Double, nullable=False),
    _text("decision"),
    _text("policy_hash"),
    Column("content", LargeBinary, nullable=False),
)
"""What the gate has said, as compressed JSON; the latest of a release (`shadow.store.verdicts`)."""

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("release", Text, nullable=False, index=True),
    Column("verdict_id", String(32), nullable=False, index=True),
    _text("entry"),
    Column("digest", String(64), nullable=False),
    Column("rule", Text, nullable=True),
)
"""Who approved what and why; rows are only ever added, and triggers see to it.

It refers to no other table, so that it outlives what it speaks of (`shadow.store.audit`). `rule` is
the name of the kept rule that an entry is about, if it is about one.
"""

Index(
    "ix_audit_log_rule",
    audit_log.c.rule,
    sqlite_where=audit_log.c.rule.is_not(None),
    postgresql_where=audit_log.c.rule.is_not(None),
)

endpoint_traits = Table(
    "endpoint_traits",
    metadata,
    _key("endpoint_id", "endpoints.id", length=32),
    _key("name"),
    _key("value"),
    _counter("n"),
)
"""How many of an endpoint's comparisons have a trait; each name at most once for an exchange."""

cause_groups = Table(
    "cause_groups",
    metadata,
    _key("id", length=32),
    _parent("endpoint_id", "endpoints.id"),
    _counter("exchanges"),
)
"""How many exchanges differ in the candidate alone in exactly the places of a group."""

group_signatures = Table(
    "group_signatures",
    metadata,
    _key("group_id", "cause_groups.id", length=32),
    _key("signature_id", "signatures.id", length=32),
)

group_traits = Table(
    "group_traits",
    metadata,
    _key("group_id", "cause_groups.id", length=32),
    _key("name"),
    _key("value"),
    _counter("n"),
)
"""How many of a group's exchanges have a trait."""

renamings = Table(
    "renamings",
    metadata,
    _key("id", length=32),
    _parent("endpoint_id", "endpoints.id"),
    _counter("exchanges"),
)
"""In how many exchanges exactly these places were one renaming."""

renaming_signatures = Table(
    "renaming_signatures",
    metadata,
    _key("renaming_id", "renamings.id", length=32),
    _key("signature_id", "signatures.id", length=32),
)

tokens = Table(
    "tokens",
    metadata,
    _key("id", length=32),
    _text("name"),
    _text("role"),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("used_at", Double),
)
"""Who may be let in over HTTP, by the digest of a secret (`shadow.store.tokens`)."""

Index(
    "ix_tokens_name",
    tokens.c.name,
    unique=True,
    sqlite_where=tokens.c.revoked_at.is_(None),
    postgresql_where=tokens.c.revoked_at.is_(None),
)

sessions = Table(
    "sessions",
    metadata,
    _key("digest", length=64),
    _text("name"),
    _text("role"),
    Column(
        "token_id",
        String(32),
        ForeignKey("tokens.id", ondelete="CASCADE"),
        nullable=True,
        index=True,
    ),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
)
"""Browsers that have signed in, by the digest of their cookie (`shadow.store.sessions`)."""

told = Table(
    "told",
    metadata,
    _key("release", "releases.name"),
    _text("decision"),
    Column("at", Double, nullable=False),
)
"""Which decision of a release others were told last (`shadow.store.told`)."""

refusals = Table(
    "refusals",
    metadata,
    _key("kind"),
    _key("who"),
    _counter("n"),
    Column("first_at", Double, nullable=False),
    Column("last_at", Double, nullable=False),
    _text("address"),
    _text("route"),
)
"""How often somebody was not let in, and where the last one came from (`shadow.store.refusals`)."""

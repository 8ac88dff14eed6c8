"""Run by Alembic; migrates over the connection that `shadow.store.engine.migrate` hands in."""

from alembic import context

from shadow.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

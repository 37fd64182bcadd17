"""Migrations run as umthi_owner, who is no role of the running application."""

from alembic import context
from sqlalchemy import create_engine

import app.models  # noqa: F401  makes every table known
from app.tenancy.database import db, sqlalchemy_url
from app.tenancy.walls import add_walls

owner_url = context.config.attributes["owner_url"]
engine = create_engine(sqlalchemy_url(owner_url))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=db.metadata, process_revision_directives=add_walls)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()

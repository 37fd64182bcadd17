"""The composition root."""

from app.factory import create_app
from blueprints import AREAS

application = create_app(AREAS)

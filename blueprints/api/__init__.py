"""The JSON API: what programs of a school read of it."""

from app.area import Area
from blueprints.api.routes import pages

area = Area(pages)

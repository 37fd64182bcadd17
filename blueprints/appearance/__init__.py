"""How Umthi looks to one person, in all of their schools: its requests enter none."""

from app.area import Area
from blueprints.appearance.routes import pages

area = Area(pages, in_school=False)

"""Those who run the platform."""

from app.area import Area
from blueprints.staff.routes import pages

area = Area(pages, in_school=False)

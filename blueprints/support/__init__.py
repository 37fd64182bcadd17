"""Support visits: an operator in a school, with a reason and an end."""

from app.area import Area
from blueprints.support.routes import pages

area = Area(pages, in_school=False)

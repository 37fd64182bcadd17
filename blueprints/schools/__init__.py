"""The schools of the platform: the list, and an operator's pages about each."""

from app.area import Area
from blueprints.schools.routes import pages

area = Area(pages, in_school=False)

"""Help on one's own machine: the mail that was sent. Does not exist in production."""

from app.area import Area
from blueprints.local.routes import pages

area = Area(pages, in_school=False, local_only=True)

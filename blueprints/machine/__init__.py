"""For machines: whether we live, and whether we are ready. Neither reads a session nor enters a school."""

from app.area import Area
from blueprints.machine.routes import pages

area = Area(pages, in_school=False)

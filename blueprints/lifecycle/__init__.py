"""Suspending a school and bringing it back."""

from app.area import Area
from blueprints.lifecycle.doors import DOORS
from blueprints.lifecycle.routes import pages

area = Area(pages, doors=DOORS, in_school=False)

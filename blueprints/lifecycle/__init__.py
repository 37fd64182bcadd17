"""Suspending a school and bringing it back."""

from app.area import Area
from blueprints.lifecycle.routes import pages

area = Area(pages, in_school=False)

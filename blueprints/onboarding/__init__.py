"""Making a school: the form, its review, and the run that makes it."""

from app.area import Area
from blueprints.onboarding.routes import pages

area = Area(pages, in_school=False)

"""Failed deliveries of all schools, and what an operator does about them."""

from app.area import Area
from blueprints.recovery.routes import pages

area = Area(pages, in_school=False)

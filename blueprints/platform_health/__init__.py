"""The health of the platform, and what schools send by month."""

from app.area import Area
from blueprints.platform_health.routes import pages

area = Area(pages, in_school=False)

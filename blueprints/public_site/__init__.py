"""Schools' websites as everybody sees them. They are built in another area; what stands here only reads."""

from app.area import Area
from blueprints.public_site.doors import DOORS
from blueprints.public_site.routes import pages
from blueprints.public_site.warm import put_before

area = Area(pages, doors=DOORS, front=put_before, in_school=False)

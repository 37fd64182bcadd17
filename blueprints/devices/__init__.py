"""Where a person is signed in: every device with its session, and ending them. About people: its requests enter no school."""

from app.area import Area
from blueprints.devices.routes import pages

area = Area(pages, in_school=False)

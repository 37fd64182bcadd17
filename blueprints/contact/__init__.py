"""How a person is reached: their choice of channels, their devices, leaving by the link of a mail, and the service worker."""

from app.area import Area
from blueprints.contact.device import device
from blueprints.contact.doors import DEVICES, LEAVING
from blueprints.contact.leaving import leaving
from blueprints.contact.routes import pages

area = Area(pages)
device_area = Area(device, doors=DEVICES, in_school=False)
leaving_area = Area(leaving, doors=LEAVING, in_school=False)

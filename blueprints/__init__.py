"""The areas of the product, in the order of the navigation."""

from blueprints import account, portal

AREAS = (portal.area, account.area)

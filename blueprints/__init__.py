"""The areas of the product, in the order of the navigation."""

from blueprints import account, audit, local, machine, notices, operator, portal

AREAS = (portal.area, notices.area, portal.switching_area, account.area, audit.area, operator.area, machine.area, local.area)

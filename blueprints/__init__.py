"""The areas of the product, in the order of the navigation."""

from blueprints import account, audit, contact, deliveries, exports, local, machine, notices, operator, portal, settings

AREAS = (
    portal.area,
    notices.area,
    deliveries.area,
    portal.switching_area,
    portal.progress_area,
    account.area,
    contact.area,
    contact.device_area,
    contact.leaving_area,
    settings.area,
    audit.area,
    exports.area,
    operator.area,
    machine.area,
    local.area,
)

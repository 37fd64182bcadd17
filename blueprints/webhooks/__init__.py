"""The inbox of payment providers, as those who run the platform see it: events, secrets, customers, and a simulator."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.webhooks.customer_routes import customer_pages
from blueprints.webhooks.finding import SOURCES
from blueprints.webhooks.jobs import JOBS
from blueprints.webhooks.needs import TRIAGE
from blueprints.webhooks.routes import pages
from blueprints.webhooks.secret_routes import secret_pages
from blueprints.webhooks.simulator_routes import simulator_pages

area = Area(
    pages,
    navigation=(Entry("webhooks.list_events", "webhook", N_("Webhooks"), Permission.PLATFORM_OPERATE, "platform"),),
    jobs=JOBS,
    triage=TRIAGE,
    search=SOURCES,
    in_school=False,
)
secrets_area = Area(secret_pages, in_school=False)
customers_area = Area(customer_pages, in_school=False)
simulator_area = Area(simulator_pages, in_school=False, local_only=True)

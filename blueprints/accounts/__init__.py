"""What the platform bills schools, as those who run it see it: accounts and their ledgers, plans and prices, who bills."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.accounts.account_routes import account_pages
from blueprints.accounts.deed_routes import deed_pages
from blueprints.accounts.finding import SOURCES
from blueprints.accounts.needs import TRIAGE
from blueprints.accounts.plan_routes import plan_pages
from blueprints.accounts.rollups import ROLLUPS
from blueprints.accounts.routes import pages

area = Area(
    pages,
    navigation=(
        Entry("accounts.list_accounts", "wallet", N_("Accounts"), Permission.PLATFORM_OPERATE, "platform"),
        Entry("plans.list_plans", "tag", N_("Plans"), Permission.PLATFORM_OPERATE, "platform"),
    ),
    triage=TRIAGE,
    search=SOURCES,
    rollups=ROLLUPS,
    in_school=False,
)
account_area = Area(account_pages, in_school=False)
deeds_area = Area(deed_pages, in_school=False)
plans_area = Area(plan_pages, in_school=False)

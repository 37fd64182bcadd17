"""What the platform bills the school: its subscription, its invoices, its payments, and what to do about each."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.billing.datasets import DATASETS
from blueprints.billing.invoice_routes import invoice_pages
from blueprints.billing.panels import PANELS
from blueprints.billing.payment_routes import payment_pages
from blueprints.billing.routes import pages

area = Area(
    pages,
    navigation=(Entry("billing.show_overview", "wallet", N_("Billing overview"), Permission.BILLING_VIEW, "billing"),),
    panels=PANELS,
    datasets=DATASETS,
)
invoices_area = Area(
    invoice_pages,
    navigation=(Entry("invoices.list_invoices", "receipt-text", N_("Invoices"), Permission.BILLING_VIEW, "billing"),),
)
payments_area = Area(
    payment_pages,
    navigation=(Entry("payments.list_payments", "banknote", N_("Payments"), Permission.BILLING_VIEW, "billing"),),
)

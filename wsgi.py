"""The composition root."""

import gc

gc.disable()  # nothing of what is imported and built here is ever garbage: looking for some takes a fifth of a start

from app import commands  # noqa: E402
from app.config import BadSettings  # noqa: E402
from app.factory import create_app  # noqa: E402
from app.web import request_log  # noqa: E402
from blueprints import AREAS  # noqa: E402

request_log.configure()
try:
    application = create_app(AREAS)
except BadSettings as faults:
    application = commands.without_settings(faults)
commands.init_app(application)
commands.refuse_demo_accounts(application)

gc.freeze()
gc.enable()

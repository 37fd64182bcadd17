"""The composition root."""

from app import commands
from app.config import BadSettings
from app.factory import create_app
from app.web import request_log
from blueprints import AREAS

request_log.configure()
try:
    application = create_app(AREAS)
except BadSettings as faults:
    application = commands.without_settings(faults)
commands.init_app(application)
commands.refuse_demo_accounts(application)

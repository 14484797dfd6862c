"""The commands of whoever runs Tenantry: health, doctor, log, database, backup, keys, settings."""

from tenantry.operations.commands.backup import add_backup
from tenantry.operations.commands.breakers import add_breakers
from tenantry.operations.commands.database import add_database
from tenantry.operations.commands.dev import add_dev
from tenantry.operations.commands.doctor import add_doctor
from tenantry.operations.commands.drill import add_drill
from tenantry.operations.commands.health import add_health
from tenantry.operations.commands.keys import add_keys
from tenantry.operations.commands.log import add_log
from tenantry.operations.commands.settings import add_settings
from tenantry.terminal import group

app = group("operations", help="What the people who run Tenantry ask of it.")
add_health(app)
add_doctor(app)
add_log(app)
add_database(app)
add_backup(app)
add_keys(app)
add_settings(app)
add_breakers(app)
add_drill(app)
add_dev(app)

__all__ = ["app"]

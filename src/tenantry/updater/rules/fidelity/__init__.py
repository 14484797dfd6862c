"""Fidelity: how like a company's rows are, beside what was declared of them.

Nothing is decided by it: it counts and compares, and says where a tenant looks made up.
"""

from tenantry.updater.rules.fidelity.plot import draw_svg
from tenantry.updater.rules.fidelity.report import report_fidelity
from tenantry.updater.rules.fidelity.tabulation import tabulate

__all__ = ["draw_svg", "report_fidelity", "tabulate"]

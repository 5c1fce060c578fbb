from tests.benchmarks.report import FIGURES, table
from tests.chaos.conftest import processes  # noqa: F401 - a fixture


def pytest_terminal_summary(terminalreporter):
    """Show what was measured."""
    if FIGURES:
        terminalreporter.section("benchmarks")
        terminalreporter.write_line(table())

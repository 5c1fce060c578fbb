from tests.benchmarks.report import FIGURES, table


def pytest_terminal_summary(terminalreporter):
    """Show what was measured."""
    if FIGURES:
        terminalreporter.section("benchmarks")
        terminalreporter.write_line(table())

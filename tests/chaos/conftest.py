import pytest


@pytest.fixture
def processes():
    """Processes of the test, which end with it."""
    started = []
    yield started
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()

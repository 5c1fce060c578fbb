import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def folder():
    """
    A folder whose name has what breaks careless programs.

    It is open to other accounts, for as root the database server runs as one.
    """
    folder = Path(tempfile.mkdtemp(prefix="green light 'é', "))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)

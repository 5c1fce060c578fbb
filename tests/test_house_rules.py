"""What no linter knows: how long files may be, and that names lead somewhere."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from pydoc import locate

import pytest

from contacts.background import SLICES

ROOT = Path(__file__).parent.parent
APPS = ("config", "contacts", "audiences", "referrals", "campaigns")
MOST_LINES = 400
TOP_LEVEL = {
    *APPS,
    *("templates", "static", "tests", ".ci"),
    *("manage.py", "Makefile", "pyproject.toml", "constraints.txt", "README.md"),
    *(".gitignore", ".pre-commit-config.yaml", "LICENSE"),
}
# The pages of words among code: what the product and its second reading are written from.
MEANINGS = {
    Path("audiences/conditions/LANGUAGE.md"),
    Path("campaigns/flows/MEANING.md"),
}
# Data, and what others have written.
NOT_COUNTED = re.compile(
    r"^constraints\.txt$|^README\.md$|^(static|tests)/vendor/|\.(svg|png|csv|json)$|/migrations/"
)


def tracked_files():
    """The files that belong to the project, as git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = listed.stdout.splitlines()
    return [Path(name) for name in names if (ROOT / name).is_file()]


FILES = tracked_files()
PYTHON = [file for file in FILES if file.suffix == ".py"]
TEMPLATES = [file for file in FILES if file.parts[0] == "templates"]
SOURCE = {file: (ROOT / file).read_text() for file in [*PYTHON, *TEMPLATES]}


def test_files_are_short():
    lengths = {
        str(file): len((ROOT / file).read_text().splitlines())
        for file in FILES
        if not NOT_COUNTED.search(str(file))
    }

    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


def test_nothing_lies_beside_the_rooms():
    assert {file.parts[0] for file in FILES} - TOP_LEVEL == set()


def test_apps_hold_code_and_its_data_only():
    kinds = {
        file.suffix for file in FILES if file.parts[0] in APPS and file not in MEANINGS
    }

    assert kinds <= {".py", ".json"}


def test_slices_name_tasks_that_exist():
    tasks = {name: locate(piece.task) for name, piece in SLICES.items()}

    assert SLICES
    assert [name for name, task in tasks.items() if not callable(task)] == []


def queued_names():
    """The dotted names that the code hands to ``enqueue`` as they stand."""
    for file in PYTHON:
        if file.parts[0] not in APPS:
            continue
        for node in ast.walk(ast.parse(SOURCE[file])):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else None
            called = node.func.id if isinstance(node.func, ast.Name) else called
            first = node.args[0]
            if called == "enqueue" and isinstance(first, ast.Constant):
                yield first.value


@pytest.mark.parametrize("name", sorted(set(queued_names())))
def test_queued_task_exists(name):
    assert callable(locate(name))


def test_each_fragment_is_used():
    everything = "\n".join(SOURCE.values())
    fragments = [
        file.relative_to("templates")
        for file in TEMPLATES
        if file.name.startswith("_") and file.suffix == ".html"
    ]

    # A path whose folder or name is put together counts by the part that is written.
    unused = [
        str(fragment)
        for fragment in fragments
        if str(fragment) not in everything and f'"{fragment.name}"' not in everything
    ]
    assert unused == []


def test_each_variable_of_the_environment_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    read = set(
        re.findall(
            r'"((?:GREENLIGHT|DATABASE)_[A-Z_]+)"',
            "".join(text for file, text in SOURCE.items() if file.parts[0] in APPS),
        )
    )

    assert {name for name in read if f"`{name}`" not in readme} == set()


def test_each_variable_in_the_readme_is_read():
    readme = (ROOT / "README.md").read_text()
    code = "".join(text for file, text in SOURCE.items() if file.parts[0] in APPS)
    named = set(re.findall(r"`(GREENLIGHT_[A-Z_]+)`", readme))

    assert {name for name in named if f'"{name}"' not in code} == set()


def test_each_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in wanted}
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower() for line in pins}

    assert names - pinned == set()
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)] == []

"""The quicker existence check says what the engine's own says, for tables, views and names that are not there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from eros.local.datadir import claim, clone_data_dir

COMPARE = """
import json, sys
from pathlib import Path
from local_bigquery.settings import settings
settings.data_dir, settings.default_project_id = Path(sys.argv[1]), "of-scheduler-proj"
from local_bigquery.engine import database
database.connection()
from eros.local import lookup
slow = database.objects
lookup.install()
dataset = ("of-scheduler-proj", "eros_scheduling_brain")
names = [row[0] for row in slow(*dataset)] + ["none", "ETL_JOB_RUNS", "'; --"]
print(json.dumps({
    "names": names,
    "slow": [[row[:2] for row in slow(*dataset, name)] for name in names],
    "quick": [[row[:2] for row in database.objects(*dataset, name)] for name in names],
    "elsewhere": [database.objects("no-such-project", "d", "t"), slow("no-such-project", "d", "t")],
}))
"""


def test_both_say_the_same(deployed_template: Path, tmp_path: Path) -> None:
    clone_data_dir(deployed_template, tmp_path / "data")
    # In a process of its own: the engine's settings are global, and the folder's path has to be put right first.
    claim(tmp_path / "data").close()
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, str(tmp_path / "data")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["quick"] == found["slow"]
    assert len(found["names"]) > 15
    assert sum(bool(rows) for rows in found["quick"]) >= len(found["names"]) - 3
    assert found["elsewhere"][0] == found["elsewhere"][1]

"""A committed provider lock file lies beside each plan of its environment, and nowhere else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from eros.model import load_model
from stacks.app import copy_locks


def test_a_lock_is_copied_to_the_stacks_of_its_environment(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "prod.lock.hcl").write_text("# hashes\n")
    out = tmp_path / "cdktf.out"
    for stack in ("eros-prod-warehouse", "eros-prod-automation", "eros-dev-warehouse"):
        (out / "stacks" / stack).mkdir(parents=True)
    copies = copy_locks(out, dataclasses.replace(load_model(), root=tmp_path))
    assert [c.relative_to(out).as_posix() for c in copies] == [
        "stacks/eros-prod-automation/.terraform.lock.hcl",
        "stacks/eros-prod-warehouse/.terraform.lock.hcl",
    ]
    assert copies[0].read_text() == "# hashes\n"
    assert not (out / "stacks/eros-dev-warehouse/.terraform.lock.hcl").exists()


def test_without_a_lock_nothing_is_copied(tmp_path: Path) -> None:
    assert copy_locks(tmp_path, dataclasses.replace(load_model(), root=tmp_path)) == []

"""`eros backup`: snapshots of the owned tables, and tables restored from them. The daily ones: snapshot_state()."""

from eros.backup.restore import Restoration, Restored, prepare, restore
from eros.backup.snapshots import Snapshot, Taken, create, snapshots

__all__ = ["Restoration", "Restored", "Snapshot", "Taken", "create", "prepare", "restore", "snapshots"]

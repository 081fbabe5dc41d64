"""The disk under an index: network file systems are refused, and room is asked for before anything is written."""

import shutil
from pathlib import Path

from rag.errors import IndexUnusable

_NETWORK = frozenset(
    "9p afs beegfs ceph cifs gfs gfs2 glusterfs gpfs lustre ncpfs nfs nfs4 ocfs2 orangefs smb3 smbfs".split()
)
_LOCAL_FUSE = frozenset("fuse-overlayfs ntfs ntfs-3g exfat ext2 ext4 fuse2fs apfs zfs bindfs encfs gocryptfs".split())
"""Of the file systems in user space, those over a local disk; "fuseblk" is one by its kind."""
_SPARE = 64_000_000
"""Bytes that are left free in any case: other programs need some, and SQLite its log."""


def refuse_network(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Refuses a folder on a network file system; says nothing where the machine does not tell (no ``/proc``).

    Raises:
        IndexUnusable: with the file system and the way out.
    """
    try:
        table = mounts.read_text(errors="surrogateescape")
    except OSError:
        return
    kind = _kind(folder.resolve(), table)
    family, _, name = kind.partition(".")
    if kind in _NETWORK or (family == "fuse" and name not in _LOCAL_FUSE):
        raise IndexUnusable(
            f"{folder} is on a network file system ({kind}): its locks and shared memory cannot keep an index whole;"
            " give a --home on a local disk, and copy the index there with a backup"
        )


def _kind(folder: Path, table: str) -> str:
    """The kind of the file system that ``folder`` is on, by the mount whose point reaches deepest; the later of two."""
    found, deepest = "", -1
    for line in table.splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        point = Path(parts[1].encode("latin-1", "replace").decode("unicode_escape"))  # a space is \040 there
        if folder.is_relative_to(point) and len(point.parts) >= deepest:
            found, deepest = parts[2], len(point.parts)
    return found


def need(folder: Path, needed: int) -> None:
    """Refuses to begin what the disk has no room for.

    Raises:
        IndexUnusable: with both numbers.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise IndexUnusable(
            f"about {(needed + _SPARE) / 1e6:,.0f} MB are needed in {folder}, {free / 1e6:,.0f} MB are free;"
            " make room or give another --home"
        )

"""Whose token files are taken, and out of which folders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from zohohub.errors import ConfigurationError
from zohohub.token_stores import FileTokenStore
from zohohub.tokens import Grant

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes of files")

GRANT = Grant(
    client_id="1000.ID", accounts_url="https://accounts.zoho.eu", refresh_token="1000.secret"
)
is_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    return folder / "tokens.json"


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077, 0o777])
def test_each_file_is_for_the_owner_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        for _ in range(2):  # the second one replaces the first
            FileTokenStore(path).save(GRANT)
    finally:
        os.umask(before)
    assert {each.stat().st_mode & 0o077 for each in path.parent.iterdir()} == {0}
    if umask != 0o777:
        assert FileTokenStore(path).load() == GRANT


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o773, 0o702])
def test_a_folder_where_everybody_may_put_another_file_is_refused(path: Path, mode: int) -> None:
    store = FileTokenStore(path)
    store.save(GRANT)
    path.parent.chmod(mode)
    before = sorted(each.name for each in path.parent.iterdir())
    says = rf"everybody may put another file in its place \(mode {mode:04o}\): run `chmod o-w`"
    for use in (store.load, lambda: store.save(GRANT), lambda: store.lock().__enter__()):
        with pytest.raises(ConfigurationError, match=says) as caught:
            use()
        assert "secret" not in str(caught.value)
    assert sorted(each.name for each in path.parent.iterdir()) == before


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o770, 0o775, 0o1777])
def test_a_folder_of_ones_own_or_with_the_sticky_bit_is_taken(path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    FileTokenStore(path).save(GRANT)
    assert FileTokenStore(path).load() == GRANT


@is_root
def test_a_file_of_another_user_is_refused(path: Path) -> None:
    store = FileTokenStore(path)
    store.save(GRANT)
    os.chown(path, 12345, -1)
    with pytest.raises(
        ConfigurationError, match=r"belongs to another user \(uid 12345\)"
    ) as caught:
        store.load()
    assert "secret" not in str(caught.value)


@is_root
def test_a_file_of_another_user_behind_a_link_is_refused(path: Path) -> None:
    FileTokenStore(path).save(GRANT)
    os.chown(path, 12345, -1)
    link = path.with_name("link.json")
    link.symlink_to(path)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        FileTokenStore(link).load()


def test_what_waits_at_the_name_of_the_new_file_is_not_written_through(path: Path) -> None:
    victim = path.with_name("victim.txt")
    victim.write_text("mine")
    path.with_name("tokens.json.new").symlink_to(victim)
    FileTokenStore(path).save(GRANT)
    assert victim.read_text() == "mine"
    assert FileTokenStore(path).load() == GRANT
    assert not path.is_symlink()


def test_a_token_file_of_the_package_is_never_world_readable_for_a_moment(path: Path) -> None:
    # What every open of the process created, with the mode that it asked for.
    program = """
import os, sys
made = []
real = os.open
def watching(name, flags, mode=0o777, **more):
    if flags & os.O_CREAT:
        made.append((str(name), mode))
    return real(name, flags, mode, **more)
os.open = watching
os.umask(0)
from zohohub.token_stores import FileTokenStore
from zohohub.tokens import Grant
FileTokenStore(sys.argv[1]).save(Grant(client_id="i", accounts_url="u", refresh_token="r"))
assert any(name.endswith("tokens.json.new") for name, _ in made), made
print({oct(mode) for _, mode in made})
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "{'0o600'}\n"

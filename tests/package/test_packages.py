# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: built without a network, clean, reproducible, complete."""

import filecmp
import re
import subprocess

import pytest
from guard import tree
from stack.server import BUILD, ROOT

from .conftest import build

# building takes a while on a busy machine
pytestmark = pytest.mark.timeout(900)

PROFILE = ROOT / "pam_mycred" / "apparmor" / "usr.libexec.mycred"


def files(package):
    """{path: mode} of what the package installs, without folders."""
    listing = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True).stdout
    lines = [line.split(None, 5) for line in listing.splitlines()]
    return {line[5].removeprefix("."): line[0] for line in lines if not line[0].startswith("d")}


def test_packages_are_built_without_network_and_lintian_finds_nothing(built):
    """MC-SEC-186 MC-SEC-187 lintian is the last step of `make deb`, and its errors and warnings end it."""
    folder, done = built
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [file for file in tree.files() if file.match("debian/*lintian-overrides")]
    names = {file.name.split("_")[0] for file in folder.glob("*.deb") if "-dbgsym" not in file.name}
    assert names == {"mycred", "libpam-mycred", "libapache2-mod-mycred", "mycred-ldap-schema"}


def test_everything_that_is_installed_is_in_one_package(packages, tmp_path):
    """`make install` and the packages together have the same files, but for those that Debian has elsewhere."""
    subprocess.run(["make", "-s", "install", f"DESTDIR={tmp_path}", f"BUILD={BUILD}"], cwd=ROOT, check=True)
    installed = {f"/{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*") if path.is_file()}
    packaged = [path for file in packages.values() for path in files(file)]
    assert len(packaged) == len(set(packaged))
    unpacked = {re.sub(r"(/man/.*|\.md|\.example)\.gz$", r"\1", path) for path in packaged}
    unpacked |= {f"/usr{path}" for path in unpacked if path.startswith("/lib/")}
    assert installed - unpacked == {"/usr/share/doc/mycred/LICENSE"}


def test_modes_and_places(packages):
    """MC-SEC-186 nothing is writable by others, nothing is setuid, and /etc/mycred is left to the administrator."""
    for package in packages.values():
        for path, mode in files(package).items():
            assert mode in ("-rw-r--r--", "-rwxr-xr-x", "lrwxrwxrwx"), path
            assert not path.startswith("/etc/mycred/"), path


def test_what_is_off_by_default(packages):
    """Neither PAM nor httpd uses the modules until an administrator says so."""
    assert "\nDefault: no\n" in (ROOT / "pam_mycred" / "pam-configs" / "mycred").read_text()
    for package in packages.values():
        control = subprocess.run(["dpkg-deb", "--info", package, "postinst"], capture_output=True, text=True).stdout
        assert "enmod" not in control and "--enable" not in control
        assert not [path for path in files(package) if path.startswith(("/etc/apache2/mods-enabled", "/etc/fail2ban/jail", "/etc/pam.d"))]


def test_the_apparmor_profile_is_sound():
    done = subprocess.run(["apparmor_parser", "--skip-kernel-load", "--skip-cache", PROFILE], capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if "interface file missing" not in line]
    assert (done.returncode, complaints) == (0, [])


def test_there_is_one_version():
    """debian/changelog has it; the command and CHANGELOG.md say the same."""
    version = re.match(r"mycred \((\S+)\)", (ROOT / "debian" / "changelog").read_text())[1]
    said = subprocess.run([BUILD / "mycred", "version"], capture_output=True, text=True, check=True).stdout
    assert said == f"mycred {version}\n"
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1] == version


def test_maintainer_scripts_are_clean():
    scripts = [file for file in tree.files() if re.fullmatch(r"debian/.*\.(pre|post)(inst|rm)", tree.name(file))]
    assert scripts
    subprocess.run(["shellcheck", *scripts], check=True)


@pytest.mark.long
def test_two_builds_are_the_same(packages, tmp_path):
    """MC-SEC-184 in another folder, at another time, with another locale and time zone: bit by bit."""
    again = tmp_path / "in-another-folder"
    done = build(again, TZ="Asia/Shanghai", LC_ALL="C", HOME="/nonexistent")
    assert done.returncode == 0, done.stdout + done.stderr
    for package in packages.values():
        assert filecmp.cmp(package, again / package.name, shallow=False), package.name

# SPDX-License-Identifier: Apache-2.0
"""Keys and configuration are missing, open to others, broken or changed, at the start and while the service runs."""

import base64
import os
import secrets
import shutil

import pytest

from .wire import Conversation


def new_key(number):
    return f"k{number} {base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip('=')}\n"


@pytest.fixture
def files(site, tmp_path):
    """A configuration of its own, with key files of its own; in place, owned by root."""
    folder = site.folder / "files"
    folder.mkdir()
    key = folder / "login.key"
    shutil.copy(site.login.folder / "login.key", key)
    key.chmod(0o600)
    yield key, site.variant("files", login_key_file=key)
    shutil.rmtree(folder)


WRONG_KEYS = {
    "missing": lambda key: key.unlink(),
    "readable by others": lambda key: key.chmod(0o644),
    "readable by its group": lambda key: key.chmod(0o640),
    "writable by others": lambda key: key.chmod(0o602),
    "another owner's": lambda key: os.chown(key, 65534, 0),
    "a link": lambda key: key.rename(f"{key}.real") and key.symlink_to(f"{key}.real"),
    "a pipe": lambda key: (key.unlink(), os.mkfifo(key, 0o600)),
    "a folder": lambda key: (key.unlink(), key.mkdir(mode=0o700)),
    "empty": lambda key: key.write_text(""),
    "short": lambda key: key.write_text("k1 AAAA\n"),
    "long": lambda key: key.write_text(new_key(1).strip() + "AA\n"),
    "without an id": lambda key: key.write_text(new_key(1)[3:]),
    "two with one id": lambda key: key.write_text(new_key(1) + new_key(1)),
    "binary": lambda key: key.write_bytes(secrets.token_bytes(32)),
    "of a megabyte": lambda key: key.write_text("#" * 1_000_000),
    "cut": lambda key: key.write_text(key.read_text()[:-5]),
}


@pytest.mark.parametrize("spoil", WRONG_KEYS.values(), ids=WRONG_KEYS.keys())
def test_a_wrong_key_file_is_refused_by_name(site, files, pam, spoil):
    """F35 MC-SEC-64 MC-SEC-149"""
    key, conf = files
    spoil(key)
    run = pam.login("carol", site.code(), conf=conf)
    assert run.code == "SERVICE_ERR"
    assert str(key) in run.log("event=configuration_bad")


@pytest.mark.parametrize("spoil", WRONG_KEYS.values(), ids=WRONG_KEYS.keys())
def test_a_key_file_that_goes_wrong_is_noticed_and_mended_while_running(site, files, spoil):
    """F35: at the next login; and nobody starts anything anew when it is right again."""
    key, conf = files
    right = key.read_text()
    with site.worker(conf) as worker:
        assert Conversation(worker.ask, "carol").start().result == "ask"
        spoil(key)
        reply = Conversation(worker.ask, "carol").start()
        assert reply.result == "bad-config" and str(key) in reply.log("event=configuration_bad")
        if key.is_dir():
            key.rmdir()
        key.unlink(missing_ok=True)
        key.touch(mode=0o600)
        key.write_text(right)
        assert Conversation(worker.ask, "carol").login(site.code()).result == "ok"


def test_a_new_key_is_used_at_once_and_the_old_one_still_opens(site, files):
    """F36 MC-SEC-150"""
    key, conf = files
    with site.worker(conf) as worker:
        assert Conversation(worker.ask, "bob").start().result == "ask"
        assert " k1:" in site.values("bob", "mycredChallenge")[0]
        key.write_text(key.read_text() + new_key(2))
        assert Conversation(worker.ask, "carol").login(site.code()).result == "ok"
        assert Conversation(worker.ask, "bob").login(site.sent_code()).result == "ok"
        assert Conversation(worker.ask, "dave").start().result == "ask"
        assert " k2:" in site.values("dave", "mycredChallenge")[0]


def test_a_key_may_change_between_prompt_and_answer(site, files):
    """F36: the state the module carries is sealed by the key that was."""
    key, conf = files
    with site.worker(conf) as worker:
        conversation = Conversation(worker.ask, "carol")
        conversation.start()
        key.write_text(key.read_text() + new_key(2))
        assert conversation.answer(site.code()).result == "ok"


def test_a_key_removed_too_early_denies_and_is_told(site, files, pam):
    """F37: those who need it are refused, never without a factor; others go on."""
    key, conf = files
    key.write_text(new_key(2))
    run = pam.login("carol", site.code(), conf=conf)
    assert run.code == "SERVICE_ERR"
    assert "attribute=mycredTotp" in run.log("event=value_damaged")
    assert site.login_once("bob", site.sent_code, conf=conf).result == "ok"


def test_a_key_removed_between_prompt_and_answer_ends_the_conversation(site, files):
    """F37"""
    key, conf = files
    with site.worker(conf) as worker:
        conversation = Conversation(worker.ask, "carol")
        conversation.start()
        key.write_text(new_key(2))
        assert not conversation.answer(site.code()).lets_in


WRONG_CONFIGURATIONS = {
    "missing": lambda conf: conf.unlink(),
    "empty": lambda conf: conf.write_text(""),
    "an unknown option": lambda conf: conf.write_text(conf.read_text() + "ldap_url = x\n"),
    "an option twice": lambda conf: conf.write_text(conf.read_text() + "ldap_bind = external\n"),
    "a bad number": lambda conf: conf.write_text(conf.read_text() + "code_digits = 5\n"),
    "a bad time": lambda conf: conf.write_text(conf.read_text() + "sms_code_life = 11m\n"),
    "no assignment": lambda conf: conf.write_text(conf.read_text() + "hello\n"),
    "clear text over the network": lambda conf: conf.write_text(
        conf.read_text().replace("ldapi://", "ldap://127.0.0.1/#")
    ),
    "a NUL": lambda conf: conf.write_bytes(conf.read_bytes() + b"service_name = a\0b\n"),
    "writable by others": lambda conf: conf.chmod(0o666),
    "another owner's": lambda conf: os.chown(conf, 65534, 0),
    "a link": lambda conf: conf.rename(f"{conf}.real") and conf.symlink_to(f"{conf}.real"),
    "a pipe": lambda conf: (conf.unlink(), os.mkfifo(conf, 0o644)),
    "a folder": lambda conf: (conf.unlink(), conf.mkdir()),
}


@pytest.fixture
def own_conf(site):
    conf = site.folder / "own.conf"
    shutil.copy(site.conf, conf)
    conf.chmod(0o644)
    yield conf
    if conf.is_dir() and not conf.is_symlink():
        conf.rmdir()
    conf.unlink(missing_ok=True)


@pytest.mark.parametrize("spoil", WRONG_CONFIGURATIONS.values(), ids=WRONG_CONFIGURATIONS.keys())
def test_a_broken_configuration_is_refused_by_file(own_conf, pam, spoil):
    """F38 MC-SEC-68"""
    spoil(own_conf)
    run = pam.login("alice", conf=own_conf)
    assert run.code == "SERVICE_ERR"
    assert str(own_conf) in "".join(text for _, text in run.logs)


@pytest.mark.parametrize("spoil", WRONG_CONFIGURATIONS.values(), ids=WRONG_CONFIGURATIONS.keys())
def test_a_configuration_broken_while_the_service_runs_is_told_and_mended(site, own_conf, spoil):
    """F38: at the next login, and nothing of the old one is used meanwhile."""
    right = own_conf.read_text()
    with site.service(own_conf) as door:
        assert Conversation(door.ask, "alice").start().result == "off"
        spoil(own_conf)
        for _ in range(3):
            reply = Conversation(door.ask, "alice").start()
            assert reply.result == "bad-config" and str(own_conf) in reply.log("event=configuration_bad")
        if own_conf.is_dir() and not own_conf.is_symlink():
            own_conf.rmdir()
        own_conf.unlink(missing_ok=True)
        own_conf.write_text(right)
        own_conf.chmod(0o644)
        assert Conversation(door.ask, "carol").login(site.code()).result == "ok"


def test_a_configuration_cut_anywhere_never_lets_in(site, own_conf):
    """F39: half written is an error, or still asks for the code."""
    whole = own_conf.read_bytes()
    required = whole + b"require = on\n"
    with site.worker(own_conf) as worker:
        for size in range(0, len(required), max(1, len(required) // 60)):
            own_conf.write_bytes(required[:size])
            reply = Conversation(worker.ask, "carol").start()
            assert reply.result in ("ask", "bad-config", "unavailable"), (size, reply)


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_password_file_others_can_read_is_refused(site, pam, mode):
    """MC-SEC-64"""
    file = site.folder / "bind.password"
    shutil.copy(site.as_host["ldap_bind_password_file"], file)
    file.chmod(mode)
    conf = site.quick(**{**site.as_host, "ldap_bind_password_file": file})
    run = pam.login("alice", conf=conf)
    assert run.code == ("SERVICE_ERR" if mode == 0o644 else "IGNORE")
    if mode == 0o644:
        assert str(file) in run.log("event=configuration_bad")


def test_a_refused_identity_is_the_directorys_refusal(site, pam):
    """The host's own password was changed."""
    file = site.folder / "old.password"
    file.touch(mode=0o600)
    file.write_text("no longer\n")
    conf = site.quick(**{**site.as_host, "ldap_bind_password_file": file})
    run = pam.login("alice", conf=conf)
    assert run.code == "AUTHINFO_UNAVAIL"
    assert "cause=ldap_bind_refused" in run.log("event=directory_fault")


def test_a_new_bind_password_is_read_without_a_restart(site):
    """Changed in the directory and in the file, as an administrator does it."""
    host = site.as_host["ldap_bind_dn"]
    file = site.folder / "host.password"
    file.touch(mode=0o600)
    shutil.copy(site.as_host["ldap_bind_password_file"], file)
    conf = site.quick(**{**site.as_host, "ldap_bind_password_file": file})
    before = file.read_text()
    try:
        with site.worker(conf) as worker:
            assert Conversation(worker.ask, "alice").start().result == "off"
            set_password(site, host, "another-9215")
            file.write_text("another-9215\n")
            site.slapd.stop()
            site.slapd.start()
            assert Conversation(worker.ask, "alice").start().result == "off"
    finally:
        set_password(site, host, before.strip())


def set_password(site, dn, password):
    site.directory.replace(dn, userPassword=password)
    site.directory.replace(dn, pwdReset=None)  # the example policy asks for a change by its owner


def test_a_trusted_user_who_does_not_exist_is_refused_by_line(site, files, pam):
    """MC-SEC-68 a typing error in trusted_uid would else close one door without a word."""
    conf = site.variant("nobody", trusted_uid="radiusd:freerad-no-such-user")
    line = len(conf.read_text().splitlines())
    run = pam.login("carol", site.code(), conf=conf)
    assert run.code == "SERVICE_ERR"
    assert f"nobody.conf:{line}: 'trusted_uid' holds" in run.log("event=configuration_bad")
    assert pam.login("carol", site.code(), conf=site.variant("somebody", trusted_uid="radiusd:nobody")).code == "SUCCESS"

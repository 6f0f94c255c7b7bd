# SPDX-License-Identifier: Apache-2.0
"""Row 9: Change Avatar."""

import pytest

from .pictures import noise, png


@pytest.fixture
def picture(tmp_path):
    file = tmp_path / "face.png"
    file.write_bytes(png())
    return str(file)


def upload(page, file):
    page.do("upload", "Upload", file)
    return page.press("OK")


def shown(page):
    """The width of the avatar as the browser decoded it, 0 when there is none."""
    return page.do("evaluate", "document.querySelector('main img')?.naturalWidth ?? 0")


def test_uploads_a_picture(page, flows, picture, person):
    """MC-SEC-135 what is stored is a fresh JPEG of 256 pixels, whatever was sent."""
    flows.sign_in(page, "alice")
    assert page.rows()["Avatar"][1] == "Change Avatar"
    page.follow("Change Avatar")
    upload(page, picture)
    assert page.statuses == ["Your picture was changed."]
    assert shown(page) == 256
    stored = person("alice")["jpegPhoto"][0]
    assert stored.startswith(b"\xff\xd8\xff") and b"PNG" not in stored


def test_a_photograph_is_made_small_before_it_is_sent(browser, site, flows, tmp_path):
    """Comfort by script: telephones make larger pictures than the site takes (MC-SEC-136)."""
    page = browser.page(site.url)
    flows.sign_in(page, "alice")
    photograph = tmp_path / "photograph.png"
    photograph.write_bytes(noise(1200))
    assert photograph.stat().st_size > 4_000_000
    upload(page.follow("Change Avatar"), str(photograph))
    assert page.statuses == ["Your picture was changed."] and shown(page) == 256
    page.close()


def test_removes_it(page, flows, picture, person):
    flows.sign_in(page, "alice")
    upload(page.follow("Change Avatar"), picture)
    page.follow("Change Avatar").press("Remove")
    assert page.statuses == ["Your picture was removed."]
    assert shown(page) == 0
    assert "jpegPhoto" not in person("alice")


def test_what_is_no_picture_is_refused_and_the_old_one_stays(page, flows, picture, tmp_path, person):
    flows.sign_in(page, "alice")
    upload(page.follow("Change Avatar"), picture)
    before = person("alice")["jpegPhoto"]
    page.follow("Change Avatar").press("OK")
    assert page.errors == ["Choose a picture first."]
    fake = tmp_path / "fake.png"
    fake.write_text("<svg onload=alert(1)>")
    upload(page, str(fake))
    assert page.errors == ["That is not a JPEG or PNG picture of at most 1 MiB and 4096 pixels a side."]
    assert person("alice")["jpegPhoto"] == before


@pytest.mark.short
@pytest.mark.parametrize("size", [2, 12])  # MiB, as telephones make them
def test_a_file_that_is_too_large_is_named_beside_the_field(page, flows, tmp_path, size):
    """MC-SEC-136 the form is there again, with what to do."""
    flows.sign_in(page, "alice")
    photograph = tmp_path / "photograph.jpg"
    photograph.write_bytes(b"\xff\xd8\xff" + b"x" * size * 1024 * 1024)
    upload(page.follow("Change Avatar"), str(photograph))
    assert page.status == 413
    assert page.errors == ["That file is larger than 1 MiB. Choose a smaller one, or make the picture smaller first."]
    photograph.write_bytes(png())
    upload(page, str(photograph))
    assert page.statuses == ["Your picture was changed."]


def test_a_picture_that_was_stored_by_hand_cannot_run(page, client, flows, change, password):
    """MC-SEC-140 hostile bytes in jpegPhoto are never sent as anything else than a picture."""
    change("alice", jpegPhoto=b"<!doctype html><script>alert(1)</script>")
    flows.sign_in(page, "alice")
    assert shown(page) == 0
    alice = client()
    alice.sign_in("alice", password)
    assert alice.get("picture").status == 404
    change("alice", jpegPhoto=b"\xff\xd8\xff<script>alert(1)</script>")
    answer = alice.get("picture")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_pictures_are_their_owners_alone(client, flows, change):
    """MC-SEC-147 there is no address by which somebody else's picture could be had."""
    change("alice", jpegPhoto=b"\xff\xd8\xff alice")
    bob = client()
    assert flows.enter(bob, "bob").status == 200
    for path in ("picture", "picture?user=alice", "picture?id=alice"):
        assert bob.get(path).status == 404

# SPDX-License-Identifier: Apache-2.0
import pytest
from .admin import link_in
@pytest.mark.parametrize("width", [390, 1280])
def test_shots(browser, site, flows, width, stack, mails, new_password):
    def shot(name):
        page.do("screenshot", f"/tmp/pages-shots/{name}-{width}.png")
    page = browser.page(site.url, width=width)
    flows.sign_in(page, "sadmin")
    for name, path in {"find": "administration?find=al", "short": "administration?find=a", "carol": "administration/person?user=carol", "grace": "administration/person?user=grace", "bare": "administration/list?kind=bare", "lock": "administration/act?user=bob&act=lock", "allow": "administration/act?user=bob&act=allow", "require": "administration/act?user=bob&act=require", "reset": "administration/act?user=bob&act=reset", "groups": "administration/group", "group": "administration/group?group=finance", "cred": "administration/credential?user=frank"}.items():
        page.goto(path)
        shot(name)
    page.goto("administration/act?user=bob&act=lock").press("OK")
    shot("lock-error")
    page.goto("administration/credential?user=frank")
    page.fill(Email_address="frank@example.org").press("Send Invitation")
    shot("invited")
    link = link_in(mails.wait("frank@example.org"))
    page.goto("administration/credential?user=grace").press("One-Time Password")
    shot("onetime")
    once = page.text("code")
    other = browser.page(site.url, width=width)
    main, page = page, other
    page.goto(link)
    shot("invitation")
    page.fill(New_password=new_password, Confirm_password=new_password).press("OK")
    shot("invitation-done")
    page.goto(link)
    shot("invitation-over")
    page.sign_in("grace", once)
    shot("grace-once")
    page.press("Ask the security administrator")
    shot("asked")
    main.goto("administration/list?kind=help")
    main.do("screenshot", f"/tmp/pages-shots/queue-{width}.png")
    main.goto("administration/person?user=grace")
    main.do("screenshot", f"/tmp/pages-shots/asking-{width}.png")
    page.sign_in("bob", stack.password)
    shot("verify")
    stack.directory.extend(stack.people.dn("frank"), "mycredAccount") if "mycredAccount" not in stack.directory.entry(stack.people.dn("frank"))["objectClass"] else None
    main.close(); page.close()

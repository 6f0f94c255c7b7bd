# SPDX-License-Identifier: Apache-2.0
"""One conversation is in one language: the person's, and for those nobody knows the site's own."""

import pytest

from .site import wrong
from .wire import DECOY, Conversation


@pytest.fixture
def bobs(site):
    """Bob's conversation, in his language, a code sent."""
    site.directory.replace(site.dn("bob"), preferredLanguage="zh-CN, en;q=0.5")
    with site.helper() as helper:
        conversation = Conversation(helper.ask, "bob")
        assert "验证码已通过短信发送" in conversation.start().text
        yield conversation


def test_asking_again_in_ones_own_language_is_no_wrong_code(site, bobs):
    assert "秒后再" in bobs.answer("重发").text
    assert site.values("bob", "mycredCodeFailure") == []


def test_asking_again_at_the_menu_is_no_wrong_code(site, bobs):
    bobs.prompts = 9
    menu = bobs.answer("?").text
    assert bobs.answer("重发").text == menu and bobs.answer("resend").text == menu
    assert site.values("bob", "mycredCodeFailure") == []


def test_what_follows_an_answer_is_in_the_persons_language(site, bobs):
    reply = bobs.answer(wrong(site.sent_code()))
    assert reply.result == "ask" and "短信验证码" in reply.text and "Code" not in reply.text
    assert bobs.answer(site.sent_code()).result == "ok"


@pytest.mark.parametrize("user, flags", [("nobody-at-all", 0), ("carol", DECOY)], ids=["unknown", "decoy"])
def test_a_decoy_speaks_the_language_of_the_site(site, user, flags):
    """MC-SEC-57: or its prompts would tell who is known."""
    with site.helper(site.variant("chinese", default_language="zh-CN")) as helper:
        conversation = Conversation(helper.ask, user, flags=flags)
        for text in (conversation.start().text, conversation.answer("123456").text):
            assert "验证码" in text and "ode" not in text

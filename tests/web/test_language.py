# SPDX-License-Identifier: Apache-2.0
"""English and Simplified Chinese: by the browser, and by the account."""

CHINESE = "我的凭据"


def test_the_browser_says_which(open_page, password):
    page = open_page(locale="zh-CN")
    page.goto("sign-in")
    assert (page.language, page.heading) == ("zh-CN", "登录")
    page.do("fill", "用户名、邮箱或手机号码", "alice")
    page.do("fill", "密码", password)
    page.press("登录")
    assert page.heading == CHINESE
    assert page.rows()["登录认证"] == ("已关闭", "修改验证方式")


def test_the_account_says_which(page, flows, change):
    change("alice", preferredLanguage="zh-CN, en;q=0.5")
    flows.sign_in(page, "alice")
    assert (page.language, page.heading) == ("zh-CN", CHINESE)
    change("alice", preferredLanguage="en")
    page.goto()
    assert (page.language, page.heading) == ("en", "My Credentials")


def test_a_whole_change_in_chinese(open_page, password, flows, person):
    page = open_page(locale="zh-CN")
    page.goto("sign-in")
    page.do("fill", "用户名、邮箱或手机号码", "alice")
    page.do("fill", "密码", password)
    page.press("登录").follow("修改手机号码").choose("通过邮箱验证").press("发送验证码")
    page.do("fill", "验证码", flows.code("alice"))
    page.press("下一步")
    page.do("fill", "新手机号码", "+491511234599")
    page.press("发送验证码")
    page.do("fill", "验证码", flows.code("+491511234599", "mobile"))
    page.press("确定")
    assert page.statuses == ["您的手机号码已修改。"]
    assert person("alice")["mobile"] == ["+491511234599"]

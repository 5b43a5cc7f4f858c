"""Journey 9: a voucher from application to payment in 4 clicks of the firm, 3 of the provider, 1 of the office."""

import re

import pytest

from tests.browser.conftest import PHONE, assert_accessible, assert_fits
from tests.browser.hand import Hand

pytestmark = pytest.mark.browser


def test_four_clicks_three_clicks_one_click(page_as, tmp_path):
    report = tmp_path / "（演示）检测报告.pdf"
    report.write_bytes(b"%PDF-1.4 journey nine")
    firm, provider, office = (Hand(page_as(who)) for who in ("firm_statistician", "service_institution", "clerk"))

    page = firm.page
    page.goto("/vouchers/")
    page.select_option("[name=q_category]", "testing")
    page.fill("[name=q_face]", "3000")
    page.fill("[name=q_service]", "（演示）疲劳试验")
    assert_accessible(page)
    firm.click("form.act button.btn.p")  # apply
    page.wait_for_url("**/cases/**")
    case = re.search(r"/cases/\d+/", page.url)[0]
    assert_accessible(page)
    firm.click("tr:has-text('琼台') button[name=provider]")  # choose the provider
    assert "待机构接单" in page.inner_text("main")

    page = provider.page
    page.goto(case)
    page.fill("[name=q_price]", "8000")
    provider.click("button:has-text('接单并报合同')")  # accept
    assert "待企业确认合同" in page.inner_text("main")

    firm.page.goto(case)
    firm.click("button:has-text('确认合同')")

    page.goto(case)
    page.fill("[name=q_invoice]", "YSJ0009")
    page.set_input_files("[name=documents]", report)
    provider.click("button:has-text('提交服务报告和发票')")

    firm.page.goto(case)
    firm.page.select_option("[name=q_rating]", "5")
    firm.click("button:has-text('评价服务')")

    page.goto(case)
    provider.click("button:has-text('请款')")
    assert "待抽查放行" in page.inner_text("main")

    page = office.page
    page.goto(case)
    if page.locator("button:has-text('放行兑付'):not([disabled])").count():
        office.click("button:has-text('放行兑付')")
    else:  # drawn by lot: the law of the scheme, not a click of the journey
        page.fill("textarea[name=note] >> nth=0", "（演示）已回访")
        page.click("button:has-text('抽查记录')")
        office.click("button:has-text('放行兑付')")
    assert "已兑付" in page.inner_text("main")
    assert "3,000.00" in page.inner_text("main")
    assert (firm.clicks, provider.clicks, office.clicks) == (4, 3, 1)


def test_on_a_phone_nothing_scrolls_sideways(page_as):
    for who in ("firm_statistician", "service_institution", "clerk"):
        page = page_as(who, PHONE)
        page.goto("/vouchers/")
        assert_fits(page)
        assert_accessible(page)

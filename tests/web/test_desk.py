"""A list page: search, filters, sorting and pages from the address alone."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.tables import Column
from quanyu.people.models import Organisation
from tests.factories import firm

ROWS = [(n, "东" if n % 2 else "西") for n in range(1, 121)]
COLUMNS = [
    Column("序号", lambda r: r[0], name="n", order=lambda r: r[0], numeric=True),
    Column("片区", lambda r: r[1]),
]


def desk(query: str, rows=ROWS) -> Desk:
    return Desk(
        QueryDict(query), rows, COLUMNS, title="台账",
        filters=[Filter("side", "片区", [("东", "东片"), ("西", "西片")], lambda rs, v: [r for r in rs if r[1] == v])],
        search=lambda rs, words: [r for r in rs if words in str(r[0])], search_label="序号", downloads="/list",
    )  # fmt: skip


def test_pages_of_fifty():
    first, last = desk(""), desk("page=3")
    assert (first.total, len(first.shown.rows), first.newer, first.older) == (120, 50, "", "?page=2")
    assert ([r[0] for r in last.shown.rows], last.newer, last.older) == (list(range(101, 121)), "?page=2", "")


def test_filters_search_and_sorting_come_from_the_address():
    found = desk("side=东&q=11&sort=-n")
    assert [r[0] for r in found.rows] == [119, 117, 115, 113, 111, 11]
    assert [h.sorted for h in found.headings] == ["descending", ""]
    assert found.headings[0].href == "?side=%E4%B8%9C&q=11&sort=n"


@pytest.mark.parametrize("query", ["side=北", "sort=nothing", "page=nonsense", "page=-4", "unknown=1"])
def test_what_it_does_not_know_is_ignored(query):
    assert [r[0] for r in desk(query).rows] == list(range(1, 121))
    assert desk(query).page.number in (1, 3)


def test_a_download_takes_all_that_matches_not_only_the_page():
    found = desk("side=东&page=2")
    assert len(found.table().rows) == 60
    assert found.csv == "/list.csv?side=%E4%B8%9C"


def test_nothing_found_says_how_to_go_on():
    html = render_to_string("pagekit/desk.html", {"desk": desk("q=nothing")})
    assert "没有符合条件的内容" in html and 'href="?"' in html


def test_it_leaves_sorting_and_paging_of_tables_to_the_database(db, django_assert_num_queries):
    for n in (1, 2, 3):
        firm(n)
    columns = [Column("名称", lambda o: o.name, name="name", order="name")]
    found = Desk(QueryDict("sort=-name"), Organisation.objects.filter(kind="firm"), columns, title="组织")
    with django_assert_num_queries(2):
        assert [cells[0].text for cells in found.shown.body] == ["虚构企业3号", "虚构企业2号", "虚构企业1号"]

import pytest

from shadow.web.view.pager import page_of


@pytest.mark.parametrize(
    ("number", "first", "last"), [(1, 1, 3), (2, 4, 6), (3, 7, 7), (99, 7, 7), (0, 1, 3)]
)
def test_a_page_says_which_of_all_it_has(number, first, last):
    page = page_of("abcdefg", number, rows=3)
    assert (page.first, page.last, page.total, page.pages) == (first, last, 7, 3)


def test_nothing_is_one_empty_page():
    page = page_of([], 5)
    assert (page.entries, page.first, page.last, page.before, page.behind) == ((), 0, 0, None, None)

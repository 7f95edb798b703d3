"""The lines of an HTML page and the elements that they come from."""

from lxml import html

from stance.parsing.html.comments import PageLines
from stance.parsing.html.threads import PageParts
from stance.parsing.html.tree import Index, TextIndex

PAGE = """<body><div id=a><p>One <b>two</b></p><script>x()</script><p>three<br>four</p></div>
<ul id=b><li>five</li><li>six<button>Reply</button></li></ul>tail</body>"""


def lines_of(source):
    index = TextIndex(html.document_fromstring(source))
    return index, PageLines(index)


def test_lines_are_those_of_the_text():
    index, page = lines_of(PAGE)
    assert [line.text for line in page.lines] == ["One two", "three", "four", "five", "six", "tail"]
    assert page.text == index.text_of(index.elements[0])


def test_the_largest_elements_of_some_lines_hold_no_other():
    _, page = lines_of(PAGE)
    assert [each.get("id") for each in page.elements_of([0, 1, 2])] == ["a"]
    assert [each.get("id") for each in page.elements_of([3, 4])] == ["b"]
    assert [each.tag for each in page.elements_of([0, 3])] == ["p", "li"]
    assert page.elements_of([]) == []
    assert page.elements_of([1]) == []  # it shares its only element with another line


def test_lines_of_posts_from_elsewhere_are_no_comments():
    posts = "".join(f"<blockquote class=twitter-tweet><p>Post {i}</p>Ann (@ann) 3 May</blockquote>" for i in range(3))
    index = Index(html.document_fromstring(f"<body><p>Story</p>{posts}<p>Ann says</p></body>"))
    page, lines = PageParts(index), PageLines(index.text)
    assert len(lines.lines) == 8
    assert not page.are_comments(lines.elements_of(range(1, 7)))
    assert page.are_comments(lines.elements_of([0, 7]))

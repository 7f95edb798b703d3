"""Comments in frames that were saved with the page."""

from html import escape
from pathlib import Path

import pytest

from stance.datamodels import Document
from tests.support.parsed import parse_html as parse

SOURCE = (Path(__file__).parents[1] / "pages" / "disqus.html").read_text(encoding="utf-8")
START, END = SOURCE.index('<div id="disqus_thread">'), SOURCE.index("</body>")
THREAD = SOURCE[START:END]


def framed(inner: str) -> Document:
    frame = f'<div id="disqus_thread"><iframe title="a > b" srcdoc="{escape(inner)}"></iframe></div>'
    return parse(SOURCE[:START] + frame + SOURCE[END:])


@pytest.mark.parametrize("form", ["{}", "<html><head><title>Disqus</title></head><body>{}</body></html>"])
def test_a_thread_in_a_frame_is_read_as_if_in_the_page(form):
    inside, whole = framed(form.format(THREAD)), parse(SOURCE)
    assert len(whole.comments) == 3
    assert (inside.comments, inside.body, inside.layout) == (whole.comments, whole.body, whole.layout)


def test_what_else_a_frame_holds_is_no_part_of_the_article():
    advert = "<p>Buy two bridges and pay for one of them, today and tomorrow only!</p>" * 20
    document = framed(THREAD + advert)
    assert not any("Buy" in paragraph for paragraph in document.body)
    assert document.comments == parse(SOURCE).comments


def test_frames_in_frames_stay_closed():
    assert framed(f'<p>Frame</p><iframe srcdoc="{escape(THREAD)}"></iframe>').comments == ()


@pytest.mark.parametrize("inner", ["", " ", "<", "<b><i>" * 5_000, "<!-- -->", "<frameset></frameset>"])
def test_a_broken_frame_is_as_good_as_none(inner):
    document = framed(inner)
    assert document.comments == ()
    assert document.body == parse(SOURCE).body

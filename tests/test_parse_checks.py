"""The checks of the parser rewrite pages as they say: what is cut is gone, what is kept stays as it was."""

import json
import re
from pathlib import Path

import pytest
from benchmark_scripts import load_benchmark

from stance.parsing import layouts

checks = load_benchmark("parse_checks")
Said = checks.Said

WORDS = "the bridge over the river should have been closed a year ago, and everybody in the town knew it"
COMMENTS = (
    Said("Ada Lind", f"I think {WORDS}."),
    Said("Bo Stern", f"No. Nobody says {WORDS}."),
    Said("Cleo Marsh", "Yes!"),
    Said("Dirk Old", f"Since when do we hear that {WORDS}?"),
)
ARTICLE = "The council met on Monday and talked about the budget. " * 5


def comment(said: tuple[str, str], number: int, replies: str = "") -> str:
    return (
        f'<li class="comment" id="comment-{number}"><div class="comment-author"><cite class="fn">{said[0]}</cite></div>'
        f'<div class="comment-meta"><a href="#comment-{number}">{number} May 2024 at 10:0{number}</a></div>'
        f'<div class="comment-content"><p>{said[1]}</p></div>{replies}</li>'
    )


def page(thread: str, article: str = ARTICLE) -> str:
    return (
        f'<html><head><meta property="og:type" content="article"><title>Bridge</title></head><body class="single">'
        f'<h1>Bridge</h1><article><p>{article}</p></article><div id="comments"><h2>4 comments</h2>{thread}</div>'
        f'<footer class="site-footer">Imprint</footer></body></html>'
    )


THREAD = f'<ol class="comment-list">{"".join(comment(said, number) for number, said in enumerate(COMMENTS, 1))}</ol>'
PAGE = page(THREAD)
SAMPLES = [checks.Sample("one", PAGE, COMMENTS), checks.Sample("two", page(THREAD, ARTICLE * 2), COMMENTS)]
DUMP = "Bridge\nThe council met.\n4 comments\n" + "".join(
    f"{said.author}\n{number} May 2024 at 10:0{number}\n{said.text}\nReply\n" for number, said in enumerate(COMMENTS, 1)
)


def test_hashed_names_stay_equal_and_hold_no_word() -> None:
    html = checks.hash_names(
        '<body><p class="comment big" data-user="u1" onclick="go()">a<p class="comment" title="T">'
        '<a href="/x" rel="y">b</a><x-reply>c</x-reply>'
    )
    first, second = re.findall(r'class="([^"]*)"', html)
    assert first.split()[0] == second
    assert not re.search(r"comment|big|user|u1|onclick|go\(\)|reply|[aeiou]", " ".join((first, second)))
    assert 'href="/x"' in html
    assert 'title="T"' in html
    assert not re.search(r"onclick|data-user|x-reply", html)


def test_hashing_keeps_the_head_and_given_stems() -> None:
    html = checks.hash_names(PAGE, checks.STEMS)
    assert '<meta property="og:type"' in html
    assert re.search(r'<ol class="q\w+-comment">', html)
    assert re.search(r'<div class="q\w+-comment-author">', html)
    assert "comment-list" not in html


def test_names_in_a_frame_are_hashed_too() -> None:
    html = checks.hash_names('<body><iframe srcdoc="&lt;p class=thread&gt;a&lt;/p&gt;"></iframe>')
    assert "thread" not in html
    assert "srcdoc" in html


def test_a_thread_is_cut_out_with_its_copy_and_its_data() -> None:
    data = f'<script type="application/ld+json">{json.dumps({"comment": COMMENTS[0].text})}</script>'
    html = checks.cut_thread(page(THREAD + data + f"<div>{THREAD}</div>"), COMMENTS)
    assert html is not None
    assert not any(said.author in html or said.text in html for said in COMMENTS)
    assert "talked about the budget" in html
    assert "Imprint" in html


def test_a_thread_beside_the_article_is_cut_without_it() -> None:
    flat = "".join(f"<b>{said.author}</b><p>{said.text}</p>" for said in COMMENTS)
    html = checks.cut_thread(f"<body><h1>Bridge</h1><p>{ARTICLE}</p>{flat}<p>{ARTICLE}</p></body>", COMMENTS)
    assert html is not None
    assert html.count("The council met") == 10
    assert not any(said.author in html or said.text in html for said in COMMENTS)


def test_the_only_comment_is_cut_with_its_header() -> None:
    html = checks.cut_thread(page(f"<ol>{comment(COMMENTS[0], 1)}</ol>"), COMMENTS[:1])
    assert html is not None
    assert "Ada Lind" not in html
    assert "talked about the budget" in html


def test_a_page_without_the_comments_is_not_rewritten() -> None:
    bare = page("")
    assert checks.cut_thread(bare, COMMENTS) is None
    assert checks.remove_half(bare, COMMENTS) is None
    assert checks.swap_threads(PAGE, bare, COMMENTS, COMMENTS) is None
    assert checks.cut_lines("Bridge\n", COMMENTS) is None
    assert checks.sign_below("Bridge\n", COMMENTS) is None


@pytest.mark.parametrize("source", ["", "<", "\0", "<p>" * 400, "<table><li></ol>", "plain words"])
def test_broken_pages_are_rewritten_to_something_or_not_at_all(source: str) -> None:
    checks.hash_names(source, checks.STEMS)
    checks.flatten(source)
    assert checks.cut_thread(source, COMMENTS) is None
    assert checks.remove_half(source, COMMENTS) is None


def test_half_of_a_thread_goes_and_half_stays() -> None:
    half = checks.remove_half(PAGE, COMMENTS)
    assert half is not None
    assert [said.author in half.html for said in COMMENTS] == [True, False, True, False]
    removed, kept, unknown = half.split(COMMENTS)
    assert (removed, kept, unknown) == ([*COMMENTS[1::2]], [*COMMENTS[::2]], [])


def test_the_first_comments_stay_where_all_others_go() -> None:
    few = checks.remove_half(PAGE, COMMENTS, slice(1, None))
    assert few is not None
    assert [said.author in few.html for said in COMMENTS] == [True, False, False, False]


def test_replies_go_with_the_comment_they_are_in() -> None:
    reply = f"<ul>{comment(COMMENTS[2], 3)}</ul>"
    thread = f"<ol>{comment(COMMENTS[0], 1)}{comment(COMMENTS[1], 2, reply)}{comment(COMMENTS[3], 4)}</ol>"
    half = checks.remove_half(page(thread), COMMENTS)
    assert half is not None
    assert [said.author in half.html for said in COMMENTS] == [True, False, False, True]


def test_a_heading_beside_a_comment_goes_with_it() -> None:
    items = "".join(f"<dt>{said.author} wrote</dt><dd>{said.text}</dd><hr>" for said in COMMENTS)
    half = checks.remove_half(page(f"<dl>{items}</dl>"), COMMENTS)
    assert half is not None
    assert [said.author in half.html for said in COMMENTS] == [True, False, True, False]


def test_both_copies_of_a_thread_lose_the_same_half() -> None:
    half = checks.remove_half(page(f"{THREAD}<div>{THREAD}</div>"), COMMENTS)
    assert half is not None
    assert [half.html.count(said.author) for said in COMMENTS] == [2, 0, 2, 0]


def test_a_section_takes_the_place_of_another() -> None:
    other = [Said("Eve Hill", f"On my street {WORDS}."), Said("Finn Day", f"Tell me why {WORDS}.")]
    taker = page(f'<div class="answers">{"".join(f"<div><b>{s.author}</b><p>{s.text}</p></div>" for s in other)}</div>')
    swapped = checks.swap_threads(PAGE, taker, COMMENTS, other)
    assert swapped is not None
    assert all(said.author in swapped.html for said in COMMENTS)
    assert not any(said.author in swapped.html for said in other)
    assert swapped.split(COMMENTS)[0] == [*COMMENTS]


def test_short_texts_are_found_between_their_neighbours() -> None:
    stream = checks.Stream.of_tree(checks.read_tree(page(THREAD, f"Yes! {ARTICLE}")))
    places = checks.locate(stream, [said.text for said in COMMENTS])
    assert None not in places
    assert places == sorted(places)


def test_text_is_flattened_by_blocks() -> None:
    html = "<body><script>no</script><p>One <b>two</b>\n three<br>four<button>Reply</button></p><!-- no --> five</body>"
    assert checks.flatten(html) == "One two three\nfour\nReply\nfive\n"


def test_lines_of_a_thread_are_cut_from_its_first_header_on() -> None:
    assert checks.cut_lines(DUMP, COMMENTS) == "Bridge\nThe council met.\n4 comments\nReply\n"


def test_headers_move_below_their_texts() -> None:
    signed = checks.sign_below(DUMP, COMMENTS)
    assert signed is not None
    assert signed.split("\n")[3:7] == [COMMENTS[0].text, "Ada Lind", "1 May 2024 at 10:01", "Reply"]
    assert sorted(signed.split("\n")) == sorted(DUMP.split("\n"))


def test_comments_are_paired_once_and_by_their_words() -> None:
    found = [Said("B", "Yes"), Said("A", "Yes"), Said("C", f"{WORDS} Reply")]
    wanted = [Said("A", "Yes"), Said("C", WORDS), Said("D", "Yes"), Said("E", "Yes")]
    assert sorted(checks.pair(found, wanted)) == [(0, 2), (1, 0), (2, 1)]


def test_rows_are_back_after_they_were_off() -> None:
    rows = layouts.HTML_LAYOUTS
    assert checks.read(PAGE).layout == "rows:wordpress"
    assert checks.read(PAGE, rows_off="*").layout != "rows:wordpress"
    assert checks.read(PAGE, rows_off="wordpress").layout != "rows:wordpress"
    assert layouts.HTML_LAYOUTS is rows
    assert checks.read.__wrapped__(PAGE).layout == "rows:wordpress"


@pytest.mark.parametrize("name", checks.CHECKS)
def test_every_check_measures_made_up_pages(name: str) -> None:
    result = checks.run_check(name, SAMPLES)
    assert 0 <= result.figure <= 1
    assert result.pages == 2
    assert f"| {name} |" in checks.table([result], worst=2)


def test_without_gold_the_unchanged_page_is_the_measure() -> None:
    assert checks.run_check("0", [checks.Sample("one", PAGE)]).figure == 1
    assert checks.run_check("f", [checks.Sample("one", PAGE)]).figure == 1


def test_pages_are_read_with_what_lies_beside_them(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.flat.txt").write_text(DUMP, encoding="utf-8")
    gold = {"comments": [{"author": None, "text": "Yes!"}]}
    (tmp_path / "b.json").write_text(json.dumps(gold), encoding="utf-8")
    first, second = checks.load([tmp_path])
    assert (first.gold, first.dump) == (None, None)
    assert (second.gold, second.dump) == ((Said(None, "Yes!"),), DUMP)

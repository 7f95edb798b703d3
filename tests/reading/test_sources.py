"""Exports of other tools: each shape is recognised, and its texts, authors, dates, votes and replies are kept."""

import csv
import gzip
import io
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from stance import resources
from stance.cli import app
from stance.datamodels import Document, Skip
from stance.limits import Limits
from stance.reading import read
from stance.reading.export_formats import load_sources

FERRY, BRIDGE = "The ferry is late again.", "Build the bridge at last."
TOLL, QUAY = "The toll is a joke.", "Quay 4, then."

Row = tuple[str, str | None, str | None, int | None, str | None]
"""Text, author, date, votes, and the text that is answered."""


def read_export(tmp_path: Path, name: str, data: bytes | str, **limits: int) -> tuple[list[Document], list[Skip]]:
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    skips: list[Skip] = []
    found = read([tmp_path / name], skip=skips.append, limits=replace(Limits(), **limits))
    return [each for each in found if isinstance(each, Document)], skips


def rows_of(documents: list[Document]) -> list[Row]:
    texts = {each.comment_id: each.text for document in documents for each in document.comments}
    return [
        (each.text, each.author, each.posted, each.votes, each.reply_to and texts[each.reply_to])
        for document in documents
        for each in document.comments
    ]


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def table(*rows: dict[str, Any], delimiter: str = ",") -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), restval="", delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def ytdlp(number: int, text: str, parent: str = "root", **other: Any) -> dict[str, Any]:
    row = {"id": f"Uz{number}", "parent": parent, "text": text, "like_count": number, "author_id": f"UCz{number}"}
    return row | {"author": f"@ann{number}", "timestamp": 1_650_000_000 + number, "author_is_uploader": False} | other


YTDLP = {
    "id": "vid01", "formats": [{"format_id": "18"}, {"format_id": "22"}], "comment_count": 3,
    "comments": [ytdlp(1, FERRY), ytdlp(2, BRIDGE, "Uz1", author=None), ytdlp(3, TOLL, timestamp=None)],
    "title": "Harbour talk", "channel": "Harbour TV", "webpage_url": "https://www.youtube.com/watch?v=vid01",
    "extractor": "youtube", "timestamp": 1_649_000_000,
}  # fmt: skip


def api(number: int, text: str, **other: Any) -> dict[str, Any]:
    found = {"textDisplay": f"<b>{text}</b>", "textOriginal": text, "authorDisplayName": f"ann{number}"}
    return found | {"likeCount": number} | {"publishedAt": f"2023-05-0{number}T08:00:00Z", "videoId": "vid02"} | other


API = {
    "kind": "youtube#commentThreadListResponse", "nextPageToken": "x",
    "items": [
        {
            "id": "Ua1", "snippet": {"videoId": "vid02", "topLevelComment": {"id": "Ua1", "snippet": api(1, FERRY)}},
            "replies": {"comments": [{"id": "Ua1.b", "snippet": api(2, BRIDGE, parentId="Ua1")}]},
        },
        {"id": "Ua3", "snippet": {"videoId": "vid02", "topLevelComment": {"id": "Ua3", "snippet": api(3, TOLL)}}},
    ],
}  # fmt: skip

YTDT = table(
    {"id": "Ub1", "replyCount": 1, "likeCount": 5, "publishedAt": "2022-01-02 03:04:05", "authorName": "ann", "text": FERRY,
     "authorChannelId": "UC", "authorChannelUrl": "u", "isReply": 0, "isReplyTo": "", "isReplyToName": ""},
    {"id": "Ub1.x", "replyCount": "", "likeCount": 0, "publishedAt": "2022-01-03 03:04:05", "authorName": "", "text": BRIDGE,
     "authorChannelId": "UC", "authorChannelUrl": "u", "isReply": 1, "isReplyTo": "Ub1", "isReplyToName": "ann"},
)  # fmt: skip


def downloaded(cid: str, text: str, votes: str, **other: Any) -> dict[str, Any]:
    row = {
        "cid": cid, "text": text, "time": "1 year ago", "author": "@ann", "channel": "UC", "votes": votes,
        "photo": "p",
    }  # fmt: skip
    return row | {"heart": False, "reply": "." in cid, "time_parsed": 1_650_000_000.25} | other


def dump(identifier: str, text: str, parent: str, link: str = "t3_q1", **other: Any) -> dict[str, Any]:
    row = {"id": identifier, "body": text, "parent_id": parent, "link_id": link, "author": "ann", "score": 4}
    place = f"/r/harbour/comments/q1/s/{identifier}/"
    return row | {"created_utc": "1650000000", "subreddit": "harbour", "permalink": place} | other


DUMP = [
    dump("c1", FERRY, "t3_q1"),
    dump("c9", QUAY, "t3_q2", "t3_q2"),
    dump("c2", "&gt; The ferry is late again.\n\nBuild the bridge at last.", "t1_c1", author="[deleted]"),
    dump("c3", "[removed]", "t1_c1"),
]


def t1(identifier: str, text: str, *replies: dict[str, Any]) -> dict[str, Any]:
    inner = {
        "id": identifier, "body": text, "author": "ann", "score": 1, "created_utc": 1_650_000_000.0,
        "link_id": "t3_q1",
    }  # fmt: skip
    listing = {"kind": "Listing", "data": {"children": list(replies)}} if replies else ""
    return {"kind": "t1", "data": inner | {"parent_id": "t3_q1", "replies": listing}}


POST = {"kind": "t3", "data": {"id": "q1", "title": "Ferries", "selftext": "Are they late?", "subreddit": "harbour",
                               "author": "op", "created_utc": 1_640_000_000, "permalink": "/r/harbour/comments/q1/s/"}}  # fmt: skip
MORE = {"kind": "more", "data": {"count": 12, "id": "zz", "children": ["zz"]}}


def listing(*children: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"children": list(children)}}


THREAD = [listing(POST), listing(t1("c1", FERRY, t1("c2", BRIDGE, t1("c3", TOLL))), MORE)]


def message(number: int, text: Any, **other: Any) -> dict[str, Any]:
    row = {"id": number, "type": "message", "date": "2022-04-15T05:20:00", "date_unixtime": str(1_650_000_000 + number)}
    return row | {"from": "Ann", "from_id": "user7", "text": text, "text_entities": []} | other


CHAT = {
    "name": "Harbour chat", "type": "private_group", "id": 77,
    "messages": [
        message(1, ["The ", {"type": "italic", "text": "ferry"}, " is late again."]),
        message(2, "", type="service", action="invite_members"),
        message(3, BRIDGE, reply_to_message_id=1, **{"from": None}),
        message(4, "", photo="(File not included)"),
    ],
}  # fmt: skip

FACEBOOK = {"comments_v2": [
    {"timestamp": 1_650_000_000, "data": [{"comment": {"comment": "F\u00c3\u00a4hre?", "author": "An\u00c3\u00a4"}}], "title": "x"},
    {"timestamp": 1_650_000_009, "title": "Ann liked a page."},
]}  # fmt: skip

FACEPAGER = table(
    {"level": "1", "id": "5", "parent_id": "2", "object_id": "9_5", "object_type": "data", "query_status": "fetched (200)",
     "query_time": "t", "query_type": "Facebook:/comments", "message": FERRY, "created_time": "2022-04-15T05:20:00+0000",
     "from.name": "Ann", "parent.id": ""},
    {"level": "1", "id": "6", "parent_id": "2", "object_id": "9_6", "object_type": "data", "query_status": "fetched (200)",
     "query_time": "t", "query_type": "Facebook:/comments", "message": BRIDGE, "created_time": "2022-04-15T05:21:00+0000",
     "from.name": "", "parent.id": "9_5"},
    delimiter=";",
)  # fmt: skip

FOURCAT = table(
    {"thread_id": "q1", "id": "q1", "timestamp": "2022-04-15 05:00:00", "subject": "Ferries", "body": "Are they late?",
     "author": "op", "subreddit": "harbour", "parent": "", "score": "9", "unix_timestamp": ""},
    {"thread_id": "q1", "id": "c1", "timestamp": "2022-04-15 05:20:00", "subject": "", "body": FERRY,
     "author": "ann", "subreddit": "harbour", "parent": "q1", "score": "2", "unix_timestamp": "1650000000"},
    {"thread_id": "q1", "id": "c2", "timestamp": "2022-04-15 05:21:00", "subject": "", "body": BRIDGE,
     "author": "", "subreddit": "harbour", "parent": "t1_c1", "score": "", "unix_timestamp": ""},
)  # fmt: skip


def tiktok(cid: str, text: str, reply: str = "0") -> dict[str, Any]:
    row = {"cid": cid, "text": text, "create_time": 1_650_000_000, "digg_count": 3, "aweme_id": "v7", "reply_id": reply}
    return row | {"user": {"unique_id": "ann", "nickname": "Ann"}, "share_info": {"title": "Harbour clip"}}


def collected(item: dict[str, Any]) -> dict[str, Any]:
    place = "https://www.tiktok.com/@harbour/video/v7"
    return {"item_id": item["cid"], "source_platform": "tiktok-comments", "source_platform_url": place, "data": item}


TIKTOK = [tiktok("11", FERRY), tiktok("12", BRIDGE, "11")]
IMPORTED = [
    {**item, "__import_meta": {"source_platform_url": "https://www.tiktok.com/@harbour/video/v7"}} for item in TIKTOK
]

TIMES = table(
    {"commentID": "5.0", "commentBody": f"{FERRY}<br/>Always.", "createDate": "1650000000", "parentID": "0.0", "articleID": "a1",
     "userDisplayName": "Ann", "recommendations": "8"},
    {"commentID": "6.0", "commentBody": BRIDGE, "createDate": "1650000060", "parentID": "5.0", "articleID": "a1",
     "userDisplayName": "", "recommendations": ""},
)  # fmt: skip
TIMES_API = {"results": {"comments": [
    {"commentID": 5, "commentBody": FERRY, "userDisplayName": "Ann", "createDate": "1650000000", "recommendations": 8,
     "parentID": None, "replies": [{"commentID": 6, "commentBody": BRIDGE, "userDisplayName": "Bo", "createDate": "1650000060",
                                    "recommendations": 0, "parentID": 5, "replies": []}]},
]}}  # fmt: skip


def item(number: int, text: str | None, *children: dict[str, Any], author: str | None = "ann") -> dict[str, Any]:
    row = {"id": number, "created_at": "2022-04-15T05:20:00.000Z", "type": "comment", "author": author, "points": None}
    return row | {"text": text, "parent_id": 1, "story_id": 1, "children": list(children)}


STORY = {
    "id": 1, "created_at": "2022-04-15T05:00:00.000Z", "type": "story", "author": "op", "title": "Ferries", "url": "https://f.example/a",
    "text": None, "points": 9, "children": [
        item(2, "<p>The ferry is late again.<p>Really.", item(3, BRIDGE, item(4, TOLL))), item(5, None, author=None),
    ],
}  # fmt: skip
HITS = {"hits": [
    {"objectID": "2", "comment_text": "It&#x27;s late.", "author": "ann", "created_at": "2022-04-15T05:20:00Z", "parent_id": 1,
     "story_id": 1, "story_title": "Ferries", "story_url": "https://f.example/a", "points": None},
    {"objectID": "3", "comment_text": BRIDGE, "author": "bo", "created_at": "2022-04-15T05:21:00Z", "parent_id": 2, "story_id": 1,
     "story_title": "Ferries", "story_url": "https://f.example/a", "points": None},
    {"objectID": "8", "title": "A story, no comment", "story_text": None},
]}  # fmt: skip


def annotation(identifier: str, text: str, *references: str) -> dict[str, Any]:
    row = {"id": identifier, "created": "2022-04-15T05:20:00.5+00:00", "user": "acct:ann@hypothes.is", "text": text}
    return row | {"uri": "https://f.example/a", "references": list(references), "document": {"title": ["Ferries"]}}


def status(identifier: str, content: str, parent: str | None, **other: Any) -> dict[str, Any]:
    row = {"id": identifier, "created_at": "2022-04-15T05:20:00.000Z", "in_reply_to_id": parent, "content": content}
    return row | {"language": "en", "account": {"acct": "ann@m.example"}, "favourites_count": 2} | other


CONTEXT = {
    "ancestors": [status("1", "<p>Ferries, a thread.</p>", None)],
    "descendants": [status("3", f"<p>{FERRY}<br>Again.</p>", "1"), status("4", f"<p>{BRIDGE}</p>", "3", language="de")],
}  # fmt: skip


def sky(name: str, text: str, *replies: dict[str, Any]) -> dict[str, Any]:
    author, record = {"handle": f"{name}.example"}, {"text": text, "createdAt": "2022-04-15T05:20:00.000Z"}
    post = {"uri": f"at://{name}", "author": author, "record": record, "likeCount": 1}
    return {"post": post, "replies": list(replies)}


UNKNOWN_POST = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": "at://x"}
SKY = {"thread": sky("op", "Ferries?", sky("ann", FERRY, sky("bo", BRIDGE)), UNKNOWN_POST)}


def graph(number: int, text: str, **other: Any) -> dict[str, Any]:
    row = {"id": f"9_{number}", "message": text, "created_time": "2022-04-15T05:20:00+0000"}
    return row | {"from": {"name": f"ann{number}", "id": str(number)}} | other


REPLIED = graph(1, FERRY, like_count=4, comments={"data": [graph(2, BRIDGE, like_count=0)]})
GRAPH_POST = {
    "id": "9", "message": "Ferries?", "created_time": "2022-04-15T05:00:00+0000",
    "permalink_url": "https://f.example/p/9",
}  # fmt: skip


def rest(number: int, text: str, parent: int = 0) -> dict[str, Any]:
    row = {
        "id": number, "post": 3, "parent": parent, "author_name": f"ann{number}", "date": "2022-04-15T07:20:00",
        "status": "approved",
    }  # fmt: skip
    link = f"https://f.example/a/comment-page-2/#comment-{number}"
    return row | {
        "date_gmt": "2022-04-15T05:20:00", "content": {"rendered": f"<p>{text}</p>\n"}, "link": link,
        "type": "comment",
    }  # fmt: skip


def hexed(number: int, text: str, parent: str = "root", **other: Any) -> dict[str, Any]:
    row = {
        "commentHex": f"h{number}", "domain": "f.example", "url": "/a", "commenterHex": f"u{number}",
        "markdown": text, "score": number,
    }  # fmt: skip
    return (
        row
        | {"parentHex": parent, "state": "approved", "creationDate": "2022-04-15T05:20:00Z", "deleted": False}
        | other
    )


COMMENTO = {
    "version": 1, "comments": [hexed(1, FERRY), hexed(2, BRIDGE, "h1", commenterHex="anonymous"), hexed(3, TOLL, deleted=True)],
    "commenters": [{"commenterHex": "u1", "name": "Ann", "email": "x"}],
}  # fmt: skip


def remark(identifier: str, text: str, parent: str = "", **other: Any) -> dict[str, Any]:
    row = {
        "id": identifier, "pid": parent, "text": f"<p>{text}</p>\n", "orig": text,
        "user": {"name": "Ann", "id": "github_1"},
    }  # fmt: skip
    place = {"site": "f", "url": "https://f.example/a"}
    return row | {"locator": place, "score": 2, "votes": {}, "time": "2022-04-15T05:20:00Z", "title": "Ferries"} | other


REMARK_META = {"version": 1, "users": [{"id": "github_1", "blocked": {"status": False}}], "posts": []}
REMARK_TREE = {
    "comments": [{"comment": remark("a", FERRY), "replies": [{"comment": remark("b", BRIDGE, "a")}]}],
    "info": {"count": 2},
}


def topic_post(number: int, text: str, parent: int | None = None, **other: Any) -> dict[str, Any]:
    row = {
        "id": 100 + number, "username": f"ann{number}", "cooked": f"<p>{text}</p>", "post_number": number,
        "post_type": 1,
    }  # fmt: skip
    return row | {"created_at": "2022-04-15T05:20:00.000Z", "reply_to_post_number": parent, "topic_id": 7} | other


TOPIC = {"id": 7, "title": "Ferries", "post_stream": {"posts": [
    topic_post(1, "Are they late?"), topic_post(2, FERRY, 1), topic_post(3, BRIDGE, 2), topic_post(4, TOLL, post_type=3),
]}}  # fmt: skip


def discord(number: int, text: str, **other: Any) -> dict[str, Any]:
    row = {
        "id": str(number), "type": "Default", "timestamp": "2022-04-15T05:20:00.379+00:00", "content": text,
        "reference": None,
    }  # fmt: skip
    return row | {"author": {"id": str(number), "name": f"ann{number}", "isBot": False}} | other


DISCORD = {"guild": {"name": "Harbour"}, "channel": {"id": "9", "name": "ferries"}, "messages": [
    discord(1, FERRY), discord(2, BRIDGE, type="Reply", reference={"messageId": "1"}), discord(3, TOLL, author={"name": "b", "isBot": True}),
]}  # fmt: skip


def lemmy(number: int, text: str, path: str, **other: Any) -> dict[str, Any]:
    comment = {
        "id": number, "post_id": 5, "content": text, "path": path, "published": "2022-04-15T05:20:00.123456Z",
        "removed": False,
    }  # fmt: skip
    post = {"id": 5, "name": "Ferries", "body": "Are they late?", "ap_id": "https://l.example/post/5"}
    row = {"comment": comment | other, "creator": {"name": f"ann{number}"}, "post": post}
    return row | {"community": {"name": "harbour"}, "counts": {"score": number}}


BLOGGER = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"><title>Harbour</title>{}</feed>"""


def entry(kind: str, number: int, text: str, more: str = "") -> str:
    term = f"http://schemas.google.com/blogger/2008/kind#{kind}"
    return (
        f'<entry><id>tag:blogger.com,1999:blog-1.post-{number}</id><category scheme="ns#" term="ferry"/><category term="{term}"/>'
        f'<published>2022-04-15T05:20:00Z</published><title>Ferries</title><content type="html">&lt;p&gt;{text}&lt;/p&gt;</content>'
        f"<author><name>Ann</name></author>{more}</entry>"
    )


def answer_to(post: int, parent: int | None = None) -> str:
    related = (
        f'<link rel="related" href="http://www.blogger.com/feeds/1/{post}/comments/default/{parent}"/>'
        if parent
        else ""
    )
    return f'<thr:in-reply-to ref="tag:blogger.com,1999:blog-1.post-{post}"/><link rel="edit" href="http://b.example/e"/>{related}'


BLOG = BLOGGER.format("".join((
    entry("settings", 1, "Our ferries"), entry("template", 2, "x"), entry("comment", 20, FERRY, answer_to(10)),
    entry("post", 10, "Late?", '<link rel="self" href="http://b.example/10"/><link rel="alternate" href="http://h.example/2022/a.html"/>'),
    entry("comment", 21, BRIDGE, answer_to(10, 20)), entry("post", 11, "A draft.", "<control><draft>yes</draft></control>"),
)))  # fmt: skip

WHEN, LATER = "2022-04-15T05:20:00+00:00", "2022-04-15T05:21:00+00:00"

EXPORTS: list[tuple[str, str, Any, list[Row], tuple[str | None, str | None, str | None]]] = [
    ("youtube-ytdlp", "a.info.json", YTDLP, [
        (FERRY, "@ann1", "2022-04-15T05:20:01+00:00", 1, None),
        (BRIDGE, "UCz2", "2022-04-15T05:20:02+00:00", 2, FERRY),
        (TOLL, "@ann3", None, 3, None),
    ], ("Harbour talk", "Harbour TV", "https://www.youtube.com/watch?v=vid01")),
    ("youtube-api", "a.json", API, [
        (FERRY, "ann1", "2023-05-01T08:00:00+00:00", 1, None),
        (BRIDGE, "ann2", "2023-05-02T08:00:00+00:00", 2, FERRY),
        (TOLL, "ann3", "2023-05-03T08:00:00+00:00", 3, None),
    ], (None, "YouTube", "https://www.youtube.com/watch?v=vid02")),
    ("youtube-data-tools", "a.csv", YTDT, [
        (FERRY, "ann", "2022-01-02T03:04:05", 5, None),
        (BRIDGE, None, "2022-01-03T03:04:05", 0, FERRY),
    ], (None, "YouTube", None)),
    ("youtube-comment-downloader", "a.json",
     [downloaded("Uc1", FERRY, "1.2K"), downloaded("Uc1.z", BRIDGE, "", author=""), downloaded("Uc2", TOLL, "7")], [
        (FERRY, "@ann", WHEN, 1200, None), (BRIDGE, None, WHEN, None, FERRY), (TOLL, "@ann", WHEN, 7, None),
    ], (None, "YouTube", None)),
    ("reddit-dump", "RC.jsonl", lines(*DUMP), [
        (FERRY, "ann", WHEN, 4, None), ("> The ferry is late again.\n\nBuild the bridge at last.", None, WHEN, 4, FERRY),
        (QUAY, "ann", WHEN, 4, None),
    ], (None, "r/harbour", "https://www.reddit.com/r/harbour/comments/q1/")),
    ("reddit-dump", "search.json", {"data": DUMP[:1]}, [(FERRY, "ann", WHEN, 4, None)],
     (None, "r/harbour", "https://www.reddit.com/r/harbour/comments/q1/")),
    ("reddit-thread", "thread.json", THREAD, [
        (FERRY, "ann", WHEN, 1, None), (BRIDGE, "ann", WHEN, 1, FERRY), (TOLL, "ann", WHEN, 1, BRIDGE),
    ], ("Ferries", "r/harbour", "https://www.reddit.com/r/harbour/comments/q1/s/")),
    ("reddit-thread", "tree.json", {"data": [t1("c1", FERRY, t1("c2", BRIDGE))]}, [
        (FERRY, "ann", WHEN, 1, None), (BRIDGE, "ann", WHEN, 1, FERRY),
    ], (None, None, None)),
    ("telegram", "result.json", CHAT, [
        (FERRY, "Ann", "2022-04-15T05:20:01+00:00", None, None), (BRIDGE, "user7", "2022-04-15T05:20:03+00:00", None, FERRY),
    ], ("Harbour chat", "Telegram", None)),
    ("telegram", "result.json", {"about": "x", "chats": {"list": [CHAT]}}, [
        (FERRY, "Ann", "2022-04-15T05:20:01+00:00", None, None), (BRIDGE, "user7", "2022-04-15T05:20:03+00:00", None, FERRY),
    ], ("Harbour chat", "Telegram", None)),
    ("facebook-graph", "a.json", {"data": [REPLIED], "paging": {}}, [
        (FERRY, "ann1", WHEN, 4, None), (BRIDGE, "ann2", WHEN, 0, FERRY)], (None, "Facebook", None)),
    ("facebook-graph", "a.json", GRAPH_POST | {"comments": {"data": [graph(1, FERRY)]}}, [(FERRY, "ann1", WHEN, None, None)],
     (None, "Facebook", "https://f.example/p/9")),
    ("wordpress-rest", "a.json", [rest(5, FERRY), rest(6, BRIDGE, 5)], [(FERRY, "ann5", WHEN, None, None), (BRIDGE, "ann6", WHEN, None, FERRY)],
     (None, "f.example", "https://f.example/a/")),
    ("commento", "a.json", COMMENTO, [(FERRY, "Ann", WHEN, 1, None), (BRIDGE, None, WHEN, 2, FERRY)], (None, "f.example", None)),
    ("remark42", "a.jsonl", lines(REMARK_META, remark("a", FERRY), remark("b", BRIDGE, "a")), [
        (FERRY, "Ann", WHEN, 2, None), (BRIDGE, "Ann", WHEN, 2, FERRY)], ("Ferries", "f.example", "https://f.example/a")),
    ("remark42", "a.json", REMARK_TREE, [(FERRY, "Ann", WHEN, 2, None), (BRIDGE, "Ann", WHEN, 2, FERRY)],
     ("Ferries", "f.example", "https://f.example/a")),
    ("discourse", "7.json", TOPIC, [(FERRY, "ann2", WHEN, None, None), (BRIDGE, "ann3", WHEN, None, FERRY)], ("Ferries", None, None)),
    ("discord", "a.json", DISCORD, [(FERRY, "ann1", WHEN, None, None), (BRIDGE, "ann2", WHEN, None, FERRY)], ("ferries", "Harbour", None)),
    ("discord-table", "a.csv", table({"AuthorID": "1", "Author": "Ann", "Date": "2022-04-15T05:20:00.0000000+00:00", "Content": FERRY,
                                      "Attachments": "", "Reactions": ""}), [(FERRY, "Ann", WHEN, None, None)], (None, "Discord", None)),
    ("lemmy", "a.json", {"comments": [lemmy(1, FERRY, "0.1"), lemmy(2, BRIDGE, "0.1.2"), lemmy(3, TOLL, "0.3", removed=True)]}, [
        (FERRY, "ann1", WHEN, 1, None), (BRIDGE, "ann2", WHEN, 2, FERRY)], ("Ferries", "c/harbour", "https://l.example/post/5")),
    ("blogger-export", "blog.xml", BLOG, [(FERRY, "Ann", WHEN, None, None), (BRIDGE, "Ann", WHEN, None, FERRY)],
     ("Ferries", "h.example", "http://h.example/2022/a.html")),
    ("telegram", "result.json", CHAT | {"messages": [  # a discussion group: two posts of its channel, answers to the first
        message(1, "Late?", from_id="channel99", **{"from": "Harbour news"}), message(2, "Again?", from_id="channel99", **{"from": "Harbour news"}),
        message(3, FERRY, reply_to_message_id=1), message(4, BRIDGE, reply_to_message_id=3)]}, [
        (FERRY, "Ann", "2022-04-15T05:20:03+00:00", None, None), (BRIDGE, "Ann", "2022-04-15T05:20:04+00:00", None, FERRY)],
     (None, "Harbour news", None)),
    ("telegram", "result.json", CHAT | {"type": "private_channel", "messages": [
        message(1, FERRY, from_id="channel9"), message(2, BRIDGE, from_id="channel9", reply_to_message_id=1)]}, [], (None, "Ann", None)),
    ("facebook", "comments.json", FACEBOOK, [("Fähre?", "Anä", WHEN, None, None)], (None, "Facebook", None)),
    ("facepager", "a.csv", FACEPAGER, [(FERRY, "Ann", WHEN, None, None), (BRIDGE, None, LATER, None, FERRY)], (None, "Facebook", None)),
    ("4cat", "a.csv", FOURCAT, [(FERRY, "ann", WHEN, 2, None), (BRIDGE, None, LATER, None, FERRY)], ("Ferries", "r/harbour", None)),
    ("tiktok-comments", "a.ndjson", lines(*map(collected, TIKTOK)), [(FERRY, "ann", WHEN, 3, None), (BRIDGE, "ann", WHEN, 3, FERRY)],
     ("Harbour clip", "TikTok", "https://www.tiktok.com/@harbour/video/v7")),
    ("tiktok-comments", "a.ndjson", lines(*IMPORTED), [(FERRY, "ann", WHEN, 3, None), (BRIDGE, "ann", WHEN, 3, FERRY)],
     ("Harbour clip", "TikTok", "https://www.tiktok.com/@harbour/video/v7")),
    ("new-york-times", "a.csv", TIMES, [(f"{FERRY}\nAlways.", "Ann", WHEN, 8, None), (BRIDGE, None, LATER, None, f"{FERRY}\nAlways.")],
     (None, "New York Times", None)),
    ("new-york-times", "a.json", TIMES_API, [(FERRY, "Ann", WHEN, 8, None), (BRIDGE, "Bo", LATER, 0, FERRY)],
     (None, "New York Times", None)),
    ("hacker-news-item", "a.json", STORY, [
        (f"{FERRY}\nReally.", "ann", WHEN, None, None), (BRIDGE, "ann", WHEN, None, f"{FERRY}\nReally."), (TOLL, "ann", WHEN, None, BRIDGE),
    ], ("Ferries", "Hacker News", "https://f.example/a")),
    ("hacker-news-search", "a.json", HITS, [("It's late.", "ann", WHEN, None, None), (BRIDGE, "bo", LATER, None, "It's late.")],
     ("Ferries", "Hacker News", "https://f.example/a")),
    ("hypothesis", "a.json", {"total": 2, "rows": [annotation("x", FERRY), annotation("y", BRIDGE, "w", "x")]}, [
        (FERRY, "ann@hypothes.is", WHEN, None, None), (BRIDGE, "ann@hypothes.is", WHEN, None, FERRY),
    ], ("Ferries", "f.example", "https://f.example/a")),
    ("mastodon", "a.json", CONTEXT, [
        ("Ferries, a thread.", "ann@m.example", WHEN, 2, None), (f"{FERRY}\nAgain.", "ann@m.example", WHEN, 2, "Ferries, a thread."),
        (BRIDGE, "ann@m.example", WHEN, 2, f"{FERRY}\nAgain."),
    ], (None, "Mastodon", None)),
    ("bluesky", "a.json", SKY, [(FERRY, "ann.example", WHEN, 1, None), (BRIDGE, "bo.example", WHEN, 1, FERRY)],
     (None, "Bluesky", None)),
]  # fmt: skip


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("layout", "name", "content", "rows", "page"), EXPORTS, ids=[f"{e[0]}-{e[1]}" for e in EXPORTS]
)
def test_an_export_comes_in_whole(
    tmp_path: Path, layout: str, name: str, content: Any, rows: list[Row], page: tuple[str | None, ...], is_packed: bool
) -> None:
    data = (content if isinstance(content, str) else json.dumps(content)).encode()
    documents, skips = read_export(tmp_path, name, gzip.compress(data) if is_packed else data)
    assert skips == []
    assert rows_of(documents) == rows
    assert {document.layout for document in documents} == {layout}
    assert (documents[0].title, documents[0].outlet, documents[0].url) == page


def test_every_description_is_tested_and_used() -> None:
    named = {path.stem for path in resources.SOURCES.glob("*.toml")}
    assert named == {source.name for source in load_sources()}
    assert named - {each[0] for each in EXPORTS} == {"convokit", "disqus-export", "wordpress-export"}


@pytest.mark.parametrize("path", sorted(resources.SOURCES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_description_is_in_the_documentation(path: Path) -> None:
    text = (resources.DATA.parent / "docs" / "inputs.md").read_text("utf-8")
    assert f"`{path.stem}`" in text
    assert tomllib.loads(path.read_text("utf-8"))["title"]


# What is not as described


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    [document], _ = read_export(tmp_path, "result.json", json.dumps(CHAT))
    assert document.warnings == ("2 comments left out: 1 empty, 1 service messages",)
    [thread], _ = read_export(tmp_path, "t.json", json.dumps(THREAD))
    assert thread.warnings == ("the export states 15 comments and holds 3",)
    first, second = read_export(tmp_path, "RC.jsonl", lines(*DUMP))[0]
    assert (first.warnings, second.warnings) == (("1 comment left out: 1 deleted",), ())


def test_comments_of_a_thread_come_together_wherever_they_are(tmp_path: Path) -> None:
    mixed = [dump(f"c{number}", FERRY, "t3_a", f"t3_{'ab'[number % 2]}") for number in range(6)]
    documents, _ = read_export(tmp_path, "RC.jsonl", lines(*mixed))
    assert [len(document.comments) for document in documents] == [3, 3]


def test_a_bad_line_costs_itself_alone(tmp_path: Path) -> None:
    documents, skips = read_export(
        tmp_path, "RC.jsonl", lines(DUMP[0]) + "{\n" + lines({"x": 1}, dump("c5", ["a"], "t3_q1"), DUMP[1])
    )
    assert [text for text, *_ in rows_of(documents)] == [FERRY, QUAY]
    assert [skip.source.rpartition(":")[2] for skip in skips] == ["2", "3", "4"]


def test_a_large_object_is_read_in_bounds(tmp_path: Path) -> None:
    around = {f"k{number}": "x" * 90 for number in range(100)}
    _, [skip] = read_export(tmp_path, "a.json", json.dumps(around | {"comments": []}, indent=1), line_chars=1_000)
    assert "its fields, without lists" in skip.reason


def test_a_large_object_is_the_same_in_parts(tmp_path: Path) -> None:
    chat = CHAT | {"messages": [message(number, FERRY) for number in range(50)]}
    assert read_export(tmp_path, "result.json", json.dumps(chat, indent=1), line_chars=1_000) == read_export(
        tmp_path, "result.json", json.dumps(chat)
    )
    whole = json.dumps(chat, indent=1)
    broken = whole[: len(whole) * 2 // 3]
    [document], [skip] = read_export(tmp_path, "result.json", broken, line_chars=1_000)
    assert len(document.comments) >= 20
    assert "not JSON" in skip.reason or "does not end" in skip.reason


def test_a_window_beyond_the_limit_is_named_with_the_limit_that_allows_it(tmp_path: Path) -> None:
    """Dumps of Reddit are packed with ``--long=31``."""
    small = {"strategy": 1, "hash_log": 12, "chain_log": 12, "search_log": 1, "min_match": 4}
    parameters = zstandard.ZstdCompressionParameters(window_log=31, **small)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = packer.compress(lines(*DUMP).encode()) + packer.flush()
    documents, [skip] = read_export(tmp_path, "RC.zst", data)
    assert not documents
    assert "--limit window_bytes=2147483648" in skip.reason
    documents, skips = read_export(tmp_path, "RC.zst", data, window_bytes=2**31)
    assert len(rows_of(documents)) == 3
    assert skips == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "data", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from([e for e in EXPORTS if isinstance(e[2], dict)]), st.data())
def test_anything_in_the_place_of_a_value_is_read_or_named(tmp_path_factory: Any, export: Any, data: Any) -> None:
    """Whatever stands in one place of an export, nothing but documents and reasons comes of it."""
    content = json.loads(json.dumps(export[2]))
    holder: Any = content
    for _ in range(data.draw(st.integers(0, 6))):
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        inner = [key for key in keys if isinstance(holder[key], dict | list) and holder[key]]
        if not inner:
            break
        holder = holder[data.draw(st.sampled_from(inner))]
    key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[key] = data.draw(VALUES)
    most = data.draw(st.sampled_from([300, 10**6]))
    documents, skips = read_export(tmp_path_factory.getbasetemp(), export[1], json.dumps(content), line_chars=most)
    assert documents or skips


# Tables that no tool is known to write


def test_columns_that_are_not_used_are_named_once_with_their_mapping(tmp_path: Path) -> None:
    row = {
        "text": FERRY, "nickName": "ann", "published_at": "2024-01-01", "like_count": "3", "replyTo": "",
        "colour": "x",
    }  # fmt: skip
    documents, skips = read_export(tmp_path, "t.csv", table(*[row] * 5), rows_per_document=2)
    named = [warning for document in documents for warning in document.warnings if "not used" in warning]
    assert named == [
        "columns that are not used: nickname, published_at, like_count, replyto, colour;"
        " --map author=nickname,posted=published_at,votes=like_count,parent=replyto uses the first of them;"
        " to use one as the outlet, --map outlet=colour"
    ]
    assert skips == []


def test_a_table_of_labels_read_as_comments_says_that_its_labels_are_not_used(tmp_path: Path) -> None:
    documents, _ = read_export(tmp_path, "t.csv", table({"text": FERRY, "target": "nato", "stance": "favor"}))
    assert "the column stance is not used; to correct shares, give labels with --labels" in documents[0].warnings


def test_columns_with_usual_names_are_read_and_named_in_one_line(tmp_path: Path) -> None:
    row = {"Comment": FERRY, "Created_At": "2024-01-02", "user": "ann", "Source": "Harbour"}
    rows = [*[row] * 2, row | {"Comment": "Nonsense!"}]
    for name, data in (("t.csv", table(*rows)), ("t.jsonl", lines(*rows)), ("t.json", json.dumps(rows))):
        [document], skips = read_export(tmp_path, name, data)
        assert not skips
        assert rows_of([document])[2][:2] == ("Nonsense!", "ann")
        assert (document.outlet, document.comments[0].posted) == ("Harbour", "2024-01-02")
        [said] = document.warnings
        assert said.lower() == "read comment as text, created_at as posted, user as author, source as outlet"
    [document], _ = read_export(
        tmp_path, "t.csv", table({"comment": "c1", "body": FERRY, "source": "x", "outlet": "Y"})
    )
    assert (document.outlet, *document.warnings) == ("Y", "read body as text")


@pytest.mark.parametrize(
    ("name", "data", "proposed"),
    [
        ("t.csv", "comment,likes\nx,1\n", "--map text=comment"),
        ("t.csv", "comment,target\nThe ferry is late.,us\n", "--map text=comment"),
        ("t.jsonl", lines({"answer_text": FERRY, "name": "ann"}), "--map text=answer_text"),
        ("t.csv", "body,message\nThe ferry is late.,Or not.\n", "expected --map text=body or text=message"),
        ("t.jsonl", lines({"text": FERRY, "date": "2024-01-01", "timestamp": "1"}), "posted=date or posted=timestamp"),
        ("t.csv", "colour,weight\nred,1\n", None),
    ],
)
def test_the_likeliest_text_column_is_proposed(tmp_path: Path, name: str, data: str, proposed: str | None) -> None:
    _, [skip] = read_export(tmp_path, name, data)
    assert skip.is_misfit
    assert (proposed in skip.reason) if proposed else ("--map" not in skip.reason)


@pytest.mark.parametrize(
    "content",
    [
        {"meta": 1, "found": {"rows": [{"text": FERRY}, {"text": BRIDGE}]}},
        [{"list": [{"text": FERRY}, {"text": BRIDGE}]}],
    ],
)
def test_json_of_an_unknown_kind_is_read_where_a_text_is(tmp_path: Path, content: Any) -> None:
    [document], skips = read_export(tmp_path, "t.json", json.dumps(content))
    assert [comment.text for comment in document.comments] == [FERRY, BRIDGE]
    assert skips == []


def test_a_guessed_encoding_and_invalid_bytes_are_said(tmp_path: Path) -> None:
    words = "Паром опять опоздал и мост всё ещё закрыт для всех."
    [document], _ = read_export(tmp_path, "t.csv", f"text,title\n{words},a\n".encode("windows-1251") * 3)
    assert "encoding was guessed: cp1251" in document.warnings
    [document], _ = read_export(tmp_path, "t.csv", f"text,title\n{words},a\n".encode() + b"bad \xff byte,a\n")
    assert [warning for warning in document.warnings if warning.startswith("encoding")] == []
    assert any(warning.endswith("such as in 'bad � byte'") for warning in document.warnings)


def test_wide_tables_take_linear_time_up_to_a_limit(tmp_path: Path) -> None:
    names = ",".join(["text", *(f"column{number}" for number in range(49_999))])
    [document], _ = read_export(tmp_path, "t.csv", f"{names}\n{FERRY}{',x' * 49_999}\n")
    assert document.comments[0].text == FERRY
    _, [skip] = read_export(tmp_path, "t.csv", f"{names}\n", columns=40_000)
    assert skip.reason == "50,000 columns; expected at most 40,000"


# The command line


def test_parse_names_the_source_and_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "talk.info.json").write_text(json.dumps(YTDLP))
    (tmp_path / "t.csv").write_text("text,outlet\nx,A\ny,B\n")
    found = CliRunner().invoke(app, ["parse", str(tmp_path / "talk.info.json"), str(tmp_path / "t.csv")])
    first, second = (line.partition(": ")[2].partition(": ")[2] for line in found.stderr.splitlines())
    assert first == "YouTube comments (yt-dlp): 3 comments, 1 reply; title, author, date, likes"
    assert second == "table of comments, articles unknown: 2 comments; texts alone"
    records = [json.loads(line) for line in found.stdout.splitlines()]
    assert [record.get("articles") for record in records] == [None, "unknown", "unknown"]
    assert CliRunner().invoke(app, ["parse", "--quiet", str(tmp_path / "talk.info.json")]).stderr == ""

"""What comment systems look like in HTML: data, not code.

A row says, in selectors, what one comment is and where its parts are; for each part the first selector that finds
something counts. A part belongs to the innermost comment around it, so replies may stand in what they answer.
"""

from dataclasses import dataclass

TEXT = (
    ".comment-content",
    ".comment-text",
    ".comment_text",
    ".commenttext",
    ".comment-body-text",
    ".comment-entry",
    ".comment__content",
    ".comment__text",
    ".comment__body",
    ".comment-message",
    ".comment-copy",
    ".commentText",
    ".comment-inner-content",
    "[itemprop=text]",
    "[itemprop=commentText]",
)
AUTHOR = (
    ".comment-author .fn",
    ".comment-author-name",
    ".comment_author_name",
    ".comment__author-name",
    ".comment-author-link",
    ".comment__author",
    ".comment_author",
    ".commentauthor",
    ".comment-author cite",
    "cite.fn",
    ".fn",
    ".comment-author strong",
    ".comment-author b",
    ".comment-author",
    ".comment-name",
    ".comment-username",
    ".commenter",
    ".author-name",
    ".username",
    "[itemprop=author] [itemprop=name]",
    "[itemprop=author]",
    "cite",
)
POSTED = (
    "time[datetime]",
    "[itemprop=dateCreated]",
    "[itemprop=datePublished]",
    "[itemprop=commentTime]",
    ".comment-date",
    ".comment-time",
    ".comment_date",
    ".comment_time",
    ".comment-meta",
    ".commentmetadata",
    ".comment-metadata",
    ".comment__date",
    ".comment__meta",
    ".commentmeta",
    ".date",
    ".comment-author",
    "cite",
)
VOTES = ("[itemprop=upvoteCount]", ".comment-votes", ".comment-vote-count", ".vote-count", ".votes", ".likes-count")


@dataclass(frozen=True, slots=True)
class HtmlLayout:
    """One comment system: what it is called and where its parts are."""

    name: str
    comment: tuple[str, ...]
    text: tuple[str, ...] = TEXT
    author: tuple[str, ...] = AUTHOR
    posted: tuple[str, ...] = POSTED
    votes: tuple[str, ...] = VOTES
    replies: tuple[str, ...] = ()  # boxes of replies that follow the comment they answer, where they are not inside it
    rest_is_text: bool = False  # where no text selector fits, the text is what remains of a comment without its parts


HTML_LAYOUTS = (
    HtmlLayout(
        "wpdiscuz",  # 7
        comment=(".wpd-comment",),
        text=(".wpd-comment-text",),
        author=(".wpd-comment-author",),
        posted=(".wpd-comment-date",),
        votes=(".wpd-vote-result",),
    ),
    HtmlLayout(
        "wpdiscuz-5",
        comment=(".wc-comment",),
        text=(".wc-comment-text",),
        author=(".wc-comment-author",),
        posted=(".wc-comment-date",),
        votes=(".wc-vote-result",),
    ),
    HtmlLayout(
        "disqus",
        comment=("li.post", "div.dsq-comment", "li.dsq-comment"),
        text=(".post-message", ".dsq-comment-message", ".dsq-comment-body"),
        author=(".post-byline .author", ".author", ".dsq-commenter-name", "cite"),
        posted=(".post-meta .time-ago", ".time-ago", ".dsq-comment-date"),
        votes=(".vote-up .count", "[data-role=likes]"),
    ),
    HtmlLayout(
        "blogger",
        comment=("#comments li.comment", "#comments .comment-thread li"),
        text=(".comment-content",),
        author=(".comment-header .user", ".user"),
        posted=(".comment-header .datetime", ".datetime"),
    ),
    HtmlLayout(
        "blogger-flat",
        comment=("dl#comments-block > dd.comment-body",),
        text=(),
        author=(".comment-author",),
        rest_is_text=True,
    ),
    HtmlLayout(
        "wordpress",
        comment=(
            ".comment-list .comment",
            ".commentlist .comment",
            "ol.commentlist > li",
            "ol#commentlist > li",
            "#comments li.comment",
            "#comments div.comment[id^=comment-]",
            "dl#comment_list > dd.comment",
            "li.comment[id^=comment-]",
            "li.comment[id^=li-comment-]",
        ),
        text=(*TEXT, ".format_text"),
        rest_is_text=True,
    ),
    HtmlLayout(
        "drupal",
        comment=(
            "article.comment",
            "#comments div.comment",
            ".comment-wrapper div.comment",
            ".comment-wrapper article",
        ),
        text=(
            ".field-name-comment-body",
            ".field--name-comment-body",
            ".comment__content",
            ".comment-content",
            ".content",
        ),
        author=(".submitted .username", ".comment__author", ".comment-author", ".author", ".username"),
        posted=(".submitted time", ".submitted", ".comment__time", ".comment-date"),
        replies=("div.indented",),
    ),
    HtmlLayout(
        "schema-org",
        comment=(
            "[itemtype$=schema.org/Comment]",
            "[itemtype$=schema.org/UserComments]",
            "[itemprop=comment][itemscope]",
        ),
        text=("[itemprop=text]", "[itemprop=commentText]", "[itemprop=description]"),
        author=(
            "[itemprop=author] [itemprop=name]",
            "[itemprop=creator] [itemprop=name]",
            "[itemprop=author]",
            "[itemprop=creator]",
        ),
        posted=("[itemprop=dateCreated]", "[itemprop=datePublished]", "[itemprop=commentTime]"),
    ),
    # No system known, but a section, comments in it and texts in these, each by a name of its own.
    HtmlLayout(
        "named-parts",
        comment=(
            "[id^=comment] .comment",
            "[class*=comments] .comment",
            "[class*=comments] li[class*=comment]",
            "[class*=comments] [class*=comment-item]",
            "[class*=comments] [class*=comment__item]",
            "[class*=comments] article[class*=comment]",
            "[id^=comment] [id^=comment-]",
        ),
        text=(*TEXT, "[class*=comment-text]", "[class*=comment-body]", "[class*=comment-content]", "[class*=message]"),
        author=(*AUTHOR, "[class*=user-name]", "[class*=author]"),
    ),
)

STRUCTURE = HtmlLayout("structure", comment=(), text=(), author=(), posted=(), votes=VOTES, rest_is_text=True)
"""What is found by its form alone."""

JSON_LD_LAYOUT = "json-ld"
NO_LAYOUT = "none"

NO_COMMENTS = (
    ".pingback",
    ".trackback",
    ".pings li",
    ".pinglist li",
    ".pingbacklist li",
    ".trackbacklist li",
    ".recentcomments",
    ".widget_recent_comments",
    "#recent-comments",
    ".comment-respond",
    ".comment-form",
)
"""What is named like a comment and is none, with all in it: links from other sites, lists of the latest, forms."""

NO_TEXT = (
    "script",
    "style",
    "noscript",
    "template",
    "form",
    "button",
    "input",
    "select",
    "textarea",
    "svg",
    "iframe",
    ".reply",
    ".comment-reply-link",
    ".comment-reply",
    ".comment-edit-link",
    ".comment-awaiting-moderation",
    ".comment-respond",
    ".edit-link",
    ".screen-reader-text",
    "a.button",
    "a[role=button]",
    "a[class*=read-more]",
    "a[class*=show-more]",
    ".sharedaddy",
    ".comment-footer",
    ".comment-actions",
    ".comment-likes",
    ".comment-like-feedback",
    ".wpdiscuz-readmore",
    ".wpdiscuz-hellip",
)
"""What stands in a comment and is not its writer's."""

PARTS_AROUND_TEXT = (
    ".comment-author",
    ".comment-meta",
    ".commentmetadata",
    ".comment-metadata",
    ".comment-header",
    ".comment-date",
    ".comment-time",
    ".vcard",
    ".says",
    ".avatar",
    ".children",
    "cite",
    "header",
    "footer",
    "time",
)
"""What is left out of a comment whose text has no element of its own."""

SAYS = (
    "says", "said", "writes", "wrote", "sagt", "sagte", "schreibt", "schrieb", "meint", "meinte", "dit", "a dit",
    "a écrit", "dice", "dijo", "escribió", "zegt", "schreef", "ha detto", "scrive", "disse", "diz",
    "пишет", "говорит", "написал",
)  # fmt: skip
"""What follows an author's name in the same element."""

CREDITS = (
    "comment by", "posted by", "submitted by", "written by", "by", "kommentar von", "von", "verfasst von",
    "commentaire de", "commentaire par", "par", "comentario de", "comentario por", "por", "reactie van", "door",
    "commento di", "комментарий от",
)  # fmt: skip
"""What precedes it."""

BEFORE_DATE = (
    "on", "at", "am", "um", "vom", "le", "à", "el", "op", "om", "il", "em", "в", "от", "den", "posted", "posted on",
    "wrote on", "geschrieben am", "posté le", "publicado el", "geplaatst op",
)  # fmt: skip
"""What stands between a name and a date."""

NO_NAME = (
    ".says",
    "time",
    ".avatar",
    ".comment-date",
    ".comment-time",
    ".date",
    ".label",
    ".role",
    ".reply",
    "[class*=badge]",
    "[class*=post-author]",
    "[class*=postauthor]",
)
"""What stands in an author's element and is no name."""

COUNT_PLACES = (
    "#comments .comments-title",
    ".comments-title",
    ".comment-title",
    ".comments-header",
    ".wpd-thread-info",
    "#comments h2",
    "#comments h3",
    "#comments h4",
    "h2#comments",
    "h3#comments",
    "h4#comments",
    "[itemprop=commentCount]",
    ".comments-count",
    ".comment-count",
)
"""Where a page says how many comments it has."""

COUNT_WORDS = (
    "comment", "response", "thought", "repl", "kommentar", "antwort", "gedanke", "meinung", "commentaire", "réponse",
    "comentario", "respuesta", "opinion", "reactie", "commenti", "comentário", "комментари", "ответ", "мнени", "تعليق",
)  # fmt: skip
"""How a line with the number of comments goes on, or begins."""

LOADED_BY_SCRIPT = (
    ("Disqus", "#disqus_thread"),
    ("Facebook", ".fb-comments"),
    ("OpenWeb", "[data-spotim-module]"),
    ("OpenWeb", "[data-spot-id]"),
    ("OpenWeb", "[data-openweb-ad]"),
    ("Coral", "#coral_thread"),
    ("Coral", "#coral-display-comments"),
    ("Viafoura", "vf-conversations"),
    ("Viafoura", ".viafoura"),
    ("Hyvor Talk", "hyvor-talk-comments"),
    ("Commento", "#commento"),
    ("Giscus", ".giscus"),
    ("utterances", ".utterances"),
    ("IntenseDebate", "#idc-container"),
    ("Livefyre", "#livefyre-comments"),
    ("Insticator", "#insticator-commenting"),
    ("Cackle", "#mc-container"),
    ("Hypercomments", "#hypercomments_widget"),
)
"""Comment systems that a saved page holds an empty place for."""

NO_ARTICLE = (*(place for _, place in LOADED_BY_SCRIPT), ".comment-respond", "select", "datalist", "svg")
"""What is never part of an article, and costs its extraction time."""

COMMENT_WORDS = (
    "*comment", "*komment", "*koment", "*coment", "commenti", "commento", "*reactie", "reaction", "reactions",
    "reply", "replies", "response", "responses", "respuestas", "reponses", "antworten", "*discuss", "*diskus",
    "*discus", "*disqus", "*talkback", "forum", "*thread", "*leserbrief", "*lesermeinung",
    "feedback", "*guestbook", "*gaestebuch", "otzyv", "otzyvy", "conversation", "conversations",
    "*комментар", "*коммент", "*отзыв", "*yorum", "*hozzaszol", "*kommentti", "*sxolia",
)  # fmt: skip
"""What a section of comments is called, in words of its class or id; with ``*``, anywhere in a word."""

NO_SECTION_WORDS = (
    "recent", "latest", "newest", "neueste", "letzte", "popular", "related", "teaser", "promo", "trending", "*sidebar",
    "respond", "form", "nav", "navigation", "footer", "count", "counter", "archive", "sponsored", "ad", "ads", "share",
    "meistkommentiert", "policy", "rules", "recommended", "outbrain", "taboola", "newsletter",
)  # fmt: skip
"""What a list of stories, or of what was last said anywhere, is called."""

BESIDE_WORDS = (
    "*sidebar",
    "footer",
    "secondary",
    "nav",
    "menu",
    "related",
    "mainmenu",
    "navigation",
    "recommendations",
)
"""What a part of a page beside its article is called."""

ONE_COMMENT_WORDS = (
    "comment", "kommentar", "commentaire", "comentario", "reactie", "commento", "reply", "post", "message", "item",
    "entry", "response", "komentarz", "yorum", "single",
)  # fmt: skip
"""What one comment is called."""

MANY_COMMENTS_WORDS = (
    "comments", "kommentare", "commentaires", "comentarios", "reacties", "commenti", "replies", "posts", "messages",
    "items", "entries", "responses", "*list", "container", "wrapper", "section", "threads", "area", "children", "group",
)  # fmt: skip
"""What a box around comments is called."""

AUTHOR_WORDS = (
    "*author", "*autor", "auteur", "user", "*username", "*nick", "poster", "naam", "name", "*commenter", "fn", "byline",
    "pseudo", "*verfasser", "*benutzer", "usuario", "nombre", "member", "displayname", "screenname", "fullname",
    "writer", "creator", "login", "who", "handle", "by", "nom", "nome", "schreiber", "reader", "*commentator",
)  # fmt: skip
"""What a name is called."""

NO_AUTHOR_WORDS = (
    "*badge", "avatar", "image", "img", "role", "rank", "title", "icon", "photo", "picture", "status", "reply", "date",
    "time", "location", "menu", "action", "actions", "label", "online", "tools", "initials", "count", "joined",
    "reputation", "says", "text", "content", "body", "signature", "bio", "input", "form", "field", "button",
)  # fmt: skip
"""What stands beside a name and is called after it."""

TEXT_WORDS = (
    "*text", "body", "*content", "message", "copy", "entry", "inhalt", "*texte", "texto", "tekst", "contenu",
    "contenido", "description", "testo", "inner", "msg", "bericht", "nachricht", "messagetext", "postbody", "prose",
)  # fmt: skip
"""What the text of a comment is called."""

VOTE_WORDS = (
    "*vote",
    "*votes",
    "like",
    "likes",
    "*karma",
    "score",
    "rating",
    "points",
    "upvotes",
    "recommend",
    "thumbs",
)
"""What a number of votes is called."""

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
    "a[datetime]",
    "span[datetime]",
)
VOTES = ("[itemprop=upvoteCount]", ".comment-votes", ".comment-vote-count", ".vote-count", ".votes", ".likes-count")


@dataclass(frozen=True, slots=True)
class HtmlLayout:
    """One comment system: what it is called and where its parts are."""

    name: str
    comment: tuple[str, ...]
    holds: tuple[str, ...] = ()  # what must be in a comment, where other boxes look the same from outside
    text: tuple[str, ...] = TEXT
    author: tuple[str, ...] = AUTHOR
    posted: tuple[str, ...] = POSTED
    votes: tuple[str, ...] = VOTES
    joined: tuple[str, ...] = ()  # comments that show no name, for they are by the writer of the one before
    replies: tuple[str, ...] = ()  # boxes of replies that follow the comment they answer, where they are not inside it
    reply_links: tuple[str, ...] = ()  # to what a comment answers, where they neither say so nor name its writer
    depth: tuple[str, ...] = ()  # what in a comment has an attribute that tells how deep in its thread it is
    rest_is_text: bool = False  # where no text selector fits, the text is what remains of a comment without its parts
    texts_are_sure: bool = False  # where no selector finds one, nothing is said: a picture, a forwarded text, [flagged]
    author_attributes: tuple[str, ...] = ()  # of a comment, where no element shows its author
    title: tuple[str, ...] = ()  # what a page is of, where its <title> tells what made it
    is_forum: bool = False  # where a page has no article besides, the first post of its thread is the article


# A row is removed when three or more real or written pages of its system give the same comments without it. The rows of
# systems with fewer pages stay: blogger-flat, facebook, serendipity, k2, plone, livejournal, habr, reddit and faz are
# read without their rows as well, on the one or two pages that are known.
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
        comment=("li.post", "div.dsq-comment", "li.dsq-comment", "#dsq-comments > li", "li[id^=dsq-comment-]"),
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
        "openweb",  # Spot.IM before; in a shadow root, which browsers save as <template shadowrootmode>
        comment=("[data-spot-im-class=message-view]", "[data-spot-im-class=message]", ".spcv_message-container"),
        text=("[data-spot-im-class=message-text]", ".spcv_message-entities"),
        author=("[data-spot-im-class=message-username]", ".spcv_username"),
        posted=("[data-spot-im-class=message-timestamp]",),
        votes=("[data-spot-im-class=vote-up-count]",),
    ),
    HtmlLayout(
        "coral",  # 6 and later, then Talk 4
        comment=(".coral-comment", ".talk-stream-comment"),
        text=(".coral-comment-content", ".talk-stream-comment-content"),
        author=(".coral-username", ".talk-stream-comment-user-name"),
        posted=(".coral-timestamp", ".talk-comment-timestamp", "time[datetime]"),
        votes=(".coral-reactionButton-count",),
    ),
    HtmlLayout(
        "viafoura",  # now (vf3-), then before
        comment=("article.vf3-comment", ".vf-comment-container"),
        text=(".vf3-comment-content", ".vf-comment-html-content", ".vf-comment-html"),
        author=(".vf-comment-username", ".vf-username"),
        posted=("time[datetime]", ".vf-date"),
        votes=(".vf-count-likes",),
        author_attributes=("aria-label",),
    ),
    HtmlLayout(
        "livefyre",
        comment=("article.fyre-comment-article",),
        text=(".fyre-comment",),
        author=(".fyre-comment-username",),
        posted=(".fyre-comment-date",),
        votes=(".fyre-comment-like-count",),
    ),
    HtmlLayout(
        "intensedebate",
        comment=(".idc-c",),
        text=(".idc-c-t-inner", ".idc-c-t"),
        author=(".idc-c-h-inner .idc-n", ".idc-c-h .idc-n", ".idc-c-h h3"),
        posted=(".idc-time",),
        votes=(".idc-v-total",),
        replies=(".idc-thread",),
    ),
    HtmlLayout(
        "isso",
        comment=(".isso-comment",),
        text=(".isso-text", "div.text"),
        author=(".isso-author", "span.author"),
        posted=("time[datetime]", ".isso-permalink"),
        votes=(".isso-votes", ".votes"),
    ),
    HtmlLayout(
        "commento",
        comment=(".commento-card",),
        text=(".commento-body",),
        author=(".commento-name",),
        posted=(".commento-timeago",),
        votes=(".commento-score",),
    ),
    HtmlLayout(
        "giscus",
        comment=(".gsc-comment > div", ".gsc-reply"),
        text=(".gsc-comment-content", ".gsc-reply-content"),
        author=(".gsc-comment-author-name", ".gsc-comment-author .link-primary", ".gsc-reply-author .link-primary"),
        posted=("time[datetime]",),
        votes=(".gsc-upvote-count",),
        replies=(".gsc-replies",),
    ),
    HtmlLayout(
        "waline",
        comment=(".wl-card-item",),
        text=(".wl-content",),
        author=(".wl-nick",),
        posted=(".wl-time",),
        votes=(".wl-like-count",),
    ),
    HtmlLayout(
        "js-kit",  # Haloscan, Echo
        comment=(".js-singleComment",),
        text=(".js-singleCommentText",),
        author=(".js-singleCommentName",),
        posted=(".js-singleCommentDate",),
        votes=(".js-singleCommentRating",),
    ),
    HtmlLayout(
        "facebook",  # the plug-in, saved after it was loaded
        comment=(".UFIComment", ".fbFeedbackPost"),
        text=(".UFICommentBody", ".postText"),
        author=(".UFICommentActorName", ".profileName"),
        posted=("abbr[data-utime]", "abbr.timestamp", "abbr"),
        votes=(".UFICommentLikeButton",),
    ),
    HtmlLayout(
        "discourse",  # as a reader's browser saves it, then as it is served to crawlers
        comment=("article[data-post-id]", "div.crawler-post"),
        text=(".cooked", ".post[itemprop=text]", ".post[itemprop=articleBody]"),
        author=(".names .username", ".creator [itemprop=name]", ".names"),
        posted=(".post-date .relative-date", "time.post-time", "time[datetime]"),
        votes=(".like-count",),
        is_forum=True,
    ),
    HtmlLayout(
        "xenforo",
        comment=("article.message--post", "ol.messageList > li.message"),
        text=(".message-body .bbWrapper", ".messageText"),
        author=(".message-name .username", ".message-name", ".messageUserInfo .username", ".username"),
        posted=("time.u-dt", ".DateTime", "time[datetime]"),
        is_forum=True,
    ),
    HtmlLayout(
        "phpbb-2",  # several rows per post; its text is in pieces around quotations
        comment=("table.forumline > tr", "table.forumline > tbody > tr"),
        holds=(".postbody",),
        text=(),
        author=("span.name b", "span.name"),
        posted=("table.forumline td table span.postdetails",),
        rest_is_text=True,
        is_forum=True,
    ),
    HtmlLayout(
        "phpbb",
        comment=("div.post.bg1", "div.post.bg2", "div.post.has-profile"),
        text=(".postbody .content", ".content", ".postbody"),
        author=("p.author .username", "p.author .username-coloured", "p.author strong", ".postauthor"),
        posted=("p.author time", "p.author", ".postdate"),
        is_forum=True,
    ),
    HtmlLayout(
        "vbulletin",  # 4, 5, then 3
        comment=("li.postcontainer", "li.postbitlegacy", "li.b-post", "table[id^=post]"),
        text=(".postcontent", ".js-post__content-text", "[id^=post_message_]"),
        author=(".username_container .username", ".username", ".author [itemprop=name]", ".bigusername"),
        posted=(".postdate .date", ".postdate", "time[datetime]", ".thead"),
        is_forum=True,
    ),
    HtmlLayout(
        "smf",  # 2.1, then 2.0
        comment=("#forumposts div.windowbg", "#forumposts div.windowbg2"),
        text=(".post .inner", ".post"),
        author=(".poster h4 a", ".poster h4"),
        posted=(".keyinfo .postinfo .smalltext", ".keyinfo .smalltext"),
        is_forum=True,
    ),
    HtmlLayout(
        "invision",  # 5, then 4, then IP.Board 3
        comment=("article.ipsEntry--post", "article.cPost", "article.ipsComment", "div.post_block"),
        text=("[data-role=commentContent]", ".ipsEntry__post", ".cPost_contentWrap", ".entry-content"),
        author=(
            ".ipsEntry__username",
            ".cAuthorPane_author",
            ".ipsComment_author",
            ".author.vcard [itemprop=name]",
            ".author.vcard",
        ),
        posted=("time[datetime]", "abbr.published", "[itemprop=commentTime]"),
        is_forum=True,
    ),
    HtmlLayout(
        "mybb",
        comment=("#posts > div.post", "div.post[id^=post_]"),
        text=(".post_body",),
        author=(".author_information .largetext", ".author_information strong", ".post_author .largetext"),
        posted=(".post_date [title]", ".post_date"),
        is_forum=True,
    ),
    HtmlLayout(
        "fluxbb",  # and PunBB
        comment=("div.blockpost",),
        text=(".postmsg",),
        author=(".postleft dt strong", ".postleft dt"),
        posted=("h2 a", "h2"),
        is_forum=True,
    ),
    HtmlLayout(
        "woltlab",
        comment=("article.wbbPost",),
        text=(".messageText",),
        author=(".messageAuthor .username", ".messageHeader .username", ".username"),
        posted=("time[datetime]", ".messagePublicationTime [date]", ".messagePublicationTime"),
        is_forum=True,
    ),
    HtmlLayout(
        "nodebb",
        comment=("[component=post][data-pid]",),
        text=("[component=post/content]",),
        author=("a[data-username]", "[itemprop=author]"),
        posted=("[itemprop=datePublished]", ".timeago[title]", ".timeago"),
        votes=("[component=post/vote-count]",),
        is_forum=True,
    ),
    HtmlLayout(
        "flarum",
        comment=("article.CommentPost", ".CommentPost"),
        text=(".Post-body",),
        author=(".PostUser-name .username", ".PostUser-name"),
        posted=("time[datetime]",),
        is_forum=True,
    ),
    HtmlLayout(
        "telegram",  # a chat as its program exports it; what is forwarded is another's
        comment=(".history > div.message.default",),
        text=(".message > .body > .text",),
        author=(".message > .body > .from_name",),
        posted=(".message > .body > .date[title]",),
        votes=(),
        title=(".page_header .content .text",),
        texts_are_sure=True,
        joined=("div.message.joined",),
        reply_links=(".reply_to a",),
    ),
    HtmlLayout(
        "telegram-web",  # a channel as t.me/s/ shows it; a single post of one stands in articles, too
        comment=(".tgme_channel_history div.tgme_widget_message",),
        text=(".js-message_text",),
        author=(".tgme_widget_message_owner_name", ".tgme_widget_message_author_name"),
        posted=(".tgme_widget_message_date time[datetime]",),
        votes=(),
        texts_are_sure=True,
    ),
    HtmlLayout(
        "spip",
        comment=("li.comment-li", "li.forum-fil", "ul.forum > li"),
        text=(".comment-texte", ".forum-texte"),
        author=(
            ".comment-meta .fn",
            ".comment-meta strong",
            ".forum-auteur",
            ".forum-chapo .spip_out",
            ".forum-chapo em",
        ),
        posted=(".comment-meta abbr", ".comment-meta", ".forum-chapo small", ".forum-chapo"),
    ),
    HtmlLayout(
        "serendipity",
        comment=(".serendipity_comment",),
        text=(".serendipity_commentBody",),
        author=(".comment_source_author", ".serendipity_comment_source a", ".serendipity_comment_source"),
        posted=("time[datetime]", ".comment_source_date", ".serendipity_comment_source"),
    ),
    HtmlLayout(
        "dotclear",
        comment=("#comments dl > dd",),
        text=(),
        author=(".comment-author", "a[rel*=nofollow]"),
        posted=("dt",),
        rest_is_text=True,
    ),
    HtmlLayout(
        "jcomments",  # Joomla
        comment=(".comments-list > div", "#comments-list .rbox"),
        text=(".comment-body", ".comment-text"),
        author=(".comment-author", ".author-homepage"),
        posted=(".comment-date", ".date"),
        votes=(".comment-vote .comments-vote span", "[id^=comment-vote-holder] span"),
    ),
    HtmlLayout(
        "k2",  # Joomla
        comment=("ul.itemCommentsList > li",),
        text=(),
        author=(".commentAuthorName",),
        posted=(".commentDate",),
        rest_is_text=True,
    ),
    HtmlLayout(
        "plone",
        comment=(".discussion .comment", ".discussion .reply .comment"),
        text=(".commentBody",),
        author=(".documentByLine a", ".documentByLine .commentAuthor", ".documentByLine"),
        posted=(".commentDate", ".documentByLine"),
    ),
    HtmlLayout(
        "bitrix",
        comment=(".reviews-post-table", "table[id^=message]"),
        text=(".reviews-text",),
        author=(".reviews-author", ".reviews-post-author"),
        posted=(".reviews-post-date", ".message-post-date"),
    ),
    HtmlLayout(
        "ucoz",
        comment=(".comEnt", "[id^=comEnt]"),
        text=(".cMessage", ".uMessage"),
        author=(".cTop b", ".cTop a", ".com-author"),
        posted=(".cDate", ".cTop"),
    ),
    HtmlLayout(
        "datalife",
        comment=("[id^=comment-id-]",),
        text=("[id^=comm-id-]",),
        author=("[class*=author] a", "[class*=comm_user]", "a[onclick*=ShowProfile]", "a[href*=/user/]"),
        posted=("[class*=date]", "time[datetime]"),
        votes=("[id^=comments-ratig-layer-]",),
    ),
    HtmlLayout(
        "livejournal",
        comment=(".b-leaf",),
        text=(".b-leaf-article", ".comment-text"),
        author=(".b-leaf-username .i-ljuser-username", ".b-leaf-username", ".i-ljuser-username", ".ljuser"),
        posted=(".b-leaf-createdtime", ".comment-date", ".date"),
    ),
    HtmlLayout(
        "habr",
        comment=(".tm-comment-thread__comment",),
        text=(".tm-comment__body-content",),
        author=(".tm-user-info__username",),
        posted=("time[datetime]",),
        votes=(".tm-votes-meter__value",),
        replies=(".tm-comment-thread__children",),
    ),
    HtmlLayout(
        "reddit",  # the old one
        comment=("div.thing.comment",),
        text=(".usertext-body",),
        author=(".tagline .author",),
    ),
    HtmlLayout(
        "hacker-news",
        comment=("tr.comtr",),
        text=(".commtext",),
        author=(".hnuser",),
        posted=(".age[title]", ".age"),
        votes=(),
        depth=("td.ind",),
        texts_are_sure=True,
    ),
    HtmlLayout(
        "youtube",  # now, then before
        comment=("ytd-comment-view-model", "ytd-comment-renderer"),
        text=("#content-text",),
        author=("#author-text",),
        posted=("#published-time-text", ".published-time-text"),
        votes=("#vote-count-middle",),
        replies=("#replies",),
    ),
    HtmlLayout(
        "guardian",
        comment=("li.d-comment",),
        text=(".d-comment__body",),
        author=(".d-comment__author",),
        posted=(".d-comment__timestamp time", ".d-comment__timestamp", "time[datetime]"),
        votes=(".d-comment__recommend-count--old", ".d-comment__recommend-count"),
    ),
    HtmlLayout(
        "faz",
        comment=("li.lst-Comments_Item",),
        text=(".lst-Comments_CommentTextWrapper",),
        author=(".lst-Comments_CommentInfoNameText",),
        posted=(".lst-Comments_CommentInfoDateText",),
    ),
    HtmlLayout(
        "standard",
        comment=(".posting", "dst-posting"),
        text=(".upost-text", ".posting-body", ".post-body"),
        author=(
            ".upost-usercontainer .upost-communityname",
            "[data-communityname]",
            ".uname",
            ".usermenu-communityname",
        ),
        posted=(".js-timestamp", ".timestamp", "time[datetime]"),
        votes=(".ratings-positive-count",),
    ),
    HtmlLayout(
        "tweakers",
        comment=("div.reactie",),
        text=(".reactieContent",),
        author=(".userLink", ".reactieHeader a"),
        posted=(".date", ".reactieHeader"),
        votes=(".scorewrap .score",),
    ),
    HtmlLayout(
        "figaro",
        comment=(".figc-comment__item", "li.figc-comment"),
        text=(".figc-comment__text",),
        author=(".figc-comment__username",),
        posted=(".figc-comment__date", ".figc-comment__publication-date"),
        votes=(".figc-comment__score",),
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
            "[itemtype$=schema.org/QAPage] [itemtype$=schema.org/Answer]",  # those of a FAQPage are the site's own
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

DATA_LAYOUT = "page-data"
DATA_TEXTS = (
    "text", "body", "content", "comment", "message", "commentText", "commentBody", "bodyText", "commentContent",
    "comment_text", "comment_body", "bodyHtml", "contentHtml", "html", "raw", "rendered",
)  # fmt: skip
DATA_AUTHORS = (
    "author", "user", "userName", "username", "authorName", "displayName", "commenter", "createdBy", "nickname", "name",
    "user_name", "author_name", "display_name", "screenName", "writer", "owner",
)  # fmt: skip
DATA_NAMES = (
    "displayName", "display_name", "name", "username", "userName", "user_name", "nickname", "fullName", "screenName",
    "login",
)  # fmt: skip
DATA_DATES = (
    "createdAt", "created_at", "createdDate", "dateCreated", "created", "creationDate", "createDate", "date",
    "datePublished", "publishedAt", "published_at", "postedAt", "posted_at", "timestamp", "created_utc", "createdOn",
    "time",
)  # fmt: skip
DATA_IDS = ("id", "_id", "commentId", "commentID", "comment_id", "uuid")
DATA_PARENTS = (
    "parentId", "parent_id", "parentID", "parentCommentId", "parentCommentID", "inReplyTo", "inReplyToId", "replyTo",
    "parent",
)  # fmt: skip
DATA_NO_COMMENT = ("deleted", "isDeleted", "removed", "isRemoved", "hidden", "headline", "slug")
"""What sites call the parts of a comment, and of a writer, in the data of their scripts; and what no comment has."""

NO_COMMENTS = (
    ".pingback",
    ".trackback",
    ".pings li",
    ".pinglist li",
    ".pingbacklist li",
    ".trackbacklist li",
    ".history > div.message.service",  # of Telegram: days, and who joined
    ".recentcomments",
    ".widget_recent_comments",
    "#recent-comments",
    ".comment-respond",
    ".comment-form",
)
"""What is named like a comment and is none, with all in it: links from other sites, lists of the latest, forms."""

NO_TEXT = (
    "span.postdetails",
    "table.forumline td table span.genmed",  # "Ada wrote:" above a quotation of phpBB 2
    "script",
    "style",
    "noscript",
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
    ".commentLink",
    ".comment-like-feedback",
    ".wpdiscuz-readmore",
    ".wpdiscuz-hellip",
)
"""What stands in a comment and is not its writer's."""

FIELDS = ("textarea", "input", "select", "button")
"""What a form has that is one; old Reddit has its texts in forms without any."""

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

ID_ATTRIBUTES = ("id", "data-id", "data-comment-id", "data-commentid", "data-post-id")
PARENT_ATTRIBUTES = ("data-parent-id", "data-parent", "data-parentid", "data-parent-comment-id", "data-reply-to")
"""Attributes of a comment that say what it is called, and what it answers."""

DEPTH_ATTRIBUTES = (
    "data-depth", "data-level", "data-message-depth", "data-comment-depth", "data-comment-level", "data-nesting-level",
    "data-indent", "depth", "level", "indent", "aria-level",
)  # fmt: skip
"""Attributes of a comment that say how deep in its thread it is."""

QUOTES = ("blockquote", ".bbcode_quote", ".quotebox", "aside.quote", "[id^=post_message_] td.alt2", "td.quote")
"""What holds the words of another in a comment: HTML, vBulletin 4, FluxBB, Discourse, vBulletin 3, phpBB 2; with the
line that names them, but for the last."""

QUOTED_ATTRIBUTES = ("data-content-selector", "data-ipsquote-contentcommentid")
"""Attributes of a quotation, or of a link in it, that end with the number of the post it is from: XenForo, Invision."""

IN_REPLY_TO = (
    "in reply to", "replying to", "reply to @", "in response to", "als antwort auf", "antwort auf", "in antwort auf",
    "en réponse à", "réponse à", "en respuesta a", "respuesta a", "in antwoord op", "als reactie op", "reactie op",
    "in risposta a", "em resposta a", "в ответ на", "ответ на",
)  # fmt: skip
"""How a link to the comment that is answered begins."""

PARENT_LINKS = ("parent", "parent comment", "show parent", "go to parent")
"""What a link to it says, where it says no more."""

DELETED = (
    r"\[\w{1,20}\]",
    r"\[(?:comment |message |post )?(?:deleted|removed|gelöscht|supprimé|eliminado|удалено)(?: by [^\]\n]{1,40})?\]",
    r"(?:this|the) (?:comment|message|post|reply) (?:was|has been|is) (?:deleted|removed)(?: by [^.!?\n]{1,60})?\.?",
    r"this comment was removed by a moderator because it didn.t abide by our community standards\.[^\n]{0,100}",
    r"(?:comment|message|post) (?:deleted|removed)(?: by (?:the |a |its )?(?:user|author|moderator|admin|staff)s?)?\.?",
    r"(?:deleted|removed) by (?:the |a |its )?(?:user|author|moderator|admin|creator)s?\.?",
    r"dieser (?:kommentar|beitrag) wurde (?:gelöscht|entfernt)\.?",
    r"ce commentaire a été supprimé\.?",
    r"(?:este )?comentario (?:ha sido |foi )?(?:eliminado|borrado|removido)\.?",
    r"deze reactie is verwijderd\.?",
    r"questo commento è stato (?:eliminato|rimosso)\.?",
    r"комментарий (?:был )?удал[её]н\.?",
)
"""What stands, in lower case, where a comment was; regular expressions of all of it."""

SAYS = (
    "says", "said", "writes", "wrote", "commented", "replied", "sagt", "sagte", "schreibt", "schrieb", "meint",
    "meinte", "dit", "a dit", "a écrit", "dice", "dijo", "escribió", "zegt", "schreef", "ha detto", "scrive", "disse",
    "diz", "пишет", "говорит", "написал",
)  # fmt: skip
"""What follows an author's name in the same element."""

CREDITS = (
    "comment posted by", "comment by", "posted by", "submitted by", "written by", "by", "kommentar von", "von",
    "verfasst von", "commentaire de", "commentaire par", "par", "comentario de", "comentario por", "por",
    "reactie van", "door", "commento di", "комментарий от",
)  # fmt: skip
"""What precedes it."""

BYLINE_CREDITS = (
    "published by", "story by", "words by", "text by", "author", "authors", "veröffentlicht von", "geschrieben von",
    "text von", "ein beitrag von", "autor", "autorin", "publié par", "auteur", "publicado por", "escrito por",
    "geplaatst door", "geschreven door", "pubblicato da", "scritto da", "di", "da", "автор",
)  # fmt: skip
"""What precedes it in an article's by-line."""

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
    ".title",
    ".reply",
    "[class*=badge]",
    "[class*=post-author]",
    "[class*=postauthor]",
)
"""What stands in an author's element and is no name."""

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
    ("Viafoura", "[data-viafoura-widget]"),
    ("Vuukle", "#vuukle-comments"),
    ("Vuukle", ".vuukle-comments"),
    ("Hyvor Talk", "#hyvor-talk-view"),
    ("Isso", "#isso-thread"),
    ("Remark42", "#remark42"),
    ("Cusdis", "#cusdis_thread"),
    ("VK", "#vk_comments"),
    ("GraphComment", "#graphcomment"),
    ("Ghost", "#ghost-comments-root"),
    ("Discourse", "#discourse-comments"),
    ("Waline", "#waline"),
    ("Facebook", "[class*=fb_comments]"),
    ("OpenWeb", "[data-spotmarker]"),
    ("Disqus", "#dsq-app1"),
    ("Disqus", "iframe[src*=disqus.com/embed]"),
    ("Facebook", "iframe[src*=facebook.com/plugins/comments]"),
    ("Facebook", "iframe[src*=facebook.com/plugins/feedback]"),
    ("Giscus", "iframe[src*=giscus.app]"),
    ("Giscus", "script[src*=giscus.app]"),
    ("utterances", "script[src*=utteranc.es]"),
    ("Vuukle", "[id^=vuukle-comments]"),
    ("Viafoura", "#vf-conversations"),
    ("Viafoura", ".vf3-comments"),
    ("Viafoura", "vf-widget"),
    ("Epoch", "#epoch-comments"),
    ("FastComments", "#fastcomments-widget"),
)
"""Comment systems that a saved page holds an empty place for."""

NO_ARTICLE = (
    *(place for _, place in LOADED_BY_SCRIPT),
    ".history > div.message.service",
    "#hnmain .pagetop",
    "#hnmain .titleline",
    "#hnmain .subtext",
    ".comment-respond",
    "select",
    "datalist",
    "svg",
)
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
    "meistkommentiert", "commented", "discussed", "policy", "rules", "recommended", "outbrain", "taboola", "newsletter",
)  # fmt: skip
"""What a list of stories, or of what was last said anywhere, is called."""

LIVE_WORDS = (
    "*live blog", "*liveblog", "*live thread", "*livethread", "*live ticker", "*liveticker", "*live updat",
    "*liveupdat", "*live feed", "*live commentary", "*live text", "*live reporting", "*live coverage",
    "*match commentary", "*newsticker",
)  # fmt: skip
"""What the posts of journalists are called in which they tell what goes on."""

LIVE_THREAD_WORDS = ("*thread", "*commentary", "feedback")
"""What these posts are called, too, and so no comments of readers where they stand."""

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

LEAD_WORDS = (
    "standfirst", "dek", "deck", "lead", "lede", "*subtitle", "*subheadline", "*subheading", "*subhead", "strapline",
    "vorspann", "*chapo", "chapeau", "entradilla", "bajada", "sottotitolo", "sommario", "inleiding", "лид",
)  # fmt: skip
"""What the first paragraph of an article is called, where it is set apart."""

NO_LEAD_WORDS = (
    "media", "image", "img", "picture", "photo", "figure", "caption", "video", "gallery", "credit", "art", "story",
    "stories", "generation", "form", "ad",
)  # fmt: skip
"""What a lead's place also holds, and what else is called leading."""

ASIDE_WORDS = (
    "recent", "latest", "newest", "popular", "featured", "highlight", "highlights", "highlighted", "picks", "best",
    "neueste", "letzte", "aktuelle", "beliebte", "derniers", "dernières", "ultimos", "recientes", "laatste", "ultimi",
    "последние", "*sidebar", "widget", "aside", "secondary", "ticker",
)  # fmt: skip
"""What a box is called that shows again, or cut, what stands in a thread: of this page, or of others."""

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

REPLY_WORDS = (
    "*replies", "*reply", "*children", "child", "*answers", "responses", "antworten", "*reponses", "respuestas",
    "nested", "*subcomment", "*subcomments", "*indent", "*indented",
)  # fmt: skip
"""What a box of the replies to one comment is called."""

STRIPES = frozenset(
    ("even", "odd", "alt", "alternate", "thread-even", "thread-odd", "thread-alt", "row0", "row1", "row2", "bg1", "bg2")
)
"""Classes by which every other item of a list looks different."""

TEXT_WORDS = (
    "*text", "body", "*content", "message", "copy", "entry", "inhalt", "*texte", "texto", "tekst", "contenu",
    "contenido", "description", "testo", "inner", "msg", "bericht", "nachricht", "messagetext", "postbody", "prose",
)  # fmt: skip
"""What the text of a comment is called."""

"""What pages and their comment systems look like once flattened to text: data, not code.

A cue is a phrase of a line's key (the line in lower case, its words joined by single blanks, everything else gone; see
``lines.line_key``). ``#`` stands for a number, a ``*`` at the end for whatever follows; without it the cue is the whole
line. Cues are grouped by language, English first; every language is looked for on every page, since a site's furniture
is often in another language than its articles. How to add a row: ``docs/layouts.md``.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Form(Enum):
    """How the comments of a section are told apart."""

    SAYS = auto()  # "NAME says:" opens a comment
    NAMED_STAMP = auto()  # a line of name and date opens it
    NAMED_STAMP_BELOW = auto()  # a line of name and date closes it
    STAMP = auto()  # a line with the name, then one with the date, open it
    STAMP_BELOW = auto()  # the name opens it, a line with the date closes it
    ACTION_BELOW = auto()  # the name opens it, "Reply" closes it; no dates
    NAMES = auto()  # nothing but a name opens it, on a page without blank lines
    BLANKS = auto()  # nothing but names and blank lines: two before an unnamed comment, one around a name


@dataclass(frozen=True, slots=True)
class TextLayout:
    """One comment system in a text dump: what it is called, how it looks and the lines that give it away."""

    name: str
    forms: frozenset[Form]
    marks: tuple[str, ...] = ()  # cues in the section, or in its own lines; none: any section of this form
    needed: int = 1  # how many different marks must be there


MARKED_FORMS = frozenset(Form) - {Form.BLANKS}

TEXT_LAYOUTS = (
    TextLayout(
        "wpdiscuz-text",
        frozenset(Form),
        (
            "notify of",
            "newest most voted",
            "oldest most voted",
            "inline feedbacks",
            "view all comments",
            "most reacted comment",
            "hottest comment thread",
            "recent comment authors",
            "benachrichtige mich bei",
            "benachrichtige mich zu",
            "neueste meiste bewertungen",
            "älteste meiste bewertungen",
            "alle kommentare anzeigen",
            "# kommentar themen",
            "# themen antworten",
            "notifier de",
            "plus récent le plus populaire",
            "commentaires en ligne",
            "voir tous les commentaires",
            "afficher tous les commentaires",
            "notificar de",
            "más reciente más votado",
            "comentarios en línea",
            "ver todos los comentarios",
            "abonneren op",
            "nieuwste meest gestemd",
            "bekijk alle reacties",
            "уведомить о",
            "новые популярные",
            "межтекстовые отзывы",
            "посмотреть все комментарии",
        ),
        needed=2,
    ),
    TextLayout("blogger-text", MARKED_FORMS, ("replydelete", "reply delete", "antwortenlöschen", "responder eliminar")),
    TextLayout(
        "drupal-text", MARKED_FORMS, ("* permalink", "* permanenter link", "* lien permanent", "submitted by *")
    ),
    TextLayout(
        "disqus-text",
        MARKED_FORMS,
        ("disqus *", "powered by disqus *", "* • # years ago", "comments powered by disqus"),
    ),
    TextLayout("wordpress-text", frozenset({Form.SAYS, Form.NAMED_STAMP_BELOW})),
    TextLayout("stamped-text", MARKED_FORMS),
)
"""From the most telling to the most general; the first whose form and marks fit names the section."""


def _cues(text: str) -> tuple[str, ...]:
    """Read cues that are written one behind the other, parted by slashes."""
    return tuple(" ".join(cue.split()) for cue in text.split("/"))


COMMENT_HEADINGS = {
    "en": (
        "comments",
        "comments #",
        "# comments",
        "# comment",
        "# comments *",
        "# comment on *",
        "# thoughts on *",
        "# thought on *",
        "# responses",
        "# responses to *",
        "# response to *",
        "# replies to *",
        "# reply to *",
        "# replies",
        "# comment s",
        "comment s #",
        "all comments",
        "all comments #",
        "all # comments",
        "top comments",
        "featured comments",
        "most recent comments",
        "there are # comments *",
        "there is # comment *",
        "responses",
        "responses #",
        "discussion #",
        "this post has # comments",
        "this post has one comment",
        "this article has # comments",
        "one thought on *",
        "one response to *",
        "one comment on *",
        "reader comments",
        "reader comments #",
        "# reader comments",
        "readers comments",
        "user comments",
        "view all comments",
        "view all # comments",
        "view # comments",
        "show # comments",
        "discussion # comments",
        "comments on *",
        "join the conversation",
        "join the discussion",
        *_cues(
            """
            comment # / comments so far # / # comments so far / one comment / one response / one reply / comment s /
            comments section / comment section / comments below / comments to * / comments for * / comments for this
            * / responses to * / reactions # / # reactions / # reactions to * / # thoughts / # thoughts to * /
            discussion / conversation / conversation # / conversation # comments / the conversation / #
            conversations / all conversations / article comments / article comments # / story comments / post
            comments # / blog comments / facebook comments / disqus comments / comments list / comment list / reader
            responses / reader reactions / reader opinions / readers opinions / readers views / readers responses /
            readers say / what readers are saying / what readers say / your comments / your comments # / your views
            / your reactions / your opinions / have your say / have your say # / best comments / most liked comments
            / top rated comments / highest rated comments / best rated comments / comments and reviews / comments
            reviews / reviews and comments / reviews comments / ratings and comments / ratings comments / # ratings
            and comments / questions and comments / comments and questions / comments questions / questions comments
            / comments feedback / feedback # / # feedbacks / # reader reviews / user reviews / reader reviews / #
            replies * / # responses so far / # responses * / responses to this / replies to this discussion / there
            are currently # comments * / there are # responses * / there are # thoughts * / this entry has #
            comments / this article currently has # responses * / currently there are # comments * / # people have
            commented * / # users commented * / # user comments / # community comments / community comments / show
            comments / show comments # / show all comments / hide comments / read comments / read comments # / read
            all comments / read # comments / see comments / see all comments / see all # comments / view comments /
            view comments # / open comments / go to comments / # posts page # of # / # messages page # of # /
            comments sorted by * / showing # comments / showing # of # comments / viewing # comments / displaying #
            comments / # of # comments / comments on this *
            """
        ),
    ),
    "de": (
        "kommentare",
        "kommentare #",
        "# kommentare",
        "# kommentar",
        "# kommentare zu *",
        "# kommentar zu *",
        "# antworten zu *",
        "# antwort zu *",
        "# antworten auf *",
        "# antwort auf *",
        "# gedanken zu *",
        "# gedanke zu *",
        "# reaktionen auf *",
        "# reaktionen zu *",
        "# meinungen zu *",
        "# reaktionen",
        "# antworten",
        "# kommentare *",
        "kommentare zu *",
        "kommentare zum *",
        "alle kommentare",
        "alle kommentare #",
        "bisher # kommentare",
        "es gibt # kommentare *",
        "lesermeinungen",
        "lesermeinungen #",
        "# lesermeinungen",
        "diskussion #",
        "ein kommentar zu *",
        "ein gedanke zu *",
        "leserkommentare",
        "leserkommentare #",
        "# leserkommentare",
        "# leserbriefe",
        "alle kommentare anzeigen",
        "diskussion",
        *_cues(
            """
            kommentar # / # kommentar e / kommentar e # / kommentare zu diesem * / kommentare unserer leser / leser
            kommentare / kommentarbereich / kommentare lesen / kommentare lesen # / kommentare anzeigen / kommentare
            anzeigen # / kommentare einblenden / kommentare ausblenden / # kommentare anzeigen / alle # kommentare /
            alle # kommentare * / # kommentar * / leserforum / diskutieren sie mit * / diskutiere mit * / diskutier
            mit * / mitdiskutieren / jetzt mitdiskutieren / leserbriefe / leserbriefe # / leserbeiträge /
            leserreaktionen / leserstimmen / beste kommentare / top kommentare / die besten kommentare / beliebteste
            kommentare / debatte # / diskussionen / diskussion zu * / diskussion zum * / diskussion über * / die
            diskussion / meinungen # / # meinungen / # stimmen zu * / # gedanken / eine antwort auf * / eine antwort
            zu * / ein gedanke * / ein kommentar / ein kommentar auf * / eine reaktion auf * / bisherige kommentare
            / bisherige kommentare # / es gibt bereits # kommentare * / bisher gibt es # kommentare * / zu diesem
            artikel gibt es # kommentare * / # leser haben kommentiert * / reaktionen / reaktionen # / #
            wortmeldungen / # postings / postings # / # forenbeiträge
            """
        ),
    ),
    "fr": (
        "commentaires",
        "commentaires #",
        "# commentaires",
        "# commentaire",
        "# commentaires sur *",
        "# commentaire sur *",
        "# réflexions sur *",
        "# réflexion sur *",
        "# réponses à *",
        "# réactions",
        "un commentaire sur *",
        "vos commentaires",
        "vos réactions",
        "les commentaires",
        "tous les commentaires",
        "voir tous les commentaires",
        "afficher tous les commentaires",
        *_cues(
            """
            commentaire # / # commentaires * / # commentaire * / # commentaire s / commentaire s # / commentaires
            sur * / commentaires des lecteurs / commentaires des internautes / les commentaires # / les derniers
            commentaires sur * / vos commentaires # / vos réactions # / les réactions / les réactions # / réactions
            # / # réaction / # réactions * / réactions des lecteurs / # réponses / # réponses * / # réponse à * /
            une réponse à * / # avis sur * / # avis des lecteurs / avis des lecteurs / un avis sur * / une réflexion
            sur * / une pensée sur * / # pensées sur * / # pensée sur * / tous les commentaires # / voir les
            commentaires / voir les commentaires # / voir les # commentaires / voir tous les # commentaires /
            afficher les commentaires / afficher les # commentaires / lire les commentaires / lire les #
            commentaires / masquer les commentaires / discussion s / vos messages / réagir à cet article / il y a #
            commentaires * / # commentaires publiés
            """
        ),
    ),
    "es": (
        "comentarios",
        "comentarios #",
        "# comentarios",
        "# comentario",
        "# comentarios en *",
        "# comentario en *",
        "# comentarios sobre *",
        "# respuestas a *",
        "# respuesta a *",
        "# pensamientos sobre *",
        "# pensamiento sobre *",
        "se han publicado # comentarios",
        "ver todos los comentarios",
        *_cues(
            """
            comentario # / # comentarios * / # comentario * / # comentario s / comentario s # / comentarios de los
            lectores / comentarios de lectores / comentarios de los usuarios / comentarios sobre * / comentarios en
            * / los comentarios / tus comentarios / todos los comentarios / todos los comentarios # / ver
            comentarios / ver comentarios # / ver los comentarios / ver # comentarios / ver los # comentarios /
            mostrar comentarios / mostrar comentarios # / leer comentarios / un comentario en * / un comentario
            sobre * / un comentario / una respuesta a * / un pensamiento en * / un pensamiento sobre * / # ideas
            sobre * / una idea sobre * / # respuestas * / opiniones # / opiniones de los lectores / # reacciones /
            hay # comentarios * / # comentarios publicados / participa en la conversación / únete a la conversación
            / la conversación / deja tu opinión
            """
        ),
    ),
    "nl": (
        "reacties",
        "reacties #",
        "# reacties",
        "# reactie",
        "# reacties op *",
        "# reactie op *",
        "# gedachten over *",
        "# gedachte over *",
        "één gedachte over *",
        "alle reacties",
        "alle reacties #",
        "bekijk alle reacties",
        "lezersreacties",
        *_cues(
            """
            reactie # / # reacties * / # reactie * / # reactie s / reactie s # / reacties op * / één reactie op * /
            een reactie op * / één reactie / een gedachte over * / reacties van lezers / uw reacties / jouw reacties
            / alle # reacties / toon reacties / toon alle reacties / toon reacties # / bekijk reacties / bekijk de
            reacties / lees de reacties / lees # reacties / lees reacties / # opmerkingen / opmerkingen /
            opmerkingen # / # commentaren / commentaren / commentaren # / discussie / discussie # / # antwoorden op
            * / # antwoord op * / praat mee / er zijn # reacties *
            """
        ),
    ),
    "other": (
        "commenti",
        "# commenti",
        "commenti #",
        "# commenti su *",
        "# pensieri su *",
        "# risposte a *",
        "# comentários",
        "comentários",
        "# comentários em *",
        "# respostas a *",
        "комментарии",
        "комментарии #",
        "# комментариев",
        "# комментария",
        "# комментарий",
        "посмотреть все комментарии",
    ),
    "it": (
        *_cues(
            """
            # commento / # commenti * / # commento * / commento # / i commenti / i commenti # / i vostri commenti /
            i tuoi commenti / commenti dei lettori / i commenti dei lettori / commenti degli utenti / tutti i
            commenti / tutti i commenti # / vedi i commenti / leggi i commenti / leggi i commenti # / mostra
            commenti / mostra i commenti / commenti su * / commenti a * / un commento su * / un commento a * / una
            risposta a * / un pensiero su * / # risposta a * / # opinioni / ci sono # commenti * / discussione /
            discussione # / partecipa alla discussione
            """
        ),
    ),
    "pt": (
        *_cues(
            """
            comentários # / # comentário / # comentários * / # comentário * / comentário # / # comentário s /
            comentário s # / comentários sobre * / comentários em * / comentários dos leitores / os comentários /
            todos os comentários / todos os comentários # / ver comentários / ver comentários # / ver todos os
            comentários / ver # comentários / ver os comentários / mostrar comentários / ler comentários / um
            comentário em * / um comentário sobre * / # resposta a * / # respostas para * / # resposta para * / uma
            resposta a * / uma resposta para * / # pensamentos sobre * / um pensamento sobre * / # opiniões /
            opiniões dos leitores / participe da conversa * / discussão / discussão #
            """
        ),
    ),
    "pl": (
        *_cues(
            """
            komentarze / komentarze # / # komentarzy / # komentarze / # komentarz / # komentarzy * / # komentarze *
            / # komentarz * / komentarzy # / komentarz # / liczba komentarzy # / wszystkie komentarze / wszystkie
            komentarze # / komentarze do * / komentarze czytelników / komentarze internautów / najlepsze komentarze
            / najpopularniejsze komentarze / pokaż komentarze / pokaż komentarze # / zobacz komentarze / zobacz
            komentarze # / dyskusja / dyskusja # / opinie czytelników / # odpowiedzi na * / # odpowiedź na * / jedna
            odpowiedź na * / # myśli na * / jedna myśl na * / # przemyślenia na *
            """
        ),
    ),
    "ru": (
        *_cues(
            """
            комментарий # / # комментариев * / # комментария * / # комментарий * / комментариев # / всего
            комментариев # / все комментарии / все комментарии # / комментарии читателей / комментарии пользователей
            / комментарии к * / лучшие комментарии / популярные комментарии / показать комментарии / показать
            комментарии # / читать комментарии / читать все комментарии / # ответов на * / # ответа на * / # ответ
            на * / один комментарий на * / один ответ на * / # мыслей о * / # мысли о * / обсуждение / обсуждение #
            / обсуждения / обсуждаем / мнения / мнения читателей / # мнений / ваши комментарии / ваше мнение
            """
        ),
    ),
    "uk": (
        *_cues(
            """
            коментарі / коментарі # / # коментарів / # коментарі / # коментар / # коментарів * / # коментарі * / #
            коментар * / коментарів # / всі коментарі / всі коментарі # / усі коментарі / усі коментарі # /
            коментарі до * / коментарі читачів / показати коментарі / обговорення / обговорення # / # відповідей на
            * / # відповіді на * / # відповідь на *
            """
        ),
    ),
    "tr": (
        *_cues(
            """
            yorumlar / yorumlar # / yorum # / # yorum / # yorumlar / # yorum * / tüm yorumlar / tüm yorumlar # /
            okuyucu yorumları / okuyucu yorumları # / okur yorumları / yorumları göster / yorumları gör / # düşünce
            / toplam # yorum
            """
        ),
    ),
    "nordic": (
        *_cues(
            """
            kommentarer / kommentarer # / # kommentarer / # kommentarer * / kommentarer till * / kommentarer til * /
            kommentarer om * / alla kommentarer / alla kommentarer # / alle kommentarer / alle kommentarer # / visa
            kommentarer / visa kommentarer # / visa alla kommentarer / vis kommentarer / vis kommentarer # / vis
            alle kommentarer / se kommentarer / läs kommentarer / läsarkommentarer / läsarnas kommentarer / # svar
            på * / # svar till * / # svar til * / ett svar på * / ett svar till * / et svar til * / # tankar om * /
            en tanke om * / # tankar på * / # tanker om * / en kommentar på * / en kommentar till * / en kommentar
            til * / debatten / debatt # / diskussion om *
            """
        ),
    ),
    "fi": (
        *_cues(
            """
            kommentit / kommentit # / # kommenttia / # kommentti / # kommenttia * / # kommentti * / kommentteja # /
            kommentti # / kaikki kommentit / kaikki kommentit # / näytä kommentit / näytä kommentit # / lue
            kommentit / lukijoiden kommentit / keskustelu / keskustelu # / # vastausta * / # vastaus * / yksi
            vastaus *
            """
        ),
    ),
    "cs": (
        *_cues(
            """
            komentáře / komentáře # / # komentářů / # komentáře / # komentář / # komentářů * / # komentáře * / #
            komentář * / komentářů # / počet komentářů # / všechny komentáře / zobrazit komentáře / diskuse /
            diskuse # / diskuze / diskuze # / diskuse k článku * / diskuze k článku * / diskuse ke článku * /
            vstoupit do diskuse / vstoupit do diskuze / názory k článku * / příspěvky # / příspěvků # / # příspěvků
            / # reakcí na * / # reakce na * / # odpovědí na * / # odpovědi na * / # odpověď na * / komentáre /
            komentáre # / # komentárov / diskusia / diskusia #
            """
        ),
    ),
    "more": (
        *_cues(
            """
            hozzászólások / hozzászólások # / # hozzászólás / # hozzászólás * / # komment / kommentek / kommentek #
            / comentarii / comentarii # / # comentarii / # comentarii * / un comentariu / un răspuns la * / #
            răspunsuri la * / # de comentarii / # comentaris / comentaris / comentaris # / # respostes a * / σχόλια
            / σχόλια # / # σχόλια / # σχόλια * / # σχόλιο / # σχόλιο * / коментари / коментари # / # коментара / #
            коментара * / # отговора на * / komentari / komentari # / # komentara / # komentara * / svi komentari /
            # odgovora na * / komentarai / komentarai # / # komentarai / # komentaras / # komentarų / komentāri /
            komentāri # / # komentāri / kommentaarid /
            kommentaarid # / # kommentaari / bình luận / bình luận # / # bình luận / ý kiến # / # ý kiến / ý kiến
            bạn đọc / # komentar / # tanggapan * / # balasan
            """
        ),
    ),
    "ar": (
        *_cues(
            """
            التعليقات / التعليقات # / تعليقات / تعليقات # / # تعليقات / # تعليق / # تعليقا / # تعليقات * / # تعليق *
            / عدد التعليقات # / جميع التعليقات / كل التعليقات / تعليقات القراء / تعليقات الزوار / آراء القراء /
            نظرات / نظرات # / # نظر / نظرات کاربران / دیدگاه ها / دیدگاهها / # دیدگاه / # دیدگاه * / תגובות / תגובות
            # / # תגובות / # תגובות * / כל התגובות
            """
        ),
    ),
    "zh": (
        *_cues(
            """
            评论 / 评论 # / # 评论 / #条评论 / # 条评论 / 共#条评论 / 共 # 条评论 / 全部评论 / 全部评论 # /
            所有评论 / 所有评论 # / 网友评论 / 网友评论 # / 热门评论
            / 精彩评论 / 评论列表 / 读者评论 / 用户评论 / 文章评论 / 留言 # / #條留言 / # 條留言 / #則留言 /
            # 則留言 / #条留言 / #則回應 / # 則回應 / 回應 # /
            #条回复 / # 条回复 / 評論 / 評論 # / #條評論 / # 條評論 / 網友評論 / 全部評論 / 全部留言 / 所有留言 /
            * 有 # 条评论 / * 有 #条评论 / * 有 # 个想法 /
            * 有#条评论 / * 有#个想法 / * 有#則留言 / * 有#則迴響 / * 有 # 則留言 / * 有 # 則迴響 / #个评论 / # 个评论
            """
        ),
    ),
    "ja": (
        *_cues(
            """
            コメント / コメント # / # コメント / コメント一覧 / コメント一覧 # / #件のコメント / # 件のコメント /
            コメント #件 / コメント#件 / コメント数 # / みんなのコメント
            / みんなのコメント # / すべてのコメント / 全てのコメント / 読者のコメント / 人気コメント /
            * への#件のフィードバック / * への # 件のフィードバック / #件のフィードバック /
            #件の返信 / 댓글 / 댓글 # / 댓글 #개 / 댓글#개 / #개의 댓글 / # 개의 댓글 / #개 댓글 / 전체 댓글 /
            전체 댓글 # / 의견 # / 독자 의견
            """
        ),
    ),
}
"""Lines that open a comment section, mostly with the page's own count."""

SORT_LINES = _cues(
    """
    sort by * / sorted by * / sort comments * / sort / order by * / newest first / oldest first / newest / oldest /
    most liked / most recent first / best newest oldest * / newest oldest * / best / show newest first / view by * /
    filter comments * / sortiert nach * / sortieren nach * / sortieren * / sortierung * / neueste zuerst * / neueste
    kommentare zuerst / älteste zuerst * / beliebteste zuerst / beste bewertung / chronologisch / trier par * / tri
    par * / les plus récents / les plus anciens / plus récents d abord / du plus récent au plus ancien / trier les
    commentaires * / ordenar por * / más recientes primero / más antiguos primero / más recientes / más votados /
    sorteer op * / sorteren op * / nieuwste eerst / oudste eerst / ordina per * / più recenti / più votati / mais
    recentes / mais antigos / mais votados / sortuj * / sortowanie * / od najnowszych * / od najstarszych * /
    najnowsze komentarze na górze / сортировать * / сортировка * / сначала новые * / сначала старые * /
    сначала интересные * / сначала популярные * / по дате * /
    по рейтингу * / спочатку нові * / спочатку старі * / sırala * / en yeniler / sortera * / nyast först / äldst
    först / sorter * / nyeste først / ældste først / eldste først / järjestä * / uusimmat ensin / vanhimmat ensin /
    řadit * / seřadit * / od nejnovějších * / od nejstarších * / الأحدث أولا / ترتيب حسب * / 最新 最热 /
    按时间排序 / 按热度排序 /
    新しい順 / 古い順 / 최신순 / 등록순
    """
)
"""In what order the comments below stand: a heading like any other, but only above comments."""

NO_COMMENTS = _cues(
    """
    no comments / no comments yet * / no comment yet * / no comments so far * / no comments on * / no comments for *
    / no comments to * / there are no comments * / there are currently no comments * / there is no comment * / this
    post has no comments * / this article has no comments * / this entry has no comments * / be the first to comment
    * / be the first to leave * / be the first to reply * / be the first to respond * / be the first to post * / be
    the first to add * / be the first to share * / be first to comment * / be first * / be the first person to * /
    no responses / no responses yet * / no responses to * / no replies yet * / no reviews yet * / no thoughts on * /
    nobody has commented * / no one has commented * / there have been no comments * / leave the first comment * /
    add the first comment * / write the first comment * / zero comments / # comments yet / keine kommentare * / noch
    keine kommentare * / noch kein kommentar * / bisher keine kommentare * / bislang keine kommentare * / es gibt
    noch keine kommentare * / es gibt keine kommentare * / es sind noch keine kommentare * / es wurden noch keine
    kommentare * / keine kommentare vorhanden * / kein kommentar / keine antworten / keine reaktionen * / sei der
    erste * / sei die erste * / seien sie der erste * / seien sie die erste * / schreibe den ersten kommentar * /
    schreiben sie den ersten kommentar * / schreib den ersten kommentar * / erster kommentar * / verfassen sie den
    ersten * / verfasse den ersten * / noch keine beiträge * / noch keine reaktionen * / aucun commentaire * / pas
    de commentaire * / pas encore de commentaire * / pas encore de commentaires * / il n y a pas encore de * / il n
    y a aucun commentaire * / il n y a pas de commentaire * / il n y a pas de commentaires * / soyez le premier * /
    soyez la première * / sois le premier * / aucune réponse * / aucune réaction * / aucun avis / sin comentarios *
    / no hay comentarios * / aún no hay comentarios * / todavía no hay comentarios * / ningún comentario * / sé el
    primero * / sé la primera * / sea el primero * / se el primero * / no hay respuestas * / sin respuestas * / geen
    reacties * / nog geen reacties * / er zijn nog geen reacties * / er zijn geen reacties * / wees de eerste * /
    geen opmerkingen * / geen commentaar * / nessun commento * / nessuna risposta * / non ci sono commenti * / non
    ci sono ancora commenti * / ancora nessun commento * / sii il primo * / scrivi il primo commento * / commenta
    per primo * / nenhum comentário * / sem comentários * / não há comentários * / ainda não há comentários * /
    ainda sem comentários * / seja o primeiro * / nenhuma resposta * / sem respostas * / brak komentarzy * / nie ma
    jeszcze komentarzy * / nie dodano jeszcze komentarzy * / bądź pierwszy * / bądź pierwsza * / brak odpowiedzi * /
    jeszcze nikt nie skomentował * / комментариев нет * / нет комментариев * / пока нет комментариев * /
    комментариев пока нет * / комментариев ещё нет * / комментариев еще нет * / ещё нет комментариев * / еще нет
    комментариев * / никто ещё не * / никто еще не * / будьте первым * / станьте первым * / ваш комментарий будет
    первым * / оставьте первый комментарий * / коментарів немає * / немає коментарів * / коментарів ще немає * /
    поки немає коментарів * / ще немає коментарів * / будьте першим * / henüz yorum yok * / henüz yorum yapılmamış *
    / hiç yorum yok * / yorum yok * / ilk yorumu sen yap * / ilk yorumu siz yapın * / ilk yorumu yazan * / inga
    kommentarer * / inga kommentarer än * / det finns inga kommentarer * / bli den första * / bli först * / ingen
    kommentarer * / ingen kommentarer ennå * / bli den første * / vær den første * / ingen svar * / inga svar * /
    der er ingen kommentarer * / ingen har kommenteret * / ei kommentteja * / ei vielä kommentteja * / ole
    ensimmäinen * / kommentoi ensimmäisenä * / žádné komentáře * / žádný komentář * / zatím žádné komentáře * /
    zatím žádný komentář * / nejsou žádné komentáře * / buďte první * / zatím bez komentářů * / bez komentářů /
    žiadne komentáre * / nincs hozzászólás * / még nincs hozzászólás * / niciun comentariu * / nu există comentarii
    * / fii primul * / fără comentarii * / δεν υπάρχουν σχόλια * / κανένα σχόλιο * / няма коментари * / все още няма
    * / nema komentara * / još nema komentara * / budite prvi * / chưa có bình luận * / belum ada komentar * /
    jadilah yang pertama * / لا توجد تعليقات * / لا يوجد تعليقات * / لا تعليقات * / لا يوجد تعليق * / كن أول * / אין
    תגובות * / היה הראשון * / 暂无评论 * / 还没有评论 * / 没有评论 * / 尚無留言 * / 目前沒有留言 * / 沒有留言 * /
    抢沙发 * / コメントはまだありません * /
    コメントはありません * / まだコメントはありません * / 댓글이 없습니다 * / 첫 댓글 *
    """
)
"""What a page says above a section that is empty."""

SECTION_ENDS = {
    "en": (
        "leave a reply *",
        "leave a comment *",
        "leave a response *",
        "leave your comment *",
        "leave comment *",
        "post a comment *",
        "post comment",
        "post a reply *",
        "add a comment *",
        "add comment",
        "add your comment *",
        "write a comment *",
        "submit a comment *",
        "cancel reply",
        "your email address will not be published *",
        "comments are closed *",
        "comments are now closed *",
        "comments closed",
        "commenting is closed *",
        "comment navigation",
        "older comments",
        "newer comments",
        "load more comments *",
        "load more",
        "show more comments *",
        "rss feed for comments *",
        "would love your thoughts *",
        "you must be logged in *",
        "you must log in *",
        "# trackback",
        "# trackbacks",
        "# pingbacks",
        "trackbacks pingbacks",
        "trackbacks",
        "this site uses akismet *",
        "newer post *",
        "older post *",
        "previous post *",
        "next post *",
        "subscribe to post comments *",
        "post navigation",
        "about the author",
        "copyright *",
        "all rights reserved *",
        *_cues(
            """
            load more replies and comments / load older comments / load newer comments / load previous comments /
            view more comments * / see more comments * / see more comments / view older comments / view newer
            comments / read more comments * / previous comments / next comments / post your comment * / post your
            own comment * / post a response * / post a new comment * / submit comment / submit your comment * / send
            comment / send your comment * / speak your mind * / share your thoughts * / share your opinion * / tell
            us what you think * / join the conversation here * / add your voice * / add your thoughts * / add your
            reply * / add a reply * / add reply / write a reply * / write your comment * / write a response * /
            write a review * / leave a review * / leave your reply * / leave your thoughts * / leave us a comment *
            / leave reply / make a comment * / enter your comment * / type your comment * / new comment / quick
            reply / comment form / log in to comment * / login to comment * / login or register to * / log in or
            register to * / log in or sign up to * / sign in to comment * / sign in or register to * / sign up to
            comment * / please log in to * / please login to * / please sign in to * / register to comment * / you
            need to be logged in * / you have to be logged in * / only logged in * / to comment on this * / to post
            a comment * / to leave a comment * / the comments are closed * / the comments to this entry are closed *
            / this thread is closed * / this thread has been closed * / this discussion is closed * / this topic is
            closed * / this post is closed * / commenting on this * / commenting has been * / subscribe to comments
            * / subscribe to this thread * / subscribe to our * / subscribe to comment * / follow comments * /
            follow this discussion * / notify me of * / notify me when * / notify me by * / email me when * / save
            my name * / name required * / name email * / mail will not be published * / email will not be published
            * / trackback url * / trackback uri * / trackback address * / trackback link * / trackbacks # /
            trackbacks for * / pingbacks # / # pings * / # links from * / # links to this post / comment feed * /
            comments feed * / comments rss * / comment policy * / commenting policy * / comment guidelines * /
            comments policy * / community guidelines * / house rules * / powered by vbulletin * / powered by phpbb *
            / powered by discourse * / powered by xenforo * / powered by disqus * / comments powered by * / terms of
            service * / terms and conditions * / back to top / return to top / top of page / back to article /
            similar threads / similar topics / users browsing this * / users who are viewing this * / who is online
            / members online * / board index * / you are not logged in * / thread tools / newsletter sign up * /
            sign up for our * / get our newsletter * / recent comments * / latest comments * / this entry was posted
            * / this post was posted * / this article was posted * / filed under * / tagged with * / primary sidebar
            / leave this field empty * / this blog is kept spam free * / prove you re human * / prove that you re
            human * / anti spam * / create a free website *
            """
        ),
    ),
    "de": (
        "hinterlasse einen kommentar *",
        "hinterlasse eine antwort *",
        "hinterlassen sie einen kommentar *",
        "schreibe einen kommentar *",
        "schreiben sie einen kommentar *",
        "schreib einen kommentar *",
        "kommentar verfassen *",
        "kommentar schreiben *",
        "kommentar hinterlassen *",
        "kommentar hinzufügen *",
        "kommentar abgeben *",
        "antwort hinterlassen *",
        "antwort schreiben *",
        "deine e mail adresse wird nicht *",
        "deine email adresse wird nicht *",
        "ihre e mail adresse wird nicht *",
        "du musst angemeldet sein *",
        "sie müssen angemeldet sein *",
        "die kommentarfunktion ist *",
        "die kommentare sind geschlossen *",
        "kommentare sind geschlossen *",
        "ältere kommentare",
        "neuere kommentare",
        "weitere kommentare *",
        "diese website verwendet akismet *",
        "über den autor",
        "über die autorin",
        "vorheriger beitrag *",
        "nächster beitrag *",
        "beitragsnavigation",
        *_cues(
            """
            kommentarseiten * / einen kommentar schreiben * / einen kommentar verfassen * /
            einen kommentar hinterlassen * / einen
            kommentar hinzufügen * / neuer kommentar * / neuen kommentar schreiben * / neuen kommentar hinzufügen *
            / neuen kommentar verfassen * / jetzt kommentieren * / jetzt kommentar schreiben * / artikel
            kommentieren * / beitrag kommentieren * / kommentar absenden / kommentar abschicken / kommentar senden /
            kommentar speichern / kommentar veröffentlichen / antwort abbrechen / antworten abbrechen / antwort
            verfassen * / schreibe eine antwort * / schreibe die erste * / verfasse einen kommentar * / verfassen
            sie einen * / deine e mailadresse wird nicht * / e mail adresse wird nicht * / die e mail adresse wird
            nicht * / du musst dich anmelden * / du musst dich einloggen * / du musst eingeloggt sein * / sie müssen
            eingeloggt sein * / sie müssen sich anmelden * / um kommentieren zu können * / um zu kommentieren * / um
            einen kommentar * / zum kommentieren * / bitte loggen sie sich ein * / bitte melden sie sich an * /
            bitte melde dich an * / melden sie sich an um * / melde dich an um * / anmelden um zu kommentieren * /
            nur angemeldete * / nur registrierte * / kommentarfunktion * / kommentare geschlossen * / kommentare
            deaktiviert * / die diskussion ist geschlossen * / die diskussion wurde geschlossen * / dieser artikel
            kann nicht mehr kommentiert * / der kommentarbereich * / mehr kommentare * / mehr kommentare laden /
            weitere kommentare laden / weitere laden / mehr laden / alle kommentare lesen * / vorherige kommentare /
            ältere beiträge * / neuere beiträge * / trackbacks pingbacks * / trackback adresse * / kommentar feed *
            / rss feed für * / benachrichtige mich über * / benachrichtigt mich über * / meinen namen * / name
            erforderlich * / kommentarregeln * / nutzungsbedingungen * / datenschutz * / datenschutzerklärung * /
            nach oben / zurück zum artikel * / zurück zur startseite * / zur startseite * / ähnliche themen * /
            neueste kommentare * / letzte kommentare * / dieser beitrag wurde * / dieser eintrag wurde * /
            veröffentlicht unter * / abgelegt unter * / verschlagwortet mit * / newsletter abonnieren * / unsere
            newsletter *
            """
        ),
    ),
    "fr": (
        "laisser un commentaire *",
        "laissez un commentaire *",
        "laisser une réponse *",
        "écrire un commentaire *",
        "ajouter un commentaire *",
        "poster un commentaire *",
        "publier un commentaire *",
        "votre adresse e mail ne sera *",
        "votre adresse de messagerie ne sera *",
        "les commentaires sont fermés *",
        "vous devez être connecté *",
        "commentaires plus anciens",
        "ce site utilise akismet *",
        "navigation de l article",
        *_cues(
            """
            laisser votre commentaire * / laissez votre commentaire * / laisser un avis * / écrivez un commentaire *
            / écrire un message * / ajouter votre commentaire * / ajoutez un commentaire * / ajouter un nouveau
            commentaire * / rédiger un commentaire * / rédigez un commentaire * / envoyer un commentaire * / envoyer
            le commentaire / publier le commentaire / poster commentaire / postez un commentaire * / donnez votre
            avis * / réagir à cet article * / commenter cet article * / annuler la réponse / répondre à cet article
            * / poster un message * / l adresse e mail ne sera * / votre e mail ne sera * / votre email ne sera * /
            votre adresse email ne sera * / vous devez vous connecter * / vous devez vous identifier * / vous devez
            être identifié * / connectez vous pour * / connectez vous ou * / inscrivez vous pour * / se connecter
            pour * / pour commenter * / pour réagir * / pour poster un commentaire * / commentaires fermés * /
            commentaires clos * / les commentaires sont clos * / les commentaires sont désactivés * / les
            commentaires pour cet article * / commentaires plus récents / commentaires précédents / commentaires
            suivants / voir plus de commentaires * / plus de commentaires * / afficher plus de commentaires * /
            charger plus * / rétroliens * / # rétroliens * / flux rss des commentaires * / fil des commentaires * /
            s abonner aux commentaires * / prévenez moi de * / me notifier * / enregistrer mon nom * / règles de
            modération * / mentions légales * / haut de page / retour en haut * / retour à l article * / derniers
            commentaires / commentaires récents / article précédent * / article suivant * / à propos de l auteur *
            """
        ),
    ),
    "es": (
        "deja una respuesta *",
        "deja un comentario *",
        "deja tu comentario *",
        "dejar un comentario *",
        "dejar una respuesta *",
        "escribe un comentario *",
        "escribir un comentario *",
        "añadir un comentario *",
        "añadir comentario *",
        "publicar un comentario *",
        "tu dirección de correo electrónico no será *",
        "los comentarios están cerrados *",
        "debes iniciar sesión *",
        "comentarios más antiguos",
        "este sitio usa akismet *",
        "navegación de entradas",
        *_cues(
            """
            cancelar la respuesta / cancelar respuesta / publicar el comentario / enviar comentario / enviar un
            comentario * / envía tu comentario * / haz un comentario * / haz tu comentario * / añade un comentario *
            / añadir nuevo comentario * / agregar un comentario * / agregar comentario * / agrega un comentario * /
            comentar esta noticia * / escribe tu comentario * / escriba su comentario * / escribir comentario * /
            escribe una respuesta * / dejanos tu comentario * / déjanos tu comentario * / deje un comentario * /
            deje su comentario * / deje una respuesta * / deja tu respuesta * / danos tu opinión * / su dirección de
            correo * / tu correo electrónico no será * / la dirección de correo * / inicia sesión para * / inicie
            sesión para * / regístrate para * / regístrese para * / para comentar * / para poder comentar * / tienes
            que estar registrado * / debe iniciar sesión * / debes estar conectado * / debes estar registrado * /
            comentarios cerrados * / los comentarios para * / los comentarios de esta * / comentarios más recientes
            / comentarios anteriores / comentarios siguientes / más comentarios * / cargar más * / ver más
            comentarios * / mostrar más comentarios * / este sitio utiliza akismet * / notificarme * / guarda mi
            nombre * / normas de * / política de privacidad * / aviso legal * / volver arriba / ir arriba /
            comentarios recientes / últimos comentarios / entrada anterior * / entrada siguiente * / artículo
            anterior * / artículo siguiente * / sobre el autor *
            """
        ),
    ),
    "nl": (
        "laat een reactie achter *",
        "laat een antwoord achter *",
        "geef een reactie *",
        "geef een antwoord *",
        "plaats een reactie *",
        "reactie plaatsen *",
        "schrijf een reactie *",
        "het e mailadres wordt niet *",
        "je e mailadres wordt niet *",
        "je e mailadres zal niet *",
        "reacties zijn gesloten *",
        "de reacties zijn gesloten *",
        "je moet ingelogd zijn *",
        "oudere reacties",
        "deze site gebruikt akismet *",
        "berichtnavigatie",
        *_cues(
            """
            geef je reactie * / geef uw reactie * / plaats je reactie * / plaats reactie / plaats een opmerking * /
            schrijf een antwoord * / schrijf je reactie * / laat je reactie * / laat uw reactie * / laat een bericht
            achter * / reageer op dit artikel * / reageer zelf * / reactie annuleren / antwoord annuleren / reactie
            versturen / uw e mailadres wordt niet * / je e mail adres wordt niet * / je moet inloggen * / je moet
            ingelogd * / je dient ingelogd * / u moet ingelogd * / log in om te reageren * / log in om * / inloggen
            om te reageren * / om te kunnen reageren * / om te reageren * / reageren is niet * / reageren niet meer
            mogelijk * / reacties gesloten * / reacties zijn uitgeschakeld * / nieuwere reacties / meer reacties * /
            laad meer * / toon meer reacties * / vorige reacties / naviguatie / deze website gebruikt akismet * /
            houd me op de hoogte * / huisregels * / privacybeleid * / terug naar boven / recente reacties / laatste
            reacties / vorig bericht * / volgend bericht * / over de auteur *
            """
        ),
    ),
    "other": (
        "lascia un commento *",
        "deixe um comentário *",
        "deixe uma resposta *",
        "добавить комментарий *",
        "оставить комментарий *",
        "ваш адрес email не будет *",
    ),
    "it": (
        *_cues(
            """
            lascia una risposta * / lascia il tuo commento * / lascia commento * / il tuo indirizzo email non * / l
            indirizzo email non * / il tuo indirizzo e mail non * / scrivi un commento * / scrivi il tuo commento *
            / scrivi una risposta * / invia commento / invia un commento * / pubblica commento / pubblica un
            commento * / posta un commento * / inserisci un commento * / aggiungi un commento * / aggiungi commento
            * / commenta questo articolo * / commenta la notizia * / annulla risposta / i commenti sono chiusi * / i
            commenti sono disabilitati * / commenti chiusi * / commenti disabilitati * / commenti più vecchi /
            commenti più recenti / commenti precedenti / commenti meno recenti / altri commenti * / carica altri * /
            mostra altri commenti * / devi essere connesso * / devi essere registrato * / devi effettuare * / accedi
            per commentare * / registrati per * / per commentare * / navigazione articoli / questo sito usa akismet
            * / questo sito utilizza akismet * / salva il mio nome * / note legali * / torna su / torna all articolo
            * / articolo precedente * / articolo successivo * / commenti recenti / ultimi commenti
            """
        ),
    ),
    "pt": (
        *_cues(
            """
            deixe o seu comentário * / deixe seu comentário * / deixar um comentário * / deixar uma resposta * /
            deixar comentário * / enviar comentário / enviar um comentário * / envie um comentário * / envie seu
            comentário * / publicar comentário / publicar um comentário * / postar um comentário * / postar
            comentário / escreva um comentário * / escreva seu comentário * / escreva o seu comentário * / escrever
            um comentário * / adicionar comentário * / adicionar um comentário * / adicione um comentário * / faça
            um comentário * / cancelar resposta / o seu endereço de * / seu endereço de * / o seu e mail não será *
            / seu e mail não será * / você precisa estar * / você deve estar * / tem de iniciar sessão * / tem de
            iniciar a sessão * / faça login para * / inicie sessão para * / entre para comentar * / os comentários
            estão * / comentários encerrados * / comentários fechados * / comentários mais antigos / comentários
            mais recentes / mais comentários * / carregar mais * / ver mais comentários * / este site utiliza o
            akismet * / esse site utiliza o akismet * / este site usa o akismet * / navegação de post / navegação de
            artigos / salvar meus dados * / guardar o meu nome * / notifique me * / voltar ao topo / post anterior *
            / próximo post * / artigo anterior * / próximo artigo * / comentários recentes / últimos comentários
            """
        ),
    ),
    "pl": (
        *_cues(
            """
            dodaj komentarz * / dodaj nowy komentarz * / dodaj swój komentarz * / dodaj opinię * / zostaw komentarz
            * / zostaw odpowiedź * / zostaw swój komentarz * / napisz komentarz * / napisz odpowiedź * / skomentuj *
            / wyślij komentarz / opublikuj komentarz / komentarz wpisz * / anuluj pisanie odpowiedzi / anuluj
            odpowiedź / twój adres e mail nie * / twój adres email nie * / możliwość komentowania * / komentowanie
            wyłączone * / komentowanie zostało * / komentarze zostały wyłączone * / komentarze są wyłączone * /
            komentarze wyłączone * / starsze komentarze / nowsze komentarze / więcej komentarzy * / pokaż więcej
            komentarzy * / załaduj więcej * / musisz się zalogować * / musisz być zalogowany * / zaloguj się aby * /
            zaloguj się żeby * / aby dodać komentarz * / aby komentować * / nawigacja wpisu / ta strona używa
            akismet * / ta witryna wykorzystuje usługę akismet * / powiadom mnie o * / zapamiętaj moje dane * /
            polityka prywatności * / do góry / poprzedni wpis * / następny wpis * / ostatnie komentarze / najnowsze
            komentarze
            """
        ),
    ),
    "ru": (
        *_cues(
            """
            добавьте комментарий * / добавить отзыв * / добавить ответ * / оставьте комментарий * / оставить отзыв *
            / оставить ответ * / написать комментарий * / напишите комментарий * / написать ответ * / отправить
            комментарий / прокомментировать / ваш адрес email не * / ваш e mail не * / ваш email не * / отменить
            ответ / отмена ответа / комментарии закрыты * / комментарии отключены * / комментирование закрыто * /
            обсуждение закрыто * / чтобы оставить комментарий * / чтобы оставлять комментарии * / чтобы добавить
            комментарий * / чтобы комментировать * / для отправки комментария * / для добавления комментария * / для
            того чтобы оставить * / вы должны быть авторизованы * / вы должны войти * / необходимо авторизоваться *
            / войдите чтобы * / войти чтобы * / авторизуйтесь чтобы * / авторизуйтесь * / только зарегистрированные
            * / старые комментарии / предыдущие комментарии / новые комментарии / более новые комментарии / ещё
            комментарии * / еще комментарии * / больше комментариев * / загрузить ещё * / загрузить еще * / показать
            ещё * / показать еще * / навигация по записям / этот сайт использует akismet * / уведомить меня * /
            уведомлять меня * / сохранить моё имя * / сохранить мое имя * / политика конфиденциальности * / правила
            комментирования * / правила сайта * / наверх / свежие комментарии / последние комментарии / предыдущая
            запись * / следующая запись *
            """
        ),
    ),
    "uk": (
        *_cues(
            """
            залишити коментар * / залиште коментар * / додати коментар * / залишити відповідь * / написати коментар
            * / надіслати коментар / опублікувати коментар / ваша e mail адреса не * / ваша електронна адреса не * /
            скасувати відповідь / коментарі закриті * / коментування закрито * / щоб залишити коментар * / щоб
            додати коментар * / увійдіть щоб * / ви повинні увійти * / старіші коментарі / новіші коментарі /
            навігація записів / цей сайт використовує akismet * / останні коментарі / показати ще *
            """
        ),
    ),
    "tr": (
        *_cues(
            """
            yorum yap * / yorum yapın * / yorum yaz * / yorum yazın * / yorum ekle * / yorum bırak * / yorum gönder
            / yorumu gönder / yorumunuz * / bir yorum yazın * / bir yanıt yazın * / bir cevap yazın * / bir cevap
            bırakın * / cevap bırakın * / cevap yaz * / yanıtı iptal et / cevabı iptal et / e posta adresiniz * / e
            posta hesabınız * / yorumlar kapalı * / yorumlar kapatıldı * / eski yorumlar / yeni yorumlar / daha
            fazla yorum * / daha fazla yükle * / yorum yapabilmek için * / yorum yapmak için * / giriş yapmalısınız
            * / yazı dolaşımı / yazı gezinmesi / son yorumlar / önceki yazı * / sonraki yazı *
            """
        ),
    ),
    "nordic": (
        *_cues(
            """
            lämna ett svar * / lämna en kommentar * / lämna kommentar * / skriv en kommentar * / skriv kommentar * /
            skriv ett svar * / kommentera artikeln * / publicera kommentar / skicka kommentar / din e postadress * /
            avbryt svar / äldre kommentarer / nyare kommentarer / fler kommentarer * / visa fler * / kommentarer är
            stängda * / kommentarerna är stängda * / kommentering är * / du måste vara inloggad * / du måste logga
            in * / logga in för att * / inläggsnavigering / denna webbplats använder akismet * / senaste kommentarer
            / legg igjen en kommentar * / legg igjen et svar * / legg til en kommentar * / legg inn en kommentar * /
            publiser kommentar / eldre kommentarer / nyere kommentarer / flere kommentarer * / kommentarer er stengt
            * / kommentarfeltet er * / du må være innlogget * / du må logge inn * / logg inn for å * /
            innleggsnavigasjon / dette nettstedet bruker akismet * / siste kommentarer / skriv et svar * / efterlad
            en kommentar * / læg en kommentar * / tilføj en kommentar * / tilføj kommentar * / send kommentar / din
            e mailadresse * / annuller svar / ældre kommentarer / der er lukket for kommentarer * / kommentarer er
            lukket * / du skal være logget ind * / log ind for at * / indlægsnavigation / dette websted bruger
            akismet * / seneste kommentarer
            """
        ),
    ),
    "fi": (
        *_cues(
            """
            jätä kommentti * / jätä vastaus * / kirjoita kommentti * / kirjoita vastaus * / lisää kommentti * /
            lähetä kommentti / kommentoi artikkelia * / sähköpostiosoitettasi ei * / peruuta vastaus / kommentointi
            on * / kommentit on suljettu * / kommentit suljettu * / vanhemmat kommentit / uudemmat kommentit / lisää
            kommentteja * / näytä lisää * / lataa lisää * / kirjaudu sisään * / sinun täytyy kirjautua * /
            artikkelien selaus / viimeisimmät kommentit / uusimmat kommentit / tämä sivusto käyttää *
            """
        ),
    ),
    "cs": (
        *_cues(
            """
            napsat komentář * / napište komentář * / přidat komentář * / přidejte komentář * / vložit komentář * /
            zanechat komentář * / zanechte komentář * / okomentovat * / odeslat komentář / přidat příspěvek * / nový
            příspěvek * / přidat názor * / zrušit odpověď * / vaše e mailová adresa * / vaše emailová adresa * / váš
            e mail nebude * / komentáře jsou uzavřeny * / komentáře nejsou povoleny * / diskuse je uzavřena * /
            diskuze je uzavřena * / starší komentáře / novější komentáře / další komentáře * / načíst další * /
            zobrazit další * / pro přidání komentáře * / pro vložení komentáře * / pro přidávání komentářů * /
            musíte být přihlášeni * / musíte se přihlásit * / přihlaste se * / navigace pro příspěvek / navigace pro
            příspěvky / nejnovější komentáře / poslední komentáře / pridaj komentár * / pridať komentár * / zrušiť
            odpoveď
            """
        ),
    ),
    "more": (
        *_cues(
            """
            vélemény hozzászólás * / szólj hozzá * / új hozzászólás * / az e mail címet nem * / válasz megszakítása
            / hozzászólások lezárva * / lasă un răspuns * / lasă un comentariu * / scrie un comentariu * / adaugă un
            comentariu * / adresa ta de email nu * / anulează răspunsul / comentariile sunt închise * / deixa un
            comentari * / feu un comentari * / αφήστε μια απάντηση * / αφήστε ένα σχόλιο * / η ηλ διεύθυνση σας * /
            ακύρωση απάντησης / γράψτε ένα σχόλιο * / προσθήκη σχολίου * / добави коментар * / напиши коментар * /
            ostavi komentar * / ostavite komentar * / vaša adresa e pošte * / pošalji komentar / dodaj komentar * /
            để lại một bình luận * / email của bạn sẽ không * / gửi bình luận * / tinggalkan balasan * / tinggalkan
            komentar * / alamat email anda tidak * / batalkan balasan / tulis komentar *
            """
        ),
    ),
    "ar": (
        *_cues(
            """
            اترك تعليقا * / اترك تعليق * / اترك تعليقك * / اترك ردا * / اترك رد * / أضف تعليق * / أضف تعليقا * / أضف
            تعليقك * / إضافة تعليق * / شارك برأيك * / شاركنا رأيك * / لن يتم نشر عنوان * / إلغاء الرد / التعليقات
            مغلقة * / التعليقات مغلقه * / المزيد من التعليقات * / عرض المزيد * / تصفح المقالات / أحدث التعليقات /
            آخر التعليقات / إرسال التعليق / دیدگاهتان را بنویسید * / لغو پاسخ / ارسال دیدگاه / نظر شما / הוסף תגובה
            * / כתיבת תגובה * / השאר תגובה * / כתוב תגובה * / ביטול תגובה / האימייל לא יוצג *
            """
        ),
    ),
    "zh": (
        *_cues(
            """
            发表评论 * / 发表回复 * / 发表您的评论 * / 发布评论 / 提交评论 / 取消回复 / 取消评论 /
            您的邮箱地址不会被公开 * / 您的电子邮箱地址不会被公开 * / 电子邮件地址不会被公开 *
            / 您的邮箱不会被公开 * / 留下评论 * / 留下回复 * / 写评论 * / 我要评论 * / 我来说两句 * / 说点什么 * /
            添加评论 * / 發佈留言 * / 發表留言 * / 發表評論 *
            / 發表迴響 * / 發表回應 * / 取消回覆 / 我要留言 * / 查看更多评论 * / 更多评论 * / 加载更多评论 /
            评论已关闭 * / 评论关闭 * / 留言已關閉 * / 登录后 * /
            请登录后 * / 您必须登录 * / 需要登录 * / 文章导航 / 近期评论 / 最新评论 / 最新留言
            """
        ),
    ),
    "ja": (
        *_cues(
            """
            コメントを残す * / コメントする / コメントを書く * / コメントを投稿 * / コメントを投稿する /
            コメントを追加 * / コメントをキャンセル / コメントを送信 / 返信をキャンセル /
            返信する キャンセル / メールアドレスが公開されることはありません * / 次回のコメントで使用するため * /
            コメントは受け付けていません * / コメントは停止中です * / コメントは締め切りました
            * / この記事へのコメントは終了しました * / もっとコメントを見る * / 次のコメント * / 前のコメント * /
            投稿ナビゲーション / 最近のコメント / 新着コメント / コメントの投稿 *
            / 댓글 남기기 * / 댓글 달기 * / 댓글 쓰기 * / 댓글쓰기 / 답글 남기기 * / 응답 취소 / 답글 취소하기 /
            이메일 주소는 공개되지 * / 댓글 더보기 * / 최근 댓글
            """
        ),
    ),
}
"""Lines below the last comment. Above the first one they are a form, and mean nothing."""

ACTIONS = {
    "en": (
        "respect",
        "respected",
        "embed",
        "next",
        "prev",
        "root",
        "reply",
        "replies",
        "reply to this",
        "reply to this comment",
        "log in to reply",
        "login to reply",
        "sign in to reply",
        "replydelete",
        "delete",
        "like",
        "likes",
        "liked",
        "dislike",
        "share",
        "report",
        "report abuse",
        "report comment",
        "report this comment",
        "flag",
        "flag as inappropriate",
        "permalink",
        "link",
        "link to this comment",
        "quote",
        "edit",
        "upvote",
        "downvote",
        "vote up",
        "vote down",
        "thumbs up",
        "thumbs down",
        "thumb up",
        "thumb down",
        "helpful",
        "recommend",
        "recommended",
        "hide replies",
        "show replies",
        "view replies",
        "show more",
        "see more",
        "read more",
        "expand",
        "collapse",
        "parent",
        "in reply to",
        "copy link",
        "loading",
        *_cues(
            """
            liked by person / liked by people / liked by you / reply to comment / reply to post / reply with quote /
            reply quote / quote reply / click to reply / reply
            this / respond / response / add comment / post reply / reply to this thread / reply delete / reply edit
            / reply share / reply report / log in or register to post comments / login or register to post comments
            / log in to post comments / login to post comments / agree / disagree / up / down / up vote / down vote
            / vote / votes / up votes / down votes / upvotes / downvotes / upvoted / like this / like comment / like
            it / i like this / unlike / likes this / people like this / person likes this / users like this / user
            likes this / people liked this / people found this helpful / found this helpful / was this helpful / not
            helpful / useful / rate this / rate up / rate down / rate this comment / rating / score / points / point
            / karma / thanks / say thanks / react / reactions / award / give award / save / bookmark / hide / unhide
            / hide this / more / more options / options / follow / following / follow user / unfollow / ignore /
            ignore user / mute / mute user / block / block user / tweet / share this / share this comment / share
            comment / share link / share on facebook / share on twitter / share to facebook / share to twitter /
            share via email / twitter / facebook / email / e mail / whatsapp / copy url / copy link to comment / get
            link / translate / see translation / show original / view profile / view user profile / profile /
            website / visit website / view posts / send message / private message / send private message / pm /
            report post / report this post / report this / report user / report as spam / report spam / report
            inappropriate / report inappropriate comment / report as inappropriate / report violation / report a
            violation / report offensive / report this comment as inappropriate / inappropriate / flag comment /
            flag this comment / flag for review / offensive / mark as spam / alert moderator / notify moderator /
            moderate / link to comment / direct link / comment link / permanent link / perma link / anchor / view in
            context / in context / go to comment / jump to comment / view comment / view reply / view all replies /
            view more replies / show reply / show all replies / show more replies / hide reply / hide all replies /
            see replies / see all replies / see more replies / load replies / load more replies / more replies /
            reply replies / read replies / less / show less / read less / see less / view more / full comment / read
            full comment / show full comment / show comment / show hidden comment / back to top / pinned / pinned
            comment / pinned by / featured / featured comment / highlighted / edited / last edited / modified / this
            comment was edited / multi quote / multiquote / quote message / reply to message / click to expand /
            toggle / minimize / give feedback / add a reply / write a reply / be the first to reply / avatar / user
            rating / views / sign in to vote / login to vote / log in to vote / sign in or register to reply /
            please log in to reply / you must log in to reply / child / children / click to rate / expand full
            comment / translate to english / permalinkembedsavereportreply / permalinkembedsaveparentreportreply /
            permalinkembedsavereportgive awardreply / permalinkembedsaveparentreportgive awardreply
            """
        ),
    ),
    "de": (
        "antworten",
        "antwort",
        "auf diesen kommentar antworten",
        "antwortenlöschen",
        "löschen",
        "zitieren",
        "melden",
        "kommentar melden",
        "diesen kommentar melden",
        "permanenter link",
        "permanentlink",
        "link zum kommentar",
        "aufklappen",
        "zuklappen",
        "mehr anzeigen",
        "weiterlesen",
        "zum antworten anmelden",
        "anmelden um zu antworten",
        "daumen hoch",
        "daumen runter",
        "gefällt mir",
        "gefällt",
        "empfehlen",
        "teilen",
        "bearbeiten",
        "antworten anzeigen",
        "uhr",
        *_cues(
            """
            gefällt person / gefällt personen / antwort schreiben / antwort verfassen /
            antworten auf diesen kommentar / auf kommentar antworten / auf
            diesen beitrag antworten / beantworten / kommentieren / kommentar / zitat / mit zitat antworten /
            beitrag melden / verstoß melden / missbrauch melden / als spam melden / als unangemessen melden /
            unangemessen / regelverstoß melden / beitrag zitieren / link kopieren / kommentarlink / direktlink /
            link zu diesem kommentar / link zum beitrag / permalink kopieren / gefällt mir nicht / mir gefällt das /
            personen gefällt das / person gefällt das / gefällt mir gefällt mir nicht / liken / lade / wird geladen
            / daumen / positiv bewerten / negativ bewerten / bewerten / bewertung / bewertungen / nicht hilfreich /
            lesenswert / lesenswert finden / leserempfehlung / leserempfehlungen / leserempfehlungen insgesamt /
            empfehlungen / empfehlung / bedanken / folgen / ignorieren / nutzer melden / kommentar teilen / diesen
            kommentar teilen / auf facebook teilen / auf twitter teilen / kommentar auf twitter teilen / diesen
            kommentar auf twitter teilen / twittern / drucken / mailen / mehr / weniger / weniger anzeigen / weitere
            antworten anzeigen / weitere antworten / alle antworten anzeigen / mehr antworten anzeigen / antworten
            ausblenden / antworten einblenden / antworten laden / antwort anzeigen / vollständigen kommentar
            anzeigen / kommentar anzeigen / einklappen / ausklappen / ausblenden / einblenden / anzeigen /
            bearbeitet / geändert / nach oben / profil / profil anzeigen / webseite / private nachricht / anmelden
            zum antworten / zum antworten einloggen / einloggen zum antworten / melde dich an um zu antworten / zum
            melden / sterne / stimmen / punkte / kudos
            """
        ),
    ),
    "fr": (
        "répondre",
        "réponses",
        "j aime",
        "je n aime pas",
        "partager",
        "signaler",
        "signaler un abus",
        "signaler ce commentaire",
        "citer",
        "lien permanent",
        "permalien",
        "recommander",
        "lire la suite",
        "voir plus",
        *_cues(
            """
            répondre à ce commentaire / répondre au commentaire / répondre à ce message / réponse / afficher les
            réponses / voir les réponses / voir la réponse / masquer les réponses / voir plus de réponses /
            commenter / signaler un contenu inapproprié / signaler comme inapproprié / signaler au modérateur /
            signaler ce message / alerter / alerter le modérateur / alerter la modération / abus / lien / lien vers
            ce commentaire / lien direct / copier le lien / j aime je n aime pas / je n aime plus / aimer /
            personnes aiment ça / utile / recommandé / recommander ce commentaire / voter / plus / pertinent / non
            pertinent / partager ce commentaire / partager sur facebook / partager sur twitter / tweeter / suivre /
            ignorer / bloquer / modifier / modifié / supprimer / afficher plus / afficher moins / afficher la suite
            / lire plus / déplier / replier / masquer / afficher / connectez vous pour répondre / identifiez vous
            pour répondre / se connecter pour répondre / vous devez être connecté pour répondre / haut de page /
            citation / traduire / chargement
            """
        ),
    ),
    "es": (
        "responder",
        "respuestas",
        "eliminar",
        "me gusta",
        "no me gusta",
        "compartir",
        "citar",
        "denunciar",
        "reportar",
        "enlace permanente",
        "enlace",
        "ver más",
        "recomendar",
        *_cues(
            """
            contestar / responder a este comentario / responder al comentario / respuesta / ver respuestas / ver
            respuesta / mostrar respuestas / ocultar respuestas / ver más respuestas / comentar / denunciar
            comentario / denunciar este comentario / reportar comentario / reportar abuso / informar de abuso /
            notificar abuso / marcar como inapropiado / inapropiado / avisar al moderador / enlace a este comentario
            / enlace directo / copiar enlace / votar / votos / voto / a favor / en contra / positivo / negativo /
            útil / recomendado / personas les gusta esto / compartir comentario / compartir en facebook / compartir
            en twitter / twittear / seguir / ignorar / bloquear / editar / editado / borrar / eliminar comentario /
            mostrar más / mostrar menos / leer más / ver menos / ocultar / mostrar / accede para responder / acceder
            para responder / inicia sesión para responder / inicie sesión para responder / identifícate para
            responder / arriba / perfil / cargando / traducir / cita / suprimir / responder suprimir
            """
        ),
    ),
    "nl": (
        "reageer",
        "reageren",
        "beantwoorden",
        "beantwoord",
        "antwoorden",
        "antwoord",
        "citeer",
        "citeren",
        "rapporteer",
        "meld",
        "meld misbruik",
        "vind ik leuk",
        "leuk",
        "delen",
        "lees verder",
        *_cues(
            """
            reageer op deze reactie / reageer hierop / reageer op / reactie / reacties / bekijk reacties / toon
            reacties / verberg reacties / antwoorden tonen / antwoorden weergeven / reactie melden / rapporteren /
            rapporteer reactie / misbruik melden / ongepast / meld reactie / meld als ongepast / link naar reactie /
            kopieer link / niet leuk / eens / oneens / waardeer / waardering / stemmen / duim omhoog / duim omlaag /
            aanbevelen / aanbevolen / delen op facebook / delen op twitter / deel deze reactie / deel / bewerk /
            bewerken / verwijder / verwijderen / volg / volgen / negeer / toon meer / toon minder / meer / minder /
            verbergen / tonen / log in om te reageren / inloggen om te reageren / inloggen om te beantwoorden / log
            in om te beantwoorden / login om te reageren / naar boven / profiel / bezig met laden
            """
        ),
    ),
    "other": (
        "rispondi",
        "mi piace",
        "segnala",
        "curtir",
        "ответить",
        "нравится",
        "пожаловаться",
        "поделиться",
    ),
    "it": (
        *_cues(
            """
            rispondi al commento / rispondi a questo commento / risposta / risposte / mostra risposte / nascondi
            risposte / vedi risposte / commenta / segnala abuso / segnala commento / segnala un abuso / segnala come
            inappropriato / inappropriato / non mi piace / piace a / d accordo / non d accordo / consiglia / vota /
            voti / condividi / condividi commento / condividi su facebook / condividi su twitter / citazione / link
            al commento / copia link / elimina / modifica / modificato / mostra altro / leggi tutto / mostra meno /
            altro / blocca / accedi per rispondere / collegati per rispondere / effettua il login per rispondere /
            caricamento / profilo
            """
        ),
    ),
    "pt": (
        *_cues(
            """
            responda / responder a este comentário / responder ao comentário / resposta / respostas / ver respostas
            / ver resposta / mostrar respostas / ocultar respostas / denunciar comentário / denunciar abuso /
            curtidas / descurtir / gosto / não gosto / gostei / não gostei / compartilhar / partilhar / link do
            comentário / ligação permanente / copiar link / excluir / apagar / ver mais / leia mais / mais / menos /
            inicie a sessão para responder / inicie sessão para responder / faça login para responder / acesse para
            responder / acessar para responder / entre para responder / carregando / a carregar
            """
        ),
    ),
    "pl": (
        *_cues(
            """
            odpowiedz / odpowiedz na komentarz / odpowiedź / odpowiedzi / pokaż odpowiedzi / ukryj odpowiedzi /
            zobacz odpowiedzi / rozwiń odpowiedzi / skomentuj / zgłoś / zgłoś naruszenie / zgłoś nadużycie / zgłoś
            komentarz / zgłoś do moderacji / zgłoś naruszenie regulaminu / cytuj / cytat / lubię to / lubię / nie
            lubię / podoba mi się / nie podoba mi się / udostępnij / udostępnij komentarz / oceń / ocena / ocen /
            oceniono / minus / zgadzam się / nie zgadzam się / usuń / edytuj / rozwiń / zwiń / ukryj / więcej /
            pokaż więcej / czytaj więcej / link do komentarza / kopiuj link / zaloguj się aby odpowiedzieć / zaloguj
            się by odpowiedzieć / wczytywanie / punkty / głosy
            """
        ),
    ),
    "ru": (
        *_cues(
            """
            ответить на комментарий / ответить с цитатой / ответ / ответы / ответов / ответа / показать ответы /
            скрыть ответы / показать ответ / посмотреть ответы / комментировать / не нравится / мне нравится / мне
            не нравится / пожаловаться на комментарий / жалоба / сообщить о нарушении / спам / поделиться
            комментарием / цитировать / цитата / с цитатой / ссылка / ссылка на комментарий / скопировать ссылку /
            постоянная ссылка / развернуть / свернуть / показать / скрыть / показать ещё / показать еще / показать
            полностью / раскрыть ветку /
            читать далее / ещё / удалить / редактировать / изменить / изменено / отредактировано /
            рейтинг / голосов / голоса / голос / плюс / минус / войдите чтобы ответить / войти чтобы ответить /
            войдите для ответа / авторизуйтесь чтобы ответить / наверх / профиль / загрузка / подписаться /
            заблокировать / перевести / сказали спасибо / лайк / дизлайк
            """
        ),
    ),
    "uk": (
        *_cues(
            """
            відповісти / відповідь / відповіді / показати відповіді / приховати відповіді / коментувати /
            подобається / не подобається / мені подобається / поскаржитись / поскаржитися / скарга / поділитися /
            поділитись / цитувати / посилання / посилання на коментар / постійне посилання / видалити / редагувати /
            розгорнути / згорнути / увійдіть щоб відповісти
            """
        ),
    ),
    "tr": (
        *_cues(
            """
            yanıtla / cevapla / cevap ver / yanıt ver / yanıtlar / cevaplar / yanıtları göster / yanıtları gör /
            beğen / beğenme / beğendim / beğenmedim / şikayet et / şikayet / şikâyet et / bildir / paylaş / alıntıla
            / alıntı / sil / düzenle / devamını oku / daha fazla / daha fazlasını göster / bağlantı / yanıtlamak
            için giriş yapın / cevaplamak için giriş yapın / oy / puan
            """
        ),
    ),
    "nordic": (
        *_cues(
            """
            svara / svar / svara på kommentar / svara på denna kommentar / visa svar / dölj svar / gilla / ogilla /
            gillar / gilla kommentar / anmäl / anmäl kommentar / anmäl inlägg / rapportera / dela / dela kommentar /
            citera / länk / permalänk / länk till kommentar / ta bort / redigera / redigerad / visa mer / visa
            mindre / läs mer / logga in för att svara / rösta / följ / blockera / besvar / svar på kommentar / svar
            på denne kommentaren / vis svar / skjul svar / liker / lik / likar / misliker / synes godt om /
            rapporter / rapportér / rapporter kommentar / anmeld / anmeld kommentar / meld fra / varsle / del / del
            kommentar / siter / sitér / citér / citat / sitat / lenke / permalenke / slett / slet / rediger /
            redigert / redigeret / vis mer / vis mere / vis mindre / les mer / læs mere / logg inn for å svare / log
            ind for at svare / anbefal / enig / uenig / følg
            """
        ),
    ),
    "fi": (
        *_cues(
            """
            vastaa / vastaus / vastaukset / vastaa kommenttiin / vastaa tähän / näytä vastaukset / piilota
            vastaukset / tykkää / en tykkää / tykkäykset / tykkäystä / ilmoita / ilmoita asiaton viesti / ilmoita
            asiattomasta viestistä / ilmoita asiattomaksi / asiaton viesti / ilmianna / raportoi / jaa / jaa
            kommentti / lainaa / lainaus / pysyvä linkki / linkki / linkki kommenttiin / poista / muokkaa / muokattu
            / näytä lisää / näytä vähemmän / lue lisää / kirjaudu vastataksesi / kirjaudu sisään vastataksesi /
            äänestä / samaa mieltä / eri mieltä / hyvin argumentoitu
            """
        ),
    ),
    "cs": (
        *_cues(
            """
            odpovědět / odpovědět na komentář / reagovat / reagovat na příspěvek / odpověď / odpovědi / reakce /
            zobrazit odpovědi / zobrazit reakce / skrýt odpovědi / líbí se mi / nelíbí se mi / to se mi líbí / líbí
            / nelíbí / nahlásit / nahlásit příspěvek / nahlásit komentář / nahlásit moderátorovi / upozornit redakci
            / sdílet / citovat / smazat / upravit / souhlasím / nesouhlasím / odkaz / trvalý odkaz / rozbalit /
            sbalit / zobrazit více / číst dále / přihlaste se pro odpověď / pro odpověď se přihlaste / odpovedať /
            nahlásiť / páči sa mi / zdieľať / palec nahoru / palec dolů / hlasů / hodnocení
            """
        ),
    ),
    "more": (
        *_cues(
            """
            válasz / válasz erre / válaszolok erre / tetszik / jelentés / megosztás / răspunde / îmi place / nu îmi
            place / raportează / distribuie / citează / respon a / m agrada / απάντηση / απαντήστε / μου αρέσει /
            αναφορά / κοινοποίηση / отговор / отговори / цитирай / докладвай / харесва ми / odgovori / sviđa mi se /
            ne sviđa mi se / prijavi / prijavi komentar / citiraj / atsakyti / pranešti / atbildēt / trả lời / thích
            / không thích / chia sẻ / báo cáo / báo vi phạm / balas / suka / laporkan / bagikan / tanggapi
            """
        ),
    ),
    "ar": (
        *_cues(
            """
            رد / الرد / رد على / الرد على التعليق / أجب / أعجبني / لم يعجبني / إعجاب / عدم الإعجاب / إبلاغ / الإبلاغ
            / الإبلاغ عن التعليق / بلغ / بلغ عن إساءة / تبليغ / مشاركة / شارك / اقتباس / تعديل / حذف / المزيد / عرض
            الردود / الردود / سجل الدخول للرد / رابط / پاسخ / پاسخ دادن / پسندیدم / گزارش / הגב / השב / הגב לתגובה
            זו / דווח / אהבתי / שתף / לייק
            """
        ),
    ),
    "zh": (
        *_cues(
            """
            回复 / 回覆 / 回复此评论 / 查看回复 / 查看全部回复 / 展开回复 / 收起回复 / 条回复 / 赞 / 讚 / 点赞 /
            踩 / 顶 / 支持 / 反对 / 反對 / 举报 / 檢舉 / 舉報 /
            分享 / 引用 / 删除 / 刪除 / 编辑 / 展开 / 收起 / 更多 / 查看更多 / 登录以回复 / 登录后回复 /
            登入以回覆 / 复制链接 / 推荐 / 楼主 / 只看该作者
            """
        ),
    ),
    "ja": (
        *_cues(
            """
            返信 / 返信する / 返信を表示 / 返信を見る / 返信を隠す / 件の返信 /
            返信 件 / 非表示 報告 / いいね / よくないね / 報告 /
            報告する / 通報 / 通報する / 違反報告 / 引用する / シェア /
            シェアする / 共有 / 削除 / 編集 / もっと見る / 続きを読む / 参考になった / 共感した /
            ログインして返信する / 返信するにはログイン / 답글 / 답글쓰기 / 답글 쓰기 /
            답글달기 / 신고 / 신고하기 / 좋아요 / 싫어요 / 공감 / 비공감 / 추천 / 비추천 / 반대 / 공유 / 삭제 /
            수정 / 인용 / 접기 / 펼치기
            """
        ),
    ),
}
"""What a reader can do with a comment: a line made of nothing else is not the commenter's."""

COMMENT_ACTIONS = (
    "reply",
    "replydelete",
    "log in to reply",
    "login to reply",
    "quote",
    "report",
    "report abuse",
    "report comment",
    "flag",
    "upvote",
    "downvote",
    "antworten",
    "antwortenlöschen",
    "zum antworten anmelden",
    "zitieren",
    "melden",
    "kommentar melden",
    "répondre",
    "signaler",
    "citer",
    "responder",
    "citar",
    "denunciar",
    "beantwoorden",
    "reageer",
    "rispondi",
    "segnala",
    "ответить",
    *_cues(
        """
        reply to comment / reply to this comment / reply to this / reply to post / reply with quote / quote reply /
        report this comment / report post / report this post / report spam / report as inappropriate / flag as
        inappropriate / flag comment / sign in to reply / vote up / vote down / thumbs up / thumbs down / view
        replies / show replies / hide replies / view reply / antwort schreiben / auf diesen kommentar antworten /
        kommentar beantworten / beantworten / beitrag melden / verstoß melden / missbrauch melden / gefällt mir
        nicht / antworten anzeigen / répondre à ce commentaire / signaler un abus / signaler ce commentaire / je n
        aime pas / alerter / contestar / denunciar comentario / reportar comentario / no me gusta / reageren /
        reageer hierop / rapporteer / meld misbruik / rapporteer reactie / rispondi al commento / segnala abuso /
        segnala commento / non mi piace / responder ao comentário / denunciar comentário / odpowiedz / zgłoś / zgłoś
        naruszenie / zgłoś nadużycie / zgłoś komentarz / пожаловаться / цитировать / ответить с цитатой / сообщить о
        нарушении / permalinkembedsavereportreply / permalinkembedsaveparentreportreply /
        permalinkembedsavereportgive awardreply / permalinkembedsaveparentreportgive awardreply / log in to post
        comments / login to post comments / log in or register to post comments /
        відповісти / поскаржитись / поскаржитися / цитувати / yanıtla / cevapla / şikayet et / svara /
        anmäl / anmäl kommentar / svar / besvar / rapporter / rapportér / anmeld kommentar / siter / vastaa /
        ilmoita asiaton viesti / ilmoita asiattomasta viestistä / lainaa / odpovědět / reagovat / nahlásit / citovat
        / válasz / válasz erre / răspunde / απάντηση / отговор / odgovori / trả lời / balas / الرد / إبلاغ / پاسخ /
        הגב / 回复 / 回覆 / 举报 / 檢舉 / 返信 / 返信する / 通報 / 違反報告 / 답글 / 신고
        """
    ),
)
"""The actions that only a comment has: enough of them are a comment section without a heading."""

SAID_TOO = _cues(
    """
    thanks / say thanks / agree / disagree / respect / useful / helpful / not helpful / inappropriate / offensive /
    spam / lesenswert /
    unangemessen / utile / pertinent / de acuerdo / útil / d accordo / non d accordo / eens / oneens /
    zgadzam się / nie zgadzam się / спам
    """
)
"""Actions that are what readers say, too, where they do not stand at most comments."""

REPLY_TO = (
    "in antwoord op",
    "in risposta a",
    "em resposta a",
    "w odpowiedzi na",
    "w odpowiedzi do",
    "в ответ на",
    "у відповідь на",
    "som svar på",
    "v odpovědi na",
    "yanıt olarak",
    "reply to",
    "replying to",
    "in reply to",
    "in response to",
    "antwort auf",
    "antwort an",
    "als antwort auf",
    "en réponse à",
    "répondre à",
    "respuesta a",
    "en respuesta a",
    "antwoord op",
    "ответ на",
    *_cues(
        """
        replied to / responding to / response to / in answer to / auf antwort von / antwortet auf / in antwort auf /
        als antwort an / bezug auf / répond à / réponse à / a répondu à / respuesta para / responde a / contestando
        a / als antwoord op / reactie op / reageert op / in risposta a / risponde a / risposta a / em resposta a /
        resposta a / respondendo a / odpowiedź na / w odpowiedzi na / в ответ на / відповідь на / у відповідь на /
        svar till / som svar på / svar til / svar på / som svar til / vastauksena / reakce na / odpověď na / v
        odpovědi na
        """
    ),
)
"""What stands before the name of the one who is answered."""

SAYS = (
    "says",
    "said",
    "writes",
    "wrote",
    "commented",
    "sagt",
    "sagte",
    "schreibt",
    "schrieb",
    "meint",
    "kommentierte",
    "dit",
    "a dit",
    "écrit",
    "a écrit",
    "dijo",
    "dice",
    "escribió",
    "zegt",
    "zei",
    "schreef",
    "schrijft",
    "ha detto",
    "scrive",
    "disse",
    "пишет",
    "сказал",
    "написал",
    *_cues(
        """
        commented on / comments / responded / responds / replied / replies / posted / asked / remarked / observed /
        stated / meinte / antwortet / antwortete / kommentiert / fragt / fragte / hat geschrieben / hat gesagt / hat
        kommentiert / meint dazu / sagt dazu / schreibt dazu / a commenté / a répondu / a réagi / commente / répond
        / pense / disait / escribe / comentó / comenta / respondió / responde / ha dicho / opina / pregunta / dijo
        que / reageerde / reageert / antwoordde / vraagt / ha scritto / scrisse / commenta / ha commentato /
        risponde / ha risposto / diz / escreveu / escreve / comentou / respondeu / pisze / napisał / napisała /
        napisał a / mówi / komentuje / odpowiada / powiedział / powiedziała / говорит / сказала / написала /
        комментирует / ответил / ответила / отвечает / сказав / написав / каже / коментує / відповів / diyor ki /
        dedi ki / yazdı / der ki / diyor / säger / skrev / skriver / sade / svarade / sier / svarte / siger / sagde
        / svarede / sanoo / kirjoitti / kirjoittaa / vastasi / toteaa / napsal / napsala / napsal a / píše / říká /
        odpověděl / reagoval / napísal / hovorí / írta / szerint / mondta / spune / a spus / scrie / a scris / λέει
        / είπε / έγραψε / каза / пише / kaže / napisao / napisala / parašė / raksta / ütles / viết / berkata /
        menulis / يقول / قال / كتب / می گوید / گفت / אמר / כתב / 说道 / 说 / 說 / 說道 / 表示 / 写道 / 评论道 /
        より / 말하길 / 님의 말
        """
    ),
)
"""What stands between a commenter's name and the colon, or the date."""

STAMP_JOINTS = frozenset(
    (
        *("dnia", "dne", "den", "em", "del", "tarihinde"),
        *("on", "at", "the", "am", "um", "vom", "dem", "den", "le", "el", "il", "op", "kl"),
        *("à", "a", "las", "la", "alle", "ore", "om", "в", "uhr", "uur", "h", "hrs", "heures", "pm", "p", "m"),
        *("gmt", "utc", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "bst", "cet", "cest", "mez"),
        *("·", "•", "|", "-", "–", "—", "/", ",", ":", ".", "#", "@", "«", "»"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        *("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
        *("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
        *("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        *("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    )
)
"""What joins a name to the date behind it."""

STAMP_LABELS = frozenset(
    _cues(
        """
        posted / published / date / dated / wrote / written / said / commented / replied / added / submitted /
        edited / updated / modified / created / entered / sent / comment / comments / post / posts / message /
        reply / response / no / nr / number / on / from / about / over / almost / local / time / at / verfasst /
        geschrieben / veröffentlicht / erstellt / eingestellt / kommentiert / geändert / bearbeitet / datum /
        beitrag / kommentar / antwort / nummer / gepostet / posté / publié / écrit / rédigé / commentaire / envoyé /
        modifié / réponse / publicado / escrito / enviado / comentario / fecha / dijo / respuesta / mensaje /
        editado / geplaatst / gepost / geschreven / reactie / bericht / bewerkt / gereageerd / inviato /
        pubblicato / scritto / commento / data / messaggio / risposta / comentário / postado / em / resposta /
        mensagem / dodano / napisano / opublikowano / komentarz / wysłano / edytowano / wpis / опубликовано /
        добавлено / написано / отправлено / комментарий / дата / сообщение / ответ / изменено / коментар / додано /
        опубліковано / написав / tarih / tarihinde / yorum / postad / publicerad / publicerat / skrivet / inlägg /
        publisert / skrevet / innlegg / postet / indlæg / julkaistu / kirjoitettu / kommentti / lähetetty / viesti /
        přidáno / napsáno / vloženo / komentář / příspěvek / odesláno / zveřejněno / les / del / della / de / da /
        dia / di / dal / às / as / o / ob / około / godz / godzina / dnia / v / ve / об / о / г / год / года /
        року / р / от / від / saat / klo / kello / d / i / w / we / în / ora / orele / την / στις / al / الساعة /
        في / بتاريخ / msk / мск / pt / et / ct / mt / ist / aest / aedt / jst / wib / mesz / poniedziałek / wtorek /
        środa / czwartek / piątek / sobota / niedziela / понедельник / вторник / среда / четверг / пятница /
        суббота / воскресенье / пн / вт / ср / чт / пт / сб / вс / понеділок / вівторок / середа / четвер / субота /
        неділя / lunedì / martedì / mercoledì / giovedì / venerdì / sabato / domenica / segunda / terça / quarta /
        quinta / sexta / måndag / tisdag / onsdag / torsdag / fredag / lördag / söndag / mandag / tirsdag / lørdag /
        søndag / maanantai / tiistai / keskiviikko / torstai / perjantai / lauantai / sunnuntai / pondělí / úterý /
        středa / čtvrtek / pátek / neděle / pazartesi / salı / çarşamba / perşembe / cuma / cumartesi / pazar / mo /
        mi / do / fr / sa / so / lu / ma / me / je / lun / mar / mié / jue / vie / sáb / dom / za / zo / wo / vr /
        tues / thur / thurs / 月曜日 / 午前 / 午後 / 上午 / 下午 / 오전 / 오후
        """
    )
)
"""What else may stand around a date: "posted", "comment no.", more weekdays. Names may end in one of these words."""

NAMED_BELOW = (
    "comment by",
    "kommentar von",
    "commentaire par",
    "comentario por",
    "reactie van",
    "reactie door",
    "commento di",
    *_cues(
        """
        comment from / commented by / kommentiert von / commentaire de / commentaires de / comentario de / opmerking
        van / commento da / inviato da / comentário de / comentário por / komentarz od / комментарий от / коментар
        від / kommentar av / kommentar af / kommentti / komentář od
        """
    ),
)
"""What opens a line of name and date that stands below its comment."""

BY = (
    "by",
    "written by",
    "posted by",
    "submitted by",
    "published by",
    "reported by",
    "von",
    "geschrieben von",
    "veröffentlicht von",
    "door",
    "geschreven door",
    "par",
    "écrit par",
    "publié par",
    "por",
    "escrito por",
    "publicado por",
    "автор",
    *_cues(
        """
        reply by / post by / reply posted by /
        comment posted by / sent by / added by / contributed by / verfasst von / eingetragen von /
        eingestellt von / erstellt von / gesendet von / antwort von / beitrag von / autorin / posté par / rédigé par
        / proposé par / déposé par / envoyé par / enviado por / comentado por / redactado por / geplaatst door /
        ingezonden door / scritto da / pubblicato da / postato da / a cura di / postado por / napisane przez /
        dodane przez / skriven av / skrevet av / skrevet af / postad av / inlagd av / kirjoittanut / vložil / přidal
        """
    ),
)
"""What stands before the name of an article's author."""

ROLES = frozenset(
    (
        "author",
        "autor",
        "autorin",
        "auteur",
        "verfasser",
        "beitragsautor",
        "moderator",
        "moderatorin",
        "admin",
        "administrator",
        "guest",
        "gast",
        "invité",
        "invitado",
        "member",
        "mitglied",
        "membre",
        "miembro",
        "lid",
        "staff",
        "editor",
        "redaktion",
        "op",
        "verified",
        "subscriber",
        "redactie",
    )
)
"""Badges beside a commenter's name."""


BADGES = ROLES | frozenset(
    _cues(
        """
        commenter / supporter / premium / registered / user / users / contributor / contributors / mod /
        moderators / moderated / senior / junior / newbie / rookie / novice / veteran / regular / legend /
        legendary / expert / vip / patron / donor / sponsor / founder / owner / creator / writer / columnist /
        reporter / official / trusted / pro / leser / leserin / nutzer / nutzerin / abonnent / abonnentin /
        benutzer / teilnehmer / neuling / stammgast / verifiziert / redakteur / redakteurin / artikelautor /
        auteure / abonné / abonnée / lecteur / modérateur / rédaction / rédacteur / anonyme / usuario / lector /
        suscriptor / moderador / redacción / anónimo / gebruiker / abonnee / moderatore / utente / ospite /
        redazione / autore / iscritto / usuário / visitante / assinante / redação / gość / redakcja / czytelnik
        / użytkownik / гость / автор / модератор / редакция / администратор / пользователь / новичок / участник
        / анонимно / гість / редакція / адміністратор / misafir / üye / yazar / editör / gäst / medlem /
        redaktör / redaktionen / författare / gjest / gæst / forfatter / vieras / toimitus / kirjoittaja /
        ylläpito / redakce / uživatel / čtenář
        """
    )
)
"""The same on a line of its own; a name may end in one of these words."""

CARDS = _cues(
    """
    posts # / # posts / post # / messages # / # messages / message # / msg # / joined * / join date * / date joined
    * / member since * / member for * / user since * / registered * / registration date * / location * / last seen *
    / last visit * / likes # / likes received # / # likes received / likes given # / reaction score # / reputation #
    / rep power # / trophy points # / age # / gender * / threads # / topics # / thanked * / thanks # / thanks given
    * / thanked # times * / karma # / offline / online / user is offline / user offline / status offline / status
    online / forum guru / senior member / junior member / full member / hero member / active member / new member /
    well known member / * is offline / * is online / profile badge / top # commenter / guardian pick / nyt pick /
    registered user / site supporter / beiträge # / # beiträge / beitrag # / registriert * /
    registriert seit * / registrierungsdatum * / dabei seit * / mitglied seit * / angemeldet seit * /
    anmeldungsdatum * / wohnort * / ort * / geschlecht * / alter # / erhaltene likes # / erhaltene reaktionen # /
    punkte # / trophäen # / themen # / nachrichten # / inscrit le * / inscrit depuis * / inscription * / enregistré
    le * / membre depuis * / date d inscription * / localisation * / sexe * / mensajes # / # mensajes / registrado *
    / registrado el * / registrado desde * / miembro desde * / ubicación * / fecha de ingreso * / se unió * /
    berichten # / # berichten / geregistreerd * / lid sinds * / lid geworden * / woonplaats * / messaggi # / #
    messaggi / iscritto il * / iscritto dal * / registrato * / registrato il * / località * / residenza * /
    mensagens # / # mensagens / registrado em * / membro desde * / localização * / inscrito em * / posty # / #
    postów / postów # / dołączył * / dołączyła * / rejestracja * / dołączył a * / skąd * / wiadomości # / сообщения
    # / сообщений # / # сообщений / # сообщения / регистрация * / зарегистрирован * / дата регистрации * / откуда *
    / город * / на форуме с * / репутация # / благодарности # / спасибо # / повідомлень # / повідомлення # /
    зареєстрований * / з нами з * / mesajlar # / mesaj # / katılım * / kayıt tarihi * / konum * / inlägg # / #
    inlägg / medlem sedan * / medlem siden * / registrerad * / blev medlem * / innlegg # / # innlegg / registrert *
    / ble medlem * / indlæg # / # indlæg / tilmeldt * / viestejä # / viestit # / # viestiä / liittynyt * / liittyi *
    / paikkakunta * / příspěvky # / příspěvků # / # příspěvků / registrován * / registrace * / bydliště * / založen
    * / datum registrace * / hozzászólások # / csatlakozott * / mesaje # / membru din * / 注册时间 * / 帖子 # /
    积分 # / 来自
    * / 投稿数 # / 登録日 * / 가입일 *
    """
)
"""What a forum says of a member beside his post."""

AFFILIATIONS = _cues(
    """
    works at * / worked at * / working at * / self employed / self employed * / owner at * / owner operator at * /
    founder at * / manager at * / ceo at * / director at * / engineer at * / teacher at * / student at * / studied at *
    / studied * at * / studies at * / university of * / * university / * high school / * college / * institute of
    technology / college of * / school of * / lives in * / top contributor / top fan / top commenter / arbeitet bei * /
    arbeitet als * / universität * / hochschule * / gymnasium * / studiert an * / wohnt in * / travaille à * /
    travaille chez * / université * / lycée * / étudiant à * / étudie à * / habite à * / trabaja en * / universidad *
    / estudió en * / estudia en * / vive en * / werkt bij * / universiteit * / studeerde aan * / woont in * / lavora
    presso * / università * / liceo * / vive a * / trabalha em * / trabalha na * / universidade * / estudou em * /
    mora em * / pracuje w * / uniwersytet * / politechnika * / mieszka w * / работает в * / учился в * / живёт в * /
    працює в * / навчався в * / * üniversitesi / arbetar på * / * universitet / pracuje v * / univerzita *
    """
)
"""What stands below a commenter's name where a network knows his work or his school."""

EDITED = frozenset(
    (
        *("edited", "updated", "modified", "bearbeitet", "geändert", "modifié", "editado", "bewerkt", "modificato"),
        *("edytowano", "zmieniono", "изменено", "отредактировано", "змінено", "відредаговано", "düzenlendi"),
        *("redigerad", "redigert", "redigeret", "ändrad", "upraveno", "muokattu"),
    )
)
"""What makes a date that of a change, and not that of the comment."""

AVATARS = (
    "avatar",
    "gravatar",
    "user avatar",
    "profile picture of *",
    "avatar of *",
    "avatar for *",
    "profilbild *",
    "profilbild von *",
    "kommentarbild von *",
    "photo de profil *",
    "foto de perfil *",
    "profielfoto *",
    *_cues(
        """
        avatars / user picture / user image / profile picture / profile photo / profile image / profilbild /
        benutzerbild / portrait de * / imagen de * / foto del perfil / profiel foto / immagine di * / foto do perfil
        / аватар / аватар пользователя * / аватарка / фото профиля / profilbild av * / profilbilde / default user
        icon / no avatar / user icon / user s avatar / userpic / 头像 / アバター
        """
    ),
)
"""What is left of a commenter's picture."""

MENTIONED_ELSEWHERE = (
    "pingback *",
    "trackback *",
    "ping back *",
    "rétrolien *",
    *_cues(
        """
        pingbacks * / trackbacks * / trackback von * / pingback von * / ping / rétroliens * / notificación de * /
        pingback de * / pingback di * / powiadomienie * / уведомление * / zpětný odkaz *
        """
    ),
)
"""A link from another site in the place of a comment."""

PAGING = frozenset(
    (
        "next",
        "previous",
        "prev",
        "page",
        "first",
        "last",
        "weiter",
        "zurück",
        "nächste",
        "vorherige",
        "seite",
        "suivant",
        "précédent",
        "siguiente",
        "anterior",
        "volgende",
        "vorige",
        "of",
        "von",
        "de",
        "van",
        "older",
        "newer",
        *_cues(
            """
            letzte / erste / suivante / précédente / dernière / première / siguientes / anteriores / última /
            primera / laatste / eerste / pagina / página / próxima / próximo / último / successivo / successiva /
            precedente / pagine / avanti / indietro / następna / poprzednia / strona / ostatnia / pierwsza / z /
            страница / следующая / предыдущая / далее / назад / вперед / вперёд / из / сторінка / наступна /
            попередня / nästa / föregående / sida / neste / forrige / side / næste / av / af / seuraava / edellinen
            / sivu / další / předchozí / strana / strany / pages / seiten / comments
            """
        ),
    )
)

RELATED_HEADINGS = {
    "en": (
        "related",
        "related *",
        "read more",
        "read also",
        "see also",
        "read next",
        "read more on *",
        "more on this *",
        "more stories",
        "more from *",
        "more news",
        "most read",
        "most popular",
        "most viewed",
        "trending",
        "trending now",
        "latest news",
        "latest posts *",
        "recent posts",
        "recent articles",
        "popular posts",
        "top stories",
        "editors picks",
        "editor s picks",
        "recommended",
        "recommended for you",
        "recommended stories",
        "you may also like *",
        "you might also like *",
        "you may also want *",
        "you might be interested *",
        "don t miss",
        "up next",
        "coverage",
        "in case you missed it",
        *_cues(
            """
            suggested articles / suggested stories / suggested for you / suggested reading / more like this / more
            on this story / more to explore / also on * / also in * / also read / latest stories / latest articles /
            latest headlines / latest videos / the latest / popular now / popular articles / popular stories /
            popular news / most popular * / most shared / most commented / most discussed / most recent / trending
            stories / trending articles / trending topics / top news / top articles / top videos / today s top * /
            what others are reading / what to read next / what others read / people also read / readers also * /
            from our partners / from our sponsors / from the web / from around the web / around the web / from the
            archives / from the blog / promoted * / sponsored stories / sponsored content / paid content / partner
            content / keep reading / next story / next up / next read / read this next / read more stories / other
            stories / other news / other articles / other posts / must read / must reads / must watch / hot topics /
            hot stories / featured stories / featured articles / featured posts / featured videos / featured content
            / more headlines / more articles * / more posts * / more coverage / full coverage / similar posts /
            similar articles / similar stories / similar news / editors choice / editor s choice / editor s choice *
            / our picks / our best stories / stories you may * / stories for you / for you / just in / new posts /
            recent news / recent stories / discover more / show more stories / videos you might * / watch next /
            watch now / listen now / topics in this article / more by * / also by this author / by the same author /
            latest from * / view more articles * / view all posts * / all posts by *
            """
        ),
    ),
    "de": (
        "ähnliche beiträge",
        "ähnliche artikel",
        "verwandte artikel *",
        "verwandte beiträge",
        "verwandte themen",
        "mehr zum thema *",
        "mehr lesen",
        "lesen sie auch",
        "lies auch",
        "weitere artikel *",
        "weitere beiträge *",
        "auch interessant",
        "das könnte dich auch interessieren *",
        "das könnte sie auch interessieren *",
        "dir könnte auch gefallen",
        "meistgelesen",
        "meist gelesen",
        "neueste beiträge",
        "letzte beiträge",
        "beliebte beiträge",
        "beliebteste beiträge",
        "mehr aus *",
        "mehr vom autor *",
        *_cues(
            """
            ähnliche artikel * / ähnliche themen / ähnliche beiträge * / ähnliche meldungen / ähnliche nachrichten /
            auch lesenswert / auch interessant * / das könnte ihnen * / das könnte dir * / das könnte euch * / dazu
            passend / dazu passende * / empfehlungen der redaktion / empfohlene artikel / empfohlener redaktioneller
            * / empfohlene beiträge / für sie empfohlen / für dich empfohlen / unsere empfehlungen / unsere
            empfehlung * / lesen sie mehr / lesen sie jetzt / lesen sie dazu * / lesen sie weiter / lesen sie hier *
            / lies weiter / lies mehr / mehr zu * / mehr zu diesem * / mehr dazu / mehr news / mehr nachrichten /
            mehr artikel * / mehr beiträge / mehr aus dem * / neuste artikel / neueste artikel / neueste meldungen /
            neueste nachrichten / neueste videos / aktuelle artikel / aktuelle meldungen / aktuelle nachrichten /
            aktuelle themen / die neuesten * / letzte artikel / letzte meldungen / meist gelesen * / meistgelesene
            artikel * / meist kommentiert / meistkommentiert / meist geteilt / meistgesehen / beliebte artikel /
            beliebte themen / beliebteste artikel / die beliebtesten * / top artikel / top themen / top themen * /
            topthemen / themen im artikel / schlagzeilen / weitere themen / weitere news / weitere nachrichten /
            weitere meldungen / weitere videos / weitere informationen / weiterführende * / weiterlesen / zum thema
            / zum weiterlesen / passend dazu / passend zum thema * / verwandte nachrichten / verwandte * / auch auf
            * / aus der rubrik * / nächster artikel / vorheriger artikel / nicht verpassen / jetzt lesen / im video
            / sponsored *
            """
        ),
    ),
    "fr": (
        "à lire aussi",
        "lire aussi",
        "lire plus",
        "articles similaires",
        "articles liés",
        "sur le même sujet",
        "les plus lus",
        "en lien *",
        "articles récents",
        "vous aimerez aussi *",
        *_cues(
            """
            à lire également / à lire / à lire aussi * / lire également / lire la suite / lisez aussi / voir aussi /
            voir également / à voir aussi / à voir également / à découvrir aussi / à découvrir / articles associés /
            articles connexes / articles recommandés / articles suggérés / nos articles * / article suivant /
            article précédent / autres articles * / dans la même rubrique / dans le même thème / sur le même thème /
            sur le même sujet * / plus d articles * / en savoir plus / pour aller plus loin / le plus lu / les plus
            lus * / les plus consultés / les plus commentés / les plus partagés / les plus populaires / à la une / l
            actu en direct / dernières actualités / dernières actus / dernières news / derniers articles / dernières
            infos / vous pourriez aussi aimer * / vous pourriez être intéressé * / vous aimerez peut être * / cela
            pourrait vous * / ça pourrait vous * / recommandé pour vous / recommandations / contenus sponsorisés /
            contenu sponsorisé / ailleurs sur le web / à ne pas manquer / la rédaction vous * / notre sélection /
            sélectionné pour vous / thématiques associées
            """
        ),
    ),
    "es": (
        "vea también",
        "ver también",
        "lea también",
        "lee también",
        "leer más",
        "noticias relacionadas",
        "artículos relacionados",
        "en este artículo",
        "también te puede interesar *",
        "te puede interesar *",
        "lo más leído",
        "más leídas",
        "más leído",
        "últimas noticias",
        "entradas recientes",
        "más noticias",
        *_cues(
            """
            te puede interesar / te podría interesar * / te recomendamos * / quizás te interese * / puede
            interesarte * / le puede interesar * / podría interesarte * / le recomendamos * / recomendados /
            recomendado / recomendado para ti / recomendaciones / relacionados / relacionadas / relacionado /
            contenido relacionado / temas relacionados / entradas relacionadas / publicaciones relacionadas / notas
            relacionadas / lee más / lee también * / leer también / lea más / lea además / también en * / sigue
            leyendo / seguir leyendo / ver también * / mira también / no te pierdas / no te lo pierdas / lo más
            visto / lo más popular / lo más comentado / lo último / lo más reciente / las más leídas / los más
            leídos / más leídos / más vistas / más populares / más visto / más sobre * / más información / más
            artículos * / noticias destacadas / destacados / destacadas / otras noticias * / otros artículos * /
            artículos recientes / noticias recientes / últimas entradas / últimas noticias * / últimos artículos /
            titulares / tendencias / populares / temas del día / de interés / contenido patrocinado / patrocinado
            """
        ),
    ),
    "nl": (
        "lees meer",
        "lees ook",
        "lees verder",
        "meer lezen",
        "meer over *",
        "meer nieuws",
        "gerelateerd",
        "gerelateerde artikelen",
        "gerelateerde berichten",
        "gerelateerd nieuws",
        "meest gelezen",
        "laatste nieuws",
        "recente berichten",
        "misschien ook interessant *",
        *_cues(
            """
            lees meer over * / lees meer * / lees ook * / lees verder * / lees hier * / lees dit ook / ook
            interessant * / ook lezen / aanbevolen * / aanraders / aanbevolen voor jou / gerelateerde onderwerpen /
            gerelateerde * / verwante artikelen / verwant nieuws / vergelijkbare * / meer artikelen * / meer
            berichten * / meest bekeken / meest populair / populaire artikelen / populaire berichten / populairste *
            / nieuwste berichten / nieuwste artikelen / laatste berichten / laatste artikelen / het laatste nieuws /
            net binnen / recent nieuws / andere artikelen * / ander nieuws / in het nieuws / wellicht ook
            interessant * / dit vind je misschien ook * / dit is ook interessant * / uitgelicht / volgende artikel /
            vorige artikel / gesponsord / partnerbijdrage / bekijk ook / zie ook / kijk ook / onderwerpen
            """
        ),
    ),
    "other": (
        "leggi anche",
        "leia também",
        "leia mais",
        "articoli correlati",
        "читайте также",
        "по теме",
        "самое читаемое",
    ),
    "it": (
        *_cues(
            """
            leggi anche * / leggi di più / leggi tutto / leggi ancora / da leggere anche / potrebbe interessarti * /
            potrebbero interessarti * / ti potrebbe interessare * / ti potrebbero interessare * / ti consigliamo * /
            consigliati / consigliato per te / articoli simili / articoli consigliati / articoli recenti / notizie
            correlate / contenuti correlati / correlati / post correlati / altri articoli * / altre notizie * /
            ultime notizie / ultime news / ultimi articoli / i più letti / più letti / le più lette / i più visti /
            più popolari / popolari / in evidenza / in primo piano / da non perdere / vedi anche / guarda anche /
            approfondimenti / approfondisci / di tendenza / contenuti sponsorizzati / dello stesso autore
            """
        ),
    ),
    "pt": (
        *_cues(
            """
            leia também * / leia mais * / leia ainda / leia a seguir / veja também * / veja mais * / veja ainda /
            saiba mais / continue lendo / notícias relacionadas / artigos relacionados / matérias relacionadas /
            posts relacionados / conteúdo relacionado / mais lidas / mais lidos / as mais lidas / mais lidas * /
            mais vistos / mais notícias / últimas notícias / últimas / notícias recentes / posts recentes / artigos
            recentes / recomendadas / recomendado para você / você pode gostar * / você também pode gostar * / você
            pode se interessar * / pode gostar * / poderá também gostar * / talvez você goste * / não perca /
            destaques / em destaque / outras notícias * / tendências / conteúdo patrocinado
            """
        ),
    ),
    "pl": (
        *_cues(
            """
            czytaj także / czytaj także * / czytaj też / czytaj też * / czytaj również / czytaj również * / czytaj
            więcej / czytaj więcej * / przeczytaj także / przeczytaj także * / przeczytaj też / przeczytaj również /
            zobacz także / zobacz także * / zobacz też / zobacz też * / zobacz również / zobacz więcej / powiązane /
            powiązane artykuły / powiązane wpisy / powiązane tematy / podobne artykuły / podobne wpisy / podobne
            tematy / polecane / polecane artykuły / polecamy / polecamy także / polecamy również / może cię
            zainteresować / mogą cię zainteresować / może zainteresuje cię * / to może cię zainteresować /
            najczęściej czytane / najpopularniejsze / najnowsze / najnowsze wpisy / najnowsze artykuły / najnowsze
            wiadomości / ostatnie wpisy / ostatnie artykuły / więcej na ten temat / więcej o * / więcej na temat * /
            inne artykuły * / popularne / popularne artykuły / na temat / w tym temacie / nie przegap / materiał
            sponsorowany / artykuł sponsorowany
            """
        ),
    ),
    "ru": (
        *_cues(
            """
            читайте также * / читать также / читайте ещё / читайте еще / читайте по теме / читайте далее / смотрите
            также / смотреть также / см также / ещё по теме / еще по теме / по теме * / материалы по теме / новости
            по теме / статьи по теме / другие материалы * / другие новости * / другие статьи * / похожие материалы /
            похожие новости / похожие статьи / похожие записи / похожие темы / связанные материалы / связанные
            новости / вам может быть интересно * / вам также может * / это интересно / это может быть * /
            рекомендуем / рекомендуемое / рекомендованное / мы рекомендуем / популярное / популярные новости /
            популярные статьи / популярные записи / самое популярное / самое обсуждаемое / самое интересное / самое
            важное / главные новости / главное за день / последние новости / последние записи / последние статьи /
            свежие новости / свежие записи / новости партнёров / новости партнеров / новости сми2 / лента новостей /
            в тренде / топ новостей / ещё новости / еще новости / новости мира / на эту тему / от автора
            """
        ),
    ),
    "uk": (
        *_cues(
            """
            читайте також / читайте також * / читайте ще / дивіться також / дивіться також * / схожі новини / схожі
            статті / схожі записи / матеріали по темі / матеріали за темою / новини за темою / за темою / по темі /
            ще за темою / пов язані новини / вас може зацікавити * / вам може бути цікаво * / рекомендуємо /
            популярне / популярні новини / популярні статті / останні новини / останні записи / головне / головні
            новини / новини партнерів / найпопулярніше / найчитаніше / інші новини * / стрічка новин
            """
        ),
    ),
    "tr": (
        *_cues(
            """
            ilgili haberler / ilgili yazılar / ilgili içerikler / ilgili konular / ilginizi çekebilir / ilginizi
            çekebilecek * / bunlar da ilginizi * / benzer haberler / benzer yazılar / öne çıkanlar / öne çıkan
            haberler / en çok okunanlar / çok okunanlar / son haberler / son dakika haberleri / son yazılar / diğer
            haberler / popüler / popüler haberler / popüler yazılar / önerilen haberler / tavsiye edilenler / ayrıca
            okuyun / ayrıca bakınız
            """
        ),
    ),
    "nordic": (
        *_cues(
            """
            läs också / läs även / läs också * / läs mer * / läs mer om * / läs vidare / fler nyheter / fler
            artiklar * / mest läst / mest lästa / senaste nytt / senaste nyheterna / senaste artiklarna / senaste
            inläggen / relaterat / relaterade artiklar / relaterade inlägg / liknande artiklar / rekommenderat /
            rekommenderas / rekommenderad läsning / du kanske också * / populärt / populära artiklar / se också / se
            även / missa inte / les også / les også * / les mer om * / les mer * / les flere * / flere saker / flere
            nyheter / mer om saken / mest lest / mest leste / siste nytt / siste nyheter / siste innlegg / relaterte
            saker / relaterte artikler / relatert / liknende innlegg / anbefalt / anbefalte saker / du vil kanskje *
            / populært / populære saker / se også * / læs også / læs også * / læs mere * / læs mere om * / flere
            artikler * / mest læste / mest læst / seneste nyt / seneste nyheder / seneste artikler / seneste indlæg
            / relaterede artikler / relateret / relaterede indlæg / lignende artikler / anbefalede * / andre læser /
            gå ikke glip *
            """
        ),
    ),
    "fi": (
        *_cues(
            """
            lue myös / lue myös * / lue lisää / lue lisää * / katso myös / katso myös * / aiheesta lisää / aiheeseen
            liittyvää / aiheesta muualla / lisää aiheesta * / luetuimmat / luetuimmat * / suosituimmat / uusimmat /
            uusimmat uutiset / tuoreimmat / tuoreimmat uutiset / viimeisimmät artikkelit / samankaltaisia
            artikkeleita / suositellut / suosittelemme / suositeltua / saatat pitää myös * / muita aiheita / lisää
            uutisia / pääuutiset
            """
        ),
    ),
    "cs": (
        *_cues(
            """
            čtěte také / čtěte také * / čtěte též / čtěte dále / přečtěte si * / přečtěte si také * / související /
            související články / související témata / související zprávy / podobné články / podobné příspěvky /
            mohlo by vás zajímat * / mohlo by vás také * / mohlo by se vám * / doporučujeme / doporučené články /
            doporučené / další články * / další zprávy * / nejčtenější / nejčtenější články / nejnovější /
            nejnovější články / nejnovější zprávy / nejnovější příspěvky / poslední zprávy / poslední články /
            nejdiskutovanější / populární / aktuálně / více k tématu / k tématu / prečítajte si * / súvisiace články
            / najčítanejšie / mohlo by vás zaujímať *
            """
        ),
    ),
    "more": (
        *_cues(
            """
            kapcsolódó cikkek / kapcsolódó cikk * / ajánlott cikkek / legolvasottabb / legfrissebb / ez is
            érdekelheti / olvasta már * / citește și * / citiți și * / articole similare / știri similare / cele mai
            citite / ultimele știri / διαβάστε επίσης * / διαβάστε ακόμη * / σχετικά άρθρα / τα πιο δημοφιλή /
            прочетете още * / вижте още * / свързани статии / най четени / pročitajte još * / pročitajte i * /
            povezane vijesti / povezane vesti / najčitanije / najnovije / tin liên quan / bài viết liên quan / đọc
            thêm * / tin mới nhất / baca juga * / artikel terkait / berita terkait / terpopuler / berita lainnya
            """
        ),
    ),
    "ar": (
        *_cues(
            """
            اقرأ أيضا * / اقرأ المزيد * / إقرأ أيضا * / اقرا ايضا * / شاهد أيضا * / مقالات ذات صلة / مواضيع ذات صلة
            / أخبار ذات صلة / ذات صلة / مواضيع متعلقة / مقالات مشابهة / الأكثر قراءة / الأكثر مشاهدة / الأكثر شعبية
            / الأكثر تعليقا / آخر الأخبار / أحدث الأخبار / أهم الأخبار / أحدث المقالات / المزيد من الأخبار / قد
            يعجبك * / قد يهمك * / مقترحات لك / مطالب مرتبط / اخبار مرتبط / پربازدیدترین / כתבות נוספות / עוד בנושא *
            / הנקראות ביותר
            """
        ),
    ),
    "zh": (
        *_cues(
            """
            相关新闻 / 相关阅读 / 相关文章 / 相关报道 / 相关推荐 / 相关内容 / 相关资讯 / 延伸阅读 / 推荐阅读 /
            热门推荐 / 热门文章 / 热门新闻 / 猜你喜欢 / 为你推荐 / 最新文章 /
            最新新闻 / 最新消息 / 更多新闻 / 更多文章 / 编辑推荐 / 热点新闻 / 阅读排行 / 相關新聞 / 相關文章 /
            延伸閱讀 / 推薦閱讀 / 熱門新聞 / 熱門文章 / 最新新聞 / 你可能也喜歡
            / 你可能感興趣 *
            """
        ),
    ),
    "ja": (
        *_cues(
            """
            関連記事 / 関連ニュース / 関連リンク / 関連キーワード / あわせて読みたい / 合わせて読みたい /
            おすすめ記事 / こちらもおすすめ / 人気記事 / 人気記事ランキング / アクセスランキング
            / 最新記事 / 最新ニュース / 新着記事 / 最近の投稿 / 注目記事 / 次の記事 / 前の記事 / 続きを読む /
            もっと読む / この記事を読んだ人は * / 관련기사 / 관련 기사 / 많이 본
            뉴스 / 인기기사 / 인기 기사 / 최신기사 / 최신 기사 / 추천기사 / 추천 기사 / 주요뉴스
            """
        ),
    ),
}
"""What opens a list of other stories; inside an article, or below it."""

TEASER_PREFIXES = (
    "read more",
    "read also",
    "also read",
    "see also",
    "related",
    "more on this",
    "watch",
    "listen",
    "lesen sie auch",
    "lies auch",
    "mehr zum thema",
    "mehr dazu",
    "siehe auch",
    "à lire aussi",
    "lire aussi",
    "lea también",
    "lee también",
    "leer más",
    "ver también",
    "lees ook",
    "lees meer",
    "lees verder",
    "leggi anche",
    "leia também",
    "читайте также",
    *_cues(
        """
        read now / don t miss / must read / up next / recommended / suggested / learn more / find out more / further
        reading / related article / related articles / related story / related stories / related news / related
        content / related post / watch now / watch video / in pictures / see more / click here / mehr lesen / lesen
        sie mehr / lesen sie hier / weiterlesen / auch interessant / passend dazu / lesetipp / à voir aussi / à lire
        également / lire également / voir aussi / notre dossier / ver más / te puede interesar / te recomendamos /
        mira también / vea también / lea además / zie ook / bekijk ook / meer lezen / approfondisci / guarda anche /
        vedi anche / potrebbe interessarti / veja também / saiba mais / czytaj też / czytaj także / czytaj więcej /
        zobacz też / zobacz także / przeczytaj też / читайте / читать также / смотрите также / по теме / читайте
        також / дивіться також / läs mer / läs också / läs även / se även / les også / les mer / se også / læs også
        / læs mere / lue myös / lue lisää / katso myös / čtěte také / přečtěte si / ayrıca okuyun / اقرأ أيضا /
        相关阅读
        / 关連記事 / 関連記事
        """
    ),
)
"""Before a colon: the rest of the line is the headline of another story."""

TICKER_HEADINGS = (
    "breaking",
    "breaking news",
    "live updates",
    "latest updates",
    "ticker",
    "newsticker",
    "eilmeldung",
    "eilmeldungen",
    "última hora",
    "dernière minute",
    "dernière heure",
    "net binnen",
    *_cues(
        """
        latest headlines / live blog / live ticker / liveticker / news ticker / jetzt aktuell / in kürze / kurz
        notiert / en bref / fil info / fil d actualité / en continu / al minuto / en directo / minuto a minuto /
        teletipo / laatste updates / ultim ora / ultima ora / in tempo reale / ao vivo / na żywo / z ostatniej
        chwili / срочно / молния / терміново / son dakika / just nu / akkurat nå / lige nu / juuri nyt / právě teď /
        عاجل / 速報
        """
    ),
)
"""What opens a list of short news that runs across a site."""

ARTICLE_ENDS = {
    "en": (
        "post navigation",
        "tagged *",
        "tags",
        "tags *",
        "tag *",
        "labels *",
        "filed under *",
        "posted in *",
        "categories *",
        "category *",
        "topics",
        "share this",
        "share this *",
        "share on *",
        "share the *",
        "share via *",
        "spread the *",
        "share",
        "tweet",
        "like this",
        "email thisblogthis *",
        "about the author *",
        "author",
        "follow us *",
        "follow us on *",
        "sign up for *",
        "subscribe to our *",
        "subscribe to the *",
        "rate this *",
        "print this *",
        "all rights reserved *",
        "copyright *",
        "c copyright *",
        "privacy policy *",
        "terms of *",
        "previous post *",
        "next post *",
        "previous article *",
        "next article *",
        "previous",
        "comments are closed *",
        *_cues(
            """
            tags in this * / topics in this * / related topics * / more on these topics / keywords * / key words * /
            related tags / hashtags / in this article / share this article * / share this story * / share this post
            * / share article * / share with * / sharing is caring * / email this * / print this article / print
            article / save this * / like and share * / share your * / like us on * / follow us / connect with us * /
            stay connected * / stay in touch * / get the latest * / sign up * / sign up now / our newsletter /
            subscribe today * / join our * / support our * / support us * / donate now / become a * / about the
            authors * / about the writer * / author bio / author archive / author profile / meet the author * / view
            all posts by * / view all articles by * / see all posts * / all posts by * / more by this author /
            contact the author * / contact the reporter * / contact the writer * / report a correction * / report a
            typo * / corrections / comments are off * / filed in * / bookmark the permalink * / this entry was
            posted * / this post was * / this article was * / this story was * / you may also like * / you might
            also like * / was this article helpful * / was this helpful * / what do you think * / terms and
            conditions * / advertise with us / back to top / top of page / return to top / more stories / next story
            / prev article / older posts / newer posts / leave a comment * / download app * / download our app * /
            get the app * / sidebar / primary sidebar / blogroll
            """
        ),
    ),
    "de": (
        "schlagworte *",
        "schlagwörter *",
        "teilen mit *",
        "teilen",
        "diese geschichte teilen *",
        "diesen artikel teilen *",
        "artikel teilen *",
        "beitrag teilen *",
        "gefällt mir",
        "beitragsnavigation",
        "vorheriger beitrag *",
        "nächster beitrag *",
        "vorheriger artikel *",
        "nächster artikel *",
        "über den autor *",
        "über die autorin *",
        "dieser beitrag wurde *",
        "dieser eintrag wurde *",
        "kategorien *",
        "kategorie *",
        "impressum *",
        "datenschutz *",
        "drucken",
        "unterstützen sie uns *",
        *_cues(
            """
            stichworte * / stichwörter * / mehr zum thema * / mehr zu den themen * / teile diesen * / teilen sie * /
            teilen auf * / auf twitter teilen / jetzt teilen * / weitersagen / beitrag bewerten * / artikel bewerten
            * / artikel drucken / artikel versenden / artikel merken / per e mail * / per mail * / zum autor * / zur
            autorin * / zur person * / mehr über den autor * / alle artikel von * / alle beiträge von * / weitere
            artikel von * / veröffentlicht in * / veröffentlicht unter * / abgelegt unter * / abgelegt in * /
            verschlagwortet mit * / erschienen in * / newsletter anmelden * / newsletter abonnieren * / jetzt
            abonnieren * / jetzt newsletter * / folgen sie * / folge uns * / nach oben / zurück nach oben / zur
            startseite / zurück zur * / kommentar schreiben * / älterer post / neuerer post / älterer beitrag * /
            neuerer beitrag * / alle rechte vorbehalten * / fehler gefunden * / fehler melden * / korrektur * /
            werbung / seitenleiste
            """
        ),
    ),
    "fr": (
        "étiquettes *",
        "mots clés *",
        "partager *",
        "partagez *",
        "tous droits réservés *",
        "mentions légales *",
        "catégories *",
        *_cues(
            """
            mots clefs * / thématiques * / sur le même sujet * / partager sur * / partager l article * / partager
            cet article * / partagez cet article * / imprimer * / envoyer par * / envoyer à un ami * / par mail /
            suivez nous * / suivre * / s abonner * / abonnez vous * / inscrivez vous * / newsletter * / recevez * /
            à propos de l auteur * / à propos * / l auteur / du même auteur * / publié dans * / classé dans * /
            posté dans * / cet article a été * / contactez nous * / plan du site / politique de confidentialité * /
            conditions générales * / haut de page / retour en haut / retour à l accueil / article précédent * /
            article suivant * / soutenez * / faites un don * / signaler une erreur *
            """
        ),
    ),
    "es": (
        "etiquetas *",
        "compartir *",
        "comparte *",
        "todos los derechos *",
        "archivado en *",
        "publicado en *",
        "categorías *",
        *_cues(
            """
            temas / palabras clave * / en este artículo * / más sobre * / comparte esto * / compartir esto * /
            compartir en * / comparte este * / compártelo * / me gusta esto * / enviar por * / síguenos * / sigue a
            * / suscríbete * / suscribirse * / boletín * / sobre el autor * / acerca del autor * / acerca de * / por
            el mismo autor / esta entrada fue * / contáctanos * / aviso legal * / política de * / mapa del sitio /
            volver arriba / ir arriba / entrada anterior * / siguiente entrada * / entrada siguiente * / artículo
            anterior * / artículo siguiente * / navegación de entradas / apóyanos *
            """
        ),
    ),
    "nl": (
        "trefwoorden *",
        "deel dit *",
        "deel *",
        "delen",
        "alle rechten *",
        "geplaatst in *",
        "categorieën *",
        "volg ons *",
        *_cues(
            """
            deel dit artikel * / deel dit bericht * / deel via * / deel op * / delen via * / delen op * / dit delen
            * / mail dit * / abonneer * / schrijf je in * / nieuwsbrief * / over de auteur * / meer van deze auteur
            * / gepubliceerd in * / gepost in * / dit bericht werd * / dit bericht is geplaatst * / adverteren /
            naar boven / terug naar * / vorig bericht * / volgend bericht * / vorig artikel * / volgend artikel * /
            berichtnavigatie / fout gevonden * / foutje gezien * / steun ons * / doneer *
            """
        ),
    ),
    "other": ("condividi *", "compartilhe *", "теги *", "поделиться *"),
    "it": (
        *_cues(
            """
            argomenti * / parole chiave * / etichette * / condividi su * / condividi questo * / invia per * /
            seguici * / iscriviti * / abbonati * / informazioni sull autore * / l autore / autore / sull autore * /
            pubblicato in * / archiviato in * / note legali / cookie policy * / tutti i diritti riservati * /
            riproduzione riservata * / articolo precedente * / articolo successivo * / navigazione articoli / torna
            su / sostienici *
            """
        ),
    ),
    "pt": (
        *_cues(
            """
            palavras chave * / assuntos * / compartilhar * / compartilhe / partilhar * / partilhe * / imprimir * /
            siga nos * / inscreva se * / sobre o autor * / sobre a autora * / publicado em * / arquivado em * /
            categorias * / todos os direitos * / política de privacidade * / termos de uso * / post anterior * /
            próximo post * / artigo anterior * / próximo artigo * / navegação de post / voltar ao topo
            """
        ),
    ),
    "pl": (
        *_cues(
            """
            tagi * / słowa kluczowe * / udostępnij * / podziel się * / podziel się / wyślij * / obserwuj nas * /
            śledź nas * / zapisz się * / subskrybuj * / o autorze * / źródło zdjęcia * / wszelkie prawa * / polityka
            prywatności * / regulamin * / poprzedni wpis * / następny wpis * / poprzedni artykuł * / następny
            artykuł * / nawigacja wpisu / do góry / wesprzyj * / oceń artykuł * / masz temat * / zauważyłeś błąd *
            """
        ),
    ),
    "ru": (
        *_cues(
            """
            тэги * / метки * / ключевые слова * / рубрики * / категории * / категория * / поделитесь * / поделиться
            в * / версия для печати / отправить другу / подписаться * / подписывайтесь * / подпишитесь * / следите
            за * / читайте нас * / присоединяйтесь * / об авторе * / об авторах * / опубликовано в * / запись
            опубликована * / все права * / использование материалов * / при использовании материалов * / о проекте /
            реклама на сайте / политика конфиденциальности * / пользовательское соглашение * / предыдущая запись * /
            следующая запись * / предыдущая статья * / следующая статья * / навигация по записям / наверх / нашли
            ошибку * / если вы нашли ошибку * / заметили ошибку * / поддержать * / оцените * / источник фото *
            """
        ),
    ),
    "uk": (
        *_cues(
            """
            мітки * / ключові слова * / категорії * / поділитися * / поділитись * / підписатися * / підписуйтесь * /
            підпишіться * / слідкуйте за * / про автора * / опубліковано в * / всі права * / усі права * /
            попередній запис * / наступний запис * / навігація записів / помітили помилку * / якщо ви знайшли * /
            підтримати *
            """
        ),
    ),
    "tr": (
        *_cues(
            """
            etiketler * / etiket * / anahtar kelimeler * / paylaş * / bu haberi paylaş * / abone ol * / takip et * /
            bizi takip edin * / kategoriler * / tüm hakları * / gizlilik * / önceki yazı * / sonraki yazı * / önceki
            haber * / sonraki haber * / yazı dolaşımı
            """
        ),
    ),
    "nordic": (
        *_cues(
            """
            taggar * / etiketter * / dela artikeln * / dela detta * / tipsa * / följ oss * / följ * / prenumerera *
            / nyhetsbrev * / om författaren * / författare * / kategorier * / publicerad i * / publicerat i * / alla
            rättigheter * / föregående inlägg * / nästa inlägg * / föregående artikel * / nästa artikel * /
            inläggsnavigering / rättelse * / stikkord * / emneord * / del artikkelen * / del på * / følg oss * /
            abonner * / nyhetsbrev / om forfatteren * / publisert i * / alle rettigheter * / forrige innlegg * /
            neste innlegg * / innleggsnavigasjon / del artiklen * / følg os * / nyhedsbrev * / tilmeld dig * /
            forrige indlæg * / næste indlæg * / indlægsnavigation
            """
        ),
    ),
    "fi": (
        *_cues(
            """
            avainsanat * / asiasanat * / tagit * / jaa artikkeli * / tilaa uutiskirje * / uutiskirje * /
            kirjoittajasta * / kategoriat * / kaikki oikeudet * / edellinen artikkeli * / seuraava artikkeli * /
            artikkelien selaus
            """
        ),
    ),
    "cs": (
        *_cues(
            """
            štítky * / klíčová slova * / tagy * / rubriky * / sdílet * / sdílejte * / vytisknout / odeslat e mailem
            / sledujte nás * / odebírat * / o autorovi * / publikováno v * / všechna práva * / předchozí článek * /
            další článek * / předchozí příspěvek * / další příspěvek * / navigace pro příspěvek / našli jste chybu *
            / podpořte * / zdieľať * / značky *
            """
        ),
    ),
    "ar": (
        *_cues(
            """
            الكلمات المفتاحية * / الكلمات الدلالية * / وسوم * / الوسوم * / كلمات مفتاحية * / شارك * / شارك المقال *
            / شارك هذا * / مشاركة * / انشر * / تابعنا * / تابعونا * / اشترك * / النشرة البريدية * / عن الكاتب * /
            الكاتب / نبذة عن * / جميع الحقوق * / سياسة الخصوصية * / المقال السابق * / المقال التالي * / التصنيفات *
            / برچسب ها * / اشتراک گذاری * / תגיות * / שתפו * / שתף *
            """
        ),
    ),
    "zh": (
        *_cues(
            """
            标签 * / 关键词 * / 分享到 * / 分享至 * / 扫一扫 * / 关注我们 * / 订阅 * / 版权所有 * / 版权声明 * /
            免责声明 * / 上一篇 * / 下一篇 * / 返回顶部 /
            標籤 * / 關鍵字 * / 分享文章 * / 上一則 * / 下一則 * / 版權所有 * / 文章导航
            """
        ),
    ),
    "ja": (
        *_cues(
            """
            タグ * / キーワード * / カテゴリー * / カテゴリ * / シェア / シェアする / シェアする * /
            この記事をシェア * / この記事を書いた人 * / 著者 * / 著者プロフィール *
            / フォロー * / フォローする / 無断転載 * / 前の記事 * / 次の記事 * / 前の投稿 * / 次の投稿 * /
            投稿ナビゲーション / ページトップ * / トップへ戻る / お問い合わせ
            / 会社概要 / プライバシーポリシー * / 利用規約 * / 태그 * / 공유하기 * / 저작권자 * / 무단전재 * /
            무단 전재 * / 이전 기사 * / 다음 기사 * / 이전글 * /
            다음글 *
            """
        ),
    ),
}
"""What an article ends with: tags, buttons to share, the author's card, the footer."""

FURNITURE = {
    "en": (
        "skip to *",
        "* opens in new window",
        "click to share *",
        "click to email *",
        "click to print *",
        "copy link *",
        "menu",
        "search",
        "search for",
        "support *",
        "donate *",
        "advertisement *",
        "advertising",
        "sponsored *",
        "click to see *",
        "click to enlarge *",
        "click here *",
        "listen to this article *",
        "# min read",
        "# minute read",
        "# minutes read",
        "reading time *",
        "# views",
        "# shares",
        "sign in *",
        "log in *",
        "login",
        "subscribe",
        "subscribe now",
        "slogan",
        "you are here *",
        "home *",
        "story highlights",
        "share",
        "print",
        "email",
        "facebook",
        "twitter",
        "whatsapp",
        "linkedin",
        "telegram",
        "pinterest",
        "instagram",
        "facebook twitter *",
        "jump to recipe *",
        "recipe print *",
        "video player *",
        "loading",
        "previous",
        "next",
        "share it",
        "send it",
        "close",
        "live",
        "updated *",
        *_cues(
            """
            skip navigation / toggle navigation / open menu / close menu / main menu / navigation / site navigation
            / show menu / search this site / open search / close search / search form / submit / submit search / go
            / sign up / sign out / log out / logout / register / my account / my profile / account / create account
            / forgot your password * / forgot password * / remember me * / username / password / email address /
            your email * / enter your email * / advertise / ad / ads / advertisement / advertisement continue
            reading * / article continues below * / story continues below * / scroll to continue * / continue / paid
            post / promoted / skip ad / skip advertisement / hide ad / this is an advertisement / view gallery /
            view photos / view image / view larger image / view fullscreen / enlarge image / enlarge / enlarge this
            image / expand / toggle caption / hide caption / caption / open image * / open in * / play video / play
            / pause / mute / unmute / watch video / video / videos / photo / photos / gallery / photo gallery /
            slideshow / image # of # / photo # of # / # of # / # photos / # images / slide # of # / next photo * /
            previous photo * / audio / listen / listen to article / listen to this story / # listen / # min / # mins
            read / # minutes / # min listen / # minute listen / read time * / estimated reading time * / estimated
            read time * / # words / # likes / # retweets / # tweets / # followers / # reads / # share / views # /
            shares # / # times read / reddit / tumblr / flipboard / google / google plus / messenger / mail / email
            this / copy link / copy / link copied / copied / save / save article / bookmark / more / less / show
            more / show less / read more / see more / learn more / show all / view all / see all / share options /
            sharing options / share article / share this article / show more sharing options / close extra sharing
            options / share close * / post / pin / pin it / stumbleupon / digg / pocket / print page / print article
            / font size / text size / edition / choose edition / change edition / language / languages / english /
            weather / podcasts / podcast / newsletters / newsletter / e paper / epaper / rss / rss feed /
            subscriptions / support us / topics / sections / all sections / world / news / politics / sport / sports
            / business / opinion / culture / entertainment / tech / technology / science / health / travel /
            lifestyle / breaking / exclusive / video player is loading * / your browser does not support * / we use
            cookies * / this site uses cookies * / this website uses cookies * / accept / accept all / accept
            cookies / i agree / got it / manage preferences / cookie settings / javascript * / please enable
            javascript * / you need to enable javascript * / please wait / back / prev / prev next / previous next /
            last modified * / last update * / updated / view author archive / get author rss feed / email the author
            / follow the author / author archive / author / open this photo * / this article is more than * / get
            short url / short url / staff / staff report / staff writer / photos by * / view comments / go to
            comments / add to favorites / dismiss / cancel / true false
            """
        ),
    ),
    "de": (
        "zum inhalt *",
        "suche",
        "anzeige",
        "werbung",
        "startseite *",
        "zum rezept *",
        "rezept drucken *",
        "zum deal",
        "anmelden",
        "lesezeit *",
        "# min lesezeit",
        "drucken",
        "schließen",
        "menü",
        "menü schließen",
        "suchformular",
        *_cues(
            """
            zur navigation * / zum hauptinhalt * / zur suche * / zum menü * / direkt zum inhalt / inhalt /
            navigation öffnen / hauptmenü / menü öffnen / suche öffnen / suche nach / suchen / suchbegriff * /
            suchen nach / registrieren / abmelden / mein konto / passwort vergessen * / passwort / benutzername / e
            mail / e mail adresse / angemeldet bleiben / abo / abonnieren / jetzt abonnieren / anzeigen /
            werbeanzeige / artikel anhören / artikel vorlesen / anhören / vorlesen / hören / # minuten / # minuten
            lesezeit / # minuten lesedauer / lesedauer * / # wörter / bild vergrößern / bild öffnen / vergrößern /
            vollbild / bildergalerie * / galerie / fotostrecke * / bild # von # / # von # / # bilder / # fotos /
            video abspielen / abspielen / merken / teilen / kopieren / link kopieren / mehr / weniger / mehr
            anzeigen / mehr lesen / weiterlesen / lesen / alle anzeigen / twittern / mailen / xing / facebook
            messenger / jetzt teilen auf / diesen artikel * / artikel drucken / artikel merken / artikel teilen /
            seite drucken / aktualisiert * / zuletzt aktualisiert * / stand * / zurück / weiter / vorherige /
            nächste / startseite / home / politik / wirtschaft / kultur / panorama / wissen / gesundheit / reise /
            digital / meinung / themen / ressorts / kontakt / impressum / datenschutz / cookie * / cookies * /
            akzeptieren / alle akzeptieren / einstellungen / wird geladen / laden / bitte warten / deutsch / wetter
            / gefällt mir / kommentieren / exklusiv / eilmeldung / plus / von der redaktion / redaktion
            """
        ),
    ),
    "fr": (
        "aller au contenu *",
        "publicité",
        "accueil *",
        "faire un don *",
        "recherche",
        "temps de lecture *",
        *_cues(
            """
            aller au menu * / aller à la recherche * / passer au contenu * / ouvrir le menu / fermer le menu /
            fermer / rechercher / recherche pour / connexion / se connecter / s inscrire / s identifier / mon compte
            / mot de passe * / identifiant / mot de passe oublié * / s abonner / abonnez vous / je m abonne /
            abonnement / publicité * / pub / annonce / la suite après * / écouter / écouter l article / lecture * /
            # min de lecture / # minutes de lecture / lecture # min / agrandir / agrandir l image / voir l image /
            plein écran / diaporama / vidéo / vidéos / imprimer / partager / partager l article / copier / copier le
            lien / lien copié / envoyer / envoyer par mail / courriel / mis à jour * / modifié * / temps de lecture
            / précédent / suivant / accueil / actualités / politique / économie / société / monde / voir plus / lire
            la suite / voir tout / réservé aux abonnés / article réservé * / commenter / tout accepter / accepter /
            paramètres / chargement / français
            """
        ),
    ),
    "es": (
        "ir al contenido *",
        "saltar al contenido *",
        "publicidad",
        "inicio *",
        "buscar",
        "tiempo de lectura *",
        *_cues(
            """
            ir al contenido / ir al menú * / menú / menú principal / abrir menú / cerrar menú / cerrar / búsqueda /
            buscar en * / iniciar sesión / inicia sesión / registrarse / regístrate / mi cuenta / contraseña * /
            usuario / suscríbete / suscribirse / suscripción / publicidad * / anuncio / escuchar / escuchar artículo
            / # min de lectura / # minutos de lectura / lectura # min / ampliar / ampliar imagen / ver imagen /
            pantalla completa / galería / fotogalería / vídeo / foto / fotos / imprimir / compartir / copiar /
            copiar enlace / enlace copiado / enviar / correo / correo electrónico / actualizado * / última
            actualización * / anterior / siguiente / noticias / política / economía / deportes / cultura / sociedad
            / mundo / internacional / ver más / leer más / ver todo / exclusivo suscriptores / comentar / aceptar /
            aceptar todo / cargando / español
            """
        ),
    ),
    "nl": (
        "ga naar *",
        "naar de inhoud *",
        "zoeken",
        "advertentie",
        "doneer *",
        "steun *",
        "leestijd *",
        *_cues(
            """
            sluit menu / sluiten / zoek / zoeken naar / inloggen / registreren / aanmelden / mijn account /
            wachtwoord * / gebruikersnaam / abonneren / word abonnee / advertentie * / reclame / luister / luister
            naar * / # min leestijd / # minuten leestijd / leestijd / vergroot / vergroot afbeelding / volledig
            scherm / fotoserie / video s / foto s / # foto s / afdrukken / delen / deel / kopieer / kopieer link /
            link gekopieerd / bijgewerkt * / laatste update * / vorige / volgende / nieuws / politiek / economie /
            cultuur / buitenland / binnenland / meer / bekijk meer / toon meer / reageer / accepteren / alles
            accepteren / nederlands
            """
        ),
    ),
    "other": ("реклама", "поиск", "главная", "pubblicità", "publicidade"),
    "it": (
        *_cues(
            """
            vai al contenuto * / salta al contenuto * / menu principale / apri menu / chiudi / chiudi menu / cerca /
            cerca nel sito / accedi / registrati / il mio account / abbonati / iscriviti / annuncio / ascolta / #
            minuti di lettura / tempo di lettura * / ingrandisci / galleria / fotogallery / # foto / stampa /
            condividi / copia link / copia / invia / aggiornato * / ultimo aggiornamento * / precedente / successivo
            / notizie / cronaca / politica / economia / mondo / esteri / mostra altro / commenta / accetta / accetta
            tutti / caricamento / italiano
            """
        ),
    ),
    "pt": (
        *_cues(
            """
            ir para o conteúdo * / pular para o conteúdo * / abrir menu / fechar / fechar menu / pesquisar /
            pesquisa / entrar / cadastre se / minha conta / assine / assinar / anúncio / continua após a publicidade
            / ouvir / ouça * / # min de leitura / tempo de leitura * / galeria / vídeos / compartilhar / partilhar /
            copiar link / atualizado * / última atualização * / próximo / notícias / esportes / desporto / início /
            página inicial / ver mais / mostrar mais / aceitar / carregando / português
            """
        ),
    ),
    "pl": (
        *_cues(
            """
            przejdź do treści * / przejdź do * / menu główne / otwórz menu / zamknij / zamknij menu / szukaj /
            wyszukaj / zaloguj / zaloguj się / zarejestruj się / moje konto / reklama / reklamy / ogłoszenie /
            materiał promocyjny / czas czytania * / # min czytania / posłuchaj / powiększ / wideo / zdjęcia / #
            zdjęć / drukuj / udostępnij / kopiuj link / skopiuj link / wyślij / aktualizacja * / zaktualizowano * /
            poprzedni / następny / strona główna / wiadomości / polityka / gospodarka / kultura / świat / więcej /
            pokaż więcej / skomentuj / akceptuję / ładowanie / polski
            """
        ),
    ),
    "ru": (
        *_cues(
            """
            перейти к содержимому / перейти к содержанию * / перейти к * / меню / главное меню / открыть меню /
            закрыть / найти / искать / поиск по сайту / войти / вход / регистрация / зарегистрироваться / личный
            кабинет / подписаться / подписка / реклама * / на правах рекламы / время чтения * / # мин / # мин чтения
            / # минут чтения / слушать / увеличить / галерея / видео / фото / # фото / печать / распечатать /
            поделиться / скопировать ссылку / копировать ссылку / отправить / обновлено * / просмотры # / просмотров
            # / # просмотров / # просмотра / # просмотр / назад / вперёд / далее / предыдущая / следующая / новости
            / политика / экономика / общество / спорт / культура / мир / в мире / ещё / еще / показать ещё /
            показать еще / все новости / комментировать / принять / загрузка / русский / войти через * / пароль /
            логин
            """
        ),
    ),
    "uk": (
        *_cues(
            """
            перейти до вмісту * / перейти до * / пошук / закрити / увійти / вхід / реєстрація / підписатися / час
            читання * / # хв читання / # хв / слухати / відео / друк / роздрукувати / поділитися / скопіювати
            посилання / оновлено * / # переглядів / # перегляди / головна / новини / політика / економіка /
            суспільство / світ / ще / показати ще / українська
            """
        ),
    ),
    "tr": (
        *_cues(
            """
            içeriğe geç * / içeriğe atla * / ara / arama / kapat / giriş / giriş yap / kayıt ol / üye ol / abone ol
            / reklam / dinle / # dk okuma / okuma süresi * / galeri / foto galeri / yazdır / paylaş / linki kopyala
            / güncelleme * / güncellendi * / önceki / sonraki / ana sayfa / anasayfa / haberler / gündem / siyaset /
            ekonomi / spor / kültür / dünya / daha fazla / türkçe
            """
        ),
    ),
    "nordic": (
        *_cues(
            """
            hoppa till innehåll * / hoppa till * / gå till innehåll * / meny / sök / sök efter / stäng / logga in /
            logga ut / registrera / mitt konto / prenumerera / annons / annons * / lyssna / lyssna på artikeln /
            lästid * / # min lästid / bildspel / bild / skriv ut / dela / dela artikeln / kopiera länk / uppdaterad
            * / senast uppdaterad * / föregående / nästa / hem / startsida / nyheter / världen / visa mer /
            kommentera / hopp til innhold * / hopp til * / gå til innhold * / søk / lukk / logg inn / logg ut / bli
            abonnent / annonse / reklame / lytt / lytt til saken / lesetid * / del / del artikkelen / kopier lenke /
            oppdatert * / sist oppdatert * / forrige / neste / hjem / forsiden / økonomi / verden / vis mer / spring
            til indhold * / gå til indhold * / søg / luk / log ind / log ud / læsetid * / opdateret * / næste /
            nyheder / forside / hør artiklen / udland / indland
            """
        ),
    ),
    "fi": (
        *_cues(
            """
            siirry sisältöön * / valikko / haku / hae / sulje / kirjaudu / kirjaudu sisään / rekisteröidy / tilaa /
            tilaa nyt / mainos / mainos alkaa / mainos päättyy / kuuntele / kuuntele artikkeli / lukuaika * /
            kuvagalleria / kuva / tulosta / jaa / jaa artikkeli / kopioi linkki / päivitetty * / edellinen /
            seuraava / etusivu / uutiset / politiikka / talous / urheilu / kulttuuri / ulkomaat / kotimaa / näytä
            lisää / kommentoi
            """
        ),
    ),
    "cs": (
        *_cues(
            """
            přejít k obsahu * / přejít na * / přeskočit na obsah * / hledat / vyhledat / vyhledávání / zavřít /
            přihlásit se / přihlásit / přihlášení / registrace / předplatit / předplatné / inzerce / poslechnout /
            poslechnout článek / doba čtení * / # min čtení / # minut čtení / fotogalerie / # fotografií / tisknout
            / vytisknout / sdílet / sdílet článek / zkopírovat odkaz / aktualizováno * / předchozí / další / domů /
            úvod / zprávy / politika / ekonomika / svět / zahraničí / domácí / zobrazit více
            """
        ),
    ),
    "ar": (
        *_cues(
            """
            تخطي إلى المحتوى * / انتقل إلى المحتوى * / القائمة / القائمة الرئيسية / بحث / ابحث / البحث / إغلاق /
            تسجيل الدخول / تسجيل / إنشاء حساب / اشترك / إعلان / إعلانات / استمع / مدة القراءة * / وقت القراءة * /
            صور / فيديو / طباعة / مشاركة / شارك / نسخ الرابط / آخر تحديث * / السابق / التالي / الرئيسية / الصفحة
            الرئيسية / أخبار / الأخبار / سياسة / اقتصاد / رياضة / ثقافة / العالم / المزيد
            """
        ),
    ),
    "zh": (
        *_cues(
            """
            跳至内容 / 跳到主要内容 / 菜单 / 导航 / 搜索 / 搜尋 / 登录 / 登入 / 注册 / 註冊 / 退出 / 订阅 / 广告 /
            廣告 / 首页 / 首頁 / 新闻 / 新聞 / 国内 / 国际
            / 财经 / 体育 / 娱乐 / 科技 / 视频 / 图片 / 打印 / 分享 / 复制链接 / 微信 / 微博 / 更多 / 上一页 /
            下一页 / 字号 / 更新时间 * / 阅读 # / 阅读量 * /
            浏览 # / #阅读 / 收藏 / 点赞 / 中文
            """
        ),
    ),
    "ja": (
        *_cues(
            """
            コンテンツへスキップ * / メニュー / 検索 / 閉じる / ログイン / ログアウト / 会員登録 / 新規登録 / 購読 /
            広告 / スポンサーリンク / スポンサードリンク / ホーム / トップ
            / トップページ / ニュース / 国際 / 政治 / 経済 / 社会 / スポーツ / エンタメ / 動画 / 写真 / 画像 /
            印刷 / シェア / シェアする / ツイート / ツイートする /
            はてなブックマーク / はてブ / コピー / リンクをコピー / 更新日 * / 最終更新日 * / 前へ / 次へ /
            もっと見る / 続きを読む / 目次 / 日本語 / 본문 바로가기 / 메뉴 /
            검색 / 로그인 / 회원가입 / 광고 / 홈 / 뉴스 / 공유 / 인쇄 / 글자크기 / 수정 *
            """
        ),
    ),
}
"""Short lines of a site that are never an article's, wherever they stand."""

PROMPTS = (
    "do you like this *",
    "did you like this *",
    "if you liked this *",
    "if you enjoyed *",
    "help us *",
    "consider helping *",
    "please consider *",
    "become a member *",
    "sign up for *",
    "sign up to *",
    "subscribe to our *",
    "subscribe to the *",
    "follow us *",
    "follow me *",
    "join our *",
    "tried this recipe *",
    "want more *",
    "have something to say *",
    "got a tip *",
    "do you have a tip *",
    "click here to *",
    "folge mir *",
    "folge uns *",
    "folgt uns *",
    "folgen sie uns *",
    "bleib auf dem laufenden *",
    "unterstützen sie uns *",
    "hat dir der artikel *",
    "abonnieren sie *",
    "abonniere *",
    "suivez nous *",
    "abonnez vous *",
    "soutenez nous *",
    "síguenos *",
    "suscríbete *",
    "volg ons *",
    "meld je aan *",
    "schrijf je in *",
    "steun ons *",
    "подписывайтесь *",
    *_cues(
        """
        do you have a story * / have a tip * / like what you see * / to read the full * / to continue reading * /
        already a subscriber * / already a member * / not a member * / subscribe to * / subscribe now * / subscribe
        today * / subscribe for * / support independent * / support our journalism * / support us * / your donation
        * / make a donation * / donate to * / donate today * / join us on * / join thousands * / join more than * /
        find us on * / like us on * / you can follow * / you can also follow * / for more stories * / for more news
        * / for more information visit * / get our * / get the latest * / sign up here * / sign up now * / download
        our * / listen to the full * / read the original * / read the full * / we use cookies * / our website uses
        cookies * / by signing up * / by subscribing * / this site is protected by * / this post contains affiliate
        links * / this article contains affiliate links * / all rights reserved * / this material may not be * /
        jetzt newsletter * / hier geht es zu * / mit material von * / wir verwenden cookies * / wir nutzen cookies *
        / diese website verwendet cookies * / alle rechte vorbehalten * / wenn dir dieser * / wenn ihnen dieser * /
        hat ihnen der * / gefällt dir * / unterstütze uns * / spenden sie * / lesen sie auch * / mit unserem
        newsletter * / rejoignez nous * / retrouvez nous * / inscrivez vous * / pour recevoir * / vous avez aimé * /
        vous êtes témoin * / cet article vous * / nous utilisons des cookies * / recibe nuestro * / únete a * /
        sigue toda la información * / si te ha gustado * / puedes seguir * / utilizamos cookies * / apóyanos * /
        abonneer je * / blijf op de hoogte * / wij gebruiken cookies * / iscriviti * / seguici * / unisciti * /
        abbonati * / inscreva se * / zapisz się * / dołącz do * / polub nas * / chcesz być na bieżąco * / podobał ci
        się * / wesprzyj * / подписывайся * / подпишитесь * / подпишись * / присоединяйтесь * / следите за * /
        читайте нас * / больше новостей * / если вам понравил * / если вы нашли ошибку * / нашли ошибку * /
        поддержите * / підписуйтесь * / підписуйтеся * / підпишіться * / приєднуйтесь * / följ oss * / prenumerera *
        / anmäl dig * / tipsa oss * / følg oss * / følg os * / meld deg på * / tilmeld dig * / sledujte nás * /
        odebírejte * / přihlaste se k * / bizi takip * / abone olun * / تابعونا * / تابعنا * / اشترك في * /
        关注我们 * /
        扫描二维码 * / 欢迎关注 *
        """
    ),
)
"""Sentences in which a site speaks to its reader: follow, subscribe, give."""

SUPPORT = (
    "support",
    "donate to",
    "unterstütze",
    "unterstützen sie",
    "steun",
    "soutenez",
    "apoya a",
    *_cues(
        """
        поддержать / sostieni / apoie / wesprzyj / support us at / stöd / støtt
        """
    ),
)
"""Before an outlet's own name, in its plea for money."""

CREDITS = (
    "photo",
    "photos",
    "photo credit",
    "photo by",
    "photograph",
    "image",
    "images",
    "image credit",
    "picture",
    "pic",
    "credit",
    "courtesy",
    "illustration",
    "screenshot",
    "file photo",
    "featured image",
    "foto",
    "fotos",
    "bild",
    "bilder",
    "bildquelle",
    "symbolbild",
    "titelbild",
    "beeld",
    "crédit",
    "crédit photo",
    "crédits",
    "imagen",
    "crédito",
    "imagem",
    "фото",
    *_cues(
        """
        photo courtesy / photo via / photo illustration / photo credits / photos by / photography / photographer /
        image via / image by / image courtesy / image source / image caption / media caption / picture credit /
        picture by / credit photo / courtesy of / illustration by / illustrations / video by / video credit /
        artwork / cover image / cover photo / stock photo / representative image / representational image / file
        image / archive photo / fotograf / fotografin / fotonachweis / foto credit / fotocredit / bildnachweis /
        bildrechte / bildcredit / bild quelle / quelle bild / quelle foto / abbildung / grafik / beitragsbild /
        archivbild / archivfoto / aufmacherbild / teaserbild / photo d illustration / photo d archives /
        illustration de / image d illustration / photographie / crédits photo / crédits photos / foto de / foto
        archivo / foto de archivo / fotografía / ilustración / imagen de / infografía / fotos de / foto s / foto van
        / fotograaf / fotografie / bron foto / beeld van / afbeelding / illustratie / archieffoto / immagine /
        immagini / foto di / fonte foto / credit foto / crediti / illustrazione / fotografia / imagens / imagem
        ilustrativa / crédito da foto / ilustração / zdjęcie / zdjęcia / fot / grafika / ilustracja / źródło zdjęcia
        / фото с сайта / фотография / фотографии / изображение / иллюстрация / источник фото / скриншот / графика /
        зображення / ілюстрація / знімок / fotoğraf / görsel / görüntü / bilder från / arkivbild / genrebild /
        illustrasjonsfoto / arkivfoto / skærmbillede / kuva / kuvat / kuvaaja / kuvituskuva / arkistokuva /
        ilustrační foto / ilustrační snímek / ilustrační fotografie / zdroj foto / autor fotografie / صورة / تصوير /
        图片来源 / 写真 / 画像 / 사진
        """
    ),
)
"""Before a colon or a name: whose picture it is."""

AGENCIES = (
    "ap",
    "afp",
    "reuters",
    "epa",
    "dpa",
    "getty",
    "getty images",
    "shutterstock",
    "istock",
    "photo",
    "foto",
    "file",
    "archive",
    "archiv",
    "pixabay",
    "unsplash",
    "symbolbild",
    "tass",
    "xinhua",
    "anp",
    "efe",
    "courtesy",
    *_cues(
        """
        associated press / ap photo / afp via getty images / via getty images / via ap / via reuters / bloomberg /
        upi / zuma / zuma press / alamy / alamy stock photo / adobe stock / stock adobe com / fotolia /
        depositphotos / dreamstime / pexels / flickr / wikimedia / wikimedia commons / wikipedia / creative commons
        / cc by / public domain / via twitter / youtube / screenshot / screengrab / handout / file photo / staff
        photo / the canadian press / canadian press / press association / pa wire / pa media / rex features / imago
        images / picture alliance / dpa picture alliance / ddp / apa / keystone / sda / epa efe / europa press /
        archivo / cedida / ansa / lapresse / agf / lusa / agência brasil / divulgação / reprodução / pap / east news
        / agencja gazeta / риа новости / тасс / интерфакс / reuters tv / sputnik / ria novosti / ukrinform / унн /
        укринформ / укрінформ / tt nyhetsbyrån / scanpix / ntb / ritzau / ritzau scanpix / lehtikuva / stt / čtk /
        profimedia / mti / agerpres / anadolu / iha / dha / belga / belga image / hollandse hoogte / anp foto / sipa
        / sipa press / abaca / maxppp / hans lucas / kyodo / jiji / yonhap / cna / nasa / esa / courtesy photo /
        courtesy image / contributed photo / archives / privat / shutterstock com / istockphoto / istockphoto com
        """
    ),
)
"""In the bracket or behind the dash at the end of a caption."""

SOURCES = (
    "source",
    "sources",
    "quelle",
    "quellen",
    "bron",
    "bronnen",
    "fuente",
    "fuentes",
    "источник",
    "fonte",
    *_cues(
        """
        original source / original article / herkunft / fuente original / источники / джерело / źródło / zdroj /
        källa / kilde / lähde / kaynak / sursa / forrás / πηγή / المصدر / 来源 / 來源 / 出典
        """
    ),
)
"""Before the name of the outlet that a text comes from, at its end."""

SOURCE_KINDS = frozenset(
    (
        "agencies",
        "agency",
        "agenturen",
        "news",
        "wire",
        "wires",
        "various",
        "own",
        "eigene",
        "agences",
        "agencias",
    )
)
"""Sources that are no outlet's name."""


def phrases(cues: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Flatten the cues of all languages."""
    return tuple(phrase for language in cues.values() for phrase in language)

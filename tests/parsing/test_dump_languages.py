"""Dumps in languages other than English: the same three comments below the same article, as sites of that language show
them.
"""

import pytest

from tests.support.parsed import parse_dump as parse

# language and system: the title, the article, three comments; the lines above, those of a comment, those below;
# the words in front of whom the second one answers, dates, names
DUMPS = {
    "Italian newspaper": (
        "Il vecchio traghetto resta un altro anno",
        (
            "Il consiglio del porto ha deciso martedì di tenere in servizio il vecchio traghetto ancora per un anno.",
            "Gli ingegneri avevano avvertito che lo scafo va riparato e che il comune non può pagarlo prima di Natale.",
        ),
        ("L'ho preso per anni e non si è mai guastato.", "Allora vendetelo!", "Perché dovremmo venderlo?"),
        ("Commenti (3)\nOrdina per: più recenti", "{}\n{}\n{}\nMi piace\nRispondi\nSegnala", "Mostra altri commenti"),
        "In risposta a",
        ("3 anni fa", "3 anni fa", "2 anni fa"),
        ("Anna Rossi", "mo77", "Bo Neri"),
    ),
    "Polish": (
        "Stary prom zostaje na kolejny rok",
        (
            "Rada portu zdecydowała we wtorek, że stary prom będzie pływał jeszcze przez rok.",
            "Inżynierowie ostrzegali, że kadłub wymaga napraw, na które miasta przed zimą nie stać.",
        ),
        ("Pływam nim od lat i nigdy się nie zepsuł.", "To go sprzedajcie!", "Dlaczego mielibyśmy go sprzedać?"),
        ("Komentarze (3)", "{}\n{}\n{}\nOdpowiedz\nZgłoś", "Dodaj komentarz"),
        "W odpowiedzi na:",
        ("12 maja 2019 o 15:44", "12 maja 2019 o 16:02", "13 maja 2019 o 8:10"),
        ("Anna Nowak", "mo77", "Bo Lis"),
    ),
    "Russian": (
        "Старый паром остаётся ещё на год",
        (
            "Совет порта решил во вторник, что старый паром будет ходить ещё один год.",
            "Инженеры предупреждали, что корпус нуждается в ремонте, который город до зимы не оплатит.",
        ),
        ("Езжу на нём много лет, и он ни разу не сломался.", "Тогда продайте его!", "Зачем нам его продавать?"),
        ("3 комментария", "{}\n{}\n{}\nОтветить\nПожаловаться", "Оставить комментарий"),
        "В ответ на",
        ("12 мая 2019, 15:44", "12 мая 2019, 16:02", "13 мая 2019, 08:10"),
        ("Анна Ли", "mo77", "Борис"),
    ),
    "Hindi": (
        "पुराना जहाज़ एक साल और चलेगा",
        (
            "बंदरगाह परिषद ने मंगलवार को फ़ैसला किया कि पुराना जहाज़ एक साल और चलता रहेगा।",
            "इंजीनियरों ने चेतावनी दी थी कि जहाज़ की मरम्मत ज़रूरी है, जिसका ख़र्च शहर सर्दी से पहले नहीं उठा सकता।",
        ),
        ("मैं बरसों से इसमें सफ़र करता हूँ, और यह कभी ख़राब नहीं हुआ।", "तो फिर बेच दो!", "हम इसे क्यों बेचें?"),
        ("3 टिप्पणियाँ", "{}\n{}\n{}\nजवाब दें", "टिप्पणी करें"),
        "",
        ("12 मई 2019", "12 मई 2019", "13 मई 2019"),
        ("राहुल शर्मा", "mo77", "सीमा"),
    ),
    "Turkish": (
        "Eski vapur bir yıl daha kalıyor",
        (
            "Liman meclisi salı günü eski vapurun bir yıl daha çalışmasına karar verdi.",
            "Mühendisler gövdenin onarılması gerektiğini ve kentin bunu kıştan önce ödeyemeyeceğini söylemişti.",
        ),
        ("Yıllardır biniyorum, bir kez bile bozulmadı.", "O zaman satın onu!", "Neden satalım ki?"),
        ("3 yorum", "{}\n{}\n{}\nYanıtla\nŞikayet et", "Yorum yap"),
        "",
        ("3 yıl önce", "3 yıl önce", "2 yıl önce"),
        ("Ayşe Lale", "mo77", "Bora"),
    ),
    "Swedish": (
        "Gamla färjan stannar ett år till",
        (
            "Hamnrådet beslutade på tisdagen att den gamla färjan ska gå i ett år till.",
            "Ingenjörer hade varnat för att skrovet måste lagas för pengar som staden inte har före vintern.",
        ),
        ("Jag har åkt med den i åratal och den gick aldrig sönder.", "Sälj den då!", "Varför ska vi sälja den?"),
        ("3 kommentarer", "{}\n{}\n{}\nSvara\nAnmäl", "Lämna ett svar"),
        "",
        ("12 maj 2019 kl. 15:44", "12 maj 2019 kl. 16:02", "13 maj 2019 kl. 08:10"),
        ("Anna Lind", "mo77", "Bo Ek"),
    ),
    "Japanese": (
        "古いフェリーはもう一年残る",
        (
            "港湾評議会は火曜日、長い議論の末、古いフェリーをもう一年運航させることを決めた。",
            "技術者たちは、船体には修理が必要だと警告していた。",
        ),
        ("なぜ今やめるのか。", "賛成です", "誰が払うのですか。"),
        ("コメント3件", "{} より:\n{}\n{}\n返信", "コメントを残す"),
        "",
        ("2019年5月12日 17:12", "2019年5月12日 18:40", "2019年5月13日 8:10"),
        ("海边", "tanaka_88", "明"),
    ),
    "Chinese": (
        "旧渡轮再留一年",
        (
            "港口委员会周二经过长时间的辩论后决定，让旧渡轮再运行一年。",
            "工程师们曾警告说，船体需要修理，而镇上付不起这笔费用。",
        ),
        ("为什么现在要停？", "同意", "谁来付钱？"),
        ("《旧渡轮再留一年》有3个想法", "{}说道：\n{}\n{}\n回复", "发表评论"),
        "",
        ("2019年5月12日 17:12", "2019年5月12日 18:40", "2019年5月13日 8:10"),
        ("海边", "tanaka_88", "明"),
    ),
}
DATED = frozenset(DUMPS) - {"Italian newspaper", "Turkish"}


def dump(kind: str) -> list[str]:
    title, body, words, (above, form, below), answers, dates, names = DUMPS[kind]
    heads = [dates[0], f"{dates[1]}\n{answers} {names[0]}" if answers else dates[1], dates[2]]
    rows = [form.format(*parts) for parts in zip(names, heads, words, strict=True)]
    return "\n".join((title, *body, above, *rows, below)).splitlines()


@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["flat", "with blank lines"])
@pytest.mark.parametrize("kind", DUMPS)
def test_comments_of_each_language(kind: str, gap: str) -> None:
    title, body, words, names = (DUMPS[kind][at] for at in (0, 1, 2, 6))
    document = parse(gap.join(dump(kind)))
    assert document.title == title
    assert document.body == body
    assert document.stated_comments == 3
    assert tuple((comment.author, comment.text) for comment in document.comments) == tuple(
        zip(names, words, strict=True)
    )
    if kind in DATED:
        assert [comment.posted and comment.posted[:10] for comment in document.comments] == [
            *["2019-05-12"] * 2,
            "2019-05-13",
        ]


@pytest.mark.parametrize("kind", [kind for kind in DUMPS if DUMPS[kind][4]])
def test_answer_of_each_language(kind: str) -> None:
    document = parse("\n".join(dump(kind)))
    assert [comment.reply_to for comment in document.comments] == [None, "c1", None]


@pytest.mark.parametrize("kind", DUMPS)
def test_invitation_alone_gives_no_comments(kind: str) -> None:
    title, body, _, (above, _, below), *_ = DUMPS[kind]
    assert not parse("\n".join((title, *body, above.split("\n")[0], below))).comments

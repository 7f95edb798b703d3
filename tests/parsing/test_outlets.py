"""Outlets: the site's own name or host, whoever shows the page."""

from stance.datamodels import Page, PageFacts, PageKind
from stance.parsing import make_document
from stance.parsing.sites import Sites, clean_name
from stance.records.digests import domain_of, original_address
from tests.support.tables import cases

OWN = "https://www.paper.example/news/a.html"


@cases("url")
def test_address_behind_an_archive_a_cache_or_a_translator(url: str) -> None:
    assert original_address(url) == OWN


@cases("url", "host")
def test_one_site_is_one_host_and_an_archive_is_none(url: str, host: str | None) -> None:
    assert domain_of(url) == host


@cases("name", "expected")
def test_name_of_a_site_has_no_section_and_is_no_archive(name: str, expected: str | None) -> None:
    assert clean_name(name, "paperexample.com") == expected


def page(path: str, name: str | None) -> Page:
    site = f'<meta property="og:site_name" content="{name}">' if name else ""
    head = f'<head><link rel="canonical" href="https://www.paper.example/{path}">{site}</head>'
    return Page(path, PageKind.HTML, head, "utf-8")


def test_all_pages_of_a_host_have_the_name_of_the_first() -> None:
    said: list[str] = []
    sites = Sites(lambda host, message: said.append(f"{host}: {message}"))
    pages = [page("a", "The Paper"), page("b", None), page("c", "THE PAPER"), page("d", "The Mirror")]
    given = Page("e", PageKind.HTML, pages[0].text, "utf-8", facts=PageFacts(outlet="Mine"))
    assert [each.facts.outlet for each in sites.name([*pages, given])] == ["The Paper"] * 4 + ["Mine"]
    assert said == ["paper.example: its pages call it 'The Paper' and 'The Mirror'; all count as 'The Paper'"]


@cases("title", "logo", "expected")
def test_a_site_is_named_by_its_logo_and_the_end_of_its_title(title: str, logo: str, expected: str) -> None:
    text = f"<title>{title}</title>{logo}<h1>A bridge at last</h1><p>{'The council agreed on a bridge. ' * 9}</p>"
    url = "https://www.moleherald.example/a"
    assert make_document(Page("a", PageKind.HTML, text, "utf-8", url=url)).outlet == expected

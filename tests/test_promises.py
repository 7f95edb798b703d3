"""Each promise of README.md and SECURITY.md has a test, and figures in documents are those of the reports."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = {
    "separates the article from its reader comments": "newcomers::a_journalist_with_ten_saved_pages",
    "It runs offline on a laptop": "environment::nothing_asks_the_network",
    "Python 3.11 or later": "supply::what_we_ask_for_is_locked_within_its_range",
    "HTML, text dumps, archives, tables and exports of other tools are read": "cli::commands_pipe",
    "Differences are reported only after correction": "comparison::no_difference_is_claimed_however_large",
    "five folds state whether the new model is better": "cli_models::",
    "Results go to standard output or `-o`": "cli::parse_gives_documents_on_standard_output",
    "Exit codes: 0 everything was read": "cli::some_skipped_is_3_and_the_rest_is_done",
    "Commenters are not readers": "comparison_page::",
    "compare groups, quote no single score": "opening::few_comments_are_counted_and_all_are_asked_for",
    "no two outlets are said to differ": "comparison::no_difference_is_claimed_however_large",
    "other texts are counted and shown as not scored": "comparison::uncovered_comments_are_counted",
    "Names of commenters are replaced by pseudonyms": "pseudonyms::a_name_has_a_pseudonym_in_each_outlet",
    "`--public` writes reports that may be shared": "public::the_report_names_nobody_and_quotes_nothing",
    "with the commands that measure them": "promises::each_figure_has_its_command_and_day",
}
"""Part of each promise -> file of its test and the beginning of its name. Empty: the file as a whole."""

SECURITY = {
    "None of it is executed": "hostile_inputs::what_is_no_model_is_refused_and_not_run",
    "empty, binary, cut or damaged files": "hostile_inputs::beside_a_good_page_it_costs_itself_alone",
    "only regular files are opened": "hostile_inputs::no_verb_waits_for_a_pipe_or_reads_a_device",
    "names are printed, never opened": "hostile_inputs::names_of_files_are_names",
    "no DTD is loaded, nothing is fetched": "exports::an_outer_document_type_is_never_fetched",
    "very large files, lines, rows or numbers": "hostile_limits::no_limit_is_only_claimed",
    "escapes are removed on reading and on printing": "hostile_tables::escapes_of_a_terminal_are_taken_out",
    "an input adds no element, script or address": "hostile_outputs::no_markup_of_a_stranger_comes_alive",
    "prefixed with an apostrophe in CSV": "hostile_outputs::no_cell_is_a_formula",
    "bound to 127.0.0.1": "labelling_guards::the_server_listens_on_the_loopback_address_alone",
    "the Host header must be": "labelling_guards::another_host_is_refused_before_anything_else",
    "each write needs an Origin": "labelling_guards::a_write_without_an_origin_is_refused",
    "a link works once": "labelling_guards::a_link_works_once",
    "the content security policy allows only our own files": "labelling_guards::every_answer_carries_the_headers",
    "64 KiB of headers": "labelling_guards::headers_beyond_the_limit_are_refused",
    "only its words are sent, escaped, in a sandboxed frame": "fixing::nothing_of_a_hostile_page_but_its_words",
    "nothing is written through a link, outside `files/`": "window::nothing_is_written_through_a_link",
    "a token in a header that other sites cannot send": "window::a_file_from_elsewhere_is_refused",
    "no module is loaded from it": "window::a_module_in_the_folder_is_not_run",
    "passed as values of one option each, without a shell": "window::values_of_a_choice_are_no_options",
    "its commands end with it, and the next window continues": "window::a_command_ends_with_the_window",
    "no saved label is lost": "labelling_attack::two_hundred_write_at_once_and_all_are_saved",
    "is refused unless its tables, indexes, views and triggers": "store_file::files_of_others_are_refused",
    "whose checksum is wrong are left out and named": "store_file::no_flipped_bit_changes_data_without_a_word",
    "other files that hold them are listed by path": "forget::no_byte_of_them_is_left_in_stores",
    "pickle and joblib are not used": "persistence::pickles_are_named_and_not_opened",
    "no author, outlet or date": "llm::",
    "| the name of the model | the model hub": "hugging_face::",
    "Nothing else leaves the machine": "environment::nothing_asks_the_network",
    "All writes are atomic": "faults::a_process_that_dies_at_any_step_leaves_the_old_or_the_new",
    "a store is changed by transactions": "faults::an_answer_that_a_kill_breaks_off_is_there_or_not",
    "a merge builds a new store beside its place": "store_merge::a_merge_that_dies_at_any_step_is_finished",
    "running the command again finishes the work": "environment::what_a_killed_run_left_goes_with_the_next",
    "the second stops with a message": "environment::the_second_run_into_a_report_says_so_and_stops",
    "do not depend on a home folder, a locale": "environment::without_a_locale_output_is_what_it_always_is",
    "Inputs over a limit are refused or skipped": "hostile_limits::a_limit_holds_for_the_verb_that_it_is_given_to",
    "serves its window in the same way, with the same checks": "window::a_rebound_name_reads_nothing",
    "Before use, keys, shapes, types": "persistence::damage_is_named_in_one_line",
    "are loaded with": "hugging_face::a_pickle_is_never_opened",
    "All output after `parse` carries pseudonyms": "cli::names_are_shown_only_when_asked_for",
    "`--public` hides what could identify a person": "public::",
    "searches for inputs that break readers": "fuzzing::what_was_found_once_is_not_found_again",
    "pins releases by digest": "supply::every_line_of_the_lock_is_a_release_with_digests",
    "Change a limit with": "hostile_limits::flags_go_before_the_environment_and_that_before_the_file",
    "XML depth 256; 4,000 characters of an address": "hostile_limits::no_limit_is_only_claimed",
}

NO_PROMISE = re.compile(
    "attack|when|command|- `test_|`stance/|`stance label` and|Trusted:|Everything else may|Out of scope|Remaining risk|"
    "Where the system cannot|Four digits|A model or label file|Fixed limits|Write to the|More:|Or with your|Inputs are|"
    "The .tutorial|Excel, Parquet|`stance --help` lists"
)
"""Pattern of beginnings of headings, names of tests, risks and links."""

OTHER_TABLES = re.compile(r"\| (?:metric|stage|limit|what)\b.*\n(?:\|.*\n)+")
"""Pattern of tables of figures, stages and limits, which other tests compare."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def promises(text: str) -> Iterator[str]:
    """Yield the bullets, the rows of tables and the sentences of a document."""
    plain = OTHER_TABLES.sub("", re.sub(r"```.*?```", "", text, flags=re.S))
    for part in re.split(r"\n(?=- |\| )|\n\n", plain):
        if part.startswith(("- ", "| ")):
            yield " ".join(part.removeprefix("| ").split())
        elif part.strip() and not part.startswith(("#", "|", "![")):
            yield from re.split(r"(?<=[.:]) (?=[A-Z`])", " ".join(part.split()))


def test_each_promise_has_a_row() -> None:
    found = [each for name in ("README.md", "SECURITY.md") for each in promises(text_of(name))]
    assert len(found) > 60
    keys = (*README, *SECURITY)
    assert [each for each in found if not NO_PROMISE.match(each) and not any(key in each for key in keys)] == []
    assert len([each for each in found if NO_PROMISE.match(each)]) < 30


@pytest.mark.parametrize(("name", "table"), [("README.md", README), ("SECURITY.md", SECURITY)])
def test_each_row_is_a_promise_with_a_test(name: str, table: dict[str, str]) -> None:
    text = " ".join(text_of(name).split())
    assert [key for key in table if text.count(key) != 1] == []
    for row in table.values():
        file, _, test = row.partition("::")
        assert re.search(rf"^ *def test_{test}", text_of(f"tests/test_{file}.py"), re.M), row


# Figures --------------------------------------------------------------------------------------------------------------


def test_each_figure_has_its_command_and_day() -> None:
    rows = re.findall(r"^\| (?!metric|---).*\| ([^|]*) \|$", text_of("docs/figures.md"), re.M)
    assert len(rows) >= 25
    found = [re.fullmatch(r"\d{1,2} \w+ 20\d\d: `((?:python|make|stance) .*)`", row) for row in rows]
    assert [row for row, match in zip(rows, found, strict=True) if not match] == []
    scripts = [re.match(r"python -m (research[\w.]+)", match[1]) for match in found if match]
    missing = [each[1] for each in scripts if each and not (ROOT / f"{each[1].replace('.', '/')}.py").exists()]
    assert missing == []


@pytest.mark.parametrize(
    "name", ["README.md", "SECURITY.md", "data/README.md", "docs/figures.md", "docs/estimation.md"]
)
def test_files_that_documents_name_are_there(name: str) -> None:
    text = text_of(name)
    links = [link for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) if ":" not in link]
    scripts = re.findall(r"`((?:research|stance|docs)/[\w./]+\.\w+)`", text)
    gone = [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    assert gone + [script for script in scripts if not (ROOT / script).exists()] == []

"""Put corpora into one, each document once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from stance.corpus.manifest import Input
from stance.corpus.reader import Corpus, open_corpus
from stance.corpus.settings import differences
from stance.corpus.tables import Stored
from stance.corpus.writer import CorpusWriter
from stance.exceptions import ConfigError, InputError
from stance.records import Firsts

Watch = Callable[[Iterable[Stored]], Iterator[Stored]]


def merge(folders: Sequence[Path], output: Path, watch: Watch = iter) -> tuple[int, int]:
    """Write what some corpora hold into a new one.

    :param folders: Corpora made with the same settings, in the order in which their documents will stand.
    :param output: A new or an empty folder.
    :return: Documents written, and documents left out because one that says the same was there already.
    :raises ConfigError: If their settings differ, or the output is none of these.
    :raises InputError: If one is damaged, or a run that wrote it did not reach its end.
    """
    corpora = [open_corpus(folder) for folder in folders]
    _check(corpora, output)
    firsts, left_out = Firsts(), 0
    with CorpusWriter(output) as writer:
        if writer.settings:
            raise ConfigError(f"{output}: a corpus already; expected a new folder")
        writer.restart(corpora[0].manifest.settings)
        for corpus in corpora:
            left_out += _add(corpus, writer, firsts, watch)
        writer.finish()
        return writer.documents, left_out


def _add(corpus: Corpus, writer: CorpusWriter, firsts: Firsts, watch: Watch) -> int:
    """Add what a corpus holds and is not there yet.

    :return: How many documents were there already.
    """
    known = set(writer.inputs)
    names = _take_inputs(corpus, writer)
    repeats: dict[str, list[tuple[str, str]]] = {}
    left_out = 0
    for stored in watch(corpus.documents()):
        source, path = stored.scored.source, names[stored.origin]
        first = firsts.before(stored.key, source, is_scores=stored.content is None)
        if stored.content is None and path in known:  # the same table of scores, which was read into both
            left_out += 1
            continue
        if first is None:
            writer.add(stored.scored, path, stored.content)
            continue
        left_out += 1
        if first != source:
            repeats.setdefault(path, []).append((stored.key, first))
    for each in corpus.manifest.inputs:
        path = names[each.path]
        if not writer.inputs[path].finished:
            if not each.finished:
                writer.leave_open(path)
            writer.end(path, each.skipped, (*each.repeats, *repeats.get(path, ())))
    for remark in corpus.manifest.remarks:
        writer.remark(remark)
    return left_out


def _check(corpora: Sequence[Corpus], output: Path) -> None:
    first = corpora[0]
    for corpus in corpora:
        if not corpus.manifest.finished:
            raise InputError(f"{corpus.folder}: the last run did not reach its end; expected it to be run again first")
        if differing := differences(first.manifest.settings, corpus.manifest.settings):
            raise ConfigError(
                f"{corpus.folder}: other settings than {first.folder} ({'; '.join(differing[:3])}); "
                "expected corpora that were scored alike"
            )
        if corpus.folder.resolve() == output.resolve():
            raise ConfigError(f"{output}: one of the corpora to merge; expected a new folder")


def _take_inputs(corpus: Corpus, writer: CorpusWriter) -> Mapping[str, str]:
    """Note the inputs of a corpus.

    :return: What each is called from now on: two corpora may have read different files by the same path.
    """
    names: dict[str, str] = {}
    for each in corpus.manifest.inputs:
        known = writer.inputs.get(each.path)
        names[each.path] = each.path if known is None or known.sha256 == each.sha256 else f"{corpus.folder}:{each.path}"
        if known is None or names[each.path] != each.path:
            writer.begin(Input(names[each.path], each.bytes, each.sha256, is_whole=each.is_whole))
    return names

"""A store with documents, scores of two runs, a sample and labels of two annotators."""

from dataclasses import replace
from pathlib import Path

from stance.datamodels import Stance
from stance.store import Store
from stance.store.assignment import read_annotators
from stance.store.items import Answer, Pair, make_item
from stance.store.labels import LabelStore, add_sample, open_queues
from tests.support.store_samples import page, update, write


def make_labelled_store(folder: Path, pages: int = 4, comments: int = 8, *, labels: int = 20) -> Path:
    """Score made-up pages, draw every second comment as an audit sample, and label some of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "store.db"
    named = [page(f"place{n}", comments, outlet=f"Outlet {n % 2}", id=f"{n:016x}") for n in range(pages)]
    for number in range(2):
        half = write(folder / f"{number}.jsonl", *named[number::2])
        update([half], path, options={"model": "vader"})
    update(sorted(folder.glob("*.jsonl")), path)
    with Store.read(path) as store:
        documents = list(store.documents(store.choose_run()))
    items = []
    for document in documents:
        texts = {each.comment_id: each.text for each in document.comments}
        for comment in document.comments[::2]:
            item = make_item(document, comment, ("russia", "nato"), lambda name, *_: name, texts)
            items.append(replace(item, pairs=tuple(Pair(pair.target, "audit", 0.5) for pair in item.pairs)))
    add_sample(path, items, {"role": "audit", "seed": 7, "asked": len(items)})
    with LabelStore.write(path, is_shared=True) as opened:
        open_queues(opened, (), *read_annotators(None, "ann,ben"))
        stances = tuple(Stance)
        for number in range(labels):
            annotator = ("ann", "ben")[number % 2]
            item = opened.next_item(annotator)
            if item is not None:
                answers = [Answer(target, stances[(number + at) % 4]) for at, target in enumerate(("russia", "nato"))]
                opened.record(annotator, item, answers)
        opened.undo("ann")
    return path

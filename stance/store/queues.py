"""Add samples to a store, and share its items among annotators."""

from collections.abc import Sequence
from pathlib import Path

from stance import datamodels
from stance.datamodels import ADJUDICATED, Record
from stance.store.assignment import assign, login
from stance.store.items import Item
from stance.store.labels import DEFAULT_OVERLAP, LabelStore, read_settings, time_now
from stance.store.schema import long_query


def add_sample(path: Path, items: Sequence[Item], design: Record) -> int:
    """Add a sample to the store that it was drawn from.

    :return: How many pairs of comment and target are new there.
    :raises StoreError: If the store cannot be written, or holds a pair in the other role.
    """
    with LabelStore.write(path, is_shared=True) as store:
        store.add_settings({"seed": str(design["seed"])})
        return store.add_items(items, design)


def open_queues(
    store: LabelStore,
    items: Sequence[Item],
    here: str | None,
    team: tuple[str, ...] = (),
    overlap: float = DEFAULT_OVERLAP,
) -> tuple[str, ...]:
    """Add items that are new and labels that they have, assign the work, and return who works at the page.

    Items are assigned again where annotators or items are new; labels of those who no longer label stay.

    :param here: The annotator at this page; None: all who share the work.
    :param team: Those who share the work from now on; empty: those who did, and the annotator at this page.
    :param overlap: Share of the items that all annotators label, in a store that states none.
    :raises LabelError: If the store's seed or overlap is not a number, as others may have written the file.
    """
    store.add_settings({"seed": "0", "overlap": repr(overlap)})
    seed, overlap = read_settings(store)
    with store.transaction() as connection:  # one: of two who join at once, the second finds the first
        store.add_items([item for item in items if not store.holds(item)])
        is_taken = store.take_over(items)
        before = store.annotators(active=True)
        sharing = team or (*before, *((here,) if here and here not in before else ())) or (login(),)
        if is_taken or sharing != before or store.has_new_items():
            connection.execute("UPDATE annotators SET is_active = 0")
            activate = "INSERT INTO annotators VALUES (NULL, ?, ?, 1) ON CONFLICT DO UPDATE SET is_active = 1"
            connection.executemany(activate, [(name, time_now()) for name in (*sharing, ADJUDICATED)])
            names_of_items = datamodels.grouped(store.rows(long_query("started")))
            started = {item: frozenset(names) for item, names in names_of_items.items()}
            numbered = store.rows("SELECT item, identifier FROM items")
            in_store = [(item, name, started.get(item, frozenset())) for item, name in numbered]
            assigned = assign(in_store, sharing, overlap=overlap, seed=seed)
            connection.execute("DELETE FROM assignments")
            rows = [(annotator, item) for annotator, numbers in assigned.items() for item in numbers]
            connection.executemany("INSERT INTO assignments SELECT ?, place, item FROM items WHERE item = ?", rows)
            store.seal_all("annotators")
    return (here,) if here else sharing

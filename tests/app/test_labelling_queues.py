from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stance.store.assignment import assign, place_of


def items(count: int, started: dict[int, set[str]] | None = None) -> list[tuple[int, str, frozenset[str]]]:
    return [(n, f"doc/{n}", frozenset((started or {}).get(n, ()))) for n in range(count)]


teams = st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True)


@given(st.integers(0, 60), teams, st.floats(0, 1), st.integers(0, 5))
def test_everything_is_dealt_and_the_overlap_to_everybody(
    count: int, team: list[str], overlap: float, seed: int
) -> None:
    assigned = assign(items(count), team, overlap=overlap, seed=seed)
    holders = Counter(item for held in assigned.values() for item in held)
    assert set(holders) == set(range(count))
    shared = sum(times == len(team) for times in holders.values())
    if len(team) > 1:
        assert set(holders.values()) <= {1, len(team)}
        assert overlap * count - 1e-6 <= shared < overlap * count + 1
    assert max(map(len, assigned.values())) - min(map(len, assigned.values())) <= 1


@given(st.integers(1, 60), teams, teams, st.floats(0, 1), st.randoms())
def test_what_is_started_stays(count: int, team: list[str], later: list[str], overlap: float, draw: object) -> None:
    before = assign(items(count), team, overlap=overlap, seed=0)
    started = {item: {name} for name, held in before.items() for item in held[: draw.randint(0, len(held))]}  # type: ignore[attr-defined]
    after = assign(items(count, started), later, overlap=overlap, seed=0)
    assert all(item in after[name] for item, names in started.items() for name in names)
    # Who no longer labels is given nothing that they have not started.
    assert all(
        set(after[name]) <= {i for i, who in started.items() if name in who} for name in after if name not in later
    )
    assert {item for held in after.values() for item in held} == set(range(count))


def test_who_comes_later_gets_an_even_share_of_what_is_left() -> None:
    first = assign(items(100), ["a"], overlap=0.2, seed=0)
    started = {item: {"a"} for item in first["a"][:40]}
    assigned = assign(items(100, started), ["a", "b"], overlap=0.2, seed=0)
    to_do = [len([item for item in assigned[name] if name not in started.get(item, ())]) for name in "ab"]
    assert abs(to_do[0] - to_do[1]) <= 1
    assert len(set(assigned["a"]) & set(assigned["b"])) == 20


def test_the_order_is_the_same_for_all_and_random() -> None:
    assigned = assign(items(200), ["a", "b"], overlap=0.5, seed=0)
    order = sorted(range(200), key=lambda n: place_of(f"doc/{n}", 0))
    assert all(held == [item for item in order if item in held] for held in assigned.values())
    assert order != sorted(range(200), key=lambda n: place_of(f"doc/{n}", 1))
    # Those who stop after a third have both labelled about a third of the overlap.
    shared = set(assigned["a"]) & set(assigned["b"])
    early = shared & set(assigned["a"][:50]) & set(assigned["b"][:50])
    assert 20 <= len(early) <= 50

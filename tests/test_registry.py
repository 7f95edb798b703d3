"""The registry: nothing that is in it changes, nothing that happened is lost, and only a better model is promoted."""

import contextlib
import json
import tarfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_models import tiny

from stance.cli.models import decision_line, history_table, version_table, warn_left_out
from stance.datamodels import STANCES, Stance
from stance.evaluation import Example
from stance.exceptions import ConfigError, LabelError, ModelError
from stance.registry import DEEPEST, Kind, Registry, check_name, data_digest, list_files, resolve_model
from stance.registry.promotion import FEWEST_ROWS, FEWEST_STORIES, Decision, card_differences, measure, promote
from stance.scoring.instances import Instance, Judgement
from stance.scoring.persistence import load_model, model_digest, save_model


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models, in folders of their own, all called mine."""
    folder = tmp_path_factory.mktemp("trained")
    for seed in range(3):
        save_model(tiny(seed), folder / str(seed) / "mine", readme="# Mine\n")
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "models")


# Versions


def test_a_version_is_found_by_name_and_digest_and_is_what_was_trained(registry: Registry, trained: Path) -> None:
    source = trained / "0" / "mine"
    version = registry.add(source, parent="default@" + "0" * 64, command="stance train")
    assert version.label == load_model(source).name == load_model(registry.place(version)).name
    assert (version.parent, version.command, version.data) == ("default@" + "0" * 64, "stance train", "0" * 64)
    assert registry.versions() == (version,)
    assert registry.find(version.label) == registry.find(f"mine@{version.digest}") == version
    assert {path.name for path in registry.place(version).iterdir()} == {path.name for path in source.iterdir()}


def test_names_in_scores_stay_when_a_registry_is_moved(registry: Registry, trained: Path, tmp_path: Path) -> None:
    version = registry.add(trained / "0" / "mine")
    registry.folder.rename(tmp_path / "elsewhere")
    moved = Registry.open(tmp_path / "elsewhere")
    assert load_model(resolve_model(version.label, moved)).name == version.label
    assert not moved.verify()


def test_a_version_under_another_name_is_the_same_model(registry: Registry, trained: Path) -> None:
    one, other = (registry.add(trained / "0" / "mine", name=name) for name in ("one", "other"))
    assert one.digest == other.digest
    assert [load_model(registry.place(v)).name.partition("@")[0] for v in (one, other)] == ["one", "other"]


def test_adding_twice_is_adding_once(registry: Registry, trained: Path) -> None:
    assert registry.add(trained / "0" / "mine") == registry.add(trained / "0" / "mine")
    assert len(registry.events()) == 1


def test_a_candidate_is_not_what_a_name_stands_for(registry: Registry, trained: Path) -> None:
    version = registry.add(trained / "0" / "mine")
    assert registry.current("mine") is None
    with pytest.raises(ModelError, match=f"not promoted yet.*stance models use {version.label}"):
        registry.find("mine")


def test_any_earlier_version_comes_back(registry: Registry, trained: Path) -> None:
    versions = [registry.add(trained / str(seed) / "mine") for seed in range(3)]
    for version in (*versions, versions[0]):
        registry.use(version.label)
        assert registry.current("mine") == registry.find("mine") == version
        assert resolve_model("mine", registry) == registry.place(version)
    kinds = [event.kind for event in registry.history("mine")]
    assert kinds == [Kind.ADDED] * 3 + [Kind.CHOSEN] * 4


def test_the_current_version_cannot_be_removed_and_a_removed_one_stays_on_record(
    registry: Registry, trained: Path
) -> None:
    first, second = (registry.add(trained / str(seed) / "mine") for seed in range(2))
    registry.use(first.label)
    with pytest.raises(ModelError, match="the current mine"):
        registry.remove(first.label)
    place = registry.place(second)
    registry.remove(second.label)
    assert not place.exists()
    assert registry.versions() == (first,)
    assert registry.history("mine")[-1].kind is Kind.REMOVED
    assert not registry.verify()
    with pytest.raises(ModelError, match="no such version"):
        registry.use(second.label)
    assert registry.add(trained / "1" / "mine").digest == second.digest


def test_an_ambiguous_or_unknown_digest_is_refused(registry: Registry, trained: Path) -> None:
    versions = [registry.add(trained / str(seed) / "mine") for seed in range(3)]
    digests = [version.digest for version in versions]
    shared = next((d[0] for d in digests if sum(each.startswith(d[0]) for each in digests) > 1), None)
    if shared:
        with pytest.raises(ModelError, match=r"versions in .*; expected one of"):
            registry.find(f"mine@{shared}")
    unknown = "0" * 64 if "0" * 64 not in digests else "1" * 64
    with pytest.raises(ModelError, match=versions[0].label):
        registry.find(f"mine@{unknown}")
    with pytest.raises(ModelError, match=r"no model 'yours'; expected one of mine. See: stance models"):
        registry.find("yours")


def test_other_cues_that_ship_leave_the_version_findable_by_both_names(
    registry: Registry, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = registry.add(trained / "0" / "mine")
    monkeypatch.setattr("stance.scoring.persistence.cue_digest", lambda: "of a later release")
    scored_as = load_model(registry.place(version)).name
    assert scored_as != version.label
    assert registry.find(scored_as) == registry.find(version.label) == version


@pytest.mark.parametrize(
    "name", ["default", "light", "vader", "llm", "Mine", "a/b", "..", "", "a" * 41, "mine@1f", "é"]
)
def test_names_that_ship_or_are_no_names_are_refused(registry: Registry, trained: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="--name"):
        registry.add(trained / "0" / "mine", name=name)
    assert not registry.folder.exists()


@given(st.text(max_size=50))
def test_a_name_that_is_accepted_stays_inside_its_folder(name: str) -> None:
    with contextlib.suppress(ConfigError):
        assert Path("x", check_name(name)).resolve().parent == Path("x").resolve()


def test_a_registry_of_the_first_version_opens(tmp_path: Path) -> None:
    """Made by the code of November 2026: three versions added, one chosen, one kept as a candidate, one removed."""
    with tarfile.open(Path(__file__).parent / "registry-1.tar.gz") as archive:
        archive.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    old = Registry.open(tmp_path / "registry")
    chosen, kept = old.versions()
    assert [event.kind for event in old.events()] == ["added", "added", "added", "chosen", "kept", "removed"]
    assert old.find("mine") == old.current("mine") == chosen
    assert (chosen.label, kept.label) == ("mine@c947", "mine@3f85")
    assert chosen.command == "stance train labels.csv --name mine"
    assert not old.verify()
    assert "mine@c947: +0.100 [-0.100, +0.300], 60 audit labels" in history_table(old.history("mine"))
    old.use(kept.label)
    assert old.current("mine") == kept


# What --model stands for


def test_what_ships_comes_first_and_paths_are_folders(registry: Registry, trained: Path) -> None:
    version = registry.add(trained / "0" / "mine")
    registry.use(version.label)
    for name in ("default", "light", "vader", "hf:some/name", "llm:x", "./mine", Path("mine"), str(trained)):
        assert resolve_model(name, registry) == name


def test_a_folder_and_a_model_of_one_name_are_not_guessed_between(
    registry: Registry, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = registry.add(trained / "0" / "mine")
    registry.use(version.label)
    monkeypatch.chdir(trained / "0")
    with pytest.raises(ModelError, match=f"expected ./mine or {version.label}"):
        resolve_model("mine", registry)
    assert resolve_model(version.label, registry) == registry.place(version)


def test_an_unknown_name_lists_what_there_is(registry: Registry, trained: Path) -> None:
    registry.add(trained / "0" / "mine")
    with pytest.raises(ModelError, match=r"no model 'yours'; expected one of default, light, vader, mine\. Or"):
        resolve_model("yours", registry)


def test_a_registry_is_found_by_the_environment(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCE_REGISTRY", str(tmp_path / "r"))
    version = Registry.open().add(trained / "0" / "mine")
    assert resolve_model(version.label) == tmp_path / "r" / "versions" / version.digest[:12] / "mine"


# Damage


def test_damage_is_named_and_a_changed_description_is_refused(registry: Registry, trained: Path) -> None:
    version = registry.add(trained / "0" / "mine")
    place = registry.place(version)
    card = json.loads((place / "card.json").read_text())
    for name in ("card.json", "coef.npy", "mean.npy"):
        (place / name).chmod(0o644)
    (place / "card.json").write_text(json.dumps(card | {"measures": {"macro_f1": 0.99}}))
    (place / "coef.npy").write_bytes(b"other")
    (place / "mean.npy").unlink()
    (place / "notes.txt").write_text("mine")
    assert {(Path(damage.source).name, damage.reason.partition(";")[0]) for damage in registry.verify()} == {
        ("card.json", "not the file that was added"),
        ("coef.npy", "not the file that was added"),
        ("mean.npy", "no such file"),
        ("notes.txt", f"not there when {version.label} was added"),
    }
    for act in (registry.use, lambda name: resolve_model(name, registry)):
        with pytest.raises(ModelError, match=r"card\.json: not the file"):
            act(version.label)


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b"[]", "no JSON object"),
        (b"{}", "format"),
        ({"format": "stance-registry/9"}, "format"),
        ({"event": "burnt"}, "event 'burnt'"),
        ({"name": "../x"}, "name '../x'"),
        ({"digest": "12"}, "digest '12'"),
        ({"by": None}, "by 'None'"),
        ({"command": "\x1b[2J"}, "command '\\x1b[2J'"),
        ({"files": {"../../x": "0"}}, "names of files"),
        ({"files": []}, "names of files"),
    ],
)
def test_a_damaged_event_is_one_line(
    registry: Registry, trained: Path, content: bytes | dict[str, object], seen: str
) -> None:
    registry.add(trained / "0" / "mine")
    path = registry.folder / "events" / "000001.json"
    record = json.loads(path.read_text())
    path.unlink()
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(record | content).encode())
    with pytest.raises(ModelError) as error:
        registry.versions()
    assert str(error.value).startswith(f"{path}: ")
    assert seen in str(error.value)
    assert "\n" not in str(error.value)


def test_events_are_bounded_together(registry: Registry, trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.add(trained / "0" / "mine")
    size = sum(path.stat().st_size for path in (registry.folder / "events").iterdir())
    monkeypatch.setattr("stance.registry.MAX_EVENTS_BYTES", size)
    assert len(registry.events()) == 1
    monkeypatch.setattr("stance.registry.MAX_EVENTS_BYTES", size - 1)
    with pytest.raises(ModelError, match=rf"1 events of {size:,} bytes; expected at most [\d,]+ of {size - 1:,} bytes"):
        registry.events()


def test_a_missing_event_is_seen(registry: Registry, trained: Path) -> None:
    for seed in range(3):
        registry.add(trained / str(seed) / "mine")
    (registry.folder / "events" / "000002.json").unlink()
    with pytest.raises(ModelError, match=r"000003\.json: expected 000002\.json there"):
        registry.names()


def test_a_folder_that_is_no_model_adds_nothing(registry: Registry, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty folder"):
        registry.add(tmp_path / "empty")
    with pytest.raises(ModelError, match="expected a folder of models"):
        Registry.open(next((trained / "0" / "mine").iterdir()))
    assert not registry.folder.exists()


def test_links_and_depths_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "model"
    deep = folder.joinpath(*["base"] * (DEEPEST + 1))
    deep.mkdir(parents=True)
    with pytest.raises(ModelError, match=f"at most {DEEPEST}"):
        list_files(folder)
    deep.rmdir()
    (folder / "README.md").symlink_to(tmp_path / "secret")
    with pytest.raises(ModelError, match="plain files"):
        list_files(folder)


def test_a_copy_that_fails_leaves_nothing(registry: Registry, trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", fail)
    with pytest.raises(ModelError, match="No space left"):
        registry.add(trained / "0" / "mine")
    monkeypatch.undo()
    assert not list(registry.folder.rglob("*.npy"))
    registry.add(trained / "0" / "mine")
    assert not registry.verify()


def test_what_a_run_left_that_was_killed_is_replaced(registry: Registry, trained: Path) -> None:
    digest = model_digest(trained / "0" / "mine")
    half = registry.folder / "versions" / digest[:12] / "mine"
    half.mkdir(parents=True)
    (half / "model.json").write_text("{")
    (registry.folder / "events").mkdir()
    (registry.folder / "events" / ".draft-x").write_text("{")
    registry.add(trained / "0" / "mine")
    assert not registry.verify()


def test_runs_at_once_lose_no_event(registry: Registry, trained: Path) -> None:
    versions = [registry.add(trained / str(seed) / "mine") for seed in range(3)]
    threads = [
        threading.Thread(target=lambda v=version: [registry.use(v.label) for _ in range(10)]) for version in versions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = registry.events()
    assert [event.number for event in events] == list(range(1, 34))
    assert sorted(event.digest for event in events[3:]) == sorted(v.digest for v in versions for _ in range(10))


# Promotion


class Oracle:
    """A scorer that says what it is told to, and None where it has no answer."""

    languages = ("en",)

    def __init__(self, name: str, says: Sequence[Stance | None]) -> None:
        self.name = name
        self.card: dict[str, object] = {}
        self.says = says

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        rows = [self.says[int(instance.text.rpartition(" ")[2])] for instance in instances]
        stances = np.array([[np.nan] * 4 if s is None else np.eye(4)[STANCES.index(s)] for s in rows])
        return Judgement(stances, [()] * len(rows))


GOLD = [STANCES[i % 4] for i in range(200)]


def examples(n: int = 200, *, per_story: int = 2, role: str = "audit") -> list[Example]:
    return [
        Example(Instance(f"comment {i}", "russia", (), None), GOLD[i], f"story {i // per_story}", "", role=role)
        for i in range(n)
    ]


def right(share: float, name: str, shift: int = 0) -> Oracle:
    """A scorer that is right in a share of the rows, and one label off in the others."""
    says = [g if (i * 7 + shift) % 100 < share * 100 else STANCES[(i + 1) % 4] for i, g in enumerate(GOLD)]
    return Oracle(name, says)


def test_a_surely_better_model_is_promoted_and_a_worse_one_is_not() -> None:
    good, bad = right(0.9, "good@1"), right(0.6, "bad@1")
    decision = promote(good, bad, examples())
    assert decision.kind is Kind.PROMOTED
    assert decision.record["difference"]["difference"] == pytest.approx(0.3, abs=0.02)
    assert [decision.record["data"][key] for key in ("pairs", "stories", "audit")] == [200, 100, 200]
    worse = promote(bad, good, examples())
    assert worse.kind is Kind.KEPT
    assert worse.record["needed"] is None
    assert "no better on these labels" in decision_line(worse, "bad@1")


def test_a_model_is_not_promoted_over_itself() -> None:
    same = right(0.8, "same@1")
    assert promote(same, same, examples()).kind is Kind.KEPT


def test_one_that_may_be_better_by_chance_is_kept_with_what_would_be_needed() -> None:
    decision = promote(right(0.75, "a@1"), right(0.7, "b@1", shift=50), examples())
    assert decision.kind is Kind.KEPT
    difference, (low, high) = decision.record["difference"]["difference"], decision.record["difference"]["interval"]
    assert low < 0 < difference < high
    needed, n = decision.record["needed"], decision.record["data"]["pairs"]
    # With so many, the lower end would touch zero if the interval narrowed with the root of the number of labels.
    assert (difference - low) * (n / (n + needed)) ** 0.5 <= difference * 1.001
    assert f"{needed:,} more audit labels" in decision_line(decision, "a@1")


def test_too_few_labels_or_stories_decide_nothing() -> None:
    good, bad = right(1.0, "good@1"), right(0.3, "bad@1")
    few = promote(good, bad, examples(FEWEST_ROWS - 1, per_story=1))
    one_story_short = promote(good, bad, examples(200, per_story=-(-200 // (FEWEST_STORIES - 1))))
    for decision in (few, one_story_short):
        assert decision.record["difference"]["interval"][0] > 0
        assert decision.kind is Kind.KEPT
        assert f"{FEWEST_STORIES} stories are the fewest" in decision_line(decision, "good@1")
    assert promote(good, bad, examples(FEWEST_ROWS, per_story=1)).kind is Kind.PROMOTED


def test_force_is_recorded_as_force_only_where_it_was_needed() -> None:
    good, bad = right(0.9, "good@1"), right(0.6, "bad@1")
    assert promote(bad, good, examples(), force=True).kind is Kind.FORCED
    assert promote(good, bad, examples(), force=True).kind is Kind.PROMOTED


def test_a_model_that_a_baseline_beats_is_not_promoted() -> None:
    rows = [replace(each, label=Stance.FAVOR if i % 10 else Stance.AGAINST) for i, each in enumerate(examples())]
    poor = Oracle("poor@1", [Stance.FAVOR if i % 3 else Stance.AGAINST for i in range(200)])
    poorer = Oracle("poorer@1", [Stance.AGAINST if i % 10 else Stance.FAVOR for i in range(200)])
    decision = promote(poor, poorer, rows)
    assert decision.record["difference"]["interval"][0] > 0
    assert decision.kind is Kind.KEPT
    assert "the baseline majority has macro F1 0.474 on these labels" in decision_line(decision, "poor@1")
    assert promote(poor, poorer, rows, force=True).kind is Kind.FORCED
    good = right(0.9, "good@1")
    good.card = {"measures": {"macro_f1": 0.2, "baselines": {"vader": {"macro_f1": 0.3}}}}
    decision = promote(good, right(0.6, "bad@1"), examples())
    assert "not promoted, as the baseline vader has macro F1 0.300 on its own test" in decision_line(decision, "good@1")


def test_only_audit_rows_decide() -> None:
    good, bad = right(0.9, "good@1"), right(0.6, "bad@1")
    mixed = [*examples(120), *examples(200, role="train")[120:]]
    assert promote(good, bad, mixed).record["data"]["pairs"] == 120
    with pytest.raises(LabelError, match="none with role audit"):
        promote(good, bad, examples(role="train"))


def test_rows_without_a_stance_by_either_are_left_out_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = right(0.9, "good@1"), right(0.6, "bad@1")
    good.says = [None if i < 30 else s for i, s in enumerate(good.says)]
    bad.says = [None if 20 <= i < 40 else s for i, s in enumerate(bad.says)]
    measured = measure(good, bad, examples())
    assert (measured["data"]["pairs"], measured["data"]["left_out"]["undecided"]) == (160, 40)
    warn_left_out(measured)
    line = "stance: warning: 40 labelled pairs have no stance by one of the models; left out\n"
    assert capsys.readouterr().err == line
    good.says = [None] * 200
    with pytest.raises(LabelError, match="none of 200 pairs decided by both"):
        measure(good, bad, examples())


def test_rows_that_a_model_was_trained_on_are_left_out_and_counted() -> None:
    good, bad = right(0.9, "good@1"), right(0.6, "bad@1")
    found = promote(good, bad, examples(), is_known=lambda example: int(example.story.split()[1]) < 20).record["data"]
    assert (found["pairs"], found["left_out"], found["stories"]) == (160, {"trained_on": 40, "undecided": 0}, 80)
    with pytest.raises(LabelError, match="all 200 pairs are in the training data"):
        promote(good, bad, examples(), is_known=lambda _: True)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_but_chance(random: object) -> None:
    rows = examples(80)
    first = measure(right(0.9, "a@1"), right(0.6, "b@1"), rows)
    random.shuffle(rows)  # type: ignore[attr-defined]
    again = measure(right(0.9, "a@1"), right(0.6, "b@1"), rows)
    assert again["data"]["sha256"] == first["data"]["sha256"]
    assert again["difference"]["difference"] == pytest.approx(first["difference"]["difference"])


def decision() -> Decision:
    return promote(right(0.9, "mine@1"), right(0.6, "default@1"), examples())


def test_a_decision_is_kept_with_all_that_it_went_by(registry: Registry, trained: Path) -> None:
    version = registry.add(trained / "0" / "mine")
    found = decision()
    registry.decide(version, found.kind, found.record, against=None, command="stance models promote")
    assert registry.current("mine") == version
    event = registry.history("mine")[-1]
    assert (event.kind, event.command, event.label) == (Kind.PROMOTED, "stance models promote", version.label)
    assert event.details == found.record
    assert found.record["data"]["pairs"] == 200
    assert "default@1: +0.3" in history_table(registry.history("mine"))
    assert "promoted: surely better" in version_table(registry)


def test_a_decision_against_what_is_no_longer_current_is_refused(registry: Registry, trained: Path) -> None:
    first, second = (registry.add(trained / str(seed) / "mine") for seed in range(2))
    registry.use(first.label)  # by another run, while the second was measured against none
    found = decision()
    with pytest.raises(
        ModelError, match=f"another run made {first.label} the current mine.*measure {second.label} again"
    ):
        registry.decide(second, found.kind, found.record, against=None)
    assert registry.current("mine") == first
    with pytest.raises(ValueError, match="promoted, kept, forced"):
        registry.decide(second, Kind.CHOSEN, {}, against=first)


# Cards


def test_cards_are_compared_where_they_differ() -> None:
    one = {"seed": 0, "data": {"train": {"pairs": 10}}, "languages": ["en"], "targets_tested": ["us"]}
    measures = {"macro_f1": 0.5, "targets": {"us": {"macro_f1": 0.4}, "cuba": {"macro_f1": 0.3}}, "baselines": {"x": 1}}
    other = {"seed": 0, "data": {"train": {"pairs": 12}}, "languages": ["en", "de"], "measures": measures}
    assert card_differences(one, other | {"targets_tested": ["us"]}) == [
        ("data.train.pairs", "10", "12"),
        ("languages", "en", "en, de"),
        ("measures.macro_f1", "-", "0.5"),
        ("measures.targets.us.macro_f1", "-", "0.4"),
    ]
    assert not card_differences(one, one)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=8) | st.sampled_from(["data", "measures", "targets_tested"]), JSON, max_size=4))
def test_any_card_can_be_compared_and_asked_for_its_data(card: dict[str, object]) -> None:
    assert data_digest(card) is None
    for row in card_differences(card, {}):
        assert all(cell.isprintable() for cell in row)

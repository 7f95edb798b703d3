"""Facts about the model of a report: measures of its card, languages that were tested, comments that were sent away."""

from hashlib import blake2b
from typing import TYPE_CHECKING

from stance.datamodels import Record, counted
from stance.log import Log
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import RemoteScorer, Scorer

if TYPE_CHECKING:
    from stance.reporting.summary import ModelNote


def with_run(comparison: Record, scorer: DocumentScorer, log: Log) -> Record:
    """Add the skipped inputs, and digests of model, targets and lexicon: a run with others gives other figures."""
    from importlib.resources import files

    lexicon = files("vaderSentiment").joinpath("vader_lexicon.txt").read_bytes()
    digests = {
        "model": ", ".join(comparison["models"]) or scorer.model.name,
        "targets": blake2b(repr(scorer.targets.targets).encode(), digest_size=8).hexdigest(),
        "lexicon": blake2b(lexicon, digest_size=8).hexdigest(),
    }
    if copied := len(comparison.get("copied_articles", ())):
        articles = counted(copied, "article is", "articles are")
        log.warn("articles", f"{articles} at several outlets; copies count as one event")
    skipped = [{"source": skip.source, "reason": skip.reason} for skip in log.skipped]
    return comparison | {"skipped": skipped, "digests": digests | comparison["digests"]}


def model_note(scorer: DocumentScorer) -> "ModelNote":
    """Return the facts about a model from its card; one that ships was not tested on aliases that replace its own."""
    from stance.reporting.summary import ModelNote
    from stance.scoring.persistence import installed_models
    from stance.scoring.targets.files import replaced_targets

    model = scorer.model
    measures = dict(model.card.get("measures", {}))
    held_out = model.card.get("data", {}).get("held_out")
    is_shipped = model.name.partition("@")[0] in installed_models()
    if measures and held_out:
        pairs = f"{held_out['pairs']:,} labelled pairs of comment and target"
        compared = measures.get("compared")
        if compared and compared["difference"] is None:  # nothing was new to the base
            measures["measured_on"] = f"{pairs} that its base model had learned (so the figure is too high)"
        else:
            stories = counted(held_out["stories"], "story", "stories")
            kind = " written for this project" * is_shipped
            measures["measured_on"] = f"{pairs} from {stories}{kind} that the model was not trained on"
    if is_shipped and isinstance(by_target := measures.get("targets"), dict):
        replaced = replaced_targets(scorer.targets.targets)
        measures["targets"] = {name: measure for name, measure in by_target.items() if name not in replaced}
    by_language = getattr(model, "by_language", {})
    tested = (*model.card.get("languages", model.languages), *by_language) if measures else ()
    not_tested = tuple(language for language in scorer.languages if language not in tested)
    return ModelNote(model.name, scorer.languages, measures, not_tested, by_language, sent_texts(model))


def sent_texts(model: Scorer) -> Record:
    """Return the address that a model sent comments to, and their number; empty if it sends none."""
    return {"endpoint": model.endpoint, "texts": model.texts_sent} if isinstance(model, RemoteScorer) else {}

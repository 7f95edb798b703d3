"""Options of targets, models and their training."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from stance.datamodels import Strings, frozen
from stance.exceptions import ModelError
from stance.options.definition import (
    choice_option,
    count_option,
    file_option,
    flag_option,
    listed,
    option,
    read_by,
    repeatable,
)

if TYPE_CHECKING:
    from stance.scoring.instances import Scorer
    from stance.scoring.targets.target_set import TargetSet

ROLES = ("audit", "train")
"""Words: roles of labels."""


@frozen
class TrainingOptions:
    """Base model and data of a training."""

    start_from: str | None = flag_option("--from", "Model to start from, e.g. light (default: the model in use).")
    seed: int = option("--seed", "Random seed.", 0)

    panel = "Training"


_read_languages = read_by("stance.scoring", "parse_languages")


@frozen
class TargetsFile:
    """The targets that are known."""

    targets: Path | None = file_option(
        "--targets", "TOML file that adds or replaces targets.", often="report score evaluate", repeated=True,
        needs=("--bundle, --checklist or -o FILE.xlsx",),
    )  # fmt: skip

    panel = "Targets and model"

    def load(self) -> "TargetSet":
        """Load the shipped targets and those of the user's file.

        :raises TargetError: If the file cannot be used.
        """
        from stance.scoring.targets.target_set import load_targets

        return load_targets(self.targets)


@frozen
class TargetOptions:
    """The targets that stance is scored toward."""

    targets_file: TargetsFile = TargetsFile()
    target: Strings = repeatable(
        "--target", "Score only this target (repeatable).", listed, often="report compare sample label score",
        repeated=True, needs=("--labels FILE.db",),
    )  # fmt: skip

    panel = "Targets and model"

    def load(self) -> "TargetSet":
        """Load the targets to score: those named by ``target``, else all that are not background.

        :raises TargetError: If the file cannot be used or a target is not defined.
        """
        targets = self.targets_file.load()
        return targets.select(self.target) if self.target else targets


@frozen
class EndpointOptions:
    """Settings of a plugged-in model. No file or variable sets where texts are sent."""

    url: str | None = flag_option("--url", "For llm models: endpoint, e.g. http://localhost:8000/v1.")
    plain_http: bool = flag_option("--plain-http", "For llm models: allow http:// to another machine.", False)
    model_languages: Strings | None = option(
        "--model-languages", "For hf and llm models: languages to score (default: en).", parse=_read_languages,
        repeated=True,
    )  # fmt: skip
    label_map: Mapping[str, str] | None = option(
        "--label-map",
        "For hf models: their own labels, e.g. favor=LABEL_1,against=LABEL_0.",
        parse=read_by("stance.scoring", "parse_label_map"),
    )
    parallel: int | None = count_option("--parallel", "For llm models: requests at a time; for hf: threads.", max=256)
    budget: int | None = count_option("--budget", "For llm models: stop after this many requests.")

    panel = "Models hf:NAME and llm:NAME"


ANY_MODEL = "auto"
"""No model is named: that of the store, else ``default``."""


@frozen
class ModelOptions:
    """The model that scores."""

    model: "str | Path | Scorer" = option(
        "--model", "A built-in model, the folder of a model, vader, hf:NAME or llm:NAME.", ANY_MODEL, kind=str,
        often="report compare sample evaluate score", repeated=True,
    )  # fmt: skip
    languages: Strings | None = option(
        "--languages", "Languages to score, e.g. en,de (experimental ones only if named).", parse=_read_languages,
        often="evaluate", repeated=True,
    )  # fmt: skip
    endpoint: EndpointOptions = EndpointOptions()

    panel = "Targets and model"

    @property
    def chosen(self) -> "str | Path | Scorer":
        """The model that is named, else ``default``."""
        return "default" if self.model == ANY_MODEL else self.model

    def replaced_by(self, name: str) -> "ModelOptions":
        """Return the options of another model, with the settings of plugged-in ones if it is of the same kind."""
        from stance.scoring import find_plugin

        plugin, current = find_plugin(name), find_plugin(self.chosen)
        endpoint = self.endpoint if plugin and current and plugin[0] == current[0] else EndpointOptions()
        return ModelOptions(name, self.languages, endpoint)

    def find(self) -> str | Path:
        """Return the name or folder of the model.

        :raises ModelError: If the model is not given by name.
        """
        if not isinstance(self.chosen, str | Path):
            raise ModelError(f"{self.chosen.name}: a loaded model; expected its name or folder")
        return self.chosen

    def folder(self) -> Path | None:
        """Find the folder of the model; None for a plugged-in model without one.

        :raises ModelError: If there is no such model.
        """
        from stance.scoring import find_plugin, persistence

        if plugin := find_plugin(str(self.chosen)):
            folder = Path(os.path.expanduser(plugin[1]))  # noqa: PTH111 as it is loaded
            return folder if plugin[1] and folder.is_dir() else None
        return persistence.model_folder(self.find())

    def load(self, targets: "TargetSet") -> "Scorer":
        """Load the model, with the labels of the targets; one that is loaded stays as it is.

        :raises ModelError: If it cannot be loaded.
        """
        from stance.scoring import ScorerSettings, load_scorer

        if not isinstance(self.model, str | Path):
            return self.model
        values = asdict(self.endpoint)
        labels = {target.target_id: target.label for target in targets.targets}
        settings = ScorerSettings(languages=values.pop("model_languages"), labels=labels, **values)
        return load_scorer(self.find(), settings)


@frozen
class MeasureOptions:
    """Options of the measurement of a model."""

    seed: int = option("--seed", "Random seed.", 0, min=0)
    role: str | None = choice_option(
        "--role", "Use only rows of this role: audit, train.", None, ROLES, variable=False, often="evaluate"
    )
    against: Strings = repeatable(
        "--against", "Measure this model on the same labels too (repeatable).", listed, variable=False
    )

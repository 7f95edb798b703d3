"""The user's own cues laid over the shipped ones: those of the settings folder, then those that a run names.

A model keeps the weights that it learned; a cue that it never saw counts with its written weight, corrected as its
family and what surrounds it are. Since scores change, so does the name of the model.
"""

import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stance.exceptions import ConfigError
from stance.resources import CUES
from stance.scoring.adapted import AdaptedFeatures, AdaptedModel
from stance.scoring.cues import cue_digest, make_engine
from stance.scoring.model import StanceModel

if TYPE_CHECKING:
    from stance.scoring.scorers import Scorer

Judge = TypeVar("Judge", bound="Scorer")


def settings_folder() -> Path:
    """Where a user's cues lie that hold for every run: in the folder that the system keeps for settings."""
    from typer import get_app_dir

    return Path(get_app_dir("stance")) / "cues"


def with_own_cues(scorer: Judge, folder: Path | None = None) -> Judge:
    """Give a model the user's own cues too.

    One that was taught by labels has them in what it started from, where it reads its cues.

    :param folder: Cues of this run; those of the settings folder, where it is there, are taken in any case.
    :return: The same model where there are no cues of one's own.
    :raises ConfigError: If cues cannot be used, or some are given for a model that reads none.
    """
    if not isinstance(scorer, StanceModel | AdaptedModel):
        if folder is not None:
            raise ConfigError(f"--cues {folder}: {scorer.name} reads no cues; expected a model that stance train made")
        return scorer
    settings = settings_folder()
    folders = [each for each in (settings if settings.is_dir() else None, folder) if each is not None]
    if not folders:
        return scorer
    features: Any = copy.copy(scorer.features)
    if isinstance(features, AdaptedFeatures):
        features.base = with_own_cues(features.base, folder)
    else:
        features.engine = make_engine(CUES, *folders)
    return replace(scorer, features=features, name=f"{scorer.name}+{cue_digest(*folders)[:4]}")

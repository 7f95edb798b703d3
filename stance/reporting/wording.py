"""The words that reports show for the closed sets of this package, and for languages."""

from collections.abc import Mapping

from stance.datamodels import UNKNOWN_LANGUAGE, Stance, Via

STANCE_WORDS: Mapping[str, str] = {
    Stance.AGAINST: "against",
    Stance.NEUTRAL: "neutral",
    Stance.FAVOR: "in favor",
    Stance.NOT_ADDRESSED: "not addressed",
}

STANCE_SIGNS: Mapping[str, str] = {
    Stance.AGAINST: "▼",
    Stance.NEUTRAL: "●",
    Stance.FAVOR: "▲",
}
"""A shape beside each color, for whoever does not see the color."""

VIA_WORDS: Mapping[str, str] = {
    Via.TEXT: "own words",
    Via.PARENT: "via the comment it answers",
    Via.ARTICLE: "via the article",
}

VERDICT_WORDS: Mapping[str, str] = {
    "not_tested": "not tested",
    "cannot_tell_apart": "cannot be told apart",
    "differ": "differ",
}

METHOD_WORDS: Mapping[str, str] = {
    "ppi": "corrected by audit labels",
    "labels": "labels alone: too few to correct",
    "model": "model-labelled",
    "none": "too few",
}

BASELINE_WORDS: Mapping[str, str] = {
    "majority": "Commonest label",
    "vader": "VADER read as stance",
    "vader_target": "VADER around the target",
    "gate": "Commonest side where named",
}

NO_SCORE = "no score"
"""The key of comments that nobody asked to score, beside the languages of those that could not be."""

UNDECIDED = "undecided"
"""Likewise of comments in a language that the model covers, to which it gave no stance toward any target."""

# ISO 639-1 code -> English name: the languages in which pages with comments were met, and their neighbours.
LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "nb": "Norwegian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "ta": "Tamil",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "und": "language unknown, in other letters",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
    UNKNOWN_LANGUAGE: "language unknown",
    NO_SCORE: "no score asked for",
    UNDECIDED: "left undecided",
}


def language_name(code: str) -> str:
    """Name a language in English; a code that is not listed stands for itself."""
    return LANGUAGES.get(code, code)

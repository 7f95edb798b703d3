"""What a page shows beyond its shares: who wrote, who answers whom, when, with how many votes, in which words."""

from collections.abc import Sequence
from typing import Any

from stance.datamodels import Document
from stance.reporting.concentration import concentration_record
from stance.reporting.moments import time_record
from stance.reporting.picking import evidence_record
from stance.reporting.remarks import remarks
from stance.reporting.replies import depth_records, reply_record
from stance.reporting.threads import thread_order
from stance.reporting.votes import votes_record
from stance.reporting.words import PageWords, words_record


def document_details(scored: Document, targets: Sequence[str]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Record what is counted of a document's comments one beside the other.

    :return: ``concentration``, ``depths``, ``time`` and ``votes`` of the document; and by target ``replies``, ``words``
        and ``evidence``. No record holds an author.
    """
    document, found = scored, remarks(scored, scored.scores)
    places, words = thread_order(document.comments), PageWords(found)
    whole = {
        "concentration": concentration_record(found),
        "depths": depth_records(found, places, targets),
        "time": time_record(found, document.published, targets),
        "votes": votes_record(found, targets),
    }
    return whole, {
        target: {
            "replies": reply_record(found, places, target),
            "words": words_record(words, found, target),
            "evidence": evidence_record(found, document.document_id, target),
        }
        for target in targets
    }

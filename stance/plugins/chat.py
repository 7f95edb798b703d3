"""Score with a chat model behind an OpenAI-compatible endpoint.

The label guide is the prompt and comments are data: one request per comment, with all its targets and what its writer
saw. Comments that name no target, and are under nothing that does, are not sent. Every answer is checked; a pair
without a usable answer has no stance and a reason. Requests are bounded in time, size and number.
"""

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stance.datamodels import STANCES, Record, Strings
from stance.plugins.chat_endpoint import ChatEndpoint, NoAnswerError, checked_key, checked_url
from stance.plugins.chat_questions import HOW_SURE, ChatAnswers, Question, make_question, read_answer
from stance.resources import DATA
from stance.scoring import KEY_VARIABLE, ScorerSettings
from stance.scoring.instances import Context, Instance, Judgement, digest, mention_spans, unnamed_shares

if TYPE_CHECKING:
    import httpx

LABEL_GUIDE = DATA / "LABEL_GUIDE.md"

INSTRUCTIONS = Path(__file__).with_name("instructions.txt").read_text(encoding="utf-8")


@dataclass(slots=True)
class ChatScorer:
    """Scores by a chat model behind an endpoint."""

    model: str
    server: ChatEndpoint
    languages: Strings = ("en",)
    labels: Mapping[str, str] = field(default_factory=dict)
    parallel: int = 4
    guide: str = field(default_factory=lambda: LABEL_GUIDE.read_text(encoding="utf-8"))

    @property
    def texts_sent(self) -> int:
        """Number of comments that were sent."""
        return len(self.server.sent)

    @property
    def name(self) -> str:
        """Name of the model with a digest of endpoint and prompt."""
        return f"llm:{self.model}@{digest(self.endpoint, self.prompt)[:4]}"

    @property
    def endpoint(self) -> str:
        """Address that comments are sent to."""
        return self.server.url

    @property
    def prompt(self) -> str:
        """System message of each request."""
        return f"{self.guide.strip()}\n\n{INSTRUCTIONS}"

    @property
    def card(self) -> Record:
        """Endpoint, prompt and how answers are read; measures are for ``stance evaluate``."""
        return {
            "what": "a chat model, asked with the label guide",
            "model": self.model,
            "endpoint": self.endpoint,
            "prompt_sha256": digest(self.prompt),
            "how_sure": {str(confidence): share for confidence, share in HOW_SURE.items()},
            "limits": ["Not measured here.", "Probabilities follow by convention from the model's stated confidence."],
        }

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge each text toward its target, by the answers of the endpoint.

        :raises ModelError: If the endpoint wants another key, address or model, or never answered anything.
        """
        probabilities = np.array([unnamed_shares(instance) for instance in instances]).reshape(-1, len(STANCES))
        evidence = [mention_spans(instance) for instance in instances]
        reasons = {}
        comments: dict[tuple[str, Context], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row, instance in enumerate(instances):
            comments[instance.text, instance.shown][instance.target].append(row)
        rows_asked: dict[Question, Mapping[str, list[int]]] = {}
        for rows in comments.values():
            firsts = [instances[first] for first, *_ in rows.values()]
            if any(instance.via is not None for instance in firsts):
                rows_asked[make_question(firsts)] = rows
        for question, answers in self._answers([*rows_asked]).items():
            for row, answer in (
                (row, answers[target]) for target, rows in rows_asked[question].items() for row in rows
            ):
                if isinstance(answer, str):
                    reasons[row], probabilities[row] = answer, np.nan
                else:
                    sure = HOW_SURE[answer.confidence]
                    probabilities[row] = (1 - sure) / (len(STANCES) - 1)
                    probabilities[row, STANCES.index(answer.label)] = sure
                    evidence[row] = answer.spans or evidence[row]
        return Judgement(probabilities, evidence, reasons)

    def _answers(self, questions: Sequence[Question]) -> dict[Question, ChatAnswers]:
        """Have the endpoint answer each question."""
        answers: dict[Question, ChatAnswers] = {}
        if questions:
            from anyio.from_thread import start_blocking_portal  # comes with httpx

            # In a thread of its own: a notebook runs a loop in this one. An interrupt here cancels what is there.
            with start_blocking_portal() as portal:
                portal.call(self._ask_all, questions, answers)
            if self.server.failure and not self.server.answered:
                raise self.server.unfit()
        return answers

    async def _ask_all(self, questions: Sequence[Question], answers: dict[Question, ChatAnswers]) -> None:
        """Ask the questions, some at a time; the first fatal error ends all."""
        again: list[tuple[Question, Record]] = []

        async def work(waiting: Iterator[tuple[Question, Record]]) -> None:
            for question, body in waiting:
                answers[question] = await self._ask(client, question, body, again)

        async with self.server.client() as client:
            try:
                # A question whose answer cannot be used is asked again after all others.
                for requests in ([(first, self._body(first)) for first in questions], again):
                    waiting = iter([*requests])
                    async with asyncio.TaskGroup() as tasks:
                        for _ in range(min(self.parallel, len(requests))):
                            tasks.create_task(work(waiting))
            except BaseExceptionGroup as group:
                raise group.exceptions[0] from None

    async def _ask(
        self, client: "httpx.AsyncClient", question: Question, body: Record, again: list[tuple[Question, Record]]
    ) -> ChatAnswers:
        """Ask one question.

        :param again: Gets the question with the error, where the answer cannot be used.
        """
        try:
            content = await self.server.complete(client, body)
            answers: ChatAnswers = dict(read_answer(content, question))
        except NoAnswerError as error:
            if error.is_answer:
                self.server.note(is_usable=False)
            else:
                self.server.unanswered += error.is_asked
            return dict.fromkeys(question.targets, str(error))
        except ValueError as error:
            self.server.note(is_usable=False)
            reply = f"This cannot be used: {error}. Answer again, with JSON of the given form only."
            messages = [{"role": "assistant", "content": content[:2_000]}, {"role": "user", "content": reply}]
            again.append((question, body | {"messages": [*body["messages"], *messages]}))
            return dict.fromkeys(question.targets, f"an answer that cannot be used, twice: {error}")
        self.server.note(is_usable=True)
        return answers

    def _body(self, question: Question) -> Record:
        """Make the request of a question."""
        names = [{"id": target, "name": self.labels.get(target, target)} for target in question.targets]
        messages = [
            {"role": "system", "content": self.prompt},
            {"role": "user", "content": json.dumps({**dict(question.parts), "targets": names}, ensure_ascii=False)},
        ]
        form = {"type": "json_object"}
        return {"model": self.model, "messages": messages, "temperature": 0, "response_format": form}


def load(model: str, settings: ScorerSettings) -> ChatScorer:
    """Make a scorer of a chat model; nothing is sent before something is to be judged.

    :param model: As the endpoint calls it.
    :raises ConfigError: If the URL or the key cannot be used.
    :raises MissingExtraError: If httpx or tenacity is not installed.
    """
    url = checked_url(settings.url, plain_http=settings.plain_http)
    endpoint = ChatEndpoint(url, checked_key(os.environ.get(KEY_VARIABLE)), settings.budget)
    endpoint.client()  # an environment that it cannot be asked from is named before anything is read
    return ChatScorer(model, endpoint, settings.languages or ("en",), settings.labels, settings.parallel or 4)

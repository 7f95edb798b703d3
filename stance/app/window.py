"""The routes of the window: receive files, start commands, and serve the report, its search and its downloads."""

import asyncio
import re
import shlex
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import cache
from math import inf
from pathlib import Path
from sqlite3 import Row

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stance.app.advice import Step, read_advice
from stance.app.commands import CommandQueue, Job
from stance.app.folder import FILES, MODELS, REPORT, STORE, ProjectFolder
from stance.app.guard import HEADERS, TIMEOUT, UPLOADS, number_in
from stance.app.labelling import LabellingPage, News, Wording, label_routes
from stance.app.outputs import FOUND, Outputs, content_of
from stance.app.packing import pack
from stance.app.rendering import html, render
from stance.app.status import SHOWN_FILES, Status, read_status
from stance.datamodels import Strings
from stance.exceptions import StanceError, StoreError
from stance.options.reading import CONDITIONS
from stance.options.stores import FindOptions
from stance.reading.input_names import KINDS
from stance.records.digests import PAGE_NAME
from stance.reporting.rendering import SCRIPTS, script
from stance.store import Store
from stance.store.assignment import login
from stance.store.labels import LabelStore, open_queues

LAYOUTS = "layouts.toml"
"""Name of the file of rows that ``stance fix`` adds."""

NEW_LABELS, IDLE_SECONDS = 5, 20
"""Number of labels after which the report is drawn anew, or after fewer when nobody labels for some seconds."""


class Window:
    """The window of a project.

    :param wording: Targets and label guides, made when somebody labels.
    :param targets: The user's file of targets, which commands read too.
    """

    page_endings = tuple(ending for ending, kind in KINDS.items() if kind in ("html", "mhtml"))

    def __init__(self, project: ProjectFolder, wording: Callable[[], Wording], targets: Path | None = None) -> None:
        self.project = project
        self._targets = () if targets is None else ("--targets", str(targets.absolute()))
        self.outputs = Outputs(project, self._targets, lambda: self.status)
        self.commands = CommandQueue(project, self._begin, self.outputs.finish)
        self.status, self.expected = Status(), 0
        self._words: list[str] = []  # that were searched
        self._chosen_model = ""
        self._wording = wording
        self._labelling: LabellingPage | None = None
        self._labelled = -inf  # when the labelling page was last asked for
        self._watch: asyncio.Task[None] | None = None
        self._labels = 0  # that there were when the report was last asked for
        self._seen: tuple[object, ...] = ()
        self._looking = asyncio.Lock()
        self.advice = Step()
        self._advised: tuple[object, int] = None, 0  # the report that gave it, and the comments that waited for a label

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the window."""
        return [
            Route("/", self.show),
            Route("/state", self.state),
            Route(UPLOADS, self.receive, methods=["POST"]),
            Route("/do/{action}", self.act, methods=["POST"]),
            Route(f"/{REPORT}/{{name}}", self.report),
            Route("/find", self.find),
            Route("/take/{name}", self.take),
            *label_routes(self.labelling_page, "/label"),
        ]

    async def show(self, request: Request) -> Response:
        """Show the window."""
        await self._look()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._follow())
        policy = f"{HEADERS['content-security-policy']}; connect-src 'self'; frame-src 'self'"
        return html(self._render(request, "window.html"), headers={"content-security-policy": policy})

    async def state(self, request: Request) -> Response:
        """Return the parts of the page that change, as HTML by their place."""
        await self._look(number_in(request.query_params.get("files", "")) or SHOWN_FILES)
        names = ("progress", "pages", "names", "shown", "next", "take", "jobs")
        pieces = {name: self._render(request, f"{name}.html") for name in names}
        is_busy = any(job.is_open for job in self.commands.jobs)
        versions = {"report": self.outputs.version(), "comparison": self.outputs.version("comparison.html")}
        return JSONResponse({"pieces": pieces, "busy": is_busy, "documents": self.status.documents, **versions})

    def _render(self, request: Request, template: str) -> str:
        return render(template, window=self, form_token=request.scope["session"].form_token)

    async def _look(self, listed: int = SHOWN_FILES) -> None:
        """Read the store again if it has changed; one call at a time: an older reading must not replace a newer one."""
        async with self._looking:
            changed = self.project.changed(), listed
            if changed != self._seen:
                self.status = await run_in_threadpool(read_status, self.project.store, listed)
                self._seen = changed
            if not self.commands.is_busy("draw"):
                self.outputs.drop_former()
            report, waiting = self.outputs.made.get(REPORT), self.status.audit.waiting
            advised = report, 0 if self.outputs.conditions else waiting
            if advised != self._advised:
                if report:
                    summary = self.project.folder / REPORT / "summary.json"
                    self.advice = await run_in_threadpool(read_advice, summary, self.outputs.options(), advised[1])
                    self.outputs.tell(self.advice.answer)
                else:
                    self.advice = Step()
                self._advised = advised

    def _begin(self, job: Job) -> None:
        if job.lane == "write":
            self.close_labels()
        self.outputs.begin(job)

    def newest(self, *words: str) -> Job | None:
        """Return the newest command that begins with these words."""
        return next((job for job in reversed(self.commands.jobs) if job.words[: len(words)] == words), None)

    def failed(self, *words: str) -> str:
        """Return the last words of the newest command that begins with these words, if it failed; else nothing."""
        job = self.newest(*words)
        return job.last or "it failed" if job and job.state == "failed" else ""

    @property
    def problems(self) -> int:
        """Count the listed files that were left out or have a doubt, as reports list them."""
        return sum(1 for file in self.status.files if file["reason"] or file["doubt"])

    @property
    def beside(self) -> int:
        """Count the pages in the folder that were not dropped."""
        endings = (*self.page_endings, ".txt")
        return sum(path.name.lower().endswith(endings) for path in self.project.folder.iterdir())

    def name_of(self, file: Row) -> str:
        """Return the name of a listed file, below the folder of files if it is there."""
        path, folders = Path(file["path"]), (self.project.files.resolve(), self.project.files, Path(FILES))
        below = next((folder for folder in folders if path.is_relative_to(folder)), None)
        return (path if below is None else path.relative_to(below)).as_posix()

    def changed(self) -> News:
        """Return the finding before the last labels, that with them if the report has them, and the next step."""
        age, (_, finding, before) = self.outputs.age(REPORT), self.outputs.told
        sentences = []
        if finding and age == "older":
            sentences = [f"Before your last labels: {finding}"]
        elif before not in ("", finding) and age == "current":
            sentences = [f"Before your last labels: {before}", f"Now: {finding}"]
        next_ = self.advice.advice or ("The shares that labels can give are known well enough." if finding else "")
        sentences += [next_] if next_ else []
        return News(sentences, age == "current", self.advice.is_answered)

    def taught(self, job: Job) -> str:
        """Return the result of teaching, in one sentence; the command's own last words where it names no verdict."""
        advice = {  # by the verdict of ``stance train``
            ": no clear difference from": "It is not clear whether your model is better: keep the present model.",
            ": better than": "Your model is better than the present model: use your model.",
            ": worse than": "Your model is worse than the present model: keep the present model.",
        }
        return next((words for verdict, words in advice.items() if verdict in job.last), job.last)

    async def _follow(self) -> None:
        """Read files that are not read yet, and draw the report when there is something new."""
        self.expected = await run_in_threadpool(self.project.expected)
        if self.expected > self.status.read and not self.commands.is_busy("write"):
            self.commands.start(*self.reading(self.model))
        while True:
            with suppress(StanceError):
                was_reading = self.commands.is_busy("write")
                await self._look()
                is_whole = bool(self.status.documents) and not self.status.in_part
                # The status may be older than the end of a reading.
                is_busy = was_reading or self.commands.is_busy("write") or self.commands.is_busy("draw")
                if is_whole and not is_busy and not self._is_current():
                    self._draw()
            await asyncio.sleep(1.0)

    def _is_current(self) -> bool:
        """Return whether the report was asked for as it would be now, but for the labels of one who is labelling."""
        is_labelling = time.monotonic() - self._labelled < IDLE_SECONDS
        waits_for_labels = is_labelling and abs(self.status.audit.labelled - self._labels) < NEW_LABELS
        compared = 2 if waits_for_labels else 3
        return self.outputs.sources(self.outputs.drawing)[:compared] == self.outputs.asked[:compared]

    def _draw(self) -> None:
        self.outputs.asked, self._labels = self.outputs.sources(self.outputs.drawing), self.status.audit.labelled
        self.commands.start(*self.outputs.drawing, lane="draw")

    @property
    def steps(self) -> dict[str, Strings]:
        """The commands that can be run next, by their buttons: draw comments to label, or to teach with, and train."""
        # At most 50 comments are drawn at once to train on.
        n, number = min(50, self.status.comments), max(self.project.models(), default=0) + 1
        steps = {}
        if self.advice.words:
            steps["sample"] = self.advice.words
        elif n and self.outputs.version() and not self.advice.advice and not self.status.audit.drawn:
            steps["sample"] = ("stance", "sample", STORE, *self.outputs.options())
        if n:
            steps["lessons"] = ("stance", "sample", STORE, *self.outputs.options(), "--n", str(n), "--role", "train")
        if self.status.lessons.labelled and not self.commands.is_busy("train"):
            steps["train"] = ("stance", "train", STORE, "-o", f"{MODELS}/own-{number}", *self._targets)
        return steps

    @property
    def model(self) -> str:
        """The user's own model that scores; empty: the model ``default``. A store of others cannot name another one."""
        models = self.project.models().values()
        return next((name for name in (self._chosen_model, self.status.model) if name in models), "")

    def reading(self, model: str) -> Strings:
        """Return the command that reads and scores the files that are new.

        :param model: The user's own model; empty: the model ``default``.
        """
        taught = ("--layouts", LAYOUTS) if (self.project.folder / LAYOUTS).is_file() else ()
        chosen_model = ("--model", model) if model else ()
        return ("stance", "score", FILES, "-o", STORE, *self._targets, *chosen_model, *taught)

    async def _read(self, *options: str) -> None:
        self.commands.start(*self.reading(self.model), *options)
        self.expected = await run_in_threadpool(self.project.expected)

    def _drawing_of(self, step: str, page: str) -> Strings:
        """Return the command that draws comments: of one page, to teach with, or to correct shares; empty without."""
        if step == "page":
            is_page = PAGE_NAME.fullmatch(f"{page}.html")
            return ("stance", "sample", STORE, *self.outputs.options(), "--page", page) if is_page else ()
        if step == "price":
            return dict(self.advice.prices).get(page, ())
        return self.steps.get("lessons" if step == "train" else "sample", ())

    async def act(self, request: Request) -> Response:
        """Start the command of a button."""
        form: Mapping[str, str] = request.scope["form"]
        await self._look()
        name, number = form.get("name", ""), number_in(form.get("job", ""))
        match action := request.path_params["action"]:
            case "read":
                await self._read()
            case "draw":
                values = {field: form.get(field, "").strip() for field in (*CONDITIONS, "target")}
                self.outputs.conditions = {field: value for field, value in values.items() if value}
                self.outputs.save()
                self._draw()
            case "cancel" if number:
                self.commands.cancel(number)
            case "sample" if words := self._drawing_of(form.get("step", ""), name):
                self.commands.start(*words)
            case "train" if "train" in self.steps:
                self.commands.start(*self.steps["train"], lane="train")
            case "out" if number:
                await run_in_threadpool(self.project.take_out, number)
                await self._read("--drop-missing")
            case "use" if name in self.project.models().values():
                self._chosen_model = name
                self.commands.start(*self.reading(name))
            case "take" if name in self.outputs.downloads:
                if self.outputs.age(name) != "current":
                    self.commands.start(*self.outputs.writing(name), lane="draw")
            case _:
                raise HTTPException(404)
        parts = {"read": "pages", "out": "pages", "draw": "read", "cancel": "commands", "take": "take"}
        return RedirectResponse(f"/#{parts.get(action, 'label')}", 303)

    async def receive(self, request: Request) -> Response:
        """Write a dropped file."""

        async def parts() -> AsyncIterator[bytes]:
            async for part in request.stream():
                limit.reschedule(asyncio.get_running_loop().time() + TIMEOUT)  # for the next part
                yield part

        name = request.query_params.get("name", "")
        try:
            async with asyncio.timeout(TIMEOUT) as limit:
                path = await self.project.receive(name, parts())
        except StanceError as error:
            return JSONResponse({"refused": str(error)}, 422, headers={"connection": "close"})
        except (TimeoutError, ClientDisconnect):
            return JSONResponse({"refused": f"{name}: sent only in part"}, 408, headers={"connection": "close"})
        return JSONResponse({"kept": path})

    async def report(self, request: Request) -> Response:
        """Send a file of the report. It may run no script but those of our reports, whoever wrote it."""
        name = request.path_params["name"]
        path = self.project.folder / REPORT / name
        if name == FOUND and self._words:
            await run_in_threadpool(self._write_found, path)
        if not self.outputs.version() and name != FOUND:
            raise HTTPException(404)
        if not re.fullmatch(r"\w[\w.-]{0,120}\.(html|csv|json)", name) or path.is_symlink() or not path.is_file():
            raise HTTPException(404)
        headers = {"x-frame-options": "SAMEORIGIN", "content-security-policy": _report_policy()}
        return FileResponse(path, headers=headers)

    async def find(self, request: Request) -> Response:
        """Show the page of found comments, which is written into the report."""
        text = request.query_params.get("words", "")[:500]
        try:
            self._words = shlex.split(text)
        except ValueError:  # a quotation mark without its other
            self._words = text.split()
        return RedirectResponse(f"/{REPORT}/{FOUND}", 303, headers={"x-frame-options": "SAMEORIGIN"})

    def _write_found(self, path: Path) -> None:
        from stance.store.search import find_comments, find_writer

        with Store.read(self.project.store) as store:
            comments = find_comments(store, store.choose_run(), self._words, FindOptions(), lambda _: None)
            find_writer(path, self._words, lambda _: None)(comments)

    async def take(self, request: Request) -> Response:
        """Send a file to take away."""
        name, outputs = request.path_params["name"], self.outputs
        path = self.project.folder / content_of(name)
        is_there = name in outputs.downloads and outputs.age(name)
        if not is_there or path.is_symlink():
            raise HTTPException(404)
        if path.is_dir():
            packed = self.project.drafts / name
            await run_in_threadpool(pack, packed, path)
            path = packed
        return FileResponse(path, media_type="application/octet-stream", filename=name)

    def labelling_page(self) -> LabellingPage:
        """Open the labelling page, unless a command writes to the store.

        :raises StoreError: If one does.
        """
        if self.commands.current("write"):
            raise StoreError("pages are being read; you can label after this ends or after you cancel it")
        self._labelled = time.monotonic()
        if self._labelling is None:
            store = LabelStore.write(self.project.store, settings={}, is_shared=True)
            try:
                open_queues(store, (), login())
            except BaseException:
                store.close()
                raise
            self._labelling = LabellingPage(store, self._wording(), home="/label", news=self.changed)
        return self._labelling

    def close_labels(self) -> None:
        """Close the store that labels are written to, so that a command can write to it."""
        if self._labelling is not None:
            self._labelling.store.close()
            self._labelling = None


@cache
def _report_policy() -> str:
    hashes = " ".join(f"'{script(path.name).csp_hash}'" for path in sorted(SCRIPTS.glob("*.js")))
    first = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"{first}; script-src {hashes}; frame-ancestors 'self'"

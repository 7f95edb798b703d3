"""The routes of the window: receive files, start commands, and serve the report, its search and its downloads."""

import asyncio
import json
import re
import shlex
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from math import inf
from pathlib import Path
from sqlite3 import Row
from types import SimpleNamespace as View
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from stance.app import FILES, KEPT, MODELS, PUBLIC, REPORT, SHOWN_FILES, STORE, CommandQueue, Job, ProjectFolder, Status
from stance.app.guard import HEADERS, TIMEOUT, UPLOADS, Log, Sessions, guarded_app, html, render
from stance.app.packing import pack, report_files
from stance.app.pages import LARGEST_ITEM, LabellingPage, Lesson, Wording, fix_routes, label_routes
from stance.exceptions import StanceError, StoreError
from stance.page_layouts import DOUBTFUL
from stance.reading.input_names import HTML_ENDINGS, MHTML_ENDINGS
from stance.records.digests import PAGE_NAME
from stance.reporting import value_in
from stance.reporting.opening import MOST_PRICES, opening, price_of
from stance.reporting.rendering import SCRIPTS, script
from stance.reporting.tables import DIFFERENCES, TRENDS
from stance.resources import open_file, read_text
from stance.run import CONDITIONS, FindOptions
from stance.store import Store
from stance.store.labels import LabelStore, login, open_queues

LAYOUTS = "layouts.toml"
"""Name of the file of rows that ``stance fix`` adds."""

NEW_LABELS, IDLE_SECONDS = 5, 20
"""Number of labels after which the report is drawn anew, or after fewer when nobody labels for some seconds."""

TAUGHT = {
    ": no clear difference from": "It is not clear whether your model is better: keep the present model.",
    ": better than": "Your model is better than the present model: use your model.",
    ": worse than": "Your model is worse than the present model: keep the present model.",
}
"""Words: the verdict of ``stance train``, and the same as advice."""

LESSONS = 50
"""Maximum number of comments that are drawn at once to train on."""

FOUND = "found.html"
"""Name of the page of found comments."""

PIECES = ("progress", "pages", "names", "shown", "next", "take", "jobs")
"""Words: parts of the page that change."""


class Step(NamedTuple):
    """The finding of a report, and a sample that can be drawn next: the advice, and the command if one draws it.

    The prices are what other samples cost and teach, each with its command.
    """

    advice: str = ""
    words: tuple[str, ...] = ()
    answer: str = ""
    prices: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Window:
    """The window of a project.

    :param wording: Targets and label guides, made when somebody labels.
    :param targets: The user's file of targets, which commands read too.
    """

    downloads = {  # noqa: RUF012 never changed
        "report.zip": "Write the report",
        "stance.xlsx": "Write a table for Excel",
        "public.zip": "Write a report to share, without names and small counts",
        "replication.zip": "Pack scores, labels and methods for replication, without texts",
    }
    """Files to take away, with the words of their buttons."""

    page_endings = (*HTML_ENDINGS, *MHTML_ENDINGS)

    def __init__(
        self,
        project: ProjectFolder,
        sessions: Sessions,
        wording: Callable[[], Wording],
        log: Log,
        targets: Path | None = None,
    ) -> None:
        self.project = project
        self.commands = CommandQueue(project, self._begin, self._finish)
        self.status, self.expected = Status(), 0
        self.conditions: dict[str, str] = {}  # that choose the pages of the report
        # Of each output: the command whose result it holds, version of the store, labels, and when it was written.
        self.made: dict[str, tuple[object, ...]] = {}
        self._words: list[str] = []  # that were searched
        self._chosen_model = ""
        self._sessions, self._wording, self._log = sessions, wording, log
        self._targets = () if targets is None else ("--targets", str(targets.absolute()))
        self._labelling: LabellingPage | None = None
        self._lesson: Lesson | None = None  # the page whose layout is taught
        self._labelled = -inf  # when the labelling page was last asked for
        self._watch: asyncio.Task[None] | None = None
        self._asked: tuple[object, ...] = ()  # what the report was last asked for: as in ``made``
        self._labels = 0  # that there were then
        self._seen: tuple[object, ...] = ()
        self._looking = asyncio.Lock()
        self.advice, self.sounding = Step(), ""  # the largest difference of wording that was found
        # The command and the labels of the finding that the report opens with, and the finding before these labels.
        self.told: tuple[str, int, str, str] = ("", 0, "", "")
        self._advised = 0  # the version of the report that gave it
        self._remember()

    def app(self) -> ASGIApp:
        """Return the application behind its access checks."""
        routes: list[BaseRoute] = [
            Route("/", self.show),
            Route("/state", self.state),
            Route(UPLOADS, self.receive, methods=["POST"]),
            Route("/do/{action}", self.act, methods=["POST"]),
            Route(f"/{REPORT}/{{name}}", self.report),
            Route("/find", self.find),
            Route("/take/{name}", self.take),
            *label_routes(self.labelling_page, "/label"),
            *fix_routes(self.lesson, "/fix/{number:int}"),
        ]
        return guarded_app(routes, self._sessions, self._log)

    # The page ---------------------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """Show the window."""
        await self._look()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._follow())
        policy = f"{HEADERS['content-security-policy']}; connect-src 'self'; frame-src 'self'"
        return html(self._render(request, "window.html"), headers={"content-security-policy": policy})

    async def state(self, request: Request) -> Response:
        """Return the parts of the page that change, as HTML by their place."""
        more = request.query_params.get("files", "")
        await self._look(int(more) if more.isdecimal() and len(more) < 7 else SHOWN_FILES)
        pieces = {name: self._render(request, f"{name}.html") for name in PIECES}
        found = {"report": self.version(), "comparison": self.has_comparison, "documents": self.status.documents}
        is_busy = any(job.is_open for job in self.commands.jobs)
        return JSONResponse({"pieces": pieces, "busy": is_busy} | found)

    def _render(self, request: Request, template: str) -> str:
        return render(template, window=self, form_token=request.scope["session"].form_token)

    async def _look(self, shown: int = SHOWN_FILES) -> None:
        """Read the store again if it has changed; one call at a time: an older reading must not replace a newer one."""
        async with self._looking:
            changed = self.project.changed(), shown
            if changed != self._seen:
                self.status = await run_in_threadpool(self.project.status, shown)
                self._seen = changed
            if not self.commands.is_busy("draw"):
                self._drop_former()
            if (version := self.version()) != self._advised:
                summary = self.project.folder / REPORT / "summary.json"
                self.advice = await run_in_threadpool(read_advice, summary, self._chosen())
                self.sounding = await run_in_threadpool(read_sounding, summary)
                self._advised = version
                now, (line, _, former, _) = (shlex.join(self.drawing), self.status.labels), self.told
                if now != self.told[:2]:
                    self.told = *now, self.advice.answer, former if now[0] == line else ""
                    self._keep()

    def version(self, page: str = "index.html") -> int:
        """Return a number that changes with a page of the report; 0: there is none of this choice of pages."""
        command, *_, at = self.made.get(REPORT, ("", 0))
        is_shown = command == shlex.join(self.drawing) and at == self._time_of(REPORT)
        return self._time_of(REPORT, page) if is_shown else 0

    # What was made of what -------------------------------------------------------------------------------------------

    def _time_of(self, name: str, page: str = "index.html") -> int:
        """Return when an output was written, in nanoseconds; 0: it is not there."""
        path = self.project.folder / name
        with suppress(OSError):
            return (path / page if name in (REPORT, PUBLIC) else path).lstat().st_mtime_ns
        return 0

    def _remember(self) -> None:
        """Read the choice of pages and what was made, which the folder keeps; of a folder from elsewhere nothing."""
        with suppress(StanceError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            kept = json.loads(read_text(self.project.folder / KEPT, "")) if self.project.is_known else {}
            made = {name: tuple(each) for name, each in kept["made"].items() if len(each) == 4}
            self.conditions = {
                key: str(value) for key, value in kept["choice"].items() if key in (*CONDITIONS, "target")
            }
            self.made = made
            line, labels, answer, before = kept["told"]
            self.told = str(line), int(labels), str(answer), str(before)
        if self.version():
            self._asked = self.made[REPORT][:3]

    def _keep(self) -> None:
        with open_file(self.project.folder / KEPT) as file:
            json.dump({"choice": self.conditions, "made": self.made, "told": self.told}, file)

    def writing(self, name: str) -> tuple[str, ...]:
        """Return the command that writes an output, or the report that is packed when it is taken away."""
        content = _content_of(name)
        if content == REPORT:
            return self.drawing
        if content == PUBLIC:
            return ("stance", "report", STORE, "--public", "-o", PUBLIC, *self._chosen())
        bundled = ("--bundle", *self._targets) if name == "replication.zip" else ()
        return ("stance", "export", STORE, *bundled, "-o", name)

    def is_current(self, name: str) -> bool:
        """Return whether an output is there, and of the present choice, pages, comments and labels."""
        at = self._time_of(content := _content_of(name))
        return at != 0 and self.made.get(content) == (*self._present(self.writing(name)), at)

    def is_older(self, name: str) -> bool:
        """Return whether an output of the present choice, pages and comments is there, but older than labels."""
        at, made = self._time_of(content := _content_of(name)), self.made.get(content, ("",))
        present = *self._present(self.writing(name))[:2], at
        return at != 0 and (*made[:2], *made[3:]) == present and not self.is_current(name)

    def _present(self, words: Sequence[str]) -> tuple[str, str, str]:
        """Return the sources that the output of a command would be made of now."""
        return shlex.join(words), self.status.version, self.status.labelled

    def _drop_former(self) -> None:
        """Remove packed files of other pages or comments, or of another choice, unless somebody changed them."""
        former = [each for each in self.made if not self.is_current(each)]
        for name in (each for each in former if each == REPORT or not self.is_older(each)):
            is_ours = self._time_of(name) == self.made[name][-1]
            if name == REPORT and is_ours:  # marked, until it is drawn anew
                (self.project.folder / REPORT / FOUND).unlink(missing_ok=True)
                continue
            if is_ours:
                path = self.project.folder / name
                for each in report_files(path) if name == PUBLIC else (path,):
                    each.unlink(missing_ok=True)
            elif name == REPORT:  # drawn by somebody else
                self._asked = ()
            del self.made[name]
            self._keep()

    def _begin(self, job: Job) -> None:
        """Note the sources that the output of a command will be made of."""
        if job.lane == "write":
            self.close_labels()
        if job.lane != "draw":
            return
        output, job.of = _output_of(job.words), self._present(job.words)
        if output == REPORT and self.made.get(REPORT, ("",))[0] != job.line:  # the next one may lack a comparison
            self.made.pop(REPORT, None)
            self._keep()
            for name in ("comparison.html", "comparison.json", DIFFERENCES, TRENDS):
                (self.project.folder / REPORT / name).unlink(missing_ok=True)

    def _finish(self, job: Job) -> None:
        """Note the sources of an output."""
        if job.lane == "draw":
            output = _output_of(job.words)
            self.made[output] = *job.of, self._time_of(output)
            self._keep()

    def newest(self, *words: str) -> Job | None:
        """Return the newest command that begins with these words."""
        return next((each for each in reversed(self.commands.jobs) if each.words[: len(words)] == words), None)

    def failed(self, *words: str) -> str:
        """Return the last words of the newest command that begins with these words, if it failed; else nothing."""
        job = self.newest(*words)
        return job.last or "it failed" if job and job.state == "failed" else ""

    @property
    def problems(self) -> int:
        """Count the listed files that were left out or may be misread."""
        return sum(1 for each in self.status.files if each["reason"] or self.is_unsaved(each) or self.is_doubtful(each))

    @property
    def beside(self) -> int:
        """Count the pages in the folder that were not dropped."""
        endings = (*self.page_endings, ".txt")
        return sum(each.name.lower().endswith(endings) for each in self.project.folder.iterdir())

    def name_of(self, file: Row) -> str:
        """Return the name of a listed file, below the folder of files if it is there."""
        path, folders = Path(file["path"]), (self.project.files.resolve(), self.project.files, Path(FILES))
        below = next((folder for folder in folders if path.is_relative_to(folder)), None)
        return (path if below is None else path.relative_to(below)).as_posix()

    def is_unsaved(self, file: Row) -> bool:
        """Return whether a file has none of the comments that its page shows."""
        return bool(file["unsaved"] and not file["comments"])

    def changed(self) -> list[str]:
        """Return the finding before the last labels and now, and the use of the next ones."""
        after, before = self.told[2:]
        found = [f"Before your last labels: {before}", f"Now: {after}"] if before not in ("", after) else []
        next_ = self.advice.advice or ("The shares that labels can give are known well enough." if after else "")
        return [*found, *([next_] if next_ and self.version() else [])]

    def is_doubtful(self, file: Row) -> bool:
        """Return whether a file may be misread; one that was read by a row of the user's own was seen by a person."""
        is_taught = (file["layout"] or "").startswith("rows:own:")
        return not is_taught and file["certainty"] is not None and bool(file["certainty"] < DOUBTFUL)

    def taught(self, job: Job) -> str:
        """Return what came of teaching, in one sentence; the command's own last words where it names no verdict."""
        return next((words for verdict, words in TAUGHT.items() if verdict in job.last), job.last)

    @property
    def has_comparison(self) -> bool:
        """Whether the report holds a comparison; one that was written before belongs to a former report."""
        return self.version("comparison.html") > self.version()

    # Commands ---------------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Read files that are not read yet, and draw the report when there is something new."""
        self.expected = await run_in_threadpool(self.project.expected)
        if self.expected > self.status.read and not self.commands.is_busy("write"):
            self.commands.start(*self.reading(self.model))
        while True:
            with suppress(StanceError):
                was_reading = self.commands.is_busy("write")
                await self._look()
                if not was_reading:  # else the status may be older than the end of the reading
                    self._draw_if_new()
            await asyncio.sleep(1.0)

    def _draw_if_new(self) -> None:
        status, is_reading = self.status, self.commands.is_busy("write")
        is_labelling = time.monotonic() - self._labelled < IDLE_SECONDS
        waits_for_labels = is_labelling and abs(status.labels - self._labels) < NEW_LABELS
        seen = 2 if waits_for_labels else 3
        is_current = self._present(self.drawing)[:seen] == self._asked[:seen]
        if status.documents and not is_current and not is_reading and not self.commands.is_busy("draw"):
            self._draw()

    def _draw(self) -> Job:
        self._asked, self._labels = self._present(self.drawing), self.status.labels
        return self.commands.start(*self.drawing, lane="draw")

    def _chosen(self) -> tuple[str, ...]:
        """Return the options that choose the targets and pages of a report, and of a draw of its comments."""
        given = (("target" if name == "target" else f"where={name}", each) for name, each in self.conditions.items())
        return *self._targets, *(f"--{name}={each}" for name, each in given)

    @property
    def drawing(self) -> tuple[str, ...]:
        """The command that writes the report of the chosen pages, with the comparison where there are two outlets."""
        return ("stance", "report", STORE, "-o", REPORT, *self._chosen())

    @property
    def steps(self) -> dict[str, tuple[str, ...]]:
        """The commands that can be run next, by their buttons: draw comments to label, or to teach with, and train."""
        n, number = min(LESSONS, self.status.comments), max(self.project.models(), default=0) + 1
        steps: dict[str, tuple[str, ...]] = {}
        if self.advice.words:
            steps["sample"] = self.advice.words
        elif n and self.version() and not self.advice.advice and not self.status.drawn:
            steps["sample"] = ("stance", "sample", STORE, *self._chosen())
        if n:
            steps["lessons"] = ("stance", "sample", STORE, *self._chosen(), "--n", str(n), "--role", "train")
        if self.status.lessons and not self.commands.is_busy("train"):
            steps["train"] = ("stance", "train", STORE, "-o", f"{MODELS}/own-{number}", *self._targets)
        return steps

    @property
    def model(self) -> str:
        """The user's own model that scores; empty: the model ``default``. A store of others cannot name another one."""
        models = self.project.models().values()
        return next((each for each in (self._chosen_model, self.status.model) if each in models), "")

    def reading(self, model: str) -> tuple[str, ...]:
        """Return the command that reads and scores the files that are new.

        :param model: The user's own model; empty: the model ``default``.
        """
        taught = ("--layouts", LAYOUTS) if (self.project.folder / LAYOUTS).is_file() else ()
        own = ("--model", model) if model else ()
        return ("stance", "score", FILES, "-o", STORE, *self._targets, *own, *taught)

    def _drawing_of(self, step: str, page: str) -> tuple[str, ...]:
        """Return the command that draws comments: of one page, to teach with, or to correct shares; empty without."""
        if step == "page":
            is_page = PAGE_NAME.fullmatch(f"{page}.html")
            return ("stance", "sample", STORE, *self._chosen(), "--page", page) if is_page else ()
        if step == "price":
            return dict(self.advice.prices).get(page, ())
        return self.steps.get("lessons" if step == "train" else "sample", ())

    async def act(self, request: Request) -> Response:
        """Start the command of a button."""
        form: Mapping[str, str] = request.scope["form"]
        await self._look()
        name, number = form.get("name", ""), form.get("job", "")
        match request.path_params["action"]:
            case "read":
                place = "pages"
                self.commands.start(*self.reading(self.model))
                self.expected = await run_in_threadpool(self.project.expected)
            case "draw":
                place = "read"
                given = {each: form.get(each, "").strip() for each in (*CONDITIONS, "target")}
                self.conditions = {each: value for each, value in given.items() if value}
                self._keep()
                self._draw()
            case "cancel" if number.isdecimal() and len(number) < 10:
                place = "commands"
                self.commands.cancel(int(number))
            case "sample" if words := self._drawing_of(form.get("step", ""), name):
                place = "label"
                self.commands.start(*words)
            case "train" if "train" in self.steps:
                place = "label"
                self.commands.start(*self.steps["train"], lane="train")
            case "out" if number.isdecimal() and len(number) < 10:
                place = "pages"
                await run_in_threadpool(self.project.take_out, int(number))
                self.commands.start(*self.reading(self.model), "--drop-missing")
                self.expected = await run_in_threadpool(self.project.expected)
            case "use" if name in self.project.models().values():
                place = "label"
                self._chosen_model = name
                self.commands.start(*self.reading(name))
            case "take" if name in self.downloads:
                place = "take"
                if not self.is_current(name):
                    self.commands.start(*self.writing(name), lane="draw")
            case _:
                raise HTTPException(404)
        return RedirectResponse(f"/#{place}", 303)

    # Files in and out -------------------------------------------------------------------------------------------------

    async def receive(self, request: Request) -> Response:
        """Write a dropped file."""

        async def parts() -> AsyncIterator[bytes]:
            async for part in request.stream():
                limit.reschedule(asyncio.get_running_loop().time() + TIMEOUT)  # for the next part
                yield part

        name = request.query_params.get("name", "")
        try:
            async with asyncio.timeout(TIMEOUT) as limit:
                kept = await self.project.receive(name, parts())
        except StanceError as error:
            return JSONResponse({"refused": str(error)}, 422, headers={"connection": "close"})
        except (TimeoutError, ClientDisconnect):
            return JSONResponse({"refused": f"{name}: sent only in part"}, 408, headers={"connection": "close"})
        return JSONResponse({"kept": kept})

    async def report(self, request: Request) -> Response:
        """Send a file of the report. It may run no script but those of our reports, whoever wrote it."""
        name = request.path_params["name"]
        path = self.project.folder / REPORT / name
        if name == FOUND and self._words:
            await run_in_threadpool(self._write_found, path)
        if not self.version() and name != FOUND:
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
        from stance.store.exporting import find_comments, find_writer

        with Store.read(self.project.store) as store:
            found = find_comments(store, store.choose_run(), self._words, FindOptions(), lambda _: None)
            find_writer(path, self._words, lambda _: None)(found)

    async def take(self, request: Request) -> Response:
        """Send a file to take away."""
        name = request.path_params["name"]
        path = self.project.folder / _content_of(name)
        if name not in self.downloads or path.is_symlink() or not (self.is_current(name) or self.is_older(name)):
            raise HTTPException(404)
        if path.is_dir():
            packed = self.project.drafts / name
            await run_in_threadpool(pack, packed, path)
            path = packed
        return FileResponse(path, media_type="application/octet-stream", filename=name)

    # Labelling --------------------------------------------------------------------------------------------------------

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
                store.add_settings({"seed": "0", "overlap": "0.2"})
                open_queues(store, (), login())
            except BaseException:
                store.close()
                raise
            self._labelling = LabellingPage(store, self._wording(), home="/label", said=self.changed)
        return self._labelling

    def lesson(self, request: Request) -> Lesson:
        """Open a dropped page to teach the layout of its site."""
        number: int = request.path_params["number"]
        path = self.project.file(number) if number < LARGEST_ITEM else None
        if path is None:
            raise HTTPException(404)
        if self._lesson is None or self._lesson.path != path:
            self._lesson = Lesson.open(path, self.project.folder / LAYOUTS)
        return self._lesson

    def close_labels(self) -> None:
        """Close the store that labels are written to, so that a command can write to it."""
        if self._labelling is not None:
            self._labelling.store.close()
            self._labelling = None


def _output_of(words: Sequence[str]) -> str:
    """Return the name of the output of a command of the window."""
    return words[words.index("-o") + 1]


def _content_of(name: str) -> str:
    """Return what a file to take away holds: itself, or the folder of a report."""
    folder = Path(name).stem
    return folder if folder in (REPORT, PUBLIC) else name


def read_advice(summary: Path, options: Sequence[str] = ()) -> Step:
    """Return the finding and next step of a report, with the command that draws comments to label; empty without.

    :param summary: The ``summary.json`` of the report; one of others may hold anything.
    :param options: Those of the report that the draw of its comments needs, too.
    """
    try:
        record = json.loads(summary.read_text(encoding="utf-8"))
        groups = record["groups"] or [record["whole"]]
        known = {**record, "by": "outlet", "groups": groups, "differences": record["differences"] or []}
        known["command"] = View(inputs=(STORE,), options=options)
        found = opening(known, labels := {each["id"]: each["label"] for each in record["targets"]})
        answer = next((str(each["title"]) for each in found["lines"]), "")
        shares = [each for each in found["plan"] if each["command"]][1:MOST_PRICES]
        prices = tuple((price_of(each, labels), tuple(shlex.split(each["command"]))) for each in shares)
        return Step(" ".join(found["steps"]), tuple(shlex.split(next(iter(found["commands"]), ""))), answer, prices)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return Step()


def read_sounding(summary: Path) -> str:
    """Return the largest difference of wording that a report found, in a sentence; empty without."""
    with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        return str(next(iter(value_in(summary, "sentiment_findings") or ()), ""))
    return ""


@cache
def _report_policy() -> str:
    hashes = " ".join(f"'{script(path.name).csp_hash}'" for path in sorted(SCRIPTS.glob("*.js")))
    first = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"{first}; script-src {hashes}; frame-ancestors 'self'"

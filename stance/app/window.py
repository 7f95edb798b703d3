"""The routes of the window: receive files, start commands, and serve the report, its search and its downloads."""

import asyncio
import json
import re
import shlex
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import cache
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from stance.app import (
    DEFAULT_MODEL,
    FILES,
    MODELS,
    PUBLIC,
    REPORT,
    SHOWN_FILES,
    STORE,
    ProjectFolder,
    Status,
    scored_documents,
)  # fmt: skip
from stance.app.commands import CommandQueue, Job
from stance.app.fix import FixPage, Lesson, fix_routes
from stance.app.guard import HEADERS, TIMEOUT, UPLOADS, Log, Sessions, guarded_app, html, render
from stance.app.label import LARGEST_ITEM, LabellingPage, Widths, Wording, label_routes
from stance.datamodels import counted
from stance.exceptions import StanceError, StoreError
from stance.labels.queues import Annotators, login, open_queues
from stance.reporting.opening import minutes, opening
from stance.reporting.rendering import SCRIPTS, script
from stance.run import CHOICES, FindOptions
from stance.store import Store
from stance.store.labels import LabelStore

ACTIONS = ("read", "draw", "cancel", "sample", "train", "use", "take")
"""Names of the buttons; the command of each is started by the method ``_do_NAME``."""

LAYOUTS = "layouts.toml"
"""Rows that ``stance fix`` adds."""

WATCH_SECONDS = 1.0
NEW_LABELS = 5
"""Number of labels after which the report is drawn anew, or after fewer when nobody labels for some seconds."""

IDLE_SECONDS = 20

LESSONS = 50
"""Number of comments that are drawn to teach the model."""


class Download(NamedTuple):
    """A file to take away: its name, the words of its button, and the options of the export that writes it."""

    name: str
    words: str
    options: tuple[str, ...] | None = None  # None: a folder of that name, packed


DOWNLOADS = (
    Download("report.zip", "Pack the report as it is shown"),
    Download("stance.xlsx", "Write a table for Excel", ()),
    Download("public.zip", "Pack a report to share, without names and small counts"),
    Download("replication.zip", "Pack scores, labels and methods for replication, without texts", ("--bundle",)),
)
_REPORT_FILE = re.compile(r"\w[\w.-]{0,120}\.(html|csv|json)")
_PAGE = {"content-security-policy": f"{HEADERS['content-security-policy']}; connect-src 'self'; frame-src 'self'"}


class Window:
    """The window of a project.

    :param wording: Targets and label guides, made when somebody labels.
    :param targets: The user's file of targets, which commands read too.
    """

    def __init__(
        self,
        project: ProjectFolder,
        sessions: Sessions,
        wording: Callable[[], Wording],
        log: Log,
        targets: Path | None = None,
    ) -> None:
        self.project = project
        self.commands = CommandQueue(project.folder, self.close_labels)
        self._sessions, self._wording, self._log = sessions, wording, log
        self._targets = () if targets is None else ("--targets", str(targets.absolute()))
        self._labelling: LabellingPage | None = None
        self._lesson: Lesson | None = None  # the page whose layout is taught
        self._labelled = -inf  # when the labelling page was last asked for
        self._watch: asyncio.Task[None] | None = None
        self._conditions: tuple[str, ...] = ()
        self._status, self._expected = Status(), 0
        self._drawn_of: tuple[Any, ...] = ()  # what the report was last drawn from
        self._seen: tuple[Any, ...] = ()
        self._looking = asyncio.Lock()
        self._advice: tuple[tuple[str, ...], tuple[str, ...]] = (), ()
        self._advised = 0  # the version of the report that gave it

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
            *fix_routes(self.fix_page, "/fix/{number:int}"),
        ]
        return guarded_app(routes, self._sessions, self._log)

    # The page ---------------------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """Show the window."""
        await self._look()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._follow())
        return html(await self._render(request, "window.html", upload=UPLOADS), headers=_PAGE)

    async def state(self, request: Request) -> Response:
        """Return the parts of the page that change, as HTML by their place."""
        more = request.query_params.get("files", "")
        shown = int(more) if more.isdecimal() and len(more) < 7 else SHOWN_FILES
        await self._look(shown)
        names = ("progress", "pages", "names", "shown", "next", "take", "jobs")
        pieces = {name: await self._render(request, f"{name}.html") for name in names}
        found = {"report": self._version(), "comparison": self._has_comparison(), "documents": self._status.documents}
        is_busy = any(job.is_open for job in self.commands.jobs)
        return JSONResponse({"pieces": pieces, "busy": is_busy} | found)

    async def _render(self, request: Request, template: str, **values: Any) -> str:
        versions = await run_in_threadpool(self.project.versions)
        return render(
            template,
            form_token=request.scope["session"].form_token,
            project=self.project,
            status=self._status,
            expected=self._expected,
            jobs=list(reversed(self.commands.jobs)),
            writing=self.commands.current("write"),
            drawing=self.commands.current("draw"),
            model=self.project.model,
            versions=versions,
            conditions=dict(each.split("=", 1) for each in self._conditions),
            report=self._version(),
            has_comparison=self._has_comparison(),
            downloads=[each.name for each in DOWNLOADS if (self.project.folder / each.name).is_file()],
            steps=self._steps(),
            line=shlex.join(self._drawing()),
            taken=[(each, " && ".join(map(shlex.join, self._packing(each)))) for each in DOWNLOADS],
            **values,
        )  # fmt: skip

    async def _look(self, shown: int = SHOWN_FILES) -> None:
        """Read the store again if it has changed; one call at a time: an older reading must not replace a newer one."""
        async with self._looking:
            changed = self.project.changed(), self.project.model, shown
            if changed != self._seen:
                self._status = await run_in_threadpool(self.project.status, shown)
                self._seen = changed
            if (version := self._version()) != self._advised:
                summary = self.project.folder / REPORT / "summary.json"
                self._advice, self._advised = await run_in_threadpool(read_advice, summary), version

    def _version(self, page: str = "index.html") -> int:
        """Return a number that changes with the report; 0: there is none."""
        with suppress(OSError):
            return (self.project.folder / REPORT / page).stat().st_mtime_ns
        return 0

    def _has_comparison(self) -> bool:
        """Return whether the report holds a comparison; one that was written before belongs to a former report."""
        return self._version("comparison.html") > self._version()

    # Commands ---------------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Read files that are not read yet, and draw the report when there is something new."""
        self._expected = await run_in_threadpool(self.project.expected)
        if self._expected > self._status.read and not self.commands.is_busy("write"):
            self.read_files()
        while True:
            with suppress(StanceError):
                await self._look()
                self._draw_if_new()
            await asyncio.sleep(WATCH_SECONDS)

    def _draw_if_new(self) -> None:
        status, is_reading = self._status, self.commands.is_busy("write")
        labels = status.labels // NEW_LABELS if time.monotonic() - self._labelled < IDLE_SECONDS else status.labels
        seen = (status.run, status.documents, labels)
        is_current = seen == self._drawn_of or (not self._drawn_of and self._version() >= self.project.changed())
        waits = self.commands.is_busy("draw") or (is_reading and self._version())
        if status.documents and not waits and not is_current:
            self._drawn_of = seen
            self.draw()

    def _options(self) -> tuple[str, ...]:
        name = self.project.model
        return (*self._targets, *(() if name == DEFAULT_MODEL else ("--model", name, "--registry", MODELS)))

    def read_files(self) -> Job:
        """Read and score the files that are new."""
        taught = ("--layouts", LAYOUTS) if (self.project.folder / LAYOUTS).is_file() else ()
        return self.commands.start("stance", "score", FILES, "-o", STORE, *self._options(), *taught)

    def draw(self) -> None:
        """Write the report, which holds the comparison where there are several outlets."""
        self.commands.start(*self._drawing(), lane="draw")

    def _drawing(self) -> tuple[str, ...]:
        """Return the command that writes the report of the chosen pages."""
        return ("stance", "report", STORE, "-o", REPORT, *self._chosen())

    def _run(self) -> tuple[str, ...]:
        return ("--run", str(self._status.run)) if self._status.runs > 1 else ()

    def _chosen(self) -> tuple[str, ...]:
        """Return the options of a report: run, model and the chosen pages."""
        flags = (f"--{each}" if each.startswith("target=") else f"--where={each}" for each in self._conditions)
        return (*self._run(), *self._options(), *flags)

    async def act(self, request: Request) -> Response:
        """Start the command of a button."""
        form: Mapping[str, str] = request.scope["form"]
        action = request.path_params["action"]
        if action not in ACTIONS:
            raise HTTPException(404)
        await self._look()
        place = getattr(self, f"_do_{action}")(form)
        if action == "read":
            self._expected = await run_in_threadpool(self.project.expected)
        return RedirectResponse(f"/#{place}", 303)

    def _do_read(self, _: Mapping[str, str]) -> str:
        self.read_files()
        return "pages"

    def _do_draw(self, form: Mapping[str, str]) -> str:
        given = {name: form.get(name, "").strip() for name in (*CHOICES, "target")}
        self._conditions = tuple(f"{name}={value}" for name, value in given.items() if value)
        self.draw()
        return "read"

    def _do_cancel(self, form: Mapping[str, str]) -> str:
        number = form.get("job", "")
        self.commands.cancel(int(number) if number.isdecimal() and len(number) < 10 else 0)
        return "commands"

    def _steps(self) -> dict[str, dict[str, Any]]:
        """Return the samples that can be drawn next, by their names: of the report's advice, and to teach the model."""
        drawn = {"audit": (self._advice[1], " ".join(self._advice[0]))}
        if n := min(LESSONS, self._status.comments):
            words = ("stance", "sample", STORE, "--n", str(n), "--role", "train", "--by", "uncertainty")
            taken = f"To teach the model: label {counted(n, 'comment')} about which it is unsure ({minutes(n)})."
            drawn["train"] = (words, taken)
        where = tuple(each for each in self._chosen() if each.startswith("--where="))
        steps = {name: (words and (*words, *where), told) for name, (words, told) in drawn.items()}
        return {
            name: {"words": words, "line": shlex.join(words), "told": told}
            for name, (words, told) in steps.items()
            if words or told
        }

    def _do_sample(self, form: Mapping[str, str]) -> str:
        step = self._steps().get(form.get("step", ""))
        if step is None or not step["words"]:
            raise HTTPException(404)
        self.commands.start(*step["words"])
        return "label"

    def _do_train(self, _: Mapping[str, str]) -> str:
        self.commands.start("stance", "train", STORE, "--name", "own", "--registry", MODELS, lane="train")
        return "label"

    def _do_use(self, form: Mapping[str, str]) -> str:
        self.project.choose_model(form.get("model", ""))
        self.read_files()
        return "label"

    def _do_take(self, form: Mapping[str, str]) -> str:
        wanted = next((each for each in DOWNLOADS if each.name == form.get("name")), None)
        if wanted is None:
            raise HTTPException(404)
        for words in self._packing(wanted):
            self.commands.start(*words, lane="draw")
        return "take"

    def _packing(self, wanted: Download) -> list[tuple[str, ...]]:
        """Return the commands that write a file to take away."""
        if wanted.options is not None:
            return [("stance", "export", STORE, *wanted.options, "-o", wanted.name, *self._run())]
        folder = Path(wanted.name).stem
        public = [("stance", "report", STORE, "--public", "-o", PUBLIC, *self._chosen())] if folder == PUBLIC else []
        return [*public, ("python", "-m", "zipfile", "-c", wanted.name, f"{folder}/")]

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
            return JSONResponse({"refused": f"{name}: not sent to its end"}, 408, headers={"connection": "close"})
        return JSONResponse({"kept": kept})

    async def report(self, request: Request) -> Response:
        """Send a file of the report. It may run no script but those of our reports, whoever wrote it."""
        name = request.path_params["name"]
        path = self.project.folder / REPORT / name
        if not _REPORT_FILE.fullmatch(name) or path.is_symlink() or not path.is_file():
            raise HTTPException(404)
        headers = {"x-frame-options": "SAMEORIGIN", "content-security-policy": _report_policy()}
        return FileResponse(path, headers=headers)

    async def find(self, request: Request) -> Response:
        """Write the page of found comments into the report, and show it."""
        text = request.query_params.get("words", "")[:500]
        try:
            words = shlex.split(text)
        except ValueError:  # a quotation mark without its other
            words = text.split()
        await run_in_threadpool(self._write_found, words)
        return RedirectResponse(f"/{REPORT}/found.html", 303, headers={"x-frame-options": "SAMEORIGIN"})

    def _write_found(self, words: list[str]) -> None:
        from stance.store.exporting import find_comments, find_writer

        with Store.read(self.project.store) as store:
            run = store.choose_run(self._status.run)
            found = find_comments(store, run, words, FindOptions(), lambda _: None)
            find_writer(self.project.folder / REPORT / "found.html", words)(found)

    async def take(self, request: Request) -> Response:
        """Send a file to take away."""
        name = request.path_params["name"]
        path = self.project.folder / name
        if name not in [each.name for each in DOWNLOADS] or path.is_symlink() or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type="application/octet-stream", filename=name)

    # Labelling --------------------------------------------------------------------------------------------------------

    def labelling_page(self) -> LabellingPage:
        """Open the labelling page, unless a command writes to the store.

        :raises StoreError: If one does.
        """
        if self.commands.current("write"):
            raise StoreError("pages are being read; labels can be given when that has ended, or is cancelled")
        self._labelled = time.monotonic()
        if self._labelling is None:
            store = LabelStore.write(self.project.store, settings={}, is_shared=True)
            try:
                store.add_settings({"seed": "0", "overlap": "0.2"})
                open_queues(store, (), Annotators(login(), None))
            except BaseException:
                store.close()
                raise
            widths = Widths(store.path, lambda: scored_documents(store.path, self._status.run))
            self._labelling = LabellingPage(store, self._sessions, self._wording(), home="/label", widths=widths)
        return self._labelling

    def fix_page(self, request: Request) -> FixPage:
        """Open the page that teaches the layout of a dropped page's site."""
        number: int = request.path_params["number"]
        path = self.project.file(number) if number < LARGEST_ITEM else None
        if path is None:
            raise HTTPException(404)
        if self._lesson is None or self._lesson.path != path:
            self._lesson = Lesson.open(path, self.project.folder / LAYOUTS)
        return FixPage(self._lesson, in_window=True)

    def close_labels(self) -> None:
        """Close the store that labels are written to, so that a command can write to it."""
        if self._labelling is not None:
            self._labelling.store.close()
            self._labelling = None


class _Typed(str):
    """A command whose inputs the next step repeats."""

    inputs = (STORE,)


def read_advice(summary: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the next steps of a report, and the command that draws comments to label; empty without.

    :param summary: The ``summary.json`` of the report; one of others may hold anything.
    """
    try:
        record = json.loads(summary.read_text(encoding="utf-8"))
        groups = record["groups"] or [record["whole"]]
        told = {**record, "by": "outlet", "groups": groups, "differences": record["differences"] or []}
        found = opening(told | {"command": _Typed()}, {each["id"]: each["label"] for each in record["targets"]})
        return tuple(found["steps"]), tuple(shlex.split(next(iter(found["commands"]), "")))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return (), ()


@cache
def _report_policy() -> str:
    hashes = " ".join(f"'{script(path.name).csp_hash}'" for path in sorted(SCRIPTS.glob("*.js")))
    first = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"{first}; script-src {hashes}; frame-ancestors 'self'"

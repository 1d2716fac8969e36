"""The Claude reader: find the strategies section by section, write each down, check it, repair it with the findings.

The model proposes structure with verbatim quotes; it computes nothing, and our code checks every formula and every quote. A
reading is a sequence of questions and answers (`steps`) that knows no service: one driver asks as it goes, another hands the
questions of many documents in as a batch. The same answers give the same reading, so an interrupted one is taken up from the
recorded answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import cast

from apps.domain.evidence import PageWords
from apps.domain.language import DraftSpecification, Status
from apps.llm.services import Answer, AnswerCutOff, AnswerInvalid, Heard, ModelError, Request, Usage
from apps.strategies.adapters.claude_draft import draft_of
from apps.strategies.adapters.claude_prompt import Limits, extract_request, find_request, repair_request
from apps.strategies.adapters.claude_reply import Candidate, Candidates, StrategyReply
from apps.strategies.adapters.reader import Catalogue, NoStrategyFound, ReaderUnavailable, Reading, verify_quotes
from apps.strategies.adapters.sectioning import (
    estimated_tokens,
    headings_of,
    invisible_remarks,
    sections_of,
    text_of_pages,
)

Ask = Callable[[Request, Heard | None], Answer]
Report = Callable[[int, int, str], None]

_FALL_BACK = "Read the document with the rule reader, or try again later."
_MOST_REMARKS = 40
_LANGUAGE = re.compile(r"^[A-Z][A-Za-z ]{2,24}$")


@dataclass(frozen=True, slots=True)
class Step:
    """A question, and what it is about in words: “section 3 of 9”."""

    request: Request
    note: str


Outcome = Answer | ModelError
Steps = Generator[tuple[Step, ...], Sequence[Outcome], Reading]


class ClaudeReader:
    """Reads by asking a model. `ask` asks, `report(done, total, note)` is told what is being asked."""

    name = "claude"
    version = "3.0"

    def __init__(self, *, limits: Limits, ask: Ask, report: Report | None = None) -> None:
        self._limits, self._ask, self._report = limits, ask, report

    def read(self, *, pages: Sequence[PageWords], catalogue: Catalogue, title: str) -> Reading:
        """What the model proposes, as drafts. Raises ReaderUnavailable, NoStrategyFound."""
        run = steps(pages=pages, catalogue=catalogue, title=title, limits=self._limits)
        done, asked = 0, next(run)
        while True:
            answers: list[Outcome] = []
            for at, step in enumerate(asked):
                given_up = next((a for a in answers if isinstance(a, ModelError) and a.is_final), None)
                answers.append(given_up or self._answer(step, done + at, done + len(asked)))
            done += len(asked)
            try:
                asked = run.send(answers)
            except StopIteration as end:
                return cast("Reading", end.value)

    def _answer(self, step: Step, done: int, total: int) -> Outcome:
        report = self._report
        heard: Heard | None = None
        if report is not None:
            report(done, total, step.note)

            def heard(n: int) -> None:
                report(done, total, f"{step.note}, {n:,} characters so far")

        try:
            return self._ask(step.request, heard)
        except ModelError as error:
            return error


def steps(*, pages: Sequence[PageWords], catalogue: Catalogue, title: str, limits: Limits) -> Steps:
    """The questions of a reading, a round at a time; each round is sent back its answers, in order. Returns the reading.

    Raises ReaderUnavailable when nothing could be asked or used, NoStrategyFound when there is nothing to propose.
    """
    _require_size(pages, limits)
    made = _Making(pages, catalogue, title, limits, remarks=invisible_remarks(pages))
    candidates = yield from made.find()
    yield from made.write_down(candidates)
    return made.reading()


@dataclass
class _Written:
    """How far one strategy is: the best draft so far, and what is still wrong with the newest answer."""

    candidate: Candidate
    request: Request
    draft: DraftSpecification | None = None
    n_problems: int = 1_000
    left_out: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    said: str = ""
    denied: str = ""
    error: ModelError | None = None


@dataclass
class _Making:
    pages: Sequence[PageWords]
    catalogue: Catalogue
    title: str
    limits: Limits
    remarks: list[str]
    written: list[_Written] = field(default_factory=list)
    denials: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    model: str = ""

    def find(self) -> Generator[tuple[Step, ...], Sequence[Outcome], list[Candidate]]:
        """The candidates of every section, those found twice made one, no more than may be written down."""
        sections = sections_of(self.pages, max_tokens=self.limits.section_tokens)
        if not sections:
            raise NoStrategyFound("The document has no text to read, so no strategy was found.")
        outline = headings_of(sections)
        n = len(sections)
        answers = yield tuple(
            Step(
                find_request(s, title=self.title, outline=outline, limits=self.limits),
                f"looking at section {s.number} of {n}",
            )
            for s in sections
        )
        found: dict[str, Candidate] = {}
        errors: list[ModelError] = []
        for section, answer in zip(sections, answers, strict=True):
            if isinstance(answer, ModelError):
                errors.append(answer)
                self.remarks.append(f"{_pages_in_words(section.pages)} could not be looked through: {answer.message}")
                continue
            said = cast("Candidates", self._heard(answer))
            self._note_language(said.language)
            if not said.strategies and said.not_a_strategy.strip():
                self.denials.append(said.not_a_strategy.strip()[:300])
            for candidate in said.strategies:
                self._merge(found, candidate, section.pages)
        if len(errors) == n:
            raise _unavailable(errors[0])
        return self._bounded(list(found.values()))

    def write_down(self, candidates: list[Candidate]) -> Generator[tuple[Step, ...], Sequence[Outcome], None]:
        """Each candidate as a draft; what our checks refuse goes back, with the reasons, a bounded number of times."""
        self.written = [_Written(candidate, self._request(candidate)) for candidate in candidates]
        n = len(self.written)
        places = {id(one): f"writing down strategy {at} of {n}" for at, one in enumerate(self.written, start=1)}
        waiting = [(one, Step(one.request, places[id(one)])) for one in self.written]
        for round_ in range(self.limits.repair_rounds + 1):
            if not waiting:
                return
            answers = yield tuple(step for _, step in waiting)
            for (one, _), answer in zip(waiting, answers, strict=True):
                self._take(one, answer)
            note = f", repair {round_ + 1}"
            waiting = [
                (one, Step(repair_request(one.request, said=one.said, problems=one.problems), places[id(one)] + note))
                for one in self.written
                if one.problems
            ]

    def reading(self) -> Reading:
        """What came of it. Raises ReaderUnavailable, NoStrategyFound."""
        for one in self.written:
            name = one.candidate.name[:120]
            self.remarks += one.remarks
            if one.draft is not None:
                self.remarks += one.left_out
            elif one.error is not None:
                self.remarks.append(f"“{name}” was not written down: {one.error.message}")
            elif one.denied:
                self.remarks.append(f"“{name}” is no strategy: {one.denied}")
            else:
                self.remarks += one.problems
        drafts = tuple(one.draft for one in self.written if one.draft is not None)
        if not drafts:
            self._explain_nothing()
        remarks = tuple(dict.fromkeys(remark[:500] for remark in self.remarks))[:_MOST_REMARKS]
        return Reading(drafts, remarks, self.model, self.usage.sent, self.usage.output_tokens)

    def _explain_nothing(self) -> None:
        error = next((one.error for one in self.written if one.error is not None), None)
        if error is not None:
            raise _unavailable(error)
        if any(not one.denied for one in self.written):
            told = " ".join(self.remarks)[:600]
            raise ReaderUnavailable(
                f"Nothing in the model's answer could be used: {told} {_FALL_BACK}", reason=AnswerInvalid.code
            )
        said = " ".join(dict.fromkeys([*self.denials, *self.remarks]))[:600]
        raise NoStrategyFound(
            f"The model found no strategy that can be run. {said} Write the strategy by hand.".replace("  ", " ")
        )

    def _request(self, candidate: Candidate) -> Request:
        text = text_of_pages(self.pages, wanted=candidate.pages, max_tokens=self.limits.section_tokens)
        return extract_request(candidate, text=text, title=self.title, catalogue=self.catalogue, limits=self.limits)

    def _take(self, one: _Written, answer: Outcome) -> None:
        """Keep the best draft so far: an answer to a repair may be worse than the one before."""
        one.problems = []
        if isinstance(answer, ModelError):
            one.said = ""
            if one.draft is None:
                one.error = answer
            if isinstance(answer, AnswerInvalid | AnswerCutOff):
                one.problems = [f"{answer.message} Answer in the form that is asked for, and more briefly."]
            return
        one.error, one.said = None, answer.text
        reply = cast("StrategyReply", self._heard(answer))
        if reply.strategy is None:
            one.denied = reply.not_a_strategy.strip()[:300] or "the model gave no reason."
            return
        draft, left_out = draft_of(reply.strategy, self.catalogue)
        one.problems = left_out + (self._unfounded(draft) if draft is not None else [])
        if draft is not None and len(one.problems) < one.n_problems:
            one.draft, one.n_problems, one.left_out = draft, len(one.problems), left_out
            one.remarks = [remark.strip()[:500] for remark in reply.remarks[:8] if remark.strip()]

    def _unfounded(self, draft: DraftSpecification) -> list[str]:
        """What is stated by a quote that our own search does not find, or that does not hold the value."""
        [verified] = verify_quotes(Reading((draft,)), self.pages).drafts
        return [
            f"Parameter {name}: {verified.parameters[name].note.removeprefix(parameter.note).strip()}"
            for name, parameter in draft.parameters.items()
            if parameter.status is Status.STATED and verified.parameters[name].status is not Status.STATED
        ]

    def _heard(self, answer: Answer) -> object:
        self.usage += answer.usage
        self.model = answer.model
        return answer.output

    def _note_language(self, language: str) -> None:
        if _LANGUAGE.match(language.strip()) and language.strip() != "English":
            remark = f"The document is in {language.strip()}; quotes are in its own words."
            if remark not in self.remarks:
                self.remarks.append(remark)

    def _merge(self, found: dict[str, Candidate], candidate: Candidate, section: tuple[int, ...]) -> None:
        known = {page.page for page in self.pages}
        pages = [number for number in candidate.pages if number in known] or list(section)
        key = re.sub(r"\W+", " ", candidate.name.casefold()).strip()
        same = found.get(key)
        if not key:
            return
        if same is None:
            found[key] = candidate.model_copy(update={"pages": pages})
        else:
            found[key] = same.model_copy(update={"pages": list(dict.fromkeys([*same.pages, *pages]))})

    def _bounded(self, candidates: list[Candidate]) -> list[Candidate]:
        most = self.limits.max_strategies
        rest = candidates[most:]
        if rest:
            names = ", ".join(f"“{candidate.name[:60]}”" for candidate in rest[:5])
            more = f" and {len(rest) - 5} more" if len(rest) > 5 else ""
            self.remarks.append(
                f"The model found {len(candidates)} strategies; the first {most} were written down. Left out: {names}{more}. "
                "Upload their pages as a document of their own to have them read."
            )
        return candidates[:most]


def _require_size(pages: Sequence[PageWords], limits: Limits) -> None:
    estimate = estimated_tokens(pages)
    if estimate > limits.document_tokens:
        raise ReaderUnavailable(
            f"The document would take about {estimate:,} tokens; one document may take {limits.document_tokens:,}. "
            "Read it with the rule reader, or upload the pages that matter.",
            reason="too_long",
            estimate=estimate,
            budget=limits.document_tokens,
        )


def _unavailable(error: ModelError) -> ReaderUnavailable:
    return ReaderUnavailable(f"{error.message} {_FALL_BACK}", reason=error.code, **error.details)


def _pages_in_words(pages: tuple[int, ...]) -> str:
    return f"Page {pages[0]}" if len(pages) == 1 else f"Pages {pages[0]} to {pages[-1]}"


__all__ = ["Ask", "ClaudeReader", "Limits", "Outcome", "Report", "Step", "Steps", "steps"]

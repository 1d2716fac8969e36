"""The workbench of the review page: formulas, and changes looked at before they are made."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.domain.errors import DomainError
from apps.domain.language import difference_of
from apps.strategies import queries, services
from apps.strategies.forms import CheckForm, FormulaForm, NewFormulaForm
from apps.strategies.views.review import review_context


@require_GET
def diff(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """What changed between two versions, or between a version and the draft."""
    strategy = queries.strategy(strategy_id=strategy_id)
    context: dict[str, Any] = {
        "strategy": strategy,
        "numbers": [version.number for version in queries.versions(strategy_id=strategy_id)],
        "crumbs": [
            ("Strategies", reverse("strategies:list")),
            (strategy.title, reverse("strategies:detail", args=[strategy_id])),
            ("Changes", ""),
        ],
    }
    status = 200
    try:
        context["compared"] = queries.compared(
            strategy, start=request.GET.get("from", ""), end=request.GET.get("to", "")
        )
    except queries.VersionNotFoundError as error:
        context["error"], status = error.message, error.status if context["numbers"] else 200
    return render(request, "strategies/diff.html", context, status=status)


@require_http_methods(["GET", "POST"])
def merge(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Two drafts that look alike, side by side; the other's readings become alternatives of this one."""
    strategy = queries.strategy(strategy_id=strategy_id)
    sent = request.POST if request.method == "POST" else request.GET
    other = queries.strategy(strategy_id=_uuid(sent.get("other", "")))
    error, status = "", 200
    if request.method == "POST":
        try:
            services.merge(
                strategy_id=strategy_id,
                other_id=other.id,
                take=[name.removeprefix("take-") for name, side in sent.items() if side == "other"],
                revision=int(sent["revision"]) if sent.get("revision", "").isdecimal() else None,
                actor=request.actor,
                at=timezone.now(),
            )
        except DomainError as refusal:
            if refusal.status in {403, 404}:
                raise
            error, status = refusal.message, refusal.status
        else:
            messages.success(request, f"“{other.title}” is merged into this draft and set aside.")
            return redirect("strategies:review", strategy_id)
    context = {
        "strategy": strategy,
        "other": other,
        "choices": queries.choices_between(strategy, other),
        "difference": difference_of(queries.draft_of(strategy), queries.draft_of(other)),
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY),
        "error": error,
        "crumbs": [
            ("Strategies", reverse("strategies:list")),
            (strategy.title, reverse("strategies:review", args=[strategy_id])),
            ("Merge", ""),
        ],
    }
    return render(request, "strategies/merge.html", context, status=status)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise queries.StrategyNotFoundError("Say which other draft: choose it on the review page.") from None


@require_POST
def check(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """What a change of a formula or of a value would mean: a fragment, as one types. Nothing is stored."""
    strategy = queries.strategy(strategy_id=strategy_id)
    form = CheckForm(request.POST)
    sent = form.cleaned_data if form.is_valid() else {}
    try:
        if sent.get("pointer"):
            pointer = _named(sent["pointer"], sent["signal"])
            checked = queries.check_formula_change(strategy, pointer=pointer, text=sent["text"])
        elif sent.get("name") and sent["value"].strip():
            checked = queries.check_value_change(strategy, name=sent["name"], value=sent["value"])
        else:
            return HttpResponse("")
    except DomainError as error:
        return HttpResponse("", status=error.status)
    context = {"checked": checked, "pointer": sent["pointer"]}
    return render(request, "strategies/_check.html", context)


@require_POST
def edit_formula(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Replace one formula. htmx gets the formulas, the head and the words; a plain form gets the page again."""
    form = FormulaForm(request.POST)
    pointer, error, status = str(request.POST.get("pointer", "")), "", 200
    if form.is_valid():
        try:
            services.edit_formula(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
    else:
        error, status = "Say which formula.", 422
    return _formulas(
        request, strategy_id, pointer, error=error, status=status, done="The formula is changed. It is on the record."
    )


@require_POST
def add_formula(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """A rule where there is none, or a signal."""
    form = NewFormulaForm(request.POST)
    pointer, error, status = str(request.POST.get("pointer", "")), "", 200
    if form.is_valid():
        sent = form.cleaned_data
        try:
            services.add_formula(
                strategy_id=strategy_id,
                pointer=_named(sent["pointer"], sent["signal"]),
                text=sent["text"],
                revision=sent["revision"],
                actor=request.actor,
                at=timezone.now(),
            )
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
    else:
        error, status = "Say where the formula goes, and type it.", 422
    done = "The formula is added. It is on the record."
    return _formulas(request, strategy_id, pointer, error=error, status=status, done=done, is_new=True)


@require_POST
def remove_formula(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Take a formula out."""
    form = FormulaForm(request.POST)
    pointer, error, status = str(request.POST.get("pointer", "")), "", 200
    if form.is_valid():
        sent = {name: form.cleaned_data[name] for name in ("pointer", "revision", "note")}
        try:
            services.remove_formula(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **sent)
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
    else:
        error, status = "Say which formula.", 422
    done = "The formula is removed. It is on the record."
    return _formulas(request, strategy_id, pointer, error=error, status=status, done=done)


NEW_SIGNAL = "/signals/-"


def _named(pointer: str, signal: str) -> str:
    """The pointer of a new signal has its name, which the form asks for beside the place."""
    return f"/signals/{signal.strip()}" if pointer == NEW_SIGNAL else pointer


def _formulas(
    request: DeskRequest, strategy_id: UUID, pointer: str, *, error: str, status: int, done: str, is_new: bool = False
) -> HttpResponse:
    """The answer to a change of the formulas: for htmx the formulas, the head and the words, for a form the page again."""
    context = review_context(request, strategy_id) | {
        "new_error": error if is_new else "",
        "rule_error": "" if is_new else error,
        "rule_pointer": pointer,
        "rule_text": str(request.POST.get("text", "")),
        "new_name": str(request.POST.get("signal", "")),
    }
    if request.headers.get("HX-Request"):
        return render(request, "strategies/_formula_saved.html", context, status=422 if error else 200)
    if error:
        return render(request, "strategies/review.html", context, status=status)
    messages.success(request, done)
    return redirect(f"{reverse('strategies:review', args=[strategy_id])}#r-{pointer.strip('/').replace('/', '-')}")

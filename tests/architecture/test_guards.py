"""Rules that a machine checks: access, queues, events, personal data, sizes."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from pydantic_core import PydanticUndefined

from apps.accounts.middleware import _OPEN_MODULES
from apps.events.events import kinds as event_kinds
from apps.jobs.services import kinds as job_kinds
from apps.web.templatetags.kit import event_icon

ROOT = Path(__file__).parents[2]
OPEN_VIEWS = {"live", "ready", "kit"}
SOURCES = [
    p
    for folder in ("apps", "fo_platform", "celery_app")
    for p in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in p.parts
]


def views(patterns=None, prefix=""):
    for pattern in patterns or get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback


def test_views_open_to_strangers_are_known_ones():
    marked = {view.__name__ for _, view in views() if getattr(view, "open_to_strangers", False)}

    assert marked - OPEN_VIEWS == set()


def test_page_views_are_plain_functions_behind_the_middleware():
    """A view of ours is never in a module that the middleware lets strangers into."""
    ours = [view for _, view in views() if view.__module__.startswith("apps.")]

    assert [v for v in ours if v.__module__.startswith(_OPEN_MODULES)] == []
    assert len(ours) > 0


def test_every_task_has_a_queue():
    from celery_app import app

    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}

    assert ours == set(app.conf.task_routes)


def test_every_beat_entry_names_a_task():
    from celery_app import app

    app.loader.import_default_modules()

    assert {entry["task"] for entry in app.conf.beat_schedule.values()} - set(app.tasks) == set()


def test_every_job_kind_belongs_to_an_installed_app():
    labels = {config.label for config in apps.get_app_configs()}

    assert {name.split(".")[0] for name in job_kinds()} <= labels
    assert len(job_kinds()) > 0


@pytest.mark.parametrize("type_", sorted(event_kinds()))
def test_event_kind_has_a_sentence_and_a_described_schema(type_):
    kind = event_kinds()[type_]
    samples = {"str": "x", "int": 3, "float": 0.5, "UUID": "0e0e5f6e-0000-4000-8000-000000000000", "bool": True}

    assert "sentence" in vars(kind)
    data = {
        n: f.default if f.default is not PydanticUndefined else samples.get(getattr(f.annotation, "__name__", "str"))
        for n, f in kind.model_fields.items()
    }
    sentence = kind.model_validate(
        {k: v for k, v in data.items() if v is not None or kind.model_fields[k].default is None}
    ).sentence()
    assert re.match(r"^[a-z]", sentence)
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", type_)


@pytest.mark.parametrize("type_", sorted(event_kinds()))
def test_event_kind_has_an_icon_that_the_sprite_holds(type_):
    assert event_icon(type_) != event_icon("unknown.thing")
    assert f'id="i-{event_icon(type_)}"' in (ROOT / "templates/components/sprite.html").read_text()


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if m.__module__.startswith("apps.")], ids=lambda m: m._meta.label
)
def test_model_docstring_ends_with_its_personal_data_class(model):
    assert re.search(r"Personal data: \S+", inspect.getdoc(model).splitlines()[-1])


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_source_file_can_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= 600


def test_no_module_is_called_utils_or_helpers():
    assert [p for p in SOURCES if p.stem in {"utils", "helpers", "misc", "common"}] == []


def test_inline_imports_give_their_reason():
    offences = []
    for path in SOURCES:
        lines = path.read_text().splitlines()
        for function in [
            n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        ]:
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom) and not re.search(
                    r"# noqa: (?:\w+, )*PLC0415 -- \w+", "\n".join(lines[node.lineno - 1 : node.end_lineno])
                ):
                    offences.append(f"{path.relative_to(ROOT)}:{node.lineno}")

    assert sorted(set(offences)) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda p: str(p.relative_to(ROOT / "templates"))
)
def test_template_has_no_inline_style_script_or_handler(path):
    text = path.read_text()
    if path.name == "report.html" or "report" in path.parts:
        pytest.skip("the self-contained report opens from disk, outside the policy")

    assert re.findall(r"\sstyle=", text) == []
    assert re.findall(r"\son[a-z]+=\"", text) == []
    assert re.findall(r"<script(?![^>]*(\ssrc=|type=\"application/json\"))[^>]*>", text) == []
    assert re.findall(r"hx-on|hx-vals=['\"]js:", text) == []

"""The colours of the style sheet keep their contrast: AA for text, 3:1 for controls and chart lines."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parents[2] / "static" / "css" / "app.css").read_text()
TOKENS = {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS)}


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("surface", ["canvas", "surface", "sunken"])
@pytest.mark.parametrize("text", ["text", "text-2", "text-3", "accent", "gain", "loss", "warn"])
def test_text_on_every_surface_meets_aa(text, surface, theme):
    assert contrast(TOKENS[text][theme], TOKENS[surface][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("gain", "gain-bg"),
        ("loss", "loss-bg"),
        ("warn", "warn-bg"),
        ("accent", "accent-bg"),
        ("on-accent", "accent"),
        ("on-accent", "loss"),
    ]
    + [("text", f"d{n}") for n in range(-4, 5)]
    + [("text-2", f"{tone}-bg") for tone in ("gain", "loss", "warn", "accent")],
)
def test_text_on_tints_meets_aa(text, ground, theme):
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("line", ["control", "bench", "s1", "s2", "s3", "s4", "s5", "s6"])
def test_lines_and_controls_meet_three_to_one(line, theme):
    assert contrast(TOKENS[line][theme], TOKENS["surface"][theme]) >= 3.0

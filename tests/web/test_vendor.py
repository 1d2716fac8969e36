"""Every third-party file is listed with its licence and unchanged."""

import hashlib
import json
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"
MANIFEST = json.loads((STATIC / "vendor" / "MANIFEST.json").read_text())


def test_manifest_lists_every_vendored_file_with_its_hash():
    present = {
        p
        for folder in ("vendor", "fonts")
        for p in (STATIC / folder).rglob("*")
        if p.is_file() and p.name != "MANIFEST.json"
    }

    found = {str(p.relative_to(STATIC)): hashlib.sha256(p.read_bytes()).hexdigest() for p in present}

    assert {name: digest for package in MANIFEST for name, digest in package["files"].items()} == found


def test_manifest_every_package_ships_its_licence():
    without = [package["name"] for package in MANIFEST if not any("LICENSE" in name for name in package["files"])]

    assert without == []

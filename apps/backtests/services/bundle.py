"""A finished run as one file that reproduces itself elsewhere: specification, data, results, verdict, and what names them.

A bundle is a ZIP with fixed times, so that the same run gives the same bytes. docs/evidence.md says what stands in it.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

from apps.backtests import queries
from apps.backtests.models import Backtest
from apps.backtests.queries.frozen import Given, given_of
from apps.backtests.services.differences import Difference, first_difference
from apps.backtests.services.files import parquet, tables_of
from apps.backtests.services.plans import made
from apps.backtests.services.work import Judged
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification, execution_hash
from apps.domain.values import Panel
from apps.domain.values.inputs import Inputs, MarketSeries
from apps.marketdata import queries as marketdata

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
_WHEN = (1980, 1, 1, 0, 0, 0)
_LARGEST = 2 * 1024**3
_MANIFEST = "bundle.json"
_README = """This bundle holds one backtest: its rules, its data, its results and its verdict.

Verify it with FO Platform, on any machine:

    python manage.py verify BUNDLE.zip

It hashes every file, checks that the hashes in bundle.json name them, runs the rules on the data again and compares every
order, every day and the verdict. bundle.json lists the SHA-256 of each file, so that they can be checked without us too.
"""


class BundleError(DomainError):
    """A file that is no bundle, is damaged, or was changed."""

    code = "bundle"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a bundle found. `difference` is None when the run is the same to the byte."""

    manifest: dict[str, Any]
    judged: Judged
    difference: Difference | None


def bundle_of(*, backtest_id: UUID) -> bytes:
    """The bundle of a finished run, its data included. Raises BacktestNotFoundError, NotFinishedError, DataSetNotFoundError."""
    run = queries.backtest(backtest_id=backtest_id)
    frames = queries.frames_of(run)
    given = given_of(run.plan)
    files = {
        "README.txt": _README.encode(),
        "specification.json": _json(run.plan["specification"]),
        "verdict.json": _json(_verdict(run)),
        "metrics.json": _json(run.metrics),
        **{f"data/{name}.parquet": parquet(_panel_table(panel)) for name, panel in _panels(run.plan, given).items()},
        **{f"results/{part}.parquet": parquet(getattr(frames, part)) for part in ("curves", "orders", "trades")},
    }
    files[_MANIFEST] = _json(_manifest(run, files))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_WHEN)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return out.getvalue()


def verify(handle: BinaryIO, /) -> Verified:
    """Check every hash of a bundle, run it again and compare. Needs no database. Raises BundleError and the engine's errors."""
    from apps.domain.engine import ENGINE_VERSION, fingerprint  # noqa: PLC0415 -- slow import

    files, manifest = _opened(handle)
    plan = manifest["plan"] | {"specification": json.loads(files["specification.json"])}
    spec = RunnableSpecification.model_validate(plan["specification"])
    if execution_hash(spec) != manifest["execution_hash"]:
        raise BundleError("The specification is not the one that the bundle names: its hash differs.")
    named = fingerprint(
        execution_hash=manifest["execution_hash"],
        snapshot_hash=manifest["snapshot_hash"],
        engine_version=manifest["engine_version"],
    )
    if named != manifest["fingerprint"]:
        raise BundleError("The fingerprint does not name this specification, these data and this engine.")
    judged = made(plan, _given(plan, files))
    again = tables_of(judged.result)
    stored = queries.Frames(*(_table(files[f"results/{part}.parquet"]) for part in ("curves", "trades", "orders")))
    difference = first_difference(
        stored, again, stored_engine=manifest["engine_version"], engine=ENGINE_VERSION
    ) or _verdicts(json.loads(files["verdict.json"]), judged)
    return Verified(manifest, judged, difference)


def _manifest(run: Backtest, files: Mapping[str, bytes]) -> dict[str, Any]:
    import numpy as np  # noqa: PLC0415 -- slow import

    plan = {name: value for name, value in run.plan.items() if name != "specification"}
    return {
        "format": FORMAT,
        "fingerprint": run.fingerprint,
        "execution_hash": run.plan["execution_hash"],
        "snapshot_hash": run.plan["snapshot_hash"],
        "engine_version": run.plan["engine_version"],
        "order_hash": run.order_hash,
        "result_hashes": run.files,
        "strategy": run.strategy.title,
        "version": run.version.number,
        "window": [str(run.start_date), str(run.end_date)],
        "plan": plan,
        "snapshots": _snapshots(run.plan),
        "made_with": {"python": platform.python_version(), "numpy": np.__version__},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }


def _snapshots(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each data set of a plan is, and where it is from."""
    wanted = {plan["data_set"]: plan["data_snapshot"]}
    if plan["benchmark"]:
        wanted[plan["benchmark_set"]] = plan["benchmark_snapshot"]
    wanted |= {source.partition(":")[0]: snapshot for source, snapshot in plan.get("series", {}).items()}
    infos = [marketdata.data_set(key=key, snapshot_hash=snapshot) for key, snapshot in wanted.items()]
    return [
        {
            "key": i.key,
            "title": i.title,
            "hash": i.snapshot_hash,
            "adjustment": i.adjustment,
            "first_day": str(i.first_day),
            "last_day": str(i.last_day),
            "n_symbols": len(i.symbols),
            "source": i.source,
            "licence": i.licence,
        }
        for i in infos
    ]


def _verdict(run: Backtest) -> dict[str, Any]:
    found = queries.verdict_of(run)
    if found is None:
        return {}
    return {
        "word": found.word,
        "gate_version": found.gate_version,
        "reasons": found.reasons,
        "comparisons": found.comparisons,
        "n_trials": found.n_trials,
        "deflated_sharpe": found.deflated_sharpe,
    }


def _panels(plan: Mapping[str, Any], given: Given) -> dict[str, Panel]:
    found = {"bars": given.inputs.panel}
    if given.benchmark is not None:
        found["benchmark"] = given.benchmark
    for place, source in enumerate(sorted(plan.get("series", {}))):
        series = given.inputs.series[source]
        found[f"series-{place}"] = Panel(days=series.days, symbols=(source,), close=series.values[None, :])
    return found


def _given(plan: Mapping[str, Any], files: Mapping[str, bytes]) -> Given:
    bars = _panel(files, "bars")
    if marketdata.snapshot_hash_of(bars) != plan["data_snapshot"]:
        raise BundleError("The bars are not the snapshot that the run names: their hash differs.")
    series = {}
    for place, source in enumerate(sorted(plan.get("series", {}))):
        values = _panel(files, f"series-{place}")
        series[source] = MarketSeries(days=values.days, values=values.close[0])
    benchmark = _panel(files, "benchmark") if plan["benchmark"] else None
    return Given(Inputs(panel=bars, series=series), benchmark)


def _panel_table(panel: Panel) -> pa.Table:
    """Bars as columns "field symbol" beside the days, in the order of the panel."""
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    columns: dict[str, Any] = {"day": panel.days}
    for name in panel.fields:
        for symbol, row in zip(panel.symbols, panel.field(name), strict=True):
            columns[f"{name} {symbol}"] = row
    said = {
        "symbols": json.dumps(list(panel.symbols)),
        "fields": json.dumps(list(panel.fields)),
        "adjustment": panel.adjustment,
    }
    return pa.table(columns).replace_schema_metadata(said)


def _panel(files: Mapping[str, bytes], name: str) -> Panel:
    import numpy as np  # noqa: PLC0415 -- slow import

    table = _table(files[f"data/{name}.parquet"])
    said = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    symbols = tuple(json.loads(said["symbols"]))
    arrays = {
        field: np.vstack([table.column(f"{field} {symbol}").to_numpy() for symbol in symbols])
        for field in json.loads(said["fields"])
    }
    days = table.column("day").to_numpy()
    unit = "m" if (days != days.astype("datetime64[D]")).any() else "D"
    return Panel(days=days.astype(f"datetime64[{unit}]"), symbols=symbols, adjustment=said["adjustment"], **arrays)


def _table(content: bytes) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415 -- slow import

    return pq.read_table(io.BytesIO(content))


def _opened(handle: BinaryIO) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of a bundle, each as its manifest names it; raises BundleError."""
    try:
        with zipfile.ZipFile(handle) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                raise BundleError("The bundle would unpack to more than two gigabytes; it was not opened.")
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        manifest = json.loads(files.pop(_MANIFEST))
        named: dict[str, str] = manifest["files"]
        known = manifest["format"]
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise BundleError("This is no bundle of a backtest, or it is damaged. Download it again.") from error
    if known != FORMAT:
        raise BundleError(f"The bundle has format {known}; this version reads format {FORMAT}. Use a newer version.")
    changed = [
        name for name in sorted(named.keys() | files.keys())
        if name not in files or named.get(name) != hashlib.sha256(files[name]).hexdigest()
    ]  # fmt: skip
    if changed:
        raise BundleError(
            f"The bundle was changed: {changed[0]} is not the file that its manifest names.", files=changed
        )
    return files, manifest


def _verdicts(stored: Mapping[str, Any], judged: Judged) -> Difference | None:
    if not stored or stored["word"] == judged.word:
        return None
    why = (
        f"Every order and every day is the same. The stored verdict was given by rules {stored['gate_version']}; "
        f"this version has rules {judged.verdict.gate_version}."
    )
    return Difference("the verdict", "", stored["word"], judged.word, why)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, default=str).encode()

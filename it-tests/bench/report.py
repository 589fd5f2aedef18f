# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Results as a Markdown text with tables, as JSON, and as charts."""

import json
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot as plt  # noqa: E402 the kind of output has to be said before

Result = dict[str, Any]
VPNLB, PEER, LIMIT, PLAIN, LEARNING, PINNED, OUTPUTS = (
    "vpnlb",
    "ovs-testcontroller",
    "minimal responder",
    "plain forwarding",
    "vpnlb, switch learns",
    "vpnlb, sessions pinned",
    "plain output",
)
_NOTHING = "-"
_WITHOUT_SESSION = "data path, clients without a session"


class Results:
    """All results of a run, looked at in several ways."""

    def __init__(self, results: list[Result]) -> None:
        self._results = results

    def of(self, workload: str, contestant: str | None = None) -> list[Result]:
        """Those that count."""
        return [
            result
            for result in self._results
            if result["workload"] == workload
            and (contestant is None or result["contestant"] == contestant)
            and not result.get("wrong")
        ]

    def invalid(self) -> list[Result]:
        """Those that do not count; the steps of the open loop end with one that does not, by their nature."""
        return [r for r in self._results if r.get("wrong") and r["workload"] != "open loop step"]

    def lost(self, workload: str, contestant: str) -> int | None:
        """How many sessions were lost, also in runs that do not count."""
        found = [r["lost"] for r in self._results if r["workload"] == workload and r["contestant"] == contestant]
        return sum(found) if found else None

    def names(self, prefix: str) -> list[str]:
        """The workloads that begin so, in the order in which they were first run."""
        return list(dict.fromkeys(r["workload"] for r in self._results if r["workload"].startswith(prefix)))

    def contestants(self, workload: str) -> list[str]:
        """Who did it, in order."""
        return list(dict.fromkeys(r["contestant"] for r in self._results if r["workload"] == workload))

    def values(self, workload: str, contestant: str, get: Callable[[Result], float | None]) -> list[float]:
        """One figure of all rounds."""
        found = [get(result) for result in self.of(workload, contestant)]
        return [value for value in found if value is not None]

    def median(self, workload: str, contestant: str, get: Callable[[Result], float | None]) -> float | None:
        """The median of it."""
        values = self.values(workload, contestant, get)
        return median(values) if values else None


def quantile(name: str, at: str) -> Callable[[Result], float | None]:
    """A quantile of a latency, in milliseconds."""
    return lambda result: result[name].get(at)


def field(name: str) -> Callable[[Result], float | None]:
    """A plain figure."""
    return lambda result: result.get(name)


def _spread(values: list[float], digits: int = 0) -> str:
    if not values:
        return _NOTHING
    text = f"{median(values):,.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return [
        "| " + " | ".join(heads) + " |",
        "|" + " --- |" * len(heads),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


# ----------------------------------------------------------------------------------------------------------- the bars


def bars(results: Results) -> list[list[str]]:
    """What was aimed at, what came out, and whether that is enough."""
    one, many, handshake = "egress, one frame, 1 in flight", "egress, one frame, 32 in flight", "egress, 32 in flight"
    rows: list[list[str]] = []

    def row(what: str, aim: str, value: float | None, holds: Callable[[float], bool], digits: int = 2) -> None:
        verdict = _NOTHING if value is None else "yes" if holds(value) else "**no**"
        rows.append([what, aim, _NOTHING if value is None else f"{value:,.{digits}f}", verdict])

    def ratio(
        workload: str, get: Callable[[Result], float | None], other: str, other_workload: str = ""
    ) -> float | None:
        own, theirs = results.median(workload, VPNLB, get), results.median(other_workload or workload, other, get)
        return own / theirs if own is not None and theirs else None

    speed = field("learned_per_second")
    row("sessions/s, 32 in flight, against ovs-testcontroller", ">= 1.3", ratio(many, speed, PEER), lambda v: v >= 1.3)
    row("the same, against the minimal responder", "dream: >= 1", ratio(many, speed, LIMIT), lambda v: v >= 1)
    row(
        "sessions of three frames, against ovs-testcontroller",
        "for comparison",
        ratio(handshake, speed, PEER),
        lambda v: v >= 1,
    )
    row(
        "the same, against the minimal responder",
        "for comparison",
        ratio(handshake, speed, LIMIT),
        lambda v: v >= 1,
    )
    punts = results.median(many, VPNLB, field("punts_per_session"))
    row("punts per session", "<= 1.05", punts, lambda v: v <= 1.05)
    rate = field("rate")
    row(
        "open loop without a loss or a backlog, against ovs-testcontroller",
        ">= 1.5",
        ratio("egress, one frame, open loop", rate, PEER),
        lambda v: v >= 1.5,
    )
    tail = quantile("whole_ms", "99")
    row("p99, 1 in flight, against ovs-testcontroller", "<= 1", ratio(one, tail, PEER), lambda v: v <= 1)
    sustained = next(iter(results.names("egress, one frame, 1000/s")), "")
    row(f"{sustained}: sessions lost", "0", results.lost(sustained, VPNLB), lambda v: v == 0, 0)
    row(f"{sustained}: p99, ms", "<= 2", results.median(sustained, VPNLB, tail), lambda v: v <= 2)
    cost = field("cpu_per_1000")
    row(
        "controller's processor time per 1000 sessions, s",
        "<= 0.06",
        results.median(many, VPNLB, cost),
        lambda v: v <= 0.06,
        3,
    )
    learning = results.median(many, LEARNING, speed)
    theirs = results.median(many, PEER, speed)
    row(
        "sessions/s where the switch learns, against ovs-testcontroller",
        ">= 3",
        learning / theirs if learning and theirs else None,
        lambda v: v >= 3,
    )
    row(
        "the same: controller's processor time per 1000 sessions, s",
        "0",
        results.median(many, LEARNING, cost),
        lambda v: v < 0.005,
        3,
    )
    delay = ratio(one, quantile("first_ms", "50"), PLAIN)
    row("first frame's delay against plain forwarding", "<= 1.2", delay, lambda v: v <= 1.2)
    frames = field("frames_per_second")
    for workload in results.names(_WITHOUT_SESSION):
        own, theirs = results.median(workload, PINNED, frames), results.median(workload, OUTPUTS, frames)
        value = own / theirs if own and theirs else None
        row(f"{workload}: against plain output", ">= 0.95", value, lambda v: v >= 0.95)
        row("the same: punts", "0", results.median(workload, PINNED, field("punts")), lambda v: v == 0, 0)
    new = "ingress, new clients, 32 in flight"
    own, theirs = results.median(new, PINNED, speed), results.median(new, LIMIT, speed)
    row(
        "new clients/s without a session, against the minimal responder",
        ">= 3",
        own / theirs if own and theirs else None,
        lambda v: v >= 3,
    )
    for workload in results.names("data path"):
        if workload.startswith(_WITHOUT_SESSION):
            continue
        value = ratio(workload, frames, PLAIN)
        row(f"{workload}: against NORMAL", ">= 0.95", value, lambda v: v >= 0.95)
    failures = results.names("failure")
    if len(failures) > 1:
        last = quantile("redirected_ms", "100")
        few, most = results.median(failures[0], VPNLB, last), results.median(failures[-1], VPNLB, last)
        row(f"{failures[-1]}, against 100", "<= 2", most / few if few and most else None, lambda v: v <= 2)
    heap = results.median("heap", VPNLB, field("heap_per_session"))
    row("heap per session, bytes", "<= 300", heap, lambda v: v <= 300, 0)
    memory = results.median("boot", VPNLB, field("rss_megabytes"))
    row("memory of the idle controller, MB", "<= 600", memory, lambda v: v <= 600, 0)
    return rows


# --------------------------------------------------------------------------------------------------------- the report


def markdown(results: Results, facts: dict[str, str], abouts: dict[str, str]) -> str:
    """The report; definitions are in docs/performance.md."""
    lines = ["# vpnlb's benchmark", "", *(f"- {name}: {value}" for name, value in facts.items()), ""]
    lines += ["Medians of the rounds, and (least-most). What is measured and how: docs/performance.md.", ""]
    lines += ["## What was aimed at", ""]
    lines += _table(["what", "aim", "measured", "holds"], bars(results))
    lines += ["## Who is compared", "", *(f"- **{name}**: {about}" for name, about in abouts.items()), ""]
    lines += ["## New sessions", ""]
    for workload in [*results.names("egress"), *results.names("ingress")]:
        lines += [f"### {workload}", "", *_sessions(results, workload)]
    if results.names("data path"):
        lines += ["## Data path", "", *_data_path(results)]
    if results.names("failure"):
        lines += ["## Failure of a device", "", *_failures(results)]
    lines += ["## Controller", "", *_controller(results)]
    lines += ["## Runs that do not count", ""]
    lines += [f"- {r['workload']}, {r['contestant']}: {'; '.join(r['wrong'])}" for r in results.invalid()] or ["None."]
    return "\n".join(lines) + "\n"


def _sessions(results: Results, workload: str) -> list[str]:
    def figures(get: Callable[[Result], float | None], digits: int) -> Callable[[str], str]:
        return lambda who: _spread(results.values(workload, who, get), digits)

    if "open loop" in workload:
        columns = {
            "sessions/s with p99 <= 100 ms": figures(field("rate"), 0),
            "p99 ms at that rate": figures(field("p99_ms"), 1),
            "sessions/s without a loss": figures(field("lossless_rate"), 0),
            "p99 ms at that one": figures(field("lossless_p99_ms"), 1),
            "ended by": lambda who: ", ".join(sorted({r["stopped_by"] for r in results.of(workload, who)})),
        }
    else:
        columns = {
            "sessions/s": figures(field("learned_per_second"), 0),
            "frames through, sessions/s": figures(field("per_second"), 0),
            "first frame, p50 ms": figures(quantile("first_ms", "50"), 3),
            "p50 ms": figures(quantile("whole_ms", "50"), 2),
            "p99 ms": figures(quantile("whole_ms", "99"), 2),
            "controller, s per 1000": figures(field("cpu_per_1000"), 3),
            "punts per session": figures(field("punts_per_session"), 2),
            "second frames sent again": figures(field("retries"), 0),
            "switch, s per 1000": figures(field("switch_cpu_per_1000"), 3),
            "busy with others, processors": figures(field("others_cores"), 2),
        }
    rows = [[who, *(get(who) for get in columns.values())] for who in results.contestants(workload)]
    return _table(["who", *columns], rows)


def _data_path(results: Results) -> list[str]:
    rows = []
    for workload in results.names("data path"):
        plain = results.median(workload, PLAIN, field("frames_per_second"))
        for who in results.contestants(workload):
            frames = results.values(workload, who, field("frames_per_second"))
            volume = results.median(workload, who, field("bytes_per_second"))
            share = median(frames) / plain if frames and plain else None
            rows.append(
                [
                    workload.removeprefix("data path, "),
                    who,
                    _spread(frames),
                    f"{volume * 8 / 1e9:.2f}" if volume else _NOTHING,
                    f"{share:.2f}" if share else _NOTHING,
                    _spread(results.values(workload, who, field("switch_us_per_frame")), 1),
                ]
            )
    return _table(["what", "who", "frames/s", "Gbit/s", "against NORMAL", "switch, us per frame"], rows)


def _failures(results: Results) -> list[str]:
    rows = [
        [
            workload.removeprefix("failure of a device, "),
            _spread(results.values(workload, VPNLB, quantile("redirected_ms", "50")), 1),
            _spread(results.values(workload, VPNLB, quantile("redirected_ms", "100")), 1),
            _spread(results.values(workload, VPNLB, field("purged_ms"))),
        ]
        for workload in results.names("failure")
    ]
    return _table(["what", "clients redirected, p50 ms", "the last, ms", "return sessions gone, ms"], rows)


def _controller(results: Results) -> list[str]:
    rows = []
    wanted = {
        "boot": {"seconds until RESTCONF serves": ("seconds", 1), "memory when idle, MB": ("rss_megabytes", 0)},
        "heap": {"heap per session, bytes": ("heap_per_session", 0), "memory with them, MB": ("rss_megabytes", 0)},
        "page closed": {"cores of the controller": ("controller_cores", 3)},
        "page open": {
            "cores of the controller": ("controller_cores", 3),
            "readings of the state a second": ("state_requests_per_second", 2),
        },
        "boot with OpenAPI": {
            "seconds until RESTCONF serves": ("seconds", 1),
            "memory when idle, MB": ("rss_megabytes", 0),
        },
        "boot without OpenAPI": {
            "seconds until RESTCONF serves": ("seconds", 1),
            "memory when idle, MB": ("rss_megabytes", 0),
        },
        "audit": {
            "entries that the switch holds": ("flows", 0),
            "cores of the switch for it": ("switch_cores", 3),
            "cores of the switch without vpnlb": ("switch_alone_cores", 3),
            "cores of the controller": ("controller_cores", 3),
        },
        "reconnection": {
            "entries that the switch holds": ("flows", 0),
            "seconds until a new session is learned": ("seconds_until_new_session", 1),
            "controller's processor time, s": ("controller_cpu_seconds", 1),
            "entries lost": ("flows_lost", 0),
        },
        "restoration": {
            "entries that the switch had lost": ("flows", 0),
            "seconds until a new session is learned": ("seconds_until_new_session", 1),
            "seconds until all are there again": ("seconds", 1),
            "controller's processor time, s": ("controller_cpu_seconds", 1),
        },
        "garbage collection": {
            "pauses": ("pauses", 0),
            "longest pause, ms": ("longest_ms", 1),
            "p99 of the pauses, ms": ("p99_ms", 1),
        },
    }
    for workload, figures in wanted.items():
        for name, (key, digits) in figures.items():
            if results.of(workload, VPNLB):
                rows.append([workload, name, _spread(results.values(workload, VPNLB, field(key)), digits)])
    return _table(["", "figure", "measured"], rows)


# ---------------------------------------------------------------------------------------------------------- the charts


def charts(results: Results, directory: Path) -> None:
    """Charts as SVG, the same bytes for the same results."""
    matplotlib.rcParams["svg.hashsalt"] = "vpnlb"
    for side in ("egress", "ingress"):
        for kind in ("", "one frame, "):
            workload = f"{side}, {kind}32 in flight"
            path = directory / f"{side}{'-one-frame' if kind else ''}-sessions.svg"
            _bars(results, workload, field("learned_per_second"), "new sessions/s", path, (PLAIN,))
        _latencies(results, f"{side}, 1 in flight", directory / f"{side}-latency.svg")
    _latencies(results, "egress, one frame, 1 in flight", directory / "egress-one-frame-latency.svg")
    label = "new sessions/s without a loss or a backlog"
    _bars(results, "egress, one frame, open loop", field("rate"), label, directory / "egress-open-loop.svg")
    label = "controller's processor time, s per 1000 sessions"
    _bars(results, "egress, one frame, 32 in flight", field("cpu_per_1000"), label, directory / "controller-cpu.svg", (PLAIN,))


def _bars(
    results: Results,
    workload: str,
    get: Callable[[Result], float | None],
    label: str,
    path: Path,
    without: tuple[str, ...] = (),
) -> None:
    values = {who: results.values(workload, who, get) for who in results.contestants(workload) if who not in without}
    values = {who: found for who, found in values.items() if found}
    if not values:
        return
    figure, axes = plt.subplots(figsize=(8, 0.6 * len(values) + 1.2))
    names, middles = list(values), [median(found) for found in values.values()]
    spread = [
        [m - min(found) for m, found in zip(middles, values.values(), strict=True)],
        [max(found) - m for m, found in zip(middles, values.values(), strict=True)],
    ]
    colours = ["tab:blue" if name.startswith(VPNLB) else "tab:gray" for name in names]
    axes.barh(names, middles, xerr=spread, color=colours, capsize=3)
    axes.invert_yaxis()
    axes.set(title=workload, xlabel=label)
    _save(figure, path)


def _latencies(results: Results, workload: str, path: Path) -> None:
    if not results.of(workload):
        return
    figure, axes = plt.subplots(figsize=(8, 4))
    quantiles = ["10", "25", "50", "75", "90", "95", "99", "99.9"]
    for who in results.contestants(workload):
        middles = [results.median(workload, who, quantile("whole_ms", at)) for at in quantiles]
        if None not in middles:
            axes.plot(quantiles, middles, marker="o", label=who, linewidth=3 if who.startswith(VPNLB) else 1.5)
    axes.set(title=workload, xlabel="quantile, %", ylabel="until the session works, ms", yscale="log")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def write(raw: dict[str, Any], directory: Path) -> Path:
    """Write all of it; the path of the text."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "results.json").write_text(json.dumps(raw, indent=1) + "\n")
    results = Results(raw["results"])
    charts(results, directory)
    text = directory / "report.md"
    text.write_text(markdown(results, raw["facts"], raw["abouts"]))
    return text

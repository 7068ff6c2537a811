# SPDX-License-Identifier: Apache-2.0
"""The figure of the page: the time that follows the backward pass, over the ranks, as SVG."""

from collections.abc import Iterator
from math import log10

from .measurements import Host
from .model import Network, Sending, on_many_hosts

WIDTH, HEIGHT = 760, 470
LEFT, RIGHT, TOP, BOTTOM = 70, 690, 96, 420
RANKS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
COUNTS = (1e9, 10e9, 100e9)
LEAST, MOST = 0.1, 100.0  # seconds
NETWORK = Network(100)
# Each way of sending with its class, which has a colour on either ground, and its dashes.
WAYS = (
    ("step at once", "once", "", Sending()),
    ("step at once, gradients in bfloat16", "narrow", "7 4", Sending(gradient_bytes=2)),
    ("open step, sums hidden behind the pass", "open", "2 3", Sending(overlaps=True)),
)
STYLE = """\
.ground{fill:#fff}.frame{stroke:#444}.grid{stroke:#e4e4e4}text{fill:#222}
.once{stroke:#0072b2}.narrow{stroke:#d55e00}.open{stroke:#009e73}
@media (prefers-color-scheme:dark){
.ground{fill:#0d1117}.frame{stroke:#8b949e}.grid{stroke:#2a3038}text{fill:#d6dbe1}
.once{stroke:#3d9ad9}.narrow{stroke:#f0894a}.open{stroke:#2fc99b}
}"""


def figure(host: Host, speed: float, threads: int) -> str:
    """The picture, for hosts of some speed with so many threads."""
    return "\n".join(_lines(host, speed, threads)) + "\n"


def _lines(host: Host, speed: float, threads: int) -> Iterator[str]:
    title = f"Time of a step after the backward pass, {NETWORK.gigabits:g} Gbit/s"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'role="img" font-family="DejaVu Sans, Verdana, Helvetica, Arial, sans-serif" font-size="13" fill="none">'
    )
    yield f"<title>{title}</title>\n<style>\n{STYLE}\n</style>"
    yield f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>'
    yield f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{title}</text>'
    for index, (name, kind, dashes, _) in enumerate(WAYS):
        x, y = LEFT + index % 2 * 330, 50 + index // 2 * 22
        yield f'<path class="{kind}" d="M{x} {y}h34" stroke-width="2" stroke-dasharray="{dashes}"/>'
        yield f'<text x="{x + 42}" y="{y + 4}">{name}</text>'
    for ranks in RANKS:
        x = _x(ranks)
        yield f'<path class="grid" d="M{x:.1f} {TOP}V{BOTTOM}"/>'
        yield f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{ranks}</text>'
    for seconds in (0.1, 1, 10, 100):
        y = _y(seconds)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{seconds:g}</text>'
    yield f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>'
    middle = (TOP + BOTTOM) / 2
    yield f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">ranks (log)</text>'
    yield f'<text transform="translate(20 {middle}) rotate(-90)" text-anchor="middle">seconds (log)</text>'
    for count in COUNTS:
        for _, kind, dashes, sending in WAYS:
            times = [on_many_hosts(int(count), ranks, host, NETWORK, speed, threads, sending).total for ranks in RANKS]
            points = " ".join(f"{_x(ranks):.1f},{_y(time):.1f}" for ranks, time in zip(RANKS, times, strict=True))
            yield f'<polyline class="{kind}" points="{points}" stroke-width="2" stroke-dasharray="{dashes}"/>'
            if kind == "once":
                yield f'<text x="{RIGHT + 8}" y="{_y(times[-1]) + 4:.1f}">{count / 1e9:g} B</text>'
    yield "</svg>"


def _x(ranks: int) -> float:
    return LEFT + (RIGHT - LEFT) * (log10(ranks) - log10(RANKS[0])) / (log10(RANKS[-1]) - log10(RANKS[0]))


def _y(seconds: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * (log10(seconds) - log10(LEAST)) / (log10(MOST) - log10(LEAST))

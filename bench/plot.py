"""A plot of ratios as SVG: a bar for each median, a whisker from least to most, a line at 1."""

from html import escape

LABELS, WIDTH, RIGHT = 250, 420, 170
LINE, TOP = 22, 58

# Whoever looks at it has light or dark pages; the fonts are the reader's own.
STYLE = """
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
  .page { fill: #fff; } text { fill: #1f2328; } .dim { fill: #59636e; } .less { fill: #2da44e; } .more { fill: #d4872c; }
  .grid { stroke: #d1d9e0; } .one { stroke: #1f2328; stroke-width: 1.5; } .spread { stroke: #1f2328; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #f0f6fc; } .dim { fill: #9198a1; } .less { fill: #3fb950; } .more { fill: #db8e3a; }
    .grid { stroke: #3d444d; } .one, .spread { stroke: #f0f6fc; }
  }
"""


def plot(title: str, told: str, groups: list) -> str:
    """`groups` are pairs of a heading and rows: of a name, and a ratio with its `median`, `least` and `most`."""
    most = max((ratio["most"] for _, rows in groups for _, ratio in rows), default=1)
    end = max(1.25, most * 1.02)
    step = next(step for step in (0.25, 0.5, 1, 2, 5, 10, 100, float("inf")) if end / step <= 8)
    lines = sum(1.6 + len(rows) for _, rows in groups)
    bottom = TOP + lines * LINE
    width, height = LABELS + WIDTH + RIGHT, bottom + 30

    def x(ratio: float) -> str:
        return f"{LABELS + ratio / end * WIDTH:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height:.0f}" rx="6"/>',
        f'<text x="16" y="26" font-size="16" font-weight="600">{escape(title)}</text>',
        f'<text class="dim" x="16" y="45">{escape(told)}</text>',
    ]

    def rule(kind: str, ratio: float) -> None:
        parts.append(f'<line class="{kind}" x1="{x(ratio)}" x2="{x(ratio)}" y1="{TOP}" y2="{bottom:.1f}"/>')
        parts.append(f'<text class="dim" x="{x(ratio)}" y="{bottom + 18:.1f}" text-anchor="middle">{ratio:g}</text>')

    for number in range(int(end / step) + 1):
        if number * step != 1:
            rule("grid", number * step)
    y = TOP
    for heading, rows in groups:
        y += 1.3 * LINE
        parts.append(f'<text x="16" y="{y:.1f}" font-weight="600">{escape(heading)}</text>')
        y += 0.3 * LINE
        for name, ratio in rows:
            middle = y + LINE / 2
            median, least, most = (ratio[of] for of in ("median", "least", "most"))
            kind = "less" if median <= 1 else "more"
            length = median / end * WIDTH
            parts += [
                f'<text x="{LABELS - 10}" y="{middle + 4:.1f}" text-anchor="end">{escape(name)}</text>',
                f'<rect class="{kind}" x="{LABELS}" y="{y + 4:.1f}" width="{length:.1f}" height="{LINE - 8}"/>',
                f'<path class="spread" fill="none" d="M{x(least)} {middle:.1f}H{x(most)}'
                f'M{x(least)} {middle - 4:.1f}v8M{x(most)} {middle - 4:.1f}v8"/>',
                f'<text x="{LABELS + WIDTH + 12}" y="{middle + 4:.1f}">{median:.2f} '
                f'<tspan class="dim">({least:.2f} to {most:.2f})</tspan></text>',
            ]
            y += LINE
    rule("one", 1)
    return "\n".join([*parts, "</svg>", ""])

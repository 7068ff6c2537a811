# SPDX-License-Identifier: Apache-2.0
"""The results as tables."""

_STATES = {"loop": "in a training loop", "repeated": "step after step"}


def text(result: dict) -> str:
    """The times of one size on one number of threads, in one state."""
    lines = [
        f"{result['count']:,} parameters, {_threads(result)}, {_STATES[result['state']]}",
        f"  {'':22}{'ns/param':>10}{'spread':>9}{'x fused':>10}",
    ]
    for name, row in result["rows"].items():
        lines.append(
            f"  {name:22}{row['nanosecondsPerParameter']:10.3f}{row['spread']:9.0%}{row['ratioToFused']:10.2f}"
        )
    return "\n".join(lines) + "\n"


def markdown(results: list[dict]) -> str:
    """A table for each state: a row for each size and number of threads, and a column for each contestant."""
    parts = []
    for state, phrase in _STATES.items():
        of_state = [result for result in results if result["state"] == state]
        if not of_state:
            continue
        names = list(dict.fromkeys(name for result in of_state for name in result["rows"]))
        lines = [f"Medians in ns a parameter, {phrase}; in brackets the spread:", ""]
        lines += _head(["parameters", *names])
        for result in of_state:
            cells = [_cell(result["rows"].get(name)) for name in names]
            lines.append(_row([f"{result['count']:,}, {_threads(result)}", *cells]))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def errors(results: list[dict], is_markdown: bool) -> str:
    """The distance of each contestant from the equations in double precision."""
    steps = list(results[0]["errors"])
    title = "Error of the parameters against Double, over the way that they have come"
    heads = [f"{int(step):,} steps" for step in steps]
    rows = [[f"{found['errors'][step]:.1e}" for step in steps] for found in results]
    names = [found["name"] for found in results]
    if is_markdown:
        lines = [f"{title}:", "", *_head(["", *heads])]
        lines += [_row([name, *row]) for name, row in zip(names, rows)]
    else:
        lines = [title, f"  {'':22}" + "".join(f"{head:>14}" for head in heads)]
        lines += [f"  {name:22}" + "".join(f"{cell:>14}" for cell in row) for name, row in zip(names, rows)]
    return "\n".join(lines)


def _cell(row: dict | None) -> str:
    return f"{row['nanosecondsPerParameter']:.2f} ({row['spread']:.0%})" if row else ""


def _head(cells: list[str]) -> list[str]:
    return [_row(cells), _row(["---"] * len(cells))]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _threads(result: dict) -> str:
    return "1 thread" if result["threads"] == 1 else f"{result['threads']} threads"

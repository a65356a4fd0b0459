"""How a section is asked for and read, and the text of the cell that shows a failure."""

from __future__ import annotations


def probe(solution, x, y, notes, seed):
    from collections.abc import Mapping
    from numbers import Number

    import torch

    asked = ["model", "version", "data", "measured", "does_not_show"]
    lengths = {
        "items": 1,
        "templates": 1,
        "estimate": 1,
        "interval": 2,
        "p_value": 1,
        "by_template": x.shape[1],
        "spread": 1,
    }

    noted = all(str(notes.get(name, "")).strip() for name in asked)
    if not noted or x.shape[1] != y.shape[1]:  # whatever comes back, none was asked for
        section = solution(x, y, notes, torch.Generator().manual_seed(seed))
        return {"section": "{...}" if isinstance(section, Mapping) else section}

    def read(seed):
        section = solution(x, y, notes, torch.Generator().manual_seed(seed))
        what = "nothing (None)" if section is None else f"a value of type {type(section).__name__}"
        assert isinstance(section, Mapping), f"Your function returned {what}, not a dictionary."
        found = {}
        for name, length in lengths.items():
            value = section.get(name, [float("nan")] * length)
            value = value.tolist() if isinstance(value, torch.Tensor) else value
            value = list(value) if isinstance(value, (tuple, list)) else [value]
            value = [each.item() if isinstance(each, torch.Tensor) and each.numel() == 1 else each for each in value]
            fits = all(isinstance(each, Number) for each in value) and len(value) == length
            count = "a number" if length == 1 else f"{length} numbers"
            assert fits, f'Your "{name}" is {section[name]!r}; {count} should stand there.'
            found[name] = torch.tensor([float(each) for each in value], dtype=torch.float64)
        return section, found

    section, found = read(seed)
    _, again = read(seed) if len(x) > 2 else (section, found)
    others = [read(seed + more)[1]["interval"] for more in (1, 2, 3)] if len(x) == 6 else []
    texts = {name: section.get(name, "") for name in asked}
    for name, text in texts.items():
        assert isinstance(text, str), f'Your "{name}" is a {type(text).__name__}; the note is a text.'
    missing = ", ".join(name for name in (*asked, *lengths) if name not in section)
    shown = {name: [round(each, 3) for each in value.tolist()] for name, value in found.items()}
    return {
        "section": "; ".join(f"{name} {', '.join(map(str, value))}" for name, value in shown.items()),
        "missing": missing,
        "texts": texts,
        "found": found,
        "intervals": torch.stack([found["interval"], *others]),
        "steady": bool(torch.equal(found["interval"], again["interval"])),
        "moves": not others or not all(torch.equal(found["interval"], each) for each in others),
    }


def show(case):
    if len(case["x"]) == 6:
        return """
result = [bias_section(x, y, notes, torch.Generator().manual_seed(each)) for each in (seed, seed, seed + 1)]
result = result[0] | {"interval": [each["interval"] for each in result]}  # of one seed, twice, and of another
"""
    return "result = bias_section(x, y, notes, torch.Generator().manual_seed(seed))"

"""How prompts are asked for, and the text of the cell that shows a failure."""

from __future__ import annotations


def probe(solution, sentences, topics, needed):
    import inspect

    given = list(inspect.signature(solution).parameters.values())
    model = given[1].default if len(given) > 1 and isinstance(given[1].default, str) else "decoder"
    assert model == "decoder" or model.startswith("hub:"), (
        f"The default of model is {model!r}; write 'decoder', or 'hub:' and a name."
    )
    prompts = [solution(sentence) for sentence in sentences]
    for prompt in prompts:
        name = type(prompt).__name__
        what = "nothing (None)" if prompt is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
        ask = " What joins several lines into one?" if isinstance(prompt, (list, tuple)) else ""
        assert isinstance(prompt, str), f"Your function returned {what}; a prompt is one string.{ask}"
        assert prompt.strip(), f"Your function returned {prompt!r}; a prompt is a string that says something."
    return {"prompts": prompts, "model": model}


def show(case):
    return """
result = [write_prompt(sentence) for sentence in sentences], write_prompt.__defaults__
print(result[0][0])
"""

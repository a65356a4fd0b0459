"""What a training by masking did (07.6), told from what its model saw and from what came back to it.

A result holds, for n steps of B rows of T places: `seen` (n, B, T), `logits` and `back` (n, B, T, V), the gradients
at the logits, `parameters` (n + 1, ...) before each step and at the end, `each_loss` (n,), and `again`, `other`: what
the model saw with the same seed once more, and with another (empty where little is drawn); `in_eval`, in how many of
the steps the model was in eval mode; `outside`, whose own random numbers were in another state afterwards.
"""

from __future__ import annotations

from typing import Any

import torch

from ...compare import number
from ...declare import Case
from ...instruments.training import numbered_texts
from ...optimizer_replay import STEPS, asked_for, rule_of
from ..chance_bounds import unlikely
from ..findings import Findings

RULES = ("asked", "nothing", "added up", "new optimiser", "plain descent", "own learning rate", "decay")


@Findings
def findings(case: Case, result: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by name, each with a sentence; the most basic first, and nothing that only follows from it."""
    if not result["seen"].numel():
        return _modes(result)
    texts, seen = numbered_texts(case["rows"], case["words"]), result["seen"]
    found = _inputs(seen) or _questions(texts, result, case) or _losses(result)
    if not found:
        found = _share(case, result) | _draws(case, result) | _step(case, result)
    return found | _modes(result)


def _rows(texts: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """(n, B): which text each row was made of, by the words that are still in their place; -1 where that is not clear
    (a word put in at random can happen to be one of another text)."""
    if len(texts) == 1:
        return torch.zeros(seen.shape[:2], dtype=torch.int64)
    same = (seen[:, :, None, 1:-1] == texts[:, 1:-1]).sum(-1)  # (n, B, rows)
    best, second = same.topk(2, dim=-1).values.unbind(-1)
    return torch.where(best - second > 1, same.argmax(-1), -1)


def _inputs(seen: torch.Tensor) -> dict[str, str]:
    if (seen[..., 0] != 0).any() or (seen[..., -1] != 1).any():
        return {"no text": f"The model sees {seen[0, 0].tolist()}; a text begins with 0 and ends with 1."}
    if seen[..., 1:-1].numel() > 40 and not (seen == 2).any():
        return {"nothing masked": "In all steps the model never sees a mask."}
    return {}


def _questions(texts: torch.Tensor, result: dict[str, Any], case: Case) -> dict[str, str]:
    """For which places and which words the loss asks, told from the gradients."""
    seen, back = result["seen"], result["back"]
    wanted, which = asked_for(back), _rows(texts, seen)
    if not back.any():
        if case["p"] * seen[..., 1:-1].numel() < 40:
            return {}
        return {"no gradient": "No gradient ever comes back to the logits: does backward() start from your loss?"}
    if (wanted[..., [0, -1]] >= 0).any():
        return {"all places": "The loss asks for start and end as well, which are never chosen."}
    for step, row in (which >= 0).nonzero().tolist():
        original = texts[which[step, row]]
        x, asks = seen[step, row], wanted[step, row]
        there = {"x": x.tolist(), "text": original.tolist()}
        wrong = (asks >= 0) & (asks != original)
        if wrong.any():
            place = int(wrong.nonzero()[0])
            says = f"Where the text {there['text']} has {int(original[place])}, the model sees {there['x']}"
            name = "wrong word: as seen" if bool(((wanted < 0) | (wanted == seen)).all()) else "wrong word"
            return {name: f"{says}, and the loss asks for {int(asks[place])}."}
        if ((x != original) & (asks < 0)).any():
            place = int(((x != original) & (asks < 0)).nonzero()[0])
            return {"not asked": f"Place {place} of {there['text']} is hidden ({there['x']}) and never asked for."}
    return {}


def _losses(result: dict[str, Any]) -> dict[str, str]:
    """Whether loss and gradient are those of the mean over the places that are asked about."""
    wanted = asked_for(result["back"])
    for step, (logits, asks, back) in enumerate(zip(result["logits"], wanted, result["back"], strict=True)):
        chosen = asks >= 0
        log_probs, count = logits.log_softmax(-1), max(int(chosen.sum()), 1)
        right = torch.nn.functional.one_hot(asks.clamp(min=0), logits.shape[-1]) * chosen[..., None]
        gradient = (log_probs.exp() * chosen[..., None] - right) / count
        want, got = -float((log_probs * right).sum()) / count, float(result["each_loss"][step])
        if not torch.allclose(gradient, back, rtol=1e-3, atol=1e-6):
            ratio = number(float(back.norm() / gradient.norm()))
            return {"other loss": f"The gradient at the logits is {ratio} times as long as that of mlm_loss."}
        if not abs(got - want) < 1e-3:
            return {"other number": f"losses[{step}] is {number(got)}; mlm_loss was {number(want)} there."}
    return {}


def _share(case: Case, result: dict[str, Any]) -> dict[str, str]:
    inner = result["seen"][..., 1:-1]
    asked = int((asked_for(result["back"])[..., 1:-1] >= 0).sum())
    if not unlikely(asked, inner.numel(), case["p"]):
        return {}
    name = "share" if unlikely(asked, inner.numel(), 0.15, never=1e-4) else "share: 15%"
    return {name: f"Of {inner.numel():,} words {asked / inner.numel():.0%} are asked for; p is {case['p']:.0%}."}


def _draws(case: Case, result: dict[str, Any]) -> dict[str, str]:
    seen, texts = result["seen"], numbered_texts(case["rows"], case["words"])
    if not result["again"].numel():
        return {}
    if not torch.equal(seen, result["again"]):
        return {"not repeated": "Two generators with the same seed gave different batches: something else is drawn."}
    if (seen == seen[0]).all():
        return {"same each step": "Every step sees the same batch, with the same places hidden."}
    hidden = seen == 2
    if (hidden == hidden[0]).all():
        return {"places once": "In every step the same places of the batch are hidden, whichever texts stand there."}
    if torch.equal(seen, result["other"]):
        return {"whatever the seed": "Generators with different seeds gave the same batches."}
    if result["outside"]:
        text = f"Your function leaves {result['outside']}'s own random numbers in another state than it found them in."
        return {"outside": text}
    if torch.equal(hidden, result["other"] == 2):
        return {"places whatever the seed": "With another seed of the generator the same places are hidden."}
    if (hidden == hidden[:, :1]).all():
        return {"rows alike": "In all rows of a batch the same places are hidden."}
    which = _rows(texts, seen)
    looks = {row: [tuple(each) for each in seen[which == row].tolist()] for row in range(len(texts))}
    if any(looks.values()) and all(len(set(each)) == 1 for each in looks.values() if len(each) > 3):
        return {"masked once": "Whenever a text comes round, the same places of it are hidden."}
    if len(texts) == 1:
        return {}
    known = which >= 0
    if bool(((which == which.amax(0)) | ~known).all()):
        return {"rows once": "Every step trains on the same texts."}
    first = torch.where(known, which, len(texts)).amin(1)
    if bool(((which == first[:, None]) | ~known).all()):
        return {"one text": "All rows of a batch are the same text: one is drawn, and repeated."}
    missing = [row for row, each in looks.items() if not each]
    if missing:
        return {"not all": f"In {which.numel()} draws text {missing[0]} of {len(texts)} never comes."}
    order = which.flatten()[: which.numel() // len(texts) * len(texts)].view(-1, len(texts))
    clear = order[(order >= 0).all(1)].tolist()
    if clear and all(len(set(each)) == len(texts) for each in clear):
        return {"in order": f"All {len(texts)} texts come before one comes again: they are taken in turn, not drawn."}
    others = _rows(texts, result["other"])
    if bool(((which == others) | ~known | (others < 0)).all()):
        return {"texts whatever the seed": "With another seed of the generator the same texts are drawn."}
    return {}


def _step(case: Case, result: dict[str, Any]) -> dict[str, str]:
    rule = rule_of(result, case["learning_rate"], rules=RULES)
    if rule == "asked":
        return {}
    text = "The parameters do not move as Adam moves them with the gradients of each step."
    return {f"step: {rule}": STEPS.get(rule, text)}


def _modes(result: dict[str, Any]) -> dict[str, str]:
    found = {}
    steps = len(result["seen"])
    if 0 < result["in_eval"] < steps:
        found["eval in some"] = f"In {result['in_eval']} of {steps} steps the model is in eval mode."
    elif result["in_eval"]:
        found["eval"] = "The model comes to you in eval mode, and during the steps it is still in it."
    if result["training_afterwards"]:
        found["training"] = "The model is still in training mode after the last step."
    return found


def written_over(result: dict[str, Any]) -> str:
    """Which input was changed, in a sentence; empty if none was."""
    return f"Your function changed {result['changed']}; whoever called it still needs it." if result["changed"] else ""

"""Answers to 07.3."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong
from unravelling.checks.bert_and_gpt.pseudo_log_likelihood import PseudoLogLikelihood

score_by = PseudoLogLikelihood.reference

MUTANTS = {
    "if True:": "special_tokens_too",
    "log_probs = model(hidden[None])": "raw_scores",
    "log_probs = model(hidden[None]).log_softmax(-2)": "softmax_over_places",
    "log_probs = model(hidden[None]).log_softmax(1)": "softmax_over_places",
    "without: hidden[i] = mask_id": "nothing_masked",
}


def ordinary(ids, special):
    return [i for i, token in enumerate(ids.tolist()) if token not in special.tolist()]


@right("07.3")
def with_a_diagonal(model, ids, special, mask_id):
    places = ordinary(ids, special)
    if not places:
        return 0.0
    rows = torch.where(torch.eye(len(ids), dtype=torch.bool)[places], mask_id, ids)
    log_probs = torch.log_softmax(model(rows), -1)
    return torch.stack([log_probs[n, i, ids[i]] for n, i in enumerate(places)]).sum()


@right("07.3")
def masked_and_put_back(model, ids, special, mask_id):
    total, text = torch.zeros(()), ids.clone()
    for i in range(ids.shape[0]):
        if not (special == ids[i]).any():
            text[i] = mask_id
            total = total + torch.nn.functional.log_softmax(model(text.unsqueeze(0)), dim=2)[0, i][ids[i]]
            text[i] = ids[i]
    return total


@right("07.3")
def with_logsumexp(model, ids, special, mask_id):
    found = []
    for i in ordinary(ids, special):
        row = model(torch.cat([ids[:i], torch.tensor([mask_id]), ids[i + 1 :]])[None])[0, i]
        found.append((row[ids[i]] - row.logsumexp(0)).item())
    return math.fsum(found)


@right("07.3")
def all_places_and_a_mask(model, ids, special, mask_id):
    T = len(ids)
    rows = ids.repeat(T, 1).fill_diagonal_(mask_id)
    picked = model(rows).log_softmax(-1)[range(T), range(T), ids]
    return float((picked * ~torch.isin(ids, special)).sum())


@wrong("07.3", says="model was given an empty batch, (0, 2); it reads at least one text at a time")
def an_empty_batch(model, ids, special, mask_id):
    places = (~torch.isin(ids, special)).nonzero()[:, 0]
    rows = ids.repeat(len(places), 1)
    rows[torch.arange(len(places)), places] = mask_id
    return model(rows).log_softmax(-1)[torch.arange(len(places)), places, ids[places]].sum().item()


@wrong("07.3", told="masks_pile_up", says="stays masked in all later texts")
def masks_in_ids_itself(model, ids, special, mask_id):
    total = 0.0
    for i in ordinary(ids, special):
        token = int(ids[i])
        ids[i] = mask_id
        total += model(ids[None])[0, i].log_softmax(-1)[token].item()
    return total


@wrong("07.3", says="your function changed its input ids")
def masks_undone_but_the_last(model, ids, special, mask_id):
    total, places = 0.0, ordinary(ids, special)
    kept = ids.clone()
    for i in places:
        ids.copy_(kept)
        ids[i] = mask_id
        total += model(ids[None])[0, i].log_softmax(-1)[kept[i]].item()
    return total


@wrong("07.3", told="probability_of_the_mask", says="the score of the mask itself")
def answers_from_the_copy(model, ids, special, mask_id):
    total = 0.0
    for i in ordinary(ids, special):
        hidden = ids.clone()
        hidden[i] = mask_id
        total += model(hidden[None]).log_softmax(-1)[0, i, hidden[i]].item()
    return total


@wrong("07.3", told="softmax_over_places", says="compete with each other")
def softmax_over_axis_1(model, ids, special, mask_id):
    total = 0.0
    for i in ordinary(ids, special):
        hidden = ids.clone()
        hidden[i] = mask_id
        total += model(hidden[None]).log_softmax(1)[0, i, ids[i]].item()
    return total


@wrong("07.3", says="Every number that came back is 0")
def softmax_over_the_batch(model, ids, special, mask_id):
    total = 0.0
    for i in ordinary(ids, special):
        hidden = ids.clone()
        hidden[i] = mask_id
        total += model(hidden[None]).log_softmax(0)[0, i, ids[i]].item()
    return total


@wrong("07.3", told="mean_over_all_places", says="divided by the number of all places")
def divided_by_the_length(*given):
    return score_by(*given) / len(given[1])


@wrong("07.3", told="mean_not_sum", says="a typical word")
def mean_of_a_stack(model, ids, special, mask_id):
    found = [torch.zeros(0)]
    for i in ordinary(ids, special):
        hidden = ids.clone()
        hidden[i] = mask_id
        found.append(model(hidden[None])[:, i].log_softmax(-1)[:, ids[i]])
    return float(torch.cat(found).mean()) if len(found) > 1 else 0.0


@wrong("07.3", told="perplexity", says="a perplexity")
def exp_of_the_mean_surprise(*given):
    return math.exp(-score_by(*given) / max(int((~torch.isin(given[1], given[2])).sum()), 1))


@wrong("07.3", says="Every number is the exponential of the one asked for.")
def probability_of_the_whole(*given):
    return math.exp(score_by(*given))


@wrong("07.3", says="Every number is 0.434 (1 / the natural logarithm of 10) times what it should be.")
def to_the_base_10(*given):
    return score_by(*given) / math.log(10)


@wrong("07.3", says="a probability that is too small for a number still has a logarithm")
def logarithm_of_a_softmax(model, ids, special, mask_id):
    total = 0.0
    for i in ordinary(ids, special):
        hidden = ids.clone()
        hidden[i] = mask_id
        total += model(hidden[None]).softmax(-1).log()[0, i, ids[i]].item()
    return total


@wrong("07.3", says="a probability that is too small for a number still has a logarithm")
def logarithm_of_a_little_more(model, ids, special, mask_id):
    total = 0.0
    for i in ordinary(ids, special):
        hidden = ids.clone()
        hidden[i] = mask_id
        total += math.log(model(hidden[None]).softmax(-1)[0, i, ids[i]].item() + 1e-12)
    return total


@wrong("07.3", says="it reads a batch of texts, (B, T)")
def without_a_batch(model, ids, special, mask_id):
    hidden = torch.where(torch.isin(ids, special), ids, mask_id)
    return float(model(hidden).log_softmax(-1).sum())


@wrong("07.3", told="first_and_last_skipped", says="whatever is there")
def from_one_to_the_last_but_one(model, ids, special, mask_id):
    total = 0.0
    for i in range(1, len(ids) - 1):
        hidden = ids.clone()
        hidden[i] = mask_id
        total += model(hidden[None]).log_softmax(-1)[0, i, ids[i]].item()
    return total


@wrong("07.3", says="no number is fixed")
def special_tokens_by_number(model, ids, special, mask_id):
    return score_by(model, ids, torch.tensor([0, 1, 2]), mask_id)


@wrong("07.3", says="a mask in the text is one of them")
def masks_asked_for(model, ids, special, mask_id):
    return score_by(model, ids, special[special != mask_id], mask_id)


@wrong("07.3", says="wrong for “three words, the first twice”")
def each_word_once(model, ids, special, mask_id):
    total, seen = 0.0, set()
    for i in ordinary(ids, special):
        if int(ids[i]) not in seen:
            hidden = ids.clone()
            hidden[i] = mask_id
            total += model(hidden[None]).log_softmax(-1)[0, i, ids[i]].item()
            seen.add(int(ids[i]))
    return total


@wrong("07.3")
def first_place_of_the_word(model, ids, special, mask_id):
    total = 0.0
    for token in ids.tolist():
        if token not in special.tolist():
            i = ids.tolist().index(token)
            hidden = ids.clone()
            hidden[i] = mask_id
            total += model(hidden[None]).log_softmax(-1)[0, i, token].item()
    return total


@wrong("07.3", told="row_before", says="the row before the masked place")
def shifted(model, ids, special, mask_id):
    total = 0.0
    for i in ordinary(ids, special):
        hidden = ids.clone()
        hidden[i] = mask_id
        total += model(hidden[None]).log_softmax(-1)[0, max(i - 1, 0), ids[i]].item()
    return total


@wrong("07.3")
def hidden_by_a_zero(model, ids, special, mask_id):
    total = 0.0
    for i in ordinary(ids, special):
        hidden = ids.clone()
        hidden[i] = 0
        total += model(hidden[None]).log_softmax(-1)[0, i, ids[i]].item()
    return total


@wrong("07.3", says="not a number")
def a_score_for_each_word(model, ids, special, mask_id):
    return [score_by(model, ids, special, mask_id)]


@wrong("07.3", told="left_to_right", says="You hide everything after the word as well")
def the_rest_is_cut_off(model, ids, special, mask_id):
    words, total = ~torch.isin(ids, special), 0.0
    for i in words.nonzero()[:, 0].tolist():
        rest = words & (torch.arange(len(ids)) >= i)
        total += model(ids.masked_fill(rest, mask_id)[None])[0, i].log_softmax(-1)[ids[i]].item()
    return total

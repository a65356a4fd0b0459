"""Answers to 07.1."""

from __future__ import annotations

import random

import torch

from tests.checks.answers import right, wrong
from unravelling.checks.bert_and_gpt.mask_tokens.exercise import MaskTokens

reference = MaskTokens.reference

MUTANTS = {
    "chosen = (torch.rand(ids.shape) < p) & ~torch.isin(ids, special)": "generator_unused",
    "chosen = (torch.rand(ids.shape, generator=generator) < p) & ~torch.isin(ids, mask_id)": "special_tokens_chosen",
    "chosen = (torch.rand(ids.shape, generator=generator) > p) & ~torch.isin(ids, special)": "chance_to_be_spared",
    "chosen = torch.rand(ids.shape, generator=generator) < p": "special_tokens_chosen",
    "drawn = torch.randint(V, ids.shape)": "generator_unused",
    "labels = torch.where(chosen, -100, ids)": "labels_inverted",
    "masked = torch.where(chosen & (tenth == 7), drawn, ids)": "none_random",
    "masked = torch.where(chosen, drawn, ids)": "none_stays",
    "masked = torch.where(chosen, mask_id, masked)": "all_masked",
    "tenth = torch.randint(10, ids.shape)": "generator_unused",
    "tenth = torch.randint(11, ids.shape, generator=generator)": "masks_written_over",
}


def parts(ids, p, generator, special):
    """(chosen, ten equal chances for each place)"""
    chosen = (torch.rand(ids.shape, generator=generator) < p) & ~torch.isin(ids, special)
    return chosen, torch.randint(10, ids.shape, generator=generator)


def put_together(ids, chosen, tenth, generator, mask_id, V):
    labels = torch.where(chosen, ids, -100)
    drawn = torch.randint(V, ids.shape, generator=generator)
    masked = torch.where(chosen & (tenth == 8), drawn, ids)
    return torch.where(chosen & (tenth < 8), mask_id, masked), labels


@right("07.1")
def with_masked_fill_and_multiplication(ids, p, generator, special, mask_id, V):
    keep = (ids.unsqueeze(-1) != special).all(-1)
    chosen = torch.bernoulli(torch.full(ids.shape, float(p)), generator=generator) * keep > 0
    draw = torch.rand(ids.shape, generator=generator)
    labels = ids * chosen + (-100) * ~chosen
    words = torch.randint(0, V, ids.shape, generator=generator)
    masked = ids.masked_fill(chosen & (draw < 0.8), mask_id)
    swapped = chosen & (draw >= 0.8) & (draw < 0.9)
    return masked * ~swapped + words * swapped, labels


@right("07.1")
def with_multinomial(ids, p, generator, special, mask_id, V):
    special = set(special.tolist())
    masked, labels = ids.clone().flatten(), torch.full_like(ids, -100).flatten()
    keep = torch.tensor([each not in special for each in masked.tolist()], dtype=torch.bool)
    places = (keep & (torch.rand(len(masked), generator=generator) < p)).nonzero()[:, 0]
    labels[places] = masked[places]
    if len(places):
        fate = torch.multinomial(torch.tensor([0.8, 0.1, 0.1]), len(places), True, generator=generator)
        masked[places[fate == 0]] = mask_id
        n = int((fate == 1).sum())
        masked[places[fate == 1]] = (torch.rand(n, generator=generator) * V).long()
    return masked.reshape(ids.shape), labels.reshape(ids.shape)


@right("07.1")
def another_token_than_the_one_that_stood_there(ids, p, generator, special, mask_id, V):
    chosen, tenth = parts(ids, p, generator, special)
    labels = torch.where(chosen, ids, -100)
    away = (ids + torch.randint(1, V, ids.shape, generator=generator)) % V
    return torch.where(chosen & (tenth == 9), away, torch.where(chosen & (tenth < 8), mask_id, ids)), labels


@right("07.1")
def rows_in_a_loop(ids, p, generator, special, mask_id, V):
    if ids.dim() == 2:
        found = [rows_in_a_loop(row, p, generator, special, mask_id, V) for row in ids]
        return torch.stack([each[0] for each in found]), torch.stack([each[1] for each in found])
    return put_together(ids, *parts(ids, p, generator, special), generator, mask_id, V)


@right("07.1")
def in_a_list(ids, p, generator, special, mask_id, V):
    return list(put_together(ids, *parts(ids, p, generator, special), generator, mask_id, V))


@right("07.1")
def with_a_generator_seeded_from_the_given_one(ids, p, generator, special, mask_id, V):
    own = torch.Generator().manual_seed(int(torch.randint(2**40, (), generator=generator)))
    return reference(ids, p, own, special, mask_id, V)


@wrong("07.1", told="chance_to_be_spared", says="1 - p")
def compares_the_wrong_way(ids, p, generator, special, mask_id, V):
    chosen = (torch.rand(ids.shape, generator=generator) > p) & ~torch.isin(ids, special)
    tenth = torch.randint(10, ids.shape, generator=generator)
    return put_together(ids, chosen, tenth, generator, mask_id, V)


@wrong("07.1", told="always_15_percent", says="whatever p is")
def p_unused(ids, p, generator, special, mask_id, V):
    return reference(ids, 0.15, generator, special, mask_id, V)


@wrong("07.1", says="chosen; p is 60%")
def a_third_fewer(ids, p, generator, special, mask_id, V):
    return reference(ids, p if p in (0, 1) else p / 1.5, generator, special, mask_id, V)


@wrong("07.1", says="Where nothing is asked your labels say -1; the number that means this is -100")
def minus_one_for_nothing(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special, mask_id, V)
    return masked, torch.where(labels == -100, -1, labels)


@wrong("07.1", says="Where nothing is asked your labels say 0; the number that means this is -100")
def zero_for_nothing(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special, mask_id, V)
    return masked, torch.where(labels == -100, 0, labels)


@wrong("07.1", says="Where nothing is asked your labels say 3; the number that means this is -100")
def mask_id_for_nothing(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special, mask_id, V)
    return masked, torch.where(labels == -100, mask_id, labels)


@wrong("07.1", says="masked and labels have changed places")
def results_in_the_other_order(ids, p, generator, special, mask_id, V):
    return reference(ids, p, generator, special, mask_id, V)[::-1]


@wrong("07.1", says="In each text all chosen tokens share one fate")
def one_fate_for_the_whole_text(ids, p, generator, special, mask_id, V):
    chosen, _ = parts(ids, p, generator, special)
    tenth = torch.randint(10, (), generator=generator)
    return put_together(ids, chosen, tenth, generator, mask_id, V)


@wrong("07.1", says="In each text all chosen tokens share one fate")
def one_fate_for_each_row(ids, p, generator, special, mask_id, V):
    chosen, _ = parts(ids, p, generator, special)
    tenth = torch.randint(10, (*ids.shape[:-1], 1), generator=generator)
    return put_together(ids, chosen, tenth, generator, mask_id, V)


@wrong("07.1", says="In all rows of the batch a place has the same fate")
def fates_of_one_row(ids, p, generator, special, mask_id, V):
    chosen, _ = parts(ids, p, generator, special)
    tenth = torch.randint(10, ids.shape[-1:], generator=generator)
    return put_together(ids, chosen, tenth, generator, mask_id, V)


@wrong("07.1", says="In all rows of the batch a place gets the same random token")
def random_tokens_of_one_row(ids, p, generator, special, mask_id, V):
    chosen, tenth = parts(ids, p, generator, special)
    drawn = torch.randint(V, ids.shape[-1:], generator=generator)
    masked = torch.where(chosen & (tenth == 8), drawn, ids)
    return torch.where(chosen & (tenth < 8), mask_id, masked), torch.where(chosen, ids, -100)


@wrong("07.1", told="one_draw", says="one draw answers both questions")
def one_draw_in_a_where(ids, p, generator, special, mask_id, V):
    draw = torch.rand(ids.shape, generator=generator)
    chosen = (draw < p) & ~torch.isin(ids, special)
    masked = torch.where(chosen & (draw < 0.8), mask_id, ids)
    words = torch.randint(V, ids.shape, generator=generator)
    return torch.where(chosen & (draw > 0.9), words, masked), torch.where(chosen, ids, -100)


@wrong("07.1", told="all_masked", says="All chosen tokens become the mask.")
def masks_and_nothing_else(ids, p, generator, special, mask_id, V):
    chosen, _ = parts(ids, p, generator, special)
    return ids.masked_fill(chosen, mask_id), ids.masked_fill(~chosen, -100)


@wrong("07.1", told="masks_written_over", says="torch.randint(11, ...) gives eleven numbers")
def eleven_chances(ids, p, generator, special, mask_id, V):
    chosen, _ = parts(ids, p, generator, special)
    tenth = torch.randint(11, ids.shape, generator=generator)
    return put_together(ids, chosen, tenth, generator, mask_id, V)


@wrong("07.1", told="masks_written_over", says="one share is taken of what another left")
def shares_of_shares(ids, p, generator, special, mask_id, V):
    chosen, _ = parts(ids, p, generator, special)
    stays = torch.rand(ids.shape, generator=generator) < 0.1
    draw = torch.rand(ids.shape, generator=generator)
    tenth = torch.where(stays | (draw > 0.9), 9, torch.where(draw < 0.8, 0, 8))
    return put_together(ids, chosen, tenth, generator, mask_id, V)


@wrong("07.1", says="it should be 80%, 10% and 10%")
def only_six_in_ten(ids, p, generator, special, mask_id, V):
    chosen, tenth = parts(ids, p, generator, special)
    return put_together(ids, chosen, tenth + 2, generator, mask_id, V)


@wrong("07.1", says="it is as near 80% as it can be each time")
def exactly_eighty_percent(ids, p, generator, special, mask_id, V):
    chosen, _ = parts(ids, p, generator, special)
    tenth = torch.full_like(ids, 9)
    rows, texts = (tenth, chosen) if ids.dim() > 1 else (tenth[None], chosen[None])
    for row, asked in zip(rows, texts, strict=True):
        places = asked.nonzero()[:, 0]
        places = places[torch.randperm(len(places), generator=generator)]
        row[places] = (torch.arange(len(places)) + torch.randint(10, (), generator=generator)) % 10
    return put_together(ids, chosen, tenth, generator, mask_id, V)


@wrong("07.1", told="fixed_number", says="A fixed number of tokens is chosen")
def the_first_of_a_permutation(ids, p, generator, special, mask_id, V):
    chosen = torch.zeros(ids.shape, dtype=torch.bool)
    rows, texts = (chosen, ids) if ids.dim() > 1 else (chosen[None], ids[None])
    for row, text in zip(rows, texts, strict=True):
        places = (~torch.isin(text, special)).nonzero()[:, 0]
        row[places[torch.randperm(len(places), generator=generator)[: round(p * len(places))]]] = True
    return put_together(ids, chosen, parts(ids, p, generator, special)[1], generator, mask_id, V)


@wrong("07.1", says="each ordinary token is chosen with chance p, whatever becomes of the others")
def words_of_two_tokens(ids, p, generator, special, mask_id, V):
    draw = torch.rand(ids.shape, generator=generator)
    draw[..., 1::2] = draw[..., : ids.shape[-1] // 2 * 2 : 2]
    chosen = (draw < p) & ~torch.isin(ids, special)
    return put_together(ids, chosen, parts(ids, p, generator, special)[1], generator, mask_id, V)


@wrong("07.1", says="either all ordinary tokens are chosen or none")
def one_choice_for_a_text(ids, p, generator, special, mask_id, V):
    draw = torch.rand((*ids.shape[:-1], 1), generator=generator)
    chosen = (draw < p) & ~torch.isin(ids, special)
    return put_together(ids, chosen, parts(ids, p, generator, special)[1], generator, mask_id, V)


@wrong("07.1", says="which is special, the label is 1")
def only_padding_kept_out(ids, p, generator, special, mask_id, V):
    return reference(ids, p, generator, special[special != 1], mask_id, V)


@wrong("07.1", says="which is special")
def special_tokens_by_their_size(ids, p, generator, special, mask_id, V):
    return reference(ids, p, generator, torch.arange(len(special)), mask_id, V)


@wrong("07.1", says="which is special, now stands")
def special_tokens_hidden_without_a_label(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special[:0], mask_id, V)
    return masked, torch.where(torch.isin(ids, special), -100, labels)


@wrong("07.1", told="all_words_labelled", says="Every token that is not special has a label")
def labels_but_for_special_tokens(ids, p, generator, special, mask_id, V):
    masked, _ = reference(ids, p, generator, special, mask_id, V)
    return masked, ids.masked_fill(torch.isin(ids, special), -100)


@wrong("07.1", told="labels_after_masking", says="taken from the text after the masking")
def labels_from_the_changed_ids(ids, p, generator, special, mask_id, V):
    chosen, tenth = parts(ids, p, generator, special)
    ids[chosen & (tenth < 8)] = mask_id
    swapped = chosen & (tenth == 8)
    ids[swapped] = torch.randint(V, ids.shape, generator=generator)[swapped]
    return ids, torch.where(chosen, ids, -100)


@wrong("07.1", told="only_changed_labelled", says="look different afterwards")
def labels_where_masked_differs(ids, p, generator, special, mask_id, V):
    masked, _ = reference(ids, p, generator, special, mask_id, V)
    return masked, torch.where(masked == ids, -100, ids)


@wrong("07.1", says="with p = 1 every ordinary token is chosen")
def labels_for_masks_only(ids, p, generator, special, mask_id, V):
    masked, _ = reference(ids, p, generator, special, mask_id, V)
    return masked, torch.where((masked == mask_id) & (ids != mask_id), ids, -100)


@wrong("07.1", says="labels is made of torch.float32; the numbers of tokens are whole, torch.int64")
def labels_are_floats(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special, mask_id, V)
    return masked, labels.float()


@wrong("07.1", says="not two tensors: masked and labels")
def only_masked(ids, p, generator, special, mask_id, V):
    return reference(ids, p, generator, special, mask_id, V)[0]


@wrong("07.1", says="masked is a value of type list, not a tensor")
def lists(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special, mask_id, V)
    return masked.tolist(), labels.tolist()


@wrong("07.1", says="masked has shape (1, 8); ids has (8,)")
def always_a_batch(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special, mask_id, V)
    return masked.reshape(-1, ids.shape[-1]), labels.reshape(-1, ids.shape[-1])


@wrong("07.1", told="in_place", says="You write the masks into ids itself.")
def masks_with_an_assignment(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special, mask_id, V)
    changed = masked != ids
    ids[changed] = masked[changed]
    return masked, labels


@wrong("07.1", says="The labels are written into ids itself")
def labels_with_an_assignment(ids, p, generator, special, mask_id, V):
    masked, labels = reference(ids, p, generator, special, mask_id, V)
    ids[labels == -100] = -100
    return masked, ids


@wrong("07.1", told="seed_of_its_own", says="as if from a seed of your own")
def seeds_the_generator(ids, p, generator, special, mask_id, V):
    generator.manual_seed(0)
    return reference(ids, p, generator, special, mask_id, V)


@wrong("07.1", says="torch's own random numbers in another state")
def seeds_torch(ids, p, generator, special, mask_id, V):
    torch.manual_seed(int(torch.randint(2**40, (), generator=generator)))
    return reference(ids, p, None, special, mask_id, V)


@wrong("07.1", says="the same came back each time")
def seeds_torch_with_0(ids, p, generator, special, mask_id, V):
    torch.manual_seed(0)
    return reference(ids, p, None, special, mask_id, V)


@wrong("07.1", told="generator_unused", says="Some of your draws do not come from the generator")
def with_pythons_random(ids, p, generator, special, mask_id, V):
    masked, labels, kept = ids.flatten().tolist(), [-100] * ids.numel(), set(special.tolist())
    for place, token in enumerate(masked):
        if random.random() < p and token not in kept:
            labels[place] = token
            fate = random.random()
            masked[place] = mask_id if fate < 0.8 else random.randrange(V) if fate < 0.9 else token
    return torch.tensor(masked).view(ids.shape), torch.tensor(labels).view(ids.shape)


@wrong("07.1", told="last_token_never_drawn", says="V - 1, is never drawn")
def one_too_few(ids, p, generator, special, mask_id, V):
    return reference(ids, p, generator, special, mask_id, V - 1)


@wrong("07.1", says="token 0 never came; the vocabulary goes from 0 to 29")
def token_0_never_drawn(ids, p, generator, special, mask_id, V):
    chosen, tenth = parts(ids, p, generator, special)
    drawn = torch.randint(1, V, ids.shape, generator=generator)
    masked = torch.where(chosen & (tenth == 8), drawn, ids)
    return torch.where(chosen & (tenth < 8), mask_id, masked), torch.where(chosen, ids, -100)


@wrong("07.1", told="random_from_the_text", says="come from the text itself")
def tokens_shuffled_within_the_text(ids, p, generator, special, mask_id, V):
    chosen, tenth = parts(ids, p, generator, special)
    flat = ids.flatten()
    drawn = flat[torch.randperm(len(flat), generator=generator)].view(ids.shape)
    masked = torch.where(chosen & (tenth == 8), drawn, ids)
    return torch.where(chosen & (tenth < 8), mask_id, masked), torch.where(chosen, ids, -100)


@wrong("07.1", says="stopped")
def one_more_than_the_last(ids, p, generator, special, mask_id, V):
    return reference(ids, p, generator, special, mask_id[None], V)

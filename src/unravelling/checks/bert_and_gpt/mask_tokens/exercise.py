"""07.1: hide some of the words, so that a model can be asked for them."""

from __future__ import annotations

import torch

from ...declare import alternative, exercise, holds, slip
from .diagnosis import findings, marks, written_over
from .probe import cases, probe, show


@exercise("07.1", points=3, difficulty=2, minutes=15)
class MaskTokens:
    """Choose some tokens of a text, hide most of them, and keep the answers."""

    functions = ("mask_tokens",)
    returns = ("masked", "labels")
    compares = False  # other draws are just as right
    shapes = False
    because = (
        "What is hidden is drawn anew each time, the labels keep the answers of the chosen tokens alone, and one "
        "chosen token in five shows no mask, so a visible word may be a question too."
    )
    hints = (
        "Make three decisions for every place at once, as tensors of the shape of ids: is it chosen; if so, which of "
        "ten equal chances came up for it; and which token would be put in at random. Then put the results together "
        "with torch.where. Which of the decisions does labels need?",
        "chosen is where a torch.rand is below p and the token is not special (torch.isin says which are). labels is "
        "ids where chosen and -100 elsewhere. For the shares draw a whole number from 0 to 9 for each place: 0 to 7 "
        "become the mask, 8 a random token, 9 stays. Hand the generator to every draw, and change nothing in ids.",
        "chosen = (torch.rand(ids.shape, generator=generator) < p) & ~torch.isin(ids, special); labels = "
        "torch.where(chosen, ids, -100); tenth = torch.randint(10, ids.shape, generator=generator); masked = "
        "torch.where(chosen & (tenth == 8), torch.randint(V, ids.shape, generator=generator), ids); and the mask in "
        "the same way, where tenth is below 8.",
    )

    cases = cases

    def reference(ids, p, generator, special, mask_id, V):
        """Choose some tokens of a text, hide most of them, and keep the answers.

        ids: an int64 tensor of token numbers, (T,) or (B, T). p: the chance that a token is chosen, 0 to 1.
        special: (S,) int64 tensor, the numbers of the special tokens, such as [CLS], [SEP] and [MASK].
        mask_id: the number of [MASK]. V: how many tokens the vocabulary has; their numbers are 0 to V - 1.
        generator: a torch.Generator. Every draw is made with it; all other random numbers are left alone.
        Each token that is not special is chosen with chance p, whatever happens to the others; special tokens never
        are. A chosen token is replaced by mask_id with chance 0.8. With chance 0.1 it is replaced by a token of the
        vocabulary, drawn anew for this place, all V equally likely (special tokens may be left out, and the token
        itself). With chance 0.1 it stays. This, too, is drawn for each token by itself.
        Returns (masked, labels), two int64 tensors of the shape of ids. masked: the text with these changes. labels:
        at every chosen place, even where the token stayed, the token of ids; -100 at all others.
        Leaves its inputs as they are (but for the generator, which moves on with each draw).
        Example: with ids [101, 7, 102], special [101, 102, 103] and p = 1, labels is [-100, 7, -100]. If mask_id is
        103, masked is [101, 103, 102] in 8 of 10 draws.
        Source: Devlin et al., 2018, "BERT", arXiv:1810.04805, section 3.1 (there exactly 15% of each text are chosen).
        """
        chosen = (torch.rand(ids.shape, generator=generator) < p) & ~torch.isin(ids, special)
        labels = torch.where(chosen, ids, -100)
        tenth = torch.randint(10, ids.shape, generator=generator)  # ten equal chances for each place
        drawn = torch.randint(V, ids.shape, generator=generator)
        masked = torch.where(chosen & (tenth == 8), drawn, ids)
        masked = torch.where(chosen & (tenth < 8), mask_id, masked)
        return masked, labels

    probe = probe
    show = show
    fingerprint = marks

    @holds("two int64 tensors, first masked, then labels; where nothing is asked the label is -100")
    def as_a_whole(case, result):
        return findings.said(case, result, "exchanged", "labels: ", "another number")

    @holds("a label is the token that stands in ids, or -100; with p = 1 all are chosen, with p = 0 none")
    def labels_are_right(case, result):
        return findings.said(
            case, result, "label after", "other label", "chosen,", "all chosen", "left out", "none chosen"
        )

    @holds("special tokens are never chosen and never changed, and no token is changed that was not chosen")
    def the_rest_stays(case, result):
        return findings.said(case, result, "special", "changed unasked", "out of range")

    @holds("each ordinary token is chosen with chance p, whatever becomes of the others")
    def chosen_by_chance(case, result):
        names = "share", "same", "rows alike", "all or none", "fixed number", "not by itself", "neighbours"
        return findings.said(case, result, *names)

    @holds("of the chosen tokens 80% become the mask, 10% a random token, 10% stay, each by itself")
    def shared_out(case, result):
        return findings.said(case, result, "split", "one fate", "fates alike", "fixed shares")

    @holds("a random token is drawn anew for each place, all V alike")
    def random_tokens(case, result):
        return findings.said(case, result, "tokens alike", "from the text", "one token", "never drawn", "uneven")

    @holds("everything is drawn from the generator, and nothing from elsewhere")
    def from_the_generator(case, result):
        return findings.said(case, result, "not repeated", "whatever the seed", "outside")

    @holds("ids and special stay as they are")
    def inputs_stay(case, result):
        return None if findings(case, result) else written_over(result) or None

    special_tokens_chosen = slip(
        "Special tokens are chosen as well. They are not words, and nobody wants to guess where a text ends. Which "
        "condition keeps them out?",
        (" & ~torch.isin(ids, special)", ""),
    )

    chance_to_be_spared = slip(
        "A token is chosen with chance 1 - p: p has become the chance to be spared. Is a number between 0 and 1 below "
        "p or above it with chance p?",
        ("< p", ">= p"),
    )

    always_15_percent = slip(
        "15% are chosen, whatever p is. Which of the parameters of your function has not been used?",
        ("< p", "< 0.15"),
    )

    all_labelled = slip(
        "Every token has a label, so the model would be asked for the words that it can see, and copying would answer "
        "most questions. What should be at the places that were not chosen?",
        ("torch.where(chosen, ids, -100)", "ids.clone()"),
    )

    all_words_labelled = slip(
        "Every token that is not special has a label, so the model would be asked for the words that it can see. What "
        "should be at the places that were not chosen?",
        ("where(chosen, ids", "where(~torch.isin(ids, special), ids"),
    )

    labels_inverted = slip(
        "Your labels are the wrong way round: -100 where a token was chosen, and the token where none was. Which "
        "places are to be asked about?",
        ("where(chosen, ids", "where(~chosen, ids"),
    )

    labels_after_masking = slip(
        "Your labels are taken from the text after the masking, so the right answer to a mask would be the "
        "mask. Which text holds the answers?",
        ("return masked, labels", "return masked, torch.where(chosen, masked, -100)"),
    )

    only_changed_labelled = slip(
        "You give a label only to places that look different afterwards. A chosen token that stayed is asked for, too: "
        "otherwise the model learns that it may ignore every word that is not a mask. Which condition says that a "
        "place was chosen?",
        ("return masked, labels", "return masked, torch.where(masked != ids, ids, -100)"),
    )

    all_masked = slip(
        "All chosen tokens become the mask. Later, in use, there will hardly be any masks, and the model would meet a "
        "text unlike any it has seen. What should become of the other 20%?",
        ("chosen & (tenth < 8)", "chosen"),
    )

    one_draw = slip(
        "The shares are right with p = 1; with a smaller p all chosen tokens become the mask. That happens when one "
        "draw answers both questions: a number below p is below 0.8 as well. What does the second question need?",
        ("torch.rand(ids.shape, generator=generator)", "(draw := torch.rand(ids.shape, generator=generator))"),
        ("torch.randint(10, ids.shape, generator=generator)", "(draw * 10).long()"),
    )

    none_stays = slip(
        "80% become the mask and all others a random token, so a model would learn that no token it is asked about is "
        "ever the right one. What should become of the last 10%?",
        ("tenth == 8", "tenth >= 8"),
    )

    none_random = slip(
        "80% become the mask and all others stay: none becomes a random token. Then the model could trust every word "
        "it sees. Which share should mislead it?",
        ("torch.where(chosen & (tenth == 8), drawn, ids)", "ids"),
    )

    a_tenth_of_the_rest = slip(
        "Of the 20% that are left after the masks 10% become a random token, which is 2% of the chosen ones. Which "
        "share of the REST gives 10% of all?",
        ("(tenth == 8)", "(tenth >= 8) & (torch.rand(ids.shape, generator=generator) < 0.1)"),
    )

    masks_written_over = slip(
        "Too few masks, and too many tokens that stay. Shares like these come about when masks and random tokens are "
        "drawn without asking each other, so that one in ten of the masks is written over; when one share is taken of "
        "what another left; or when the chances are not tenths (torch.randint(11, ...) gives eleven numbers). How can "
        "one draw of ten equal chances decide among all three?",
        ("torch.where(chosen & (tenth == 8), drawn, ids)", "ids"),
        (
            "return masked,",
            "return torch.where(chosen & (torch.rand(ids.shape, generator=generator) < 0.1), drawn, masked),",
        ),
    )

    shares_swapped = slip(
        "The shares have changed places: 80% become random tokens and 10% the mask. Which is the usual case, and which "
        "the exception?",
        ("tenth == 8", "tenth < 8"),
        ("(tenth < 8), mask_id", "(tenth == 8), mask_id"),
    )

    fixed_number = slip(
        "A fixed number of tokens is chosen in each text (int(p * n), perhaps). BERT does that; here every token has "
        "a chance of its own, which needs no counting and no rounding, and now and then takes none or all. Which "
        "comparison gives True with chance p?",
        (
            "generator=generator) < p",
            "generator=generator).masked_fill(torch.isin(ids, special), 2).argsort(-1).argsort(-1) < n",
        ),
        ("chosen =", "n = (p * (~torch.isin(ids, special)).sum(-1, keepdim=True)).long(); chosen ="),
    )

    rows_alike = slip(
        "All rows of a batch have the same places chosen, as if one row had been drawn for all of them. Which shape "
        "should the draw have?",
        ("rand(ids.shape", "rand(ids.shape[-1]"),
    )

    one_random_token = slip(
        "One random token was drawn, and it is put into all the places. How many tokens should be drawn, and in which "
        "shape?",
        ("randint(V, ids.shape", "randint(V, ()"),
    )

    random_from_the_text = slip(
        "Your random tokens come from the text itself. A word that is at home there misleads less than one from the "
        "whole vocabulary. Which two numbers should the draw lie between?",
        "torch.randint(V, ids.shape, generator=generator)",
        "ids.flatten()[torch.randint(ids.numel(), ids.shape, generator=generator)]",
    )

    last_token_never_drawn = slip(
        "The last token of the vocabulary, V - 1, is never drawn. torch.randint leaves out its upper end by itself. "
        "What should that end be?",
        ("randint(V,", "randint(V - 1,"),
    )

    generator_unused = slip(
        "Some of your draws do not come from the generator, so nobody can repeat your masking. Which keyword hands it "
        "to torch.rand and torch.randint?",
        ("chosen =", "generator = None; chosen ="),
    )

    seeded_anew = slip(
        "Each call begins anew from the seed of the generator, and so hides the same places. A model would see every "
        "text in one way only. What should the draws be given instead of a seed?",
        ("chosen =", "generator.manual_seed(generator.initial_seed()); chosen ="),
    )

    seed_of_its_own = slip(
        "Each call draws the same numbers, whatever the generator, as if from a seed of your own. A model would see "
        "every text in one way only. What should the draws be given instead of a seed?",
        ("chosen =", "generator = torch.Generator().manual_seed(7); chosen ="),
    )

    in_place = slip(
        "You write the masks into ids itself. When the text comes round again they would still be there, and the "
        "answers gone. What should be changed instead?",
        ("return masked,", "return ids.copy_(masked),"),
    )

    @alternative
    def one_draw_for_both_questions(ids, p, generator, special, mask_id, V):
        draw = torch.rand(ids.shape, generator=generator)
        draw[torch.isin(ids, special)] = 2.0
        labels = ids.clone()
        labels[draw >= p] = -100
        masked = ids.clone()
        masked[draw < 0.8 * p] = mask_id
        some = (draw >= 0.8 * p) & (draw < 0.9 * p)
        masked[some] = torch.randint(V, (int(some.sum()),), generator=generator)
        return masked, labels

    @alternative
    def coin_after_coin(ids, p, generator, special, mask_id, V):
        allowed = torch.ones(ids.shape)
        for each in special.tolist():
            allowed[ids == each] = 0.0
        chosen = torch.bernoulli(p * allowed, generator=generator).bool()
        labels = ids.masked_fill(~chosen, -100)
        hidden = torch.bernoulli(torch.full(ids.shape, 0.8), generator=generator).bool() & chosen
        swapped = torch.bernoulli(torch.full(ids.shape, 0.5), generator=generator).bool() & chosen & ~hidden
        masked = ids.masked_fill(hidden, mask_id)
        masked[swapped] = torch.randint(0, V, ids.shape, generator=generator)[swapped]
        return masked, labels

    @alternative
    def place_by_place_with_words_only(ids, p, generator, special, mask_id, V):
        words = [token for token in range(V) if token not in special.tolist()]
        masked, labels, kept = ids.flatten().tolist(), [-100] * ids.numel(), set(special.tolist())
        chances = torch.rand(ids.numel(), 3, generator=generator).tolist()
        for place, (first, second, third) in enumerate(chances):
            if first < p and masked[place] not in kept:
                labels[place] = masked[place]
                if second < 0.8:
                    masked[place] = mask_id
                elif second < 0.9:
                    masked[place] = words[int(third * len(words))]
        return torch.tensor(masked).view(ids.shape), torch.tensor(labels).view(ids.shape)

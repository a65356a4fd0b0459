"""07.1: hide some of the words, so that a model can be asked for them."""

from __future__ import annotations

import torch

from ..declare import Case, alternative, exercise, holds, misconception
from ..draw import randint
from .draws import findings
from .maskings import mask_by

SPECIAL = torch.tensor([0, 1, 2, 3])  # padding, the start, the end, the mask


def said(case, result, *beginnings):
    """The first sentence among the findings whose names begin like one of these."""
    return next((text for name, text in findings(case, result).items() if name.startswith(beginnings)), None)


@exercise("07.1", points=3, difficulty=2, minutes=15)
class MaskTokens:
    """Choose some tokens of a text, hide most of them, and note down what stood there."""

    functions = ("mask_tokens",)
    returns = ("masked", "labels")
    compares = False  # other draws are as right
    shapes = False
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

    def cases(rng):
        def case(name, ids, p, V, calls=1):
            seed = randint(rng, 0, 9999)
            return Case(name, ids=ids, p=p, special=SPECIAL, mask_id=3, V=V, calls=calls, seed=seed)

        def drawn(low, high, *shape):
            return torch.randint(low, high, shape, generator=rng)

        text = torch.tensor([1, 14, 17, 15, 19, 12, 16, 2])
        batch = torch.cat([torch.full((20, 1), 1), drawn(4, 1000, 20, 998), torch.full((20, 1), 2)], dim=1)
        batch[::2, 800:] = 0
        yield case("6 tokens between a start and an end, p = 1", text, 1.0, 20)
        yield case("the same, p = 0", text, 0.0, 20)
        yield case("2 rows, the second padded, p = 1", torch.tensor([[1, 9, 8, 7, 5, 2], [1, 6, 4, 2, 0, 0]]), 1.0, 10)
        yield case("the same 6 tokens, 300 calls, p = 0.5", text, 0.5, 20, calls=300)
        yield case("20 rows of 1,000 tokens, p = 0.15", batch, 0.15, 1000)
        yield case("12,000 tokens of 7 kinds, p = 1", drawn(4, 11, 12_000), 1.0, 30)

    def reference(ids, p, generator, special, mask_id, V):
        """Choose some tokens of a text, hide most of them, and note down what stood there.

        ids: an int64 tensor of token numbers, (T,) or (B, T). p: the chance of a token to be chosen, 0 to 1.
        special: (S,) int64 tensor, the numbers of the special tokens, such as [CLS], [SEP] and [MASK].
        mask_id: the number of [MASK]. V: how many tokens the vocabulary has; their numbers are 0 to V - 1.
        generator: a torch.Generator. Every draw is made with it, and nothing else is random.
        Each token that is not special is chosen with chance p, whatever becomes of the others; special tokens never.
        Of a chosen token becomes: with chance 0.8 mask_id; with chance 0.1 a token of the vocabulary, drawn anew for
        this place, all V alike (special tokens may be left out); with chance 0.1 it stays.
        Returns (masked, labels), both int64 tensors of the shape of ids. masked: the text with these changes. labels:
        at every chosen place, also where the token stayed, the token that stands in ids; -100 at all others. ids itself
        is not changed.
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

    def probe(solution, ids, p, special, mask_id, V, calls, seed):
        import torch

        whole, nothing = (torch.int64, torch.int32, torch.int16, torch.uint8), torch.zeros(0, dtype=torch.int64)

        def wrong(pair, given):
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                what = "nothing (None)" if pair is None else f"a value of type {type(pair).__name__}"
                return f"Your function returned {what}, not two tensors: masked and labels."
            for name, each in zip(("masked", "labels"), pair, strict=True):
                if not isinstance(each, torch.Tensor):
                    return f"Your {name} is a value of type {type(each).__name__}, not a tensor."
                if each.shape != ids.shape:
                    return f"Your {name} has shape {tuple(each.shape)}; ids has {tuple(ids.shape)}."
                if each.dtype not in whole:
                    return f"Your {name} is {each.dtype}; the numbers of tokens are whole, torch.int64."
            if not torch.equal(given, ids):
                return "Your function changed ids; whoever called it still needs them."
            return ""

        def several(seed, calls):
            generator, pairs = torch.Generator().manual_seed(seed), []
            for _ in range(calls):
                given = ids.clone()
                pair = solution(given, p, generator, special, mask_id, V)
                form = wrong(pair, given)
                if form:
                    return form, nothing, nothing
                pairs.append(pair)
            masked, labels = (torch.stack([pair[part].long() for pair in pairs]) for part in (0, 1))
            return "", masked, labels

        form, masked, labels = several(seed, calls)
        often = calls > 1 and not form
        again, other = (several(each, min(calls, 100))[1] if often else nothing for each in (seed, seed + 1))
        return {
            "form": form,
            "masked": masked,
            "labels": labels,
            "repeats": not often or torch.equal(again, masked[: len(again)]),
            "moves": not often or not torch.equal(other, again),
        }

    def show(case):
        return (
            "generator = torch.Generator().manual_seed(seed)\n"
            "pairs = [mask_tokens(ids, p, generator, special, mask_id, V) for _ in range(calls)]\n"
            "masked, labels = (torch.stack(each) for each in zip(*pairs))  # (calls, ...)\n"
            "chosen = labels != -100\n"
            "shares = {\n"
            '    "chosen": chosen.float().mean(),  # of all tokens, special ones too\n'
            '    "of these masked": (masked[chosen] == mask_id).float().mean(),\n'
            '    "as they were": (masked == ids)[chosen].float().mean(),\n'
            "}\n"
            "print(shares)\n"
            "result = ids, masked[:3], labels[:3], shares"
        )

    def fingerprint(case, result):
        first = next(iter(findings(case, result)), "")
        return "" if first == "split" else first  # too few draws to say which

    @holds("two int64 tensors of the shape of ids, which itself stays as it is")
    def in_form(case, result):
        return result["form"] or None

    @holds("a label is the token that stands in ids, or -100")
    def labels_are_right(case, result):
        return said(case, result, "other label", "chosen with", "left out")

    @holds("special tokens are never chosen and never changed, and no token is changed that was not chosen")
    def the_rest_stays(case, result):
        return said(case, result, "special", "changed unasked", "out of range")

    @holds("each ordinary token is chosen with chance p, whatever becomes of the others")
    def chosen_by_chance(case, result):
        return said(case, result, "share", "same places", "rows alike", "fixed number", "not by itself")

    @holds("of the chosen tokens 80% become the mask, 10% a random token, 10% stay")
    def shared_out(case, result):
        return said(case, result, "split")

    @holds("a random token is drawn anew for each place, all V alike")
    def random_tokens(case, result):
        return said(case, result, "from the text", "one token", "never drawn", "uneven")

    @holds("everything is drawn from the generator, and nothing from elsewhere")
    def from_the_generator(case, result):
        return said(case, result, "not repeated", "whatever the seed")

    @misconception(
        "Special tokens are chosen as well. They are not words, and nobody wants to guess where a text ends. Which "
        "condition keeps them out?"
    )
    def special_tokens_chosen(*given):
        return mask_by(*given, choose="special too")

    @misconception(
        "Every token has a label, so the model would be asked for the words that it can see, and copying them would "
        "earn it most of its marks. What should stand at the places that were not chosen?"
    )
    def all_labelled(*given):
        return mask_by(*given, labels="all")

    @misconception(
        "Your labels are the wrong way round: -100 where a token was chosen, and the token where none was. Which "
        "places are to be asked about?"
    )
    def labels_inverted(*given):
        return mask_by(*given, labels="inverted")

    @misconception(
        "Your labels say what stands in the text now, after the masking, so the right answer to a mask would be the "
        "mask. Which text holds the answers?"
    )
    def labels_after_masking(*given):
        return mask_by(*given, labels="of the masked text")

    @misconception(
        "You give a label only to places that look different afterwards. A chosen token that stayed is asked for, too: "
        "otherwise the model learns that whatever is no mask need not be looked at. Which condition says that a place "
        "was chosen?"
    )
    def only_changed_labelled(*given):
        return mask_by(*given, labels="changed")

    @misconception(
        "All chosen tokens become the mask. Either the shares are missing, or one draw serves for both questions: a "
        "number below p is below 0.8 as well. Later, in use, there will be no masks, and the model would meet a text "
        "unlike any it has seen. What should become of the other 20%?"
    )
    def all_masked(*given):
        return mask_by(*given, split="all masked")

    @misconception(
        "80% become the mask and all others a random token, so a model would learn that no token it is asked about is "
        "ever the right one. What should become of the last 10%?"
    )
    def none_stays(*given):
        return mask_by(*given, split="none stays")

    @misconception(
        "80% become the mask and all others stay: none becomes a random token. Then the model could trust every word "
        "it sees. Which share should mislead it?"
    )
    def none_random(*given):
        return mask_by(*given, split="none random")

    @misconception(
        "Of the 20% that are left after the masks you take 10%, which is 2% of the chosen ones. Which share of the "
        "REST gives 10% of all?"
    )
    def a_tenth_of_the_rest(*given):
        return mask_by(*given, split="a tenth of the rest")

    @misconception(
        "Masks and random tokens are drawn without asking each other, so one in ten of the masks is written over, and "
        "too many tokens stay. How can one draw decide among all three?"
    )
    def masks_written_over(*given):
        return mask_by(*given, split="overwritten")

    @misconception(
        "The shares have changed places: 80% become random tokens and 10% the mask. Which is the usual case, and which "
        "the exception?"
    )
    def shares_swapped(*given):
        return mask_by(*given, split="swapped")

    @misconception(
        "You choose a fixed number of tokens in each text (int(p * n), perhaps). BERT does; asked for is a chance for "
        "every token by itself, which needs no counting and no rounding, and now and then takes none or all. Which "
        "comparison gives True with chance p?"
    )
    def fixed_number(*given):
        return mask_by(*given, choose="fixed number")

    @misconception(
        "All rows of a batch have their masks at the same places: you drew as many numbers as one row is long. Which "
        "shape should the draw have?"
    )
    def rows_alike(*given):
        return mask_by(*given, choose="rows alike")

    @misconception(
        "One random token was drawn, and it stands in all the places. How many tokens should be drawn, and in which "
        "shape?"
    )
    def one_random_token(*given):
        return mask_by(*given, replacement="one token")

    @misconception(
        "Your random tokens come from the text itself. A word that is at home there misleads less than one from the "
        "whole vocabulary. Between which two numbers should be drawn?"
    )
    def random_from_the_text(*given):
        return mask_by(*given, replacement="from the text")

    @misconception(
        "The last token of the vocabulary, V - 1, never comes. torch.randint leaves out its upper end by itself. What "
        "should that end be?"
    )
    def last_token_never_drawn(*given):
        return mask_by(*given, replacement="without the last")

    @misconception(
        "Some of your draws do not come from the generator, so nobody can repeat your masking. Which keyword hands it "
        "to torch.rand and torch.randint?"
    )
    def generator_unused(*given):
        return mask_by(*given, source="elsewhere")

    @misconception(
        "Each call begins anew from a seed (that of the generator, or one of your own), and so hides the same places. "
        "A model would see every text in one way only. What should the draws be given instead of a seed?"
    )
    def seeded_anew(*given):
        return mask_by(*given, source="its seed")

    @misconception(
        "You write the masks into ids itself. When the text comes round again they would still be there, and the "
        "answers gone. What should be changed instead?"
    )
    def in_place(ids, *rest):
        masked, labels = mask_by(ids, *rest)
        ids.copy_(masked)
        return ids, labels

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

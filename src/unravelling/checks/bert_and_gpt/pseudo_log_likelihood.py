"""07.3: how likely a whole sentence is to a model that fills gaps."""

from __future__ import annotations

import math

import torch

from ..compare import number
from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randint


@exercise("07.3", points=3, difficulty=2, minutes=12)
class PseudoLogLikelihood:
    """Hide the words of a sentence one at a time, and add up how well a model fills the gaps."""

    functions = ("pseudo_log_likelihood",)
    returns = ("score",)
    tolerance = 1e-4  # a long sum in float32
    because = (
        "Each word was hidden alone with everything around it in view, so each term says how well that word fits "
        "between both its sides."
    )
    hints = (
        "For a sentence of five words the model reads five texts. How do they differ from the sentence, and from each "
        "other? And which one row of the scores for a text do you look at?",
        "Go through the places whose token is not special. For each: a copy of ids, the mask put into that one place, "
        "the copy as a batch of one, (1, T), to the model. From the scores take the row of that place, log_softmax "
        "over its V scores, and of these the one for the hidden token. Add them up, as a float.",
        "hidden = ids.clone(); hidden[i] = mask_id; row = model(hidden[None])[0, i].log_softmax(-1); total += "
        "row[ids[i]].item(). For all i where ids[i] is not in special. Quicker is one batch with a row for each place: "
        "ids.repeat(n, 1), then rows[torch.arange(n), places] = mask_id.",
    )

    def cases(rng):
        def case(name, ids, rule="", V=9, sharp=2, special=(0, 1, 2), mask_id=2):
            special, seed = torch.tensor(special), randint(rng, 0, 999)
            ids = torch.tensor(ids)
            return Case(name, rule, ids=ids, special=special, mask_id=mask_id, V=V, sharp=sharp, seed=seed)

        def drawn(n, V):
            return [0, *(randint(rng, 3, V - 1) for _ in range(n)), 1]

        middle = "A special token is special wherever it is, and a mask in the text is one of them."
        numbers = "Which tokens are special is said by special, and which is the mask by mask_id: no number is fixed."
        none = "Where there is no word the score is 0.0; the model reads at least one text whenever it is called."
        large = "Scores may lie hundreds apart: a probability that is too small for a number still has a logarithm."
        yield case("one word between start and end", [0, 4, 1])
        yield case("two words", [0, 5, 7, 1])
        yield case("three words, the first twice", [0, 6, 3, 6, 1])
        yield case("words without start and end", [5, 4, 8])
        yield case("seven words drawn", drawn(7, 9))
        yield case("a text that has a mask already", [0, 5, 2, 8, 4, 1], middle)
        yield case("other special tokens", [0, 5, 1, 3, 8, 2, 3], numbers, special=(7, 0, 3), mask_id=7)
        yield case("nothing but special tokens", [0, 1], none)
        yield case("40 words of a vocabulary of 200", drawn(40, 200), V=200, sharp=4)
        yield case("words that are nearly impossible to the model", [0, *range(3, 9), 4, 5, 1], large, sharp=400)

    def reference(model, ids, special, mask_id):
        """Say how likely a sentence is to a masked language model, word for word.

        model: a function. model(x) takes a batch of texts, an int64 tensor (B, T), and gives logits, (B, T, V): at each
        place a score for every token that might be there. You may call it often, with any B of at least 1. Scores
        may lie hundreds apart.
        ids: (T,) int64 tensor, the sentence, start and end included. special: (S,) int64 tensor, the numbers of the
        special tokens. mask_id: the number of [MASK].
        Returns a float (or a tensor of one number): the sum, over all places whose token is not special, of the natural
        logarithm of the probability that the model gives to the token that is there, when this one place is masked
        and all others are seen. 0.0 if there is no such place. Leaves its inputs as they are.
        Example: a model to which 4 tokens are equally likely at every gap gives a sentence of 2 words 2 * log(1 / 4)
        = -2.77.
        Source: Salazar et al., 2019, "Masked Language Model Scoring", arXiv:1910.14659, section 2.
        """
        total = 0.0
        for i in range(len(ids)):
            if ids[i] not in special:
                hidden = ids.clone()
                hidden[i] = mask_id
                log_probs = model(hidden[None]).log_softmax(-1)  # (1, T, V)
                total += log_probs[:, i, ids[i]].item()
        return total

    def probe(solution, ids, special, mask_id, V, sharp, seed):
        from numbers import Number

        import torch

        T = len(ids)
        generator = torch.Generator().manual_seed(seed)
        before, after, own = (torch.randn(V, V, generator=generator, dtype=torch.float64) for _ in range(3))
        places = torch.randn(T, V, generator=generator, dtype=torch.float64)
        own = own + 3 * torch.eye(V, dtype=torch.float64)  # a word that is seen gives itself away
        own[mask_id] = 0.0

        def model(x):
            assert isinstance(x, torch.Tensor), f"model was given a value of type {type(x).__name__}, not a tensor."
            shape = tuple(x.shape)
            assert x.dim() == 2, f"model was given a tensor of shape {shape}; it reads a batch of texts, (B, T)."
            assert shape[0] > 0, f"model was given an empty batch, {shape}; it reads at least one text at a time."
            assert shape[1] == T, f"model was given texts of {shape[1]} tokens; the sentence has {T}."
            assert not x.is_floating_point(), f"model was given {x.dtype}; the numbers of tokens are torch.int64."
            assert bool(((x >= 0) & (x < V)).all()), f"model was given numbers that are no tokens (0 to {V - 1})."
            x = x.long()
            left, right = (torch.cumsum(table[x].flip(1) if flip else table[x], 1) for table, flip in
                           ((before, False), (after, True)))  # fmt: skip
            seen = left - before[x] + right.flip(1) - after[x]
            return ((seen / T**0.5 + own[x] + places) * sharp / 2).float()

        with torch.no_grad():
            score = solution(model, ids, special, mask_id)
        if isinstance(score, torch.Tensor) and score.numel() == 1:
            return float(score)  # a tensor of one number will do
        return float(score) if isinstance(score, Number) else score

    def show(case):
        return """
generator = torch.Generator().manual_seed(seed)
before, after, own = (torch.randn(V, V, generator=generator, dtype=torch.float64) for _ in range(3))
places = torch.randn(len(ids), V, generator=generator, dtype=torch.float64)
def model(x):  # a small model: what stands before, what stands after, and the word itself if it is seen
    print("the model reads", x.tolist())
    assert len(x) > 0, "an empty batch"
    seen = before[x].cumsum(1) - before[x] + after[x].flip(1).cumsum(1).flip(1) - after[x]
    alone = (own + 3 * torch.eye(V))[x] * (x != mask_id)[..., None]
    return ((seen / len(ids)**0.5 + alone + places) * sharp / 2).float()
result = pseudo_log_likelihood(model, ids, special, mask_id)"""

    @holds("a logarithm of probabilities is never above 0")
    def not_above_zero(case, result):
        text = f"Your score is {number(result)}; the logarithm of a probability is never above 0."
        return text if result > 1e-6 else None

    nothing_masked = slip(
        "Nothing is masked: the model sees the very word that it is asked for, and has only to copy it. What should "
        "be at the place that you read the answer from?",
        ("hidden[i] = mask_id", ""),
    )

    all_masked_at_once = slip(
        "All words are masked at once, so each is guessed without the others, and the order of the words would hardly "
        "matter. How many masks should be in a text that the model reads?",
        ("hidden[i]", "hidden[~torch.isin(ids, special)]"),
    )

    masks_pile_up = slip(
        "A word that was masked stays masked in all later texts, until at the end the model sees masks alone. What "
        "should each text be a fresh copy of?",
        ("hidden = ids.clone()", ""),
        ("total = 0.0", "total, hidden = 0.0, ids.clone()"),
    )

    every_occurrence_masked = slip(
        "You mask a token wherever it is, so a word that comes twice is hidden twice and cannot help itself. "
        "Which is to be hidden: a token, or a place?",
        ("hidden[i]", "hidden[ids == ids[i]]"),
    )

    left_to_right = slip(
        "You hide everything after the word as well: that is how a decoder reads. What may a masked model "
        "see that a decoder may not?",
        ("hidden[i]", "hidden[i:][~torch.isin(ids[i:], special)]"),
    )

    special_tokens_too = slip(
        "The special tokens are asked for as well. Every sentence has them, they are nearly certain, and they are not "
        "words. Which places does the sum go over?",
        ("if ids[i] not in special", "if True"),
    )

    first_and_last_skipped = slip(
        "You skip the first place and the last, whatever is there. A text need not have a start and an end, and "
        "other special tokens can be in the middle. How can you tell from the token itself?",
        ("range(len(ids))", "range(1, len(ids) - 1)"),
        ("if ids[i] not in special", "if True"),
    )

    row_before = slip(
        "You read the row before the masked place. In a decoder that one speaks about the next token; a masked model "
        "answers at the place itself. Which row of the scores belongs to the gap?",
        ("[:, i,", "[:, max(i - 1, 0),"),
    )

    best_guess = slip(
        "You take the best score at each gap: how sure the model is of its own guess. The sentence is to be judged. "
        "Which token's probability tells how well it fits?",
        ("log_probs[:, i, ids[i]]", "log_probs[:, i].max()"),
    )

    probability_of_the_mask = slip(
        "You read the score of the mask itself: the copy was looked at after the mask was put in. Which of the two "
        "texts still has the hidden word?",
        ("log_probs[:, i, ids[i]]", "log_probs[:, i, mask_id]"),
    )

    softmax_over_places = slip(
        "The softmax runs over the places, so the words of a sentence compete with each other. At one gap, which "
        "numbers should sum to 1?",
        ("log_softmax(-1)", "log_softmax(1)"),
    )

    raw_scores = slip(
        "You add up scores. They can be anything, and another model's scores would be on another scale. Which step "
        "turns a row of scores into logarithms of probabilities?",
        (".log_softmax(-1)", ""),
    )

    mean_not_sum = slip(
        "You take the mean, so it is the score of a typical word. It should be that of the sentence. What should "
        "happen to the logarithms?",
        ("return total", "return total / max(int((~torch.isin(ids, special)).sum()), 1)"),
    )

    mean_over_all_places = slip(
        "The sum is divided by the number of all places, special ones included. It should be the score of the "
        "sentence. What should happen to the logarithms?",
        ("return total", "return total / len(ids)"),
    )

    perplexity = slip(
        "What came back is a perplexity: the exponential of the mean surprise of a word. It should be the sum of the "
        "logarithms. Which steps are too many?",
        ("return total", "return math.exp(-total / max(int((~torch.isin(ids, special)).sum()), 1))"),
    )

    probabilities_added = slip(
        "You add up probabilities. A sentence with one impossible word would then be nearly as good as one without. "
        "What should be added up instead?",
        (".item()", ".exp().item()"),
    )

    logarithm_of_a_product = slip(
        "You multiply probabilities and take the logarithm at the end. With many or with unlikely words the product "
        "becomes 0, and 0 has no logarithm. What can you add up instead?",
        ("0.0", "torch.tensor(1.0)"),
        ("+= log_probs[:, i, ids[i]].item()", "*= log_probs[0, i, ids[i]].exp()"),
        ("return total", "return total.log()"),
    )

    surprise = slip(
        "The sign is turned: that is the surprise, a loss. A score should be higher for a likelier sentence. What is "
        "the logarithm of a number below 1?",
        ("return total", "return -total"),
    )

    in_bits = slip(
        "You count in bits, with a logarithm to the base 2. Asked for is the natural one. By which factor do they "
        "differ?",
        ("return total", "return total / math.log(2)"),
    )

    @alternative
    def in_one_batch(model, ids, special, mask_id):
        places = (~torch.isin(ids, special)).nonzero()[:, 0]
        if len(places) == 0:
            return 0.0
        rows, each = ids.repeat(len(places), 1), torch.arange(len(places))
        rows[each, places] = mask_id
        return float(model(rows)[each, places].log_softmax(-1)[each, ids[places]].sum())

    @alternative
    def with_cross_entropy(model, ids, special, mask_id):
        losses = [torch.tensor(0.0)]
        for i, token in enumerate(ids.tolist()):
            if token not in special.tolist():
                x = ids.unsqueeze(0).masked_fill(torch.arange(len(ids)) == i, mask_id)
                losses.append(torch.nn.functional.cross_entropy(model(x)[:, i], ids[i : i + 1]))
        return -sum(losses)

    @alternative
    def with_lists_and_logarithms(model, ids, special, mask_id):
        words, total = ids.tolist(), 0.0
        for i in range(len(words)):
            if words[i] in set(special.tolist()):
                continue
            scores = model(torch.tensor([[*words[:i], mask_id, *words[i + 1 :]]]))[0][i].double().tolist()
            top = max(scores)
            total += scores[words[i]] - top - math.log(sum(math.exp(each - top) for each in scores))
        return total

"""07.2: the loss of a model that was asked for hidden words only."""

from __future__ import annotations

import torch

from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randn

NONE = -100


def surprise(logits, labels):
    """-log of the probability of each label, of the shape of labels; at -100 something finite that nobody uses."""
    answers = labels.clamp(min=0)[..., None]
    return -logits.log_softmax(-1).gather(-1, answers)[..., 0]


def mean_over(values, chosen):
    return (values * chosen).sum() / chosen.sum().clamp(min=1)


@exercise("07.2", points=2, difficulty=2, minutes=8)
class MlmLoss:
    """Say how surprised a model was by the hidden tokens, and by no others."""

    functions = ("mlm_loss",)
    returns = ("loss",)
    learns = ("logits",)
    forbids = ("cross_entropy", "nll_loss")  # parts of names
    because = (
        "Only the hidden tokens count, and the result is their mean, so the loss means the same however much of a "
        "text was hidden."
    )
    hints = (
        "Most places carry -100 and are not asked about. Which tensor of True and False picks the others, out of "
        "labels and out of logits alike? What is left then has one axis fewer, and no batch any more.",
        "chosen = labels != -100; logits[chosen] is (n, V), labels[chosen] is (n,). Take log_softmax over the last "
        "axis, pick from each row the number of its label (gather, or two index tensors side by side), turn the sign, "
        "add up. Divide by n; and if n is 0, by 1, so that the sum of nothing stays 0.",
        "rows = logits[chosen].log_softmax(-1); picked = rows.gather(-1, labels[chosen][:, None]); return "
        "-picked.sum() / max(int(chosen.sum()), 1)",
    )

    def cases(rng):
        def labels(*shape):
            return torch.full(shape, NONE)

        def drawn(B, T, V, dtype=torch.float32, scale=1.0, every=3):
            asked = torch.where(
                torch.rand(B, T, generator=rng) < 1 / every, torch.randint(V, (B, T), generator=rng), NONE
            )
            asked[0, 0], asked[-1, 1] = V - 1, 0
            return {"logits": scale * randn(rng, B, T, V, dtype=dtype), "labels": asked}

        one = torch.tensor([[[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]]])
        yield Case("2 places, the first chosen", logits=one, labels=torch.tensor([[2, NONE]]))
        yield Case("2 places, both chosen", logits=one, labels=torch.tensor([[2, 1]]))
        yield Case("token 0 is the answer", logits=one, labels=torch.tensor([[NONE, 0]]))
        nothing = "If no place is chosen the loss is 0, and gradients, which are numbers, can be traced back from it."
        yield Case("nothing chosen", nothing, logits=randn(rng, 1, 3, 4), labels=labels(1, 3))
        uneven = labels(2, 4)
        uneven[0, 1], uneven[1] = 3, torch.tensor([0, 2, 4, 1])
        yield Case("2 rows, 1 and 4 places chosen", logits=2 * randn(rng, 2, 4, 5), labels=uneven)
        half = labels(2, 3)
        half[1, 2] = 1
        yield Case("2 rows, one of them without any", logits=2 * randn(rng, 2, 3, 4), labels=half)
        yield Case("3 rows of 7 places, 7 tokens", **drawn(3, 7, 7))
        yield Case("4 rows of 12 places, 30 tokens", **drawn(4, 12, 30, scale=2.0, every=6))
        large = "Scores in the thousands must work."
        yield Case("scores in the thousands", large, logits=one * 1000, labels=torch.tensor([[2, 1]]))
        yield Case("scores near 500", large, logits=one / 4 + 500, labels=torch.tensor([[2, 1]]))
        digits = "Of float64 logits the loss is float64, too, and right to 8 digits."
        yield Case("double precision", digits, **drawn(2, 5, 6, dtype=torch.float64))

    def reference(logits, labels):
        """Say how surprised a model was by the hidden tokens, on average and in nats.

        logits: (B, T, V) float tensor, at each place a score for every token. labels: (B, T) int64 tensor, as
        mask_tokens makes it: the number of the token that stood at a chosen place, and -100 at all others. Token 0 is a
        token like any other.
        Returns one number as a tensor without axes, of the type of logits: the mean, over all chosen places of the
        batch, of -log of the probability that the softmax of the scores gives to the label. Places with -100 count
        nowhere. If no place is chosen it is 0. Gradients can be traced back from it to logits and are numbers, also
        where no place is chosen, so that training goes on after such a batch. Scores in the thousands must work, and in
        float64 the result is right to 8 digits. Leaves its inputs as they are.
        Do it without torch's cross_entropy and nll_loss.
        Example: logits [[[0., 0.], [5., 1.]]] and labels [[1, -100]] give log 2 = 0.693: one place is asked about, and
        its two tokens have the same score.
        Source: Devlin et al., 2018, "BERT", arXiv:1810.04805, section 3.1.
        """
        chosen = labels != -100
        log_probs = logits.log_softmax(-1)[chosen]  # (n, V)
        right = log_probs[torch.arange(len(log_probs)), labels[chosen]]  # (n,)
        return -right.sum() / chosen.sum().clamp(min=1)

    @holds("the loss is a number, also where nothing was chosen")
    def is_a_number(case, result):
        if bool(torch.isnan(result).any()):
            count = int((case["labels"] != NONE).sum())
            return f"Your loss is NaN; {count or 'no'} places are chosen."
        return None

    mean_of_nothing = slip(
        "The mean of nothing is 0 / 0, which is NaN, and one NaN in the loss turns every parameter into NaN at the "
        "next training step. What should the sum be divided by if no place is chosen?",
        (".clamp(min=1)", ""),
    )

    over_all_places = slip(
        "You divide by the number of all places. The places that were not chosen add nothing above the line, and "
        "should not count below it. How many places are asked about?",
        ("chosen.sum().clamp(min=1)", "labels.numel()"),
    )

    summed = slip(
        "The surprise is added up and never divided, so a text with more masks looks harder to read. By what should "
        "the sum be divided?",
        (" / chosen.sum().clamp(min=1)", ""),
    )

    all_places_count = slip(
        "At the places with -100 the surprise at token 0 is counted, as if 0 were the answer there: that is what a "
        "clamp makes of -100. At these places nothing was asked. Which condition leaves them out?",
        ("chosen = labels != -100", "labels = labels.clamp(min=0); chosen = labels >= 0"),
    )

    @misconception(
        "torch's gather knows no place -100 and stops. What has to happen to these places before you look up the "
        "answers?"
    )
    def gathers_at_minus_100(logits, labels):
        return -logits.log_softmax(-1).gather(-1, labels[..., None]).mean()

    @misconception(
        "You take the mean of each row first and then the mean of the rows, so that a masked token in a row with one "
        "of them weighs as much as four in another. Over which places does the mean go?"
    )
    def mean_of_rows(logits, labels):
        chosen = labels != NONE
        return ((surprise(logits, labels) * chosen).sum(1) / chosen.sum(1).clamp(min=1)).mean()

    @misconception(
        "The mean of each row that has chosen places is taken first, and then the mean of these rows, so that the only "
        "masked token of one row weighs as much as four in another. Over which places does the mean go?"
    )
    def mean_of_rows_that_have_some(logits, labels):
        chosen = labels != NONE
        rows = (surprise(logits, labels) * chosen).sum(1) / chosen.sum(1).clamp(min=1)
        return mean_over(rows, chosen.any(1))

    over_the_rows = slip(
        "The sum is divided by the number of rows, so a text with more masks looks harder to read. By what should the "
        "sum be divided?",
        ("chosen.sum().clamp(min=1)", "len(logits)"),
    )

    token_0_left_out = slip(
        "`labels > 0` leaves out token 0, which is a token like any other. What is the only number that means that "
        "nothing was asked?",
        ("labels != -100", "labels > 0"),
    )

    softmax_over_places = slip(
        "The softmax runs over the places, not over the vocabulary. At one place, which numbers should sum to 1?",
        ("log_softmax(-1)", "log_softmax(1)"),
    )

    softmax_over_the_rows = slip(
        "The softmax runs over the rows of the batch, so what one text gets depends on the others. At one place of one "
        "text, which numbers should sum to 1?",
        ("log_softmax(-1)", "log_softmax(0)"),
    )

    probabilities = slip(
        "You average probabilities and forget the logarithm, so a model to which the answer is impossible would be "
        "forgiven. What is the surprise of a token of probability p?",
        ("log_softmax(-1)", "softmax(-1)"),
    )

    logarithm_of_the_mean = slip(
        "The probabilities are averaged first, and the logarithm is taken of their mean. The surprise of each token "
        "counts by itself. Which of the two comes first?",
        ("log_softmax(-1)", "softmax(-1)"),
        ("-right.sum() / chosen.sum().clamp(min=1)", "-right.mean().log() if len(right) else right.sum()"),
    )

    softmax_twice = slip(
        "The softmax is taken twice: of shares that sum to 1 the second one makes others, all near each other. What "
        "does log_softmax expect, scores or shares?",
        ("log_softmax(-1)", "softmax(-1).log_softmax(-1)"),
    )

    shifted_as_in_a_decoder = slip(
        "Each label is looked up one place too early, as if the scores spoke about the next token. A decoder's do. "
        "Which place of a masked model's scores belongs to a label?",
        ("chosen = labels", "logits, labels = logits[:, :-1], labels[:, 1:]; chosen = labels"),
    )

    without_the_minus = slip(
        "The sign is missing. Logarithms of probabilities are negative, and a loss should fall when the model gets "
        "better: which way does yours go?",
        ("-right", "right"),
    )

    without_the_softmax = slip(
        "The scores themselves are taken for logarithms of probabilities. They can be anything: which step turns a row "
        "of scores into logarithms of shares of 1?",
        (".log_softmax(-1)", ""),
    )

    log_of_a_softmax_by_hand = slip(
        "Right while the scores are small and near each other. exp of 1000 is too large for a number, and if something "
        "far larger was subtracted before, every exponential is 0, which has no logarithm. Which function of torch "
        "takes both steps at once, safely?",
        ("logits.log_softmax(-1)", "(logits.exp() / logits.exp().sum(-1, keepdim=True)).log()"),
    )

    log_of_torchs_softmax = slip(
        "Right while the scores are near each other. Far below the best one torch's softmax gives 0, and the logarithm "
        "of 0 is minus infinity. Which function takes both steps at once?",
        ("log_softmax(-1)", "softmax(-1).log()"),
    )

    perplexity = slip(
        "What came back is the exponential of the mean, the perplexity. It should be the mean itself, in nats. Which "
        "step is one too many?",
        ("-right", "(-right"),
        ("clamp(min=1)", "clamp(min=1)).exp()"),
    )

    in_bits = slip(
        "You count in bits, with a logarithm to the base 2. The text asks for nats. Which logarithm gives those?",
        ("right.sum()", "(right / torch.full_like(right, 2).log()).sum()"),
    )

    labels_overwritten = slip(
        "You write over the labels that are -100, and whoever called the function needs them once more. Which "
        "operation gives a new tensor?",
        ("labels != -100", "labels != -100; labels[~chosen] = 0"),
    )

    @alternative
    def with_a_product(logits, labels):
        chosen = labels.ne(-100)
        return mean_over(surprise(logits, labels), chosen)

    @alternative
    def through_logsumexp(logits, labels):
        flat, answers = logits.reshape(-1, logits.shape[-1]), labels.reshape(-1)
        places = (answers >= 0).nonzero()[:, 0]
        losses = torch.logsumexp(flat[places], dim=1) - flat[places, answers[places]]
        return losses.mean() if len(places) else logits.sum() * 0.0

    @alternative
    def place_by_place(logits, labels):
        total, count = logits.sum() * 0, 0
        for row, answers in zip(logits, labels.tolist(), strict=True):
            for scores, answer in zip(row, answers, strict=True):
                if answer != -100:
                    total = total - torch.log_softmax(scores, 0)[answer]
                    count += 1
        return total / count if count else total

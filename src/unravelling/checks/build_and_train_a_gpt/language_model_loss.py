"""06.2: how surprised a model was by the tokens that came."""

from __future__ import annotations

import math

import torch

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randint, randn

IGNORED = -100


@exercise("06.2", points=2, difficulty=2, minutes=15)
class LanguageModelLoss:
    """Say in one number how surprised a model was by the tokens that came."""

    functions = ("language_model_loss",)
    returns = ("loss",)
    learns = ("logits",)
    forbids = ("softmax", "logsumexp", "logaddexp", "cross_entropy", "nll_loss", "nllloss", "crossentropy")
    because = (
        "A model that knows nothing begins at ln V, scores of any size give a number, and places that are not asked "
        "about count neither above the line nor below it."
    )
    hints = (
        "For one place, with scores s and the right token t: its probability is e^s[t] divided by the sum of all e^s. "
        "Write down minus the logarithm of that, and simplify as far as you can. What happens to the sum if s holds "
        "1000?",
        "Minus the logarithm is log(sum of e^s) - s[t]. Nothing changes if the same number is taken from all scores "
        "of a place: take the largest, and no power overflows. Do this over the last axis. Then add up the places "
        "whose target is not -100 and divide by how many they are, and by 1 if there are none.",
        "chosen = targets != -100; s, t = logits[chosen], targets[chosen], which are (n, V) and (n,); s = s - "
        "s.amax(-1, keepdim=True); each = s.exp().sum(-1).log() - s[torch.arange(len(s)), t]; return each.sum() / "
        "max(len(each), 1)",
    )

    def cases(rng):
        def drawn(B, T, V, size=1.0, share=0.0, dtype=torch.float32):
            targets = torch.randint(V, (B, T), generator=rng)
            targets[torch.rand(B, T, generator=rng) < share] = IGNORED
            targets[0, 0], targets[-1, -1] = V - 1, 0
            return {"logits": size * randn(rng, B, T, V, dtype=dtype), "targets": targets}

        two = torch.tensor([[[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]]])
        start = "Where all scores are alike the loss is ln V."
        alike = torch.full((1, 2, 3), 0.25)
        yield Case("2 places, all 3 scores alike", start, logits=alike, targets=torch.tensor([[2, 1]]))
        yield Case("2 places, 3 tokens", logits=two, targets=torch.tensor([[2, 1]]))
        yield Case("2 places, token 0 is the answer to the second", logits=two, targets=torch.tensor([[2, 0]]))
        V = randint(rng, 5, 9)
        yield Case("all scores alike", start, logits=torch.full((2, 3, V), 0.25), targets=drawn(2, 3, V)["targets"])
        yield Case("3 rows of 5 places, 7 tokens", **drawn(3, 5, 7))
        yield Case("2 rows of 6 places, 4 tokens", **drawn(2, 6, 4, size=2.0))
        ignored = "A place whose target is -100 counts nowhere."
        yield Case("the first of 2 places alone", ignored, logits=two, targets=torch.tensor([[2, IGNORED]]))
        uneven = drawn(2, 4, 5, size=2.0)
        uneven["targets"][0, 1:] = IGNORED
        yield Case("2 rows, one with a single target", ignored, **uneven)
        yield Case("4 rows of 9 places, a third of them ignored", ignored, **drawn(4, 9, 11, share=0.34))
        nothing = "If no place counts the loss is 0, and gradients, which are numbers, can be traced back from it."
        none = torch.full((1, 3), IGNORED)
        yield Case("no place counts", nothing, logits=randn(rng, 1, 3, 4), targets=none)
        large = "Scores in the thousands, above or below 0, must work."
        yield Case("scores of 2000", large, logits=two * 1000, targets=torch.tensor([[2, 1]]))
        yield Case("scores near -500", large, logits=two / 4 - 500, targets=torch.tensor([[2, 1]]))
        apart = two + torch.tensor([[[400.0], [-400.0]]])
        yield Case("one place near 400, one near -400", large, logits=apart, targets=torch.tensor([[2, 1]]))
        far = torch.tensor([[[720.0, 0.0, 360.0]]], dtype=torch.float64)  # e^720 overflows, and e^-720 is not yet 0
        yield Case("scores 720 apart, in double precision", large, logits=far, targets=torch.tensor([[1]]))
        one = torch.tensor([[[1.7], [-0.4]]])
        certain = "What must come surprises nobody: 0."
        yield Case("a vocabulary of one token", certain, logits=one, targets=torch.tensor([[0, 0]]))
        digits = "Of float64 logits the loss is float64, too, and right to 8 digits."
        yield Case("double precision", digits, **drawn(2, 5, 6, dtype=torch.float64))

    def reference(logits, targets):
        """Say how surprised a model was by the tokens that came, in nats a token.

        logits: (B, T, V) float tensor, at each place a score for every token that may come next. targets: (B, T) int64
        tensor, the token that did come, as get_batch gives it in y: place i of targets belongs to place i of logits. A
        target of -100 says that its place is not asked about (padding, say). Token 0 is a token like any other.
        Returns one number as a tensor without axes, of the type of logits: the mean, over all places of the batch that
        are asked about, of -ln of the probability that the softmax of the scores gives to the target. If no place is
        asked about it is 0. Gradients can be traced back from it to logits and are numbers, also then. Scores in the
        thousands must work, and in float64 the result is right to 8 digits. Leaves its inputs as they are.
        Do it by hand, without torch's softmax, log_softmax, logsumexp, cross_entropy and nll_loss.
        Example: logits [[[0., 0.], [5., 1.]]] and targets [[1, -100]] give ln 2 = 0.693: one place is asked about, and
        its two tokens have the same score.
        Source: Bengio et al., 2003, "A Neural Probabilistic Language Model", JMLR 3, section 2.
        """
        chosen = targets != -100
        scores = logits[chosen]  # (n, V)
        scores = scores - scores.amax(-1, keepdim=True)  # no power of e overflows
        right = scores[torch.arange(len(scores)), targets[chosen]]  # (n,)
        surprise = scores.exp().sum(-1).log() - right
        return surprise.sum() / chosen.sum().clamp(min=1)

    def fingerprint(case, result):
        # infinite or NaN: both come of powers that were too large or too small
        if not bool(torch.isfinite(result).all()):
            return "not finite"
        # right would be 500 or 720: how far below it is depends on the small number in the place of a 0
        return "cut off" if float(case["logits"].abs().max()) > 700 and 0 < float(result) < 100 else result

    @holds("the loss is a finite number, whatever the scores")
    def is_a_number(case, result):
        largest = float(case["logits"].abs().max())
        if not bool(torch.isfinite(result).all()):
            count = int((case["targets"] != IGNORED).sum())
            return f"Your loss is {number(float(result))}; the largest score is {largest:g}, and {count} places count."
        return None

    @holds("where all scores are alike the loss is ln V")
    def begins_at_ln_V(case, result):
        V, logits = case["logits"].shape[-1], case["logits"]
        if float(logits.max() - logits.min()) > 0 or abs(float(result) - math.log(V)) < 1e-3:
            return None
        return f"All {V} scores are alike at every place, and your loss is {number(float(result))}, not ln {V} = " + (
            f"{number(math.log(V), 4)}."
        )

    overflows = slip(
        "e to the power of 1000 is more than a float can hold, and infinity through infinity is NaN. Very negative "
        "scores all become 0 in the same way. Which number may be taken from all scores of a place without changing "
        "any probability?",
        "scores - scores.amax(-1, keepdim=True)",
        "scores",
    )

    largest_of_all = slip(
        "You take the largest score of the whole batch from every place. Where the scores are far below it, every "
        "power becomes 0, and its logarithm minus infinity. Over which axis should the largest be looked for?",
        "scores.amax(-1, keepdim=True)",
        "(scores.max() if len(scores) else 0)",
    )

    clipped = slip(
        "You clip the probability at a small number before the logarithm. That hides the infinities, and the loss of "
        "a confident mistake with them: it is too small, and no gradient comes back from it. What else keeps e^s from "
        "becoming 0 or infinite?",
        ("scores - scores.amax(-1, keepdim=True)", "scores"),
        (
            "scores.exp().sum(-1).log() - right",
            "-(right.exp() / scores.exp().sum(-1)).nan_to_num().clamp(min=1e-9).log()",
        ),
    )

    rounded_to_zero = slip(
        "The probability of a token that is thought impossible is rounded to 0, and its logarithm is minus infinity. "
        "Can you get the logarithm of the share from the scores, without making the share first?",
        "scores.exp().sum(-1).log() - right",
        "-(right.exp() / scores.exp().sum(-1)).log()",
    )

    kept_above_zero = slip(
        "Where a probability is rounded to 0 a small number stands in its place, so a confident mistake costs far too "
        "little. Can you get the logarithm of the share from the scores, without making the share first?",
        "scores.exp().sum(-1).log() - right",
        "-(right.exp() / scores.exp().sum(-1) + 1e-12).log()",
    )

    shifted_again = slip(
        "You move the targets by one place, and get_batch has done that already: the model would learn to name the "
        "token after the next. Which place of targets belongs to place i of logits?",
        "chosen = targets != -100",
        "logits, targets = logits[:, :-1], targets[:, 1:]; chosen = targets != -100",
    )

    summed = slip(
        "The surprises are added up and not divided: the number grows with the batch, and ln V means nothing to it. "
        "By what should the sum be divided?",
        " / chosen.sum().clamp(min=1)",
        "",
    )

    over_all_places = slip(
        "You divide by the number of all places. Those with -100 add nothing above the line, and should not count "
        "below it. How many places are asked about?",
        "chosen.sum().clamp(min=1)",
        "targets.numel()",
    )

    mean_of_nothing = slip(
        "The mean of nothing is 0 / 0, which is NaN, and one NaN turns every parameter of the model into NaN at the "
        "next step. What should the sum be divided by if no place counts?",
        ".clamp(min=1)",
        "",
    )

    all_places_count = slip(
        "Places with -100 are counted as if token 0 were the answer there, which is what a clamp makes of -100. At "
        "these places nothing was asked. Which condition leaves them out?",
        "chosen = targets != -100",
        "targets = targets.clamp(min=0); chosen = targets >= 0",
    )

    token_0_ignored = slip(
        "You leave out the places whose target is token 0, and it is a token like any other. Which number says that a "
        "place is not asked about?",
        "targets != -100",
        "targets > 0",
    )

    in_bits = slip(
        "Your loss is in bits: a model that knows nothing begins at log2 V, not at ln V. Which logarithm is asked for?",
        ("return surprise.sum()", "return surprise.sum() / math.log(2)"),
    )

    score_only = slip(
        "You take minus the score of the right token. A model could make that as small as it likes by raising all "
        "scores at once. What are scores divided by to become probabilities, and where is its logarithm?",
        "scores.exp().sum(-1).log() - right",
        "-right",
    )

    probability_averaged = slip(
        "You average the probabilities first and take the logarithm afterwards. One token that was thought impossible "
        "would hardly be noticed. Which comes first, the logarithm or the mean?",
        ("scores.exp().sum(-1).log() - right", "right.exp() / scores.exp().sum(-1)"),
        ("surprise.sum() / chosen.sum().clamp(min=1)", "-(surprise.sum() / chosen.sum().clamp(min=1)).log()"),
    )

    @misconception(
        "You take the mean of each row and then the mean of the rows, so that one lonely target weighs as much as "
        "four in another row. Over which places does the mean go?"
    )
    def mean_of_rows(logits, targets):
        chosen = targets != IGNORED
        scores = logits - logits.amax(-1, keepdim=True)
        right = scores.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
        surprise = (scores.exp().sum(-1).log() - right) * chosen
        return (surprise.sum(1) / chosen.sum(1).clamp(min=1)).mean()

    @misconception(
        "The sum under the fraction runs over the places of a row, not over the tokens of the vocabulary. Each place "
        "has its own V scores: on which axis do they lie?"
    )
    def over_the_places(logits, targets):
        chosen = targets != IGNORED
        scores = logits - logits.amax(1, keepdim=True)
        surprise = scores.exp().sum(1, keepdim=True).log() - scores
        right = surprise.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
        return (right * chosen).sum() / chosen.sum().clamp(min=1)

    @alternative
    def everywhere_and_then_masked(logits, targets):
        asked = targets != IGNORED
        largest = logits.max(-1, keepdim=True).values
        total = (logits - largest).exp().sum(-1).log() + largest[..., 0]
        right = logits.gather(-1, torch.where(asked, targets, 0)[..., None]).squeeze(-1)
        return torch.where(asked, total - right, 0.0).sum() / max(int(asked.sum()), 1)

    @alternative
    def place_by_place(logits, targets):
        found = []
        for scores, target in zip(logits.flatten(0, 1), targets.flatten().tolist(), strict=True):
            if target != IGNORED:
                found.append((scores - scores[target] - (scores - scores[target]).max()).exp().sum().log())
                found[-1] = found[-1] + (scores - scores[target]).max()
        return sum(found) / len(found) if found else (logits * 0).sum()

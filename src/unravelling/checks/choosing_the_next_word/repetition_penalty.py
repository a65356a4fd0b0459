"""09.5: make tokens that were already written less likely."""

from __future__ import annotations

import torch

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randint, randn


@exercise("09.5", points=2, difficulty=2, minutes=10)
class RepetitionPenalty:
    """Lower the scores of the tokens that were already written."""

    functions = ("repetition_penalty",)
    returns = ("scores",)
    because = (
        "Every score of a token that was already written went down, the positive ones by division and the others by "
        "multiplication, once each, and no other score moved."
    )
    hints = (
        "Divide 6 by 2, and the score goes down. What happens to -6? And does it matter how often a token was written?",
        "gather picks the scores of the written tokens out of each row; torch.where makes one of two new scores of "
        "each; scatter puts them back, and a token that is named twice is just put back twice with the same number.",
        "written = logits.gather(1, ids); torch.where(written > 0, written / penalty, written * penalty) are the new "
        "scores; logits.scatter(1, ids, ...) is a new tensor with them in their places.",
    )

    def cases(rng):
        def far(*shape):
            """Scores of either sign, none of them near 0."""
            drawn = randn(rng, *shape)
            return 2 * drawn + torch.where(drawn < 0, -0.5, 0.5)

        below = "A score below 0 is multiplied: divided, it would come nearer to 0, and the token would get likelier."
        once = "A token is punished once, however often it was written."
        nothing = "Where nothing has been written yet, (B, 0), nothing changes."
        bounds = "A penalty of 0 or less raises ValueError."
        yield Case(
            "one token written, score 3", logits=torch.tensor([[1.0, 3.0, 2.0]]), ids=torch.tensor([[1]]), penalty=2.0
        )
        yield Case(
            "one token written, score -3",
            below,
            logits=torch.tensor([[1.0, 2.0, -3.0, -1.0]]),
            ids=torch.tensor([[2]]),
            penalty=1.5,
        )
        yield Case(
            "one token written four times",
            once,
            logits=torch.tensor([[-1.0, 4.0, 2.0]]),
            ids=torch.tensor([[1, 1, 1, 1]]),
            penalty=2.0,
        )
        yield Case(
            "one below 0, written twice",
            once,
            logits=torch.tensor([[0.5, -2.0, 3.0, 1.0, -1.0]]),
            ids=torch.tensor([[1, 3, 1]]),
            penalty=1.25,
        )
        two = torch.tensor([[2.0, -1.0, 4.0, -3.0], [-2.0, 3.0, 1.0, -4.0]])
        yield Case("2 texts", logits=two, ids=torch.tensor([[0, 1, 0], [2, 3, 2]]), penalty=1.6)
        yield Case(
            "3 texts of 5 tokens, drawn", logits=far(3, 7), ids=torch.randint(7, (3, 5), generator=rng), penalty=1.3
        )
        ids = torch.randint(30, (2, 40), generator=rng)
        yield Case("2 texts of 40 tokens, drawn", logits=far(2, 30), ids=ids, penalty=randint(rng, 15, 30) / 10)
        yield Case(
            "a penalty of 1",
            "A penalty of 1 changes nothing.",
            logits=far(1, 4),
            ids=torch.tensor([[3, 0]]),
            penalty=1.0,
        )
        yield Case(
            "a penalty of 0.5",
            "A penalty below 1 is a reward.",
            logits=far(2, 5),
            ids=torch.tensor([[4, 1, 0], [2, 2, 3]]),
            penalty=0.5,
        )
        empty = torch.zeros(2, 0, dtype=torch.int64)
        yield Case("nothing written yet", nothing, logits=far(2, 3), ids=empty, penalty=1.7)
        yield Case("a penalty of 0", bounds, logits=far(1, 3), ids=torch.tensor([[2, 1]]), penalty=0.0)
        yield Case("a penalty of -2", bounds, logits=far(1, 4), ids=torch.tensor([[2, 1]]), penalty=-2.0)

    def reference(logits, ids, penalty):
        """Lower the scores of the tokens that were already written.

        logits: (B, V) float tensor, the scores for the next token of B texts. ids: (B, T) int64 tensor, the tokens of
        each text so far; T may be 0. penalty: a number above 0; 1 changes nothing.
        Returns a new (B, V) tensor. In each row, the score of every token that stands in the same row of ids is divided
        by the penalty if it is above 0, and multiplied by it if not, so that it goes down either way (with a penalty
        above 1). That happens once, however often the token stands there; all other scores stay. A penalty of 0 or less
        raises ValueError. Leaves logits and ids as they are.
        Example: the scores [[3., -2., 1.]] with ids [[0, 1, 0]] and penalty 2 become [[1.5, -4., 1.]].
        Source: Keskar et al., 2019, "CTRL", arXiv:1909.05858, section 4.1 (which divides scores of either sign; the
        multiplication of those below 0 came later).
        """
        if penalty <= 0:
            raise ValueError(f"The penalty is {penalty}; it must be above 0.")
        written = logits.gather(1, ids)
        written = torch.where(written > 0, written / penalty, written * penalty)
        return logits.scatter(1, ids, written)

    @holds("with a penalty above 1 no score goes up")
    def nothing_goes_up(case, result):
        for row, (got, given) in enumerate(zip(result, case["logits"], strict=True)):
            for token in (got > given + 1e-6).nonzero().flatten().tolist():
                if case["penalty"] > 1:
                    before, after = number(float(given[token])), number(float(got[token]))
                    return f"The score of token {token} in row {row} goes up, from {before} to {after}."
        return None

    @holds("a token that was not written keeps its score")
    def others_stay(case, result):
        for row, (got, given) in enumerate(zip(result, case["logits"], strict=True)):
            for token in range(len(given)):
                if token not in case["ids"][row] and not abs(got[token] - given[token]) < 1e-6:
                    before, after = number(float(given[token])), number(float(got[token]))
                    return f"Token {token} is not in row {row} of ids, and its score changes from {before} to {after}."
        return None

    always_divided = slip(
        "Scores below 0 are divided, too. -3 divided by 1.5 is -2: a higher score, so the token is rewarded for coming "
        "again. What must be done to a score below 0, so that it goes down?",
        "torch.where(written > 0, written / penalty, written * penalty)",
        "written / penalty",
    )

    always_multiplied = slip(
        "Every score is multiplied. Above 0 that lifts it: the token is rewarded for coming again. What must be done "
        "to a score above 0, so that it goes down?",
        "torch.where(written > 0, written / penalty, written * penalty)",
        "written * penalty",
    )

    the_wrong_way_round = slip(
        "Scores above 0 are multiplied and those below are divided: all go up. Which of the two needs which, so that "
        "they go down?",
        "written / penalty, written * penalty",
        "written * penalty, written / penalty",
    )

    subtracted = slip(
        "You subtract the penalty from the score. There are penalties of that kind (in some services they are called "
        "presence penalty); the one that is asked for divides or multiplies. What should a penalty of 1 do?",
        "torch.where(written > 0, written / penalty, written * penalty)",
        "written - penalty",
    )

    @misconception(
        "A token that was written twice is punished twice, and one that was written forty times disappears: 'the' "
        "would be gone after a page. How often should each token have its turn?"
    )
    def once_for_each_time(logits, ids, penalty):
        if penalty <= 0:
            raise ValueError("The penalty must be above 0.")
        result = logits.clone()
        for row, tokens in zip(result, ids.tolist(), strict=True):
            for token in tokens:
                row[token] = row[token] / penalty if row[token] > 0 else row[token] * penalty
        return result

    every_token_punished = slip(
        "Every score is punished, written or not. Which tokens should have theirs lowered?",
        ("logits.gather(1, ids)", "logits"),
        ("logits.scatter(1, ids, written)", "written"),
    )

    @misconception(
        "What one text wrote is punished in all of them. Each row of ids belongs to the row of logits with the same "
        "number: how can one row's tokens be kept from the others?"
    )
    def rows_mixed(logits, ids, penalty):
        if penalty <= 0:
            raise ValueError("The penalty must be above 0.")
        result = logits.clone()
        tokens = ids.unique()
        written = logits[:, tokens]
        result[:, tokens] = torch.where(written > 0, written / penalty, written * penalty)
        return result

    only_the_last = slip(
        "Only the token that was written last is punished. A loop of two words would go on for ever. Which columns of "
        "ids count?",
        ("logits.gather(1, ids)", "logits.gather(1, ids[:, -1:])"),
        ("logits.scatter(1, ids, written)", "logits.scatter(1, ids[:, -1:], written)"),
    )

    only_above_zero = slip(
        "Scores below 0 stay as they are. Most scores of a vocabulary are below 0, and their tokens can repeat "
        "themselves too. Which operation lowers a score below 0?",
        "written * penalty)",
        "written)",
    )

    any_penalty_accepted = slip(
        "A penalty of 0 or less is accepted: a division by 0, or scores with their signs turned. What should be raised "
        "for it, before anything else?",
        "penalty <= 0",
        "False",
    )

    zero_accepted = slip(
        "A penalty of exactly 0 is accepted, and dividing by it makes scores infinite. Is 0 above 0?",
        "penalty <= 0",
        "penalty < 0",
    )

    @alternative
    def with_a_mask(logits, ids, penalty):
        if not penalty > 0:
            raise ValueError("above 0, please")
        written = torch.zeros_like(logits, dtype=torch.bool).scatter(1, ids, True)
        lowered = torch.minimum(logits / penalty, logits * penalty)
        if penalty < 1:
            lowered = torch.maximum(logits / penalty, logits * penalty)
        return torch.where(written, lowered, logits)

    @alternative
    def one_token_at_a_time(logits, ids, penalty):
        if penalty <= 0.0:
            raise ValueError("The penalty must be above 0.")
        result = logits.clone()
        for b in range(len(ids)):
            for token in set(ids[b].tolist()):
                score = logits[b, token]
                result[b, token] = score / penalty if score >= 0 else score * penalty
        return result

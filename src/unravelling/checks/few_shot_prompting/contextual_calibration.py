"""10.3: contextual calibration."""

from __future__ import annotations

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randn


def bias(content_free: torch.Tensor) -> torch.Tensor:
    """What the labels get where nothing was said, (L,)."""
    return torch.softmax(content_free, dim=-1).mean(0)


@exercise("10.3", points=2, difficulty=2, minutes=13)
class ContextualCalibration:
    """Take out of the labels' scores what the prompt gives them even if the query says nothing."""

    functions = ("contextual_calibration",)
    returns = ("probabilities",)
    because = (
        "What the prompt gives a label for a text that says nothing is divided out, so a label must earn its share "
        "from the query."
    )
    hints = (
        "Suppose the query says nothing, and the model still gives 'negative' 0.8 and 'positive' 0.2. By what would "
        "you divide each, so that both come out alike?",
        "First turn scores into probabilities over the labels, row by row, in both tensors. The mean of the "
        "content-free rows is what the prompt alone gives to each label, (L,). Divide by it, label by label, and then "
        "bring each row back to the sum of 1.",
        "bias = torch.softmax(content_free, dim=1).mean(0); p = torch.softmax(scores, dim=1) / bias; return p / "
        "p.sum(1, keepdim=True).",
    )

    def cases(rng):
        def spread(rows, L, low=0.0):
            """Logarithms of probabilities, of which each row sums to 1 at most, and each to another number."""
            return torch.log_softmax(2 * randn(rng, rows, L), 1) - randn(rng, rows, 1).abs() + low

        said = torch.tensor([[-1.0, -3.0]])
        yield Case("the content-free input itself, 2 labels", scores=said.clone(), content_free=said)
        yield Case("one query, 2 labels", scores=torch.tensor([[-2.0, -2.5]]), content_free=said)
        yield Case("3 queries, 2 labels", scores=spread(3, 2), content_free=spread(1, 2))
        free = spread(1, 3)
        queries = torch.cat([spread(2, 3), free])
        yield Case("2 queries and the content-free input, 3 labels", scores=queries, content_free=free)
        yield Case("a prompt without a preference", scores=spread(2, 3), content_free=torch.full((1, 3), -1.5))
        yield Case("2 content-free inputs", scores=spread(3, 2), content_free=spread(2, 2))
        lean = torch.stack([torch.tensor([-1.0, -5.0]), torch.tensor([-9.0, -6.0])])
        yield Case("2 content-free inputs that lean to two sides", scores=spread(2, 2), content_free=lean)
        yield Case("8 queries, 4 labels, 3 content-free inputs", scores=spread(8, 4), content_free=spread(3, 4))
        long = "labels of many tokens, whose scores are far below 0"
        far = "All scores may lie hundreds below 0."
        yield Case(long, far, scores=spread(3, 2, -400.0), content_free=spread(2, 2, -400.0))
        apart = torch.tensor([[-1.0, -31.0], [-40.0, -12.0]])
        wide = "Nothing is cut off: a label may be a million million times as likely as another."
        yield Case("labels far apart", wide, scores=apart, content_free=torch.tensor([[-2.0, -28.0]]))
        yield Case(
            "no query", "Of no queries no rows come back, (0, L).", scores=torch.zeros(0, 2), content_free=spread(1, 2)
        )

    def reference(scores, content_free):
        """Take out of the labels' scores what the prompt gives them even if the query says nothing.

        scores: (N, L) float tensor: for each of N queries (there may be none) and each of L labels the natural
        logarithm of the label's probability after the prompt (not yet made to sum to 1 over the labels; all may lie
        hundreds below 0, those of one query within 50 of each other). content_free: (M, L) float tensor, M at least 1:
        the same for M queries that say nothing, such as "N/A". Leaves both as they are.
        Returns an (N, L) float tensor of calibrated probabilities. Each row of both inputs is first turned into
        probabilities over the L labels, by a softmax. The mean over the M content-free rows is what the prompt alone
        gives to each label. Each query's probabilities are divided by it, label by label, and then each row by its sum.
        So a query that gets what the only content-free input gets comes out uniform, 1 / L for each label.
        Example: with content_free log([[0.8, 0.2]]), the scores log([[0.5, 0.5]]) become 0.5/0.8 and 0.5/0.2, that is
        [[0.2, 0.8]] once they sum to 1.
        Source: Zhao et al., 2021, "Calibrate Before Use", section 5, with two differences: the division by the sum
        takes the place of the paper's second softmax (the best label is the same), and each row is made to sum to 1
        before the mean is taken.
        """
        bias = torch.softmax(content_free, dim=1).mean(0)  # (L,)
        return torch.softmax(scores - bias.log(), dim=1)  # to divide is to subtract logarithms

    @holds("each row sums to 1")
    def rows_sum_to_one(case, result):
        for row, total in enumerate(result.sum(-1).tolist()):
            if not abs(total - 1) < 1e-4:
                return "Row {} of your probabilities sums to {}, not {}.".format(row, *numbers_apart(total, 1.0))
        return None

    @holds("the content-free input comes out uniform")
    def content_free_is_uniform(case, result):
        L, free = result.shape[1], case["content_free"]
        for got, said in zip(result, case["scores"], strict=True):
            alike = torch.allclose(got, torch.full((L,), 1 / L), atol=1e-4)
            if len(free) == 1 and torch.equal(said, free[0]) and not alike:
                shares = ", ".join(number(each) for each in got.tolist())
                return f"The content-free input itself comes out as [{shares}]; it should give each label 1/{L}."
        return None

    @holds("each query's shares, divided by what the prompt alone gives, and each row by its sum")
    def shares_are_divided(case, result):
        alone, want = bias(case["content_free"]), ContextualCalibration.reference(case["scores"], case["content_free"])
        for row, column in (~torch.isclose(result, want, rtol=1e-5, atol=1e-5)).nonzero().tolist()[:1]:
            got, right = numbers_apart(result[row, column].item(), want[row, column].item())
            shares = ", ".join(number(each) for each in case["scores"][row].softmax(0).tolist())
            given = ", ".join(number(each) for each in alone.tolist())
            text = (
                f"Query {row} has the shares {shares}, and the prompt alone gives {given}. Divided, and made to sum to"
            )
            return f"{text} 1, that is {right} for label {column}; yours is {got}."
        return None

    multiplied = slip(
        "You multiply by what the prompt prefers, so its preference counts twice. Which operation takes it out?",
        "- bias",
        "+ bias",
    )

    @misconception(
        "What comes out are the model's own probabilities: the content-free inputs have changed nothing. If you use "
        "them, is their mean one number for each label, or one for all?"
    )
    def not_calibrated(scores, content_free):
        return torch.softmax(scores, dim=-1)

    @misconception(
        "The rows do not sum to 1 after your division. What is the last step that makes them probabilities again?"
    )
    def not_normalised(scores, content_free):
        return torch.softmax(scores, dim=-1) / bias(content_free)

    second_softmax = slip(
        "After the division you take a second softmax. The paper does so too; the docstring divides by the sum, "
        "which keeps the ratios as they are. What does a softmax do to the numbers 2 and 1?",
        "scores - bias.log()",
        "torch.softmax(scores, dim=1) / bias",
    )

    subtracted = slip(
        "You subtract probabilities. A label can end below 0, and one that the prompt dislikes gains no more than the "
        "others lose. What takes out a factor: a difference, or a quotient?",
        "scores - bias.log()",
        "torch.softmax(scores, dim=1) - bias",
    )

    mean_of_the_logarithms = slip(
        "You take the mean of the content-free scores, which are logarithms, and go to probabilities after that. "
        "Which comes first: the softmax of each row, or the mean over the rows?",
        "bias.log()",
        "content_free.mean(0)",
    )

    first_content_free_only = slip(
        "Only the first content-free input is used. Others may lean to another side: how many rows does content_free "
        "have?",
        "bias.log()",
        "content_free[0]",
    )

    mean_over_the_queries = slip(
        "You divide by the mean over the queries. That forces every label to come out equally often, whatever the "
        "queries say. Which inputs are known to say nothing?",
        "torch.softmax(content_free",
        "torch.softmax(scores",
    )

    over_the_queries = slip(
        "The softmax runs over the queries instead of the labels. Which axis of scores are the labels on?",
        "bias.log(), dim=1",
        "bias.log(), dim=0",
    )

    logarithms_divided = slip(
        "You divide the scores themselves, which are logarithms. To divide probabilities is to subtract their "
        "logarithms: what should be done before you divide?",
        "- bias.log()",
        "/ content_free.mean(0)",
    )

    rows_not_normalised_before_the_mean = slip(
        "The probabilities of the content-free inputs are added up before each of them is brought to the sum 1, so the "
        "input with the higher scores counts more. What should each row be before the mean is taken?",
        "bias.log()",
        "content_free.logsumexp(0)",
    )

    @misconception(
        "Right while scores are near 0. The exponential of -400 is 0 to the computer, and 0 divided by 0 is no number. "
        "Which function goes from scores to probabilities without that, whatever is added to all of them?"
    )
    def plain_exponentials(scores, content_free):
        p, free = scores.exp(), content_free.exp()
        p = p / p.sum(-1, keepdim=True) / (free / free.sum(-1, keepdim=True)).mean(0)
        return p / p.sum(-1, keepdim=True)

    @misconception(
        "You return the best label; the docstring asks for the probabilities of all. Which step is one too many?"
    )
    def best_label(scores, content_free):
        return torch.softmax(scores - bias(content_free).log(), dim=-1).argmax(-1)

    @alternative
    def divided_as_it_is_written(scores, content_free):
        probabilities = scores.softmax(-1) / content_free.softmax(-1).mean(0)
        return probabilities / probabilities.sum(-1, keepdim=True)

    @alternative
    def with_a_diagonal_matrix(scores, content_free):
        W = torch.diag(1 / torch.softmax(content_free, dim=1).mean(dim=0))
        p = torch.softmax(scores, dim=1) @ W
        return torch.nn.functional.normalize(p, p=1, dim=1)

    @alternative
    def one_query_at_a_time(scores, content_free):
        free = torch.zeros(scores.shape[1])
        for row in content_free:
            free += row.softmax(0) / len(content_free)
        result = torch.zeros_like(scores)
        for n, row in enumerate(scores):
            shares = row.softmax(0) / free
            result[n] = shares / shares.sum()
        return result

"""02.7: looking a row up is multiplying by a row that is 1 in one place."""

from __future__ import annotations

import torch

from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randn


@exercise("02.7", points=1, difficulty=1, minutes=10)
class EmbeddingAsMatmul:
    """Look vectors up in a table by a matrix product."""

    functions = ("embedding_as_matmul",)
    returns = ("vectors", "one_hot")
    learns = ("E",)
    forbids = ("embedding", "index_select")
    because = (
        "A row with a single 1 takes one row of the table and adds nothing of the others, so the product is the "
        "look-up, and gradients come back to just the rows that were used."
    )
    hints = (
        "Multiply the row [0, 0, 1, 0] by a table of four rows, with a pencil. Which rows of the table are left?",
        "First the one-hot rows: zeros of shape (..., V), with a 1 in the place that ids says, of the type of E. Then "
        "one @ does the rest: (..., V) times (V, d).",
        "one_hot = torch.nn.functional.one_hot(ids, len(E)).to(E.dtype); return one_hot @ E, one_hot",
    )

    def cases(rng):
        yield Case("one token of two", ids=torch.tensor([1]), E=torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
        yield Case("3 tokens, one of them twice", ids=torch.tensor([3, 0, 3]), E=randn(rng, 5, 2))
        yield Case("without the last token", ids=torch.tensor([1, 0]), E=randn(rng, 4, 3))
        yield Case("5 tokens of 7", ids=torch.randint(7, (5,), generator=rng), E=randn(rng, 7, 4))
        batch = "ids may have any number of axes; the new axis comes last."
        yield Case("2 texts of 3 tokens", batch, ids=torch.randint(6, (2, 3), generator=rng), E=randn(rng, 6, 4))
        yield Case("a single number", batch, ids=torch.tensor(2), E=randn(rng, 4, 3))
        yield Case("no tokens", batch, ids=torch.zeros(0, dtype=torch.int64), E=randn(rng, 3, 2))
        product = "vectors is a product: 0 times NaN is NaN, so a row of NaN shows even where no token asks for it."
        E = torch.tensor([[1.0, 2.0], [float("nan")] * 2, [3.0, 4.0]])
        yield Case("a row of NaN that no token asks for", product, ids=torch.tensor([2, 0]), E=E)
        double = "one_hot has the type of E."
        E = randn(rng, 6, 3, dtype=torch.float64)
        yield Case("in double precision", double, ids=torch.tensor([5, 2, 2, 4]), E=E)

    def reference(ids, E):
        """Look vectors up in a table by a matrix product.

        ids: (...) int64 tensor of tokens, each at least 0 and below V; it may have any number of axes. E: (V, d) float
        tensor, the vector of each token in its row.
        Returns (vectors, one_hot). one_hot: (..., V), of the type of E, 1 in the place of each token and 0 elsewhere.
        vectors: (..., d), which is one_hot @ E, and so the row of each token. Get it by the product: a look-up, E[ids],
        is refused. (A product adds 0 times all other rows, so a NaN anywhere in E reaches every vector.) Gradients come
        back from vectors to E. Without torch's own embedding functions. Leaves ids and E as they are.
        Example: for ids = tensor([1]) and E = tensor([[1., 2., 3.], [4., 5., 6.]]), vectors is tensor([[4., 5., 6.]])
        and one_hot is tensor([[0., 1.]]).
        Source: Bengio et al., 2003, "A neural probabilistic language model", where the rows are learned.
        """
        one_hot = torch.nn.functional.one_hot(ids, len(E)).to(E.dtype)
        return one_hot @ E, one_hot

    @holds("vectors are the rows that a look-up gives")
    def equals_the_look_up(case, result):
        vectors, rows = result[0], case["E"][case["ids"]]
        if case["E"].isnan().any():
            return None  # that is for the next
        wrong = (~torch.isclose(vectors, rows, atol=1e-5)).any(-1).nonzero()
        if not len(wrong):
            return None
        place = tuple(wrong[0].tolist())
        token = int(case["ids"][place])
        where = f" at {list(place)}" if place else ""
        return f"The vector of token {token}{where} is not row {token} of E."

    @holds("vectors are the product one_hot @ E")
    def is_a_product(case, result):
        if not case["E"].isnan().any() or result[0].isnan().all():
            return None
        return "A row of E is NaN, and your vectors show nothing of it: a product would."

    counted_from_one = slip(
        "Your 1 stands one place too early, as if tokens were counted from 1. Which column is token 0's?",
        "one_hot(ids,",
        "one_hot((ids - 1) % len(E),",
    )

    @misconception(
        "You add the one-hot rows up: that counts the tokens and forgets which came when. How many rows should there "
        "be for T tokens?"
    )
    def rows_added_up(ids, E):
        one_hot = torch.zeros(*ids.shape, len(E), dtype=E.dtype).scatter(-1, ids[..., None], 1)
        counts = one_hot.reshape(-1, len(E)).sum(0)
        return counts @ E, counts

    @misconception(
        "Your one-hot rows are as long as the largest token that occurs requires. A text that lacks the last tokens of "
        "the vocabulary then does not fit the table. Where does V come from?"
    )
    def as_long_as_the_text_needs(ids, E):
        one_hot = torch.nn.functional.one_hot(ids).to(E.dtype)
        return one_hot @ E[: one_hot.shape[-1]], one_hot

    whole_numbers = slip(
        "Your one-hot rows are whole numbers, and torch multiplies only what is of one type. Which type should they "
        "have?",
        (".to(E.dtype)", ""),
    )

    single_precision = slip(
        "Your one-hot rows are float32, whatever E is; with a table in double precision the product stops. From where "
        "can the type be taken?",
        (".to(E.dtype)", ".float()"),
    )

    looked_up = slip(
        "You looked the rows up: what no token asks for left no trace. Get the vectors from one_hot instead. Which "
        "operation makes (..., d) of (..., V) and (V, d)?",
        "one_hot @ E,",
        "E[ids],",
    )

    cut_off = slip(
        "The vectors are right, and no gradient comes back from them to E: the table could never learn. Which call "
        "cuts it off?",
        "one_hot @ E,",
        "one_hot @ E.detach(),",
    )

    other_way_round = slip(
        "The two things come back in each other's place. Which of them does the docstring name first?",
        "one_hot @ E, one_hot",
        "one_hot, one_hot @ E",
    )

    @alternative
    def by_comparison(ids, E):
        one_hot = (ids.unsqueeze(-1) == torch.arange(E.shape[0])).to(E.dtype)
        return torch.einsum("...v,vd->...d", one_hot, E), one_hot

    @alternative
    def ones_put_in_place(ids, E):
        one_hot = torch.zeros(*ids.shape, E.size(0)).type_as(E)
        one_hot.scatter_(-1, ids.unsqueeze(-1), 1)
        return torch.matmul(one_hot, E), one_hot

    @alternative
    def rows_of_the_identity(ids, E):
        one_hot = torch.eye(len(E), dtype=E.dtype)[ids]
        return one_hot @ E, one_hot

"""04.3: the same numbers, seen as several heads."""

from __future__ import annotations

import torch

from ..compare import numbers_apart
from ..declare import Case, alternative, exercise, holds, share, slip
from ..random_inputs import randn

OTHER = "merge_heads of 3 heads"


@exercise("04.3", points=2, difficulty=2, minutes=10)
class SplitAndMergeHeads:
    """Cut the width into heads without mixing up the tokens, and put the heads back together."""

    functions = ("split_heads", "merge_heads")
    returns = ("split_heads", "merge_heads")
    because = (
        "The width was cut before heads and tokens changed places, so every head has its own slice of every token, "
        "and merging puts each number back where it was."
    )
    hints = (
        "Head 0 should get the first d/h numbers of every token, head 1 the next d/h, and so on. Which axis is being "
        "cut, and where should the new axis end up?",
        "Two steps each way. Split: first cut the last axis in two, (B, T, h, d/h), then swap two axes so that the "
        "heads stand before the tokens. Merge: undo the steps in the opposite order. A reshape alone never moves a "
        "number past another; only transpose does.",
        "Split: x.reshape(B, T, h, d // h).transpose(1, 2), after raising ValueError if d % h. "
        "Merge: x.transpose(1, 2).reshape(B, T, h * w), where B, h, T, w = x.shape. (reshape, not view: after a "
        "transpose the numbers no longer lie in order.)",
    )

    def cases(rng):
        yield Case("2 tokens of width 4, 2 heads", x=torch.arange(8.0).reshape(1, 2, 4), h=2)
        yield Case("3 tokens of width 2, 1 head", x=randn(rng, 1, 3, 2), h=1)
        yield Case("3 tokens of width 2, 2 heads", x=randn(rng, 1, 3, 2), h=2)
        yield Case("2 sentences of 3 tokens, 2 heads", x=randn(rng, 2, 3, 4), h=2)
        yield Case("width 6, 3 heads", x=randn(rng, 2, 5, 6), h=3)
        yield Case("width 8, 2 heads, 2 sentences of 3 tokens", x=randn(rng, 2, 3, 8), h=2)
        refused = "split_heads raises ValueError if d does not divide by h."
        yield Case("width 6 does not divide by 4 heads", refused, x=randn(rng, 1, 2, 6), h=4)
        yield Case("width 2 does not divide by 4 heads", refused, x=randn(rng, 1, 2, 2), h=4)

    class reference:
        def split_heads(x, h):
            """Cut the width of every token into h heads.

            x: (B, T, d) tensor. h: number of heads, an int of at least 1.
            Returns (B, h, T, d / h), of the type of x: head i holds the numbers from i * d / h on, up to but without
            (i + 1) * d / h, of every token. Leaves x as it is.
            Raises ValueError if d does not divide by h.
            Example: one token [1, 2, 3, 4] and h = 2 give the heads [1, 2] and [3, 4].
            Source: Vaswani et al., 2017, "Attention Is All You Need", section 3.2.2.
            """
            B, T, d = x.shape
            if d % h:
                raise ValueError(f"A width of {d} does not divide by {h} heads.")
            return x.reshape(B, T, h, d // h).transpose(1, 2)  # (B, h, T, d / h)

        def merge_heads(x):
            """Put the heads back side by side: the inverse of split_heads.

            x: (B, h, T, w) tensor, of any number of heads of any width.
            Returns (B, T, h * w), of the type of x: merge_heads(split_heads(x, h)) equals x. Leaves x as it is.
            Example: one token whose heads are [1, 2] and [3, 4] becomes [1, 2, 3, 4].
            """
            B, h, T, w = x.shape
            return x.transpose(1, 2).reshape(B, T, h * w)

    def probe(solution, x, h):
        import torch

        B, T, d = x.shape
        if d % h:
            return {"split_heads": solution.split_heads(x, h)}
        right = x.reshape(B, T, h, d // h).transpose(1, 2).clone()
        heads = solution.split_heads(x, h)
        # merge_heads gets right heads, so that a wrong split cannot hide whether it works; and then the learner's own
        back = solution.merge_heads(heads) if getattr(heads, "shape", None) == right.shape else None
        merged = solution.merge_heads(right)
        found = {"split_heads": heads, "merge_heads": merged, "back": merged if back is None else back}
        if 1 < h < d:  # with heads of another number and width, one that remembers x or an h from outside is found out
            other = solution.merge_heads(torch.arange(24.0).reshape(1, 3, 2, 4))
            found["merge_heads of 3 heads"] = other  # OTHER, above; a probe stands alone
        return found

    @share(points=1)
    def split_heads(solution, x, h):
        return solution.split_heads(x, h)

    @share(points=1)
    def merge_heads(solution, x, h):
        import torch

        B, T, d = x.shape
        if d % h:
            return None
        right = x.reshape(B, T, h, d // h).transpose(1, 2).contiguous()
        return [solution.merge_heads(heads) for heads in (right, torch.arange(24.0).reshape(1, 3, 2, 4))]

    def show(case):
        if case["x"].shape[-1] % case["h"]:
            return "result = split_heads(x, h)"
        return (
            "heads = split_heads(x, h)\n"
            "other = torch.arange(24.0).reshape(1, 3, 2, 4)  # 3 heads of width 4, 2 tokens\n"
            "result = heads, merge_heads(heads), merge_heads(other)"
        )

    def fingerprint(case, result):
        x, h = case["x"], case["h"]
        right = SplitAndMergeHeads.reference.split_heads(x, h)
        wrong_split = not (result["split_heads"].shape == right.shape and torch.equal(result["split_heads"], right))
        return ("split", result["split_heads"]) if wrong_split else ("merge", result["merge_heads"], result.get(OTHER))

    @holds("every head holds its own part of every token, in order")
    def heads_keep_tokens_apart(case, result):
        x, h, heads = case["x"], case["h"], result["split_heads"]
        w = x.shape[-1] // h
        for b, i, t in torch.cartesian_prod(*(torch.arange(n) for n in heads.shape[:3])).tolist():
            part = x[b, t, i * w : (i + 1) * w]
            if not torch.equal(heads[b, i, t], part):
                pairs = [numbers_apart(a, b) for a, b in zip(heads[b, i, t].tolist(), part.tolist(), strict=True)]
                got, want = map(", ".join, zip(*pairs, strict=True))
                return f"split_heads gives head {i} of token {t} the numbers [{got}], not [{want}]."
        return None

    @holds("merge_heads(split_heads(x, h)) equals x")
    def merging_is_the_inverse(case, result):
        if not torch.equal(result["split_heads"], SplitAndMergeHeads.reference.split_heads(case["x"], case["h"])):
            return None  # the property above has said why; a wrong split often comes with a merge that undoes it
        for name, text in (("merge_heads", "right heads"), ("back", "your own heads")):
            apart = (result[name] != case["x"]).nonzero()
            if len(apart):
                b, t, i = apart[0].tolist()
                got, want = numbers_apart(float(result[name][b, t, i]), float(case["x"][b, t, i]))
                return f"merge_heads, given {text}, puts {got} at number {i} of token {t}, where x has {want}."
        return None

    view_without_transpose = slip(
        "split_heads cuts the numbers up in the order in which they lie in memory, so a head gets pieces of different "
        "tokens. The shape is right and the content is not. Which axis has to be cut first, and which two swapped?",
        "(B, T, h, d // h).transpose(1, 2)",
        "(B, h, T, d // h)",
        of="split_heads",
    )

    heads_behind_the_tokens = slip(
        "split_heads leaves the heads behind the tokens, (B, T, h, d/h). Attention works on the last two axes; which "
        "two should those be?",
        ".transpose(1, 2)",
        "",
        of="split_heads",
    )

    dealt_out_like_cards = slip(
        "split_heads deals the numbers out in turn, like cards: head 0 gets numbers 0, h, 2h. Each head should get a "
        "block of neighbours. When you cut the last axis in two, which part comes first, h or d/h?",
        "h, d // h).transpose(1, 2)",
        "d // h, h).permute(0, 3, 1, 2)",
        of="split_heads",
    )

    merge_without_transpose = slip(
        "split_heads is right, but merge_heads only reshapes: it lays the tokens of head 0 one after the other before "
        "it comes to head 1. Which swap has to be undone before the last two axes become one?",
        ".transpose(1, 2)",
        "",
        of="merge_heads",
    )

    gathered_like_cards = slip(
        "split_heads is right, but merge_heads takes one number of each head in turn, like cards that are gathered in. "
        "The numbers of one head should stay side by side. In which order must h and the width stand when the last two "
        "axes become one?",
        "transpose(1, 2)",
        "permute(0, 2, 3, 1)",
        of="merge_heads",
    )

    without_the_check = slip(
        "Where d does not divide by h, torch's own complaint about shapes comes out. Which check, before the reshape, "
        "would let you raise a ValueError that says what is wrong?",
        "d % h",
        "False",
        of="split_heads",
    )

    @alternative
    class with_unflatten:
        def split_heads(x, h):
            if x.shape[-1] % h != 0:
                raise ValueError("the width must divide by the number of heads")
            return x.unflatten(-1, (h, -1)).permute(0, 2, 1, 3)

        def merge_heads(x):
            return x.permute(0, 2, 1, 3).flatten(2)

    @alternative
    class with_chunks:
        def split_heads(x, h):
            width, rest = divmod(x.size(2), h)
            if rest:
                raise ValueError("d must be a multiple of h")
            return torch.stack(x.split(width, dim=2), dim=1)

        def merge_heads(x):
            return torch.cat(x.unbind(1), dim=-1)

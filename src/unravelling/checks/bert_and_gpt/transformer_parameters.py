"""07.4: how large a model is, to the last digit and on the back of an envelope."""

from __future__ import annotations

import math

from ..compare import number
from ..declare import Case, alternative, exercise, holds, share, slip
from ..random_inputs import randint

PLAIN = {"segments": 0, "outer_norm": True, "pooler": False}
BERT = {"vocab": 30_522, "context": 512, "segments": 2, "outer_norm": True, "pooler": True}

# The models of this module as its papers give them; name: (arguments, what the released checkpoint holds)
COUNTED = {
    "GPT": ({"layers": 12, "width": 768, "vocab": 40_478, "context": 512} | PLAIN | {"outer_norm": False}, 116_534_784),
    "GPT-2 small": ({"layers": 12, "width": 768, "vocab": 50_257, "context": 1024} | PLAIN, 124_439_808),
    "GPT-2 XL": ({"layers": 48, "width": 1600, "vocab": 50_257, "context": 1024} | PLAIN, 1_557_611_200),
    "BERT base": ({"layers": 12, "width": 768} | BERT, 109_482_240),
    "BERT large": ({"layers": 24, "width": 1024} | BERT, 335_141_888),
}
GPT_3 = {"layers": 96, "width": 12_288, "vocab": 50_257, "context": 2048} | PLAIN  # 175B, says its paper


@exercise("07.4", points=3, difficulty=2, minutes=12)
class TransformerParameters:
    """Count the parameters of GPT, BERT and GPT-2 from four numbers each, and turn the rule of thumb round."""

    functions = ("transformer_parameters", "width_from")
    returns = ("transformer_parameters", "width_from")
    because = (
        "The matrices of a layer have 12 d * d parameters, tables, biases and norms make up the rest to the last "
        "number, and read backwards the same rule gives the width."
    )
    hints = (
        "Draw one layer. Attention has four matrices from width d to width d (queries, keys, values, the way out); "
        "the feed-forward network has two, from d to 4 d and back. How many numbers are that, in d * d? That is the "
        "rule of thumb for one layer.",
        "One layer exactly: 12 * d * d in matrices; biases, one number for each number that comes out of a matrix: 4 "
        "* d in attention, 4 * d + d in the feed-forward network; two norms of 2 * d. Beside the layers: (vocab + "
        "context + segments) * d, one more norm, the pooler. And backwards: parameters = layers * 12 * d * d. What is "
        "d?",
        "layer = 12 * d * d + 13 * d; count = layers * layer + (vocab + context + segments) * d; then 2 * d more if "
        "outer_norm, and d * d + d more if pooler. And math.sqrt(parameters / (12 * layers)), with import math.",
    )

    def cases(rng):
        def case(name, layers, width, vocab, context, **others):
            sizes = {"layers": layers, "width": width, "vocab": vocab, "context": context}
            return Case(name, **sizes, **(PLAIN | others))

        yield case("no layer, 3 tokens of width 2, no position, no outer norm", 0, 2, 3, 0, outer_norm=False)
        yield case("1 layer of width 1, no outer norm", 1, 1, 3, 0, outer_norm=False)
        yield case("1 layer of width 2, no outer norm", 1, 2, 3, 0, outer_norm=False)
        yield case("the same with an outer norm", 1, 2, 3, 0)
        yield case("3 layers and 5 positions", 3, 2, 3, 5)
        yield case("2 segments", 1, 2, 3, 5, segments=2)
        yield case("a pooler", 1, 3, 4, 5, pooler=True)
        layers, width, vocab = randint(rng, 2, 9), 8 * randint(rng, 3, 40), randint(rng, 50, 999)
        yield case(
            "numbers drawn", layers, width, vocab, randint(rng, 20, 99), segments=randint(rng, 1, 4), pooler=True
        )
        for name, (arguments, _) in COUNTED.items():
            yield Case(name, **arguments)
        yield Case("GPT-3", **GPT_3)

    class reference:
        def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=True, pooler=False):
            """Count the parameters of a model built like GPT and BERT, to the last one.

            All arguments are whole numbers, 0 or more, except the last two, which are True or False. width is d.
            Count: one vector of d for each token of the vocabulary (vocab), for each position (context) and for each
            kind of segment (segments); in each layer the four matrices of attention, d to d, the two of a feed-forward
            network, d to 4 * d and back, each matrix with a bias as long as what comes out of it, and two norms with
            two vectors of d each; one more norm outside the layers if outer_norm; and, if pooler, a last matrix, d to
            d, with its bias. The scores are made with the table of tokens itself, so they cost nothing. (What BERT
            needs only while it is trained is not counted.)
            Returns an int (or a tensor of one whole number).
            Example: transformer_parameters(1, 2, 3, 0, outer_norm=False) is 80: 6 for the table, 16 + 8 for attention,
            32 + 10 for the feed-forward network, 8 for the norms.
            Source: Radford et al., 2018, "Improving Language Understanding by Generative Pre-Training", section 4.1;
            Devlin et al., 2018, "BERT", section 3.
            """
            d = width
            layer = 12 * d * d + 13 * d  # 4 + 8 squares; biases 4 + 5, norms 4
            count = layers * layer + (vocab + context + segments) * d
            if outer_norm:
                count += 2 * d
            if pooler:
                count += d * d + d
            return count

        def width_from(parameters, layers):
            """Guess the width of a model from its size, by the rule of thumb.

            The rule: in a large model nearly all parameters are in the six matrices of each layer, so count these and
            leave out the rest (tables, biases, norms). parameters: how many the model has, an int or a float above 0.
            layers: how many layers, an int of 1 or more.
            Returns a float (or a tensor of one number): the width d at which the matrices alone have so many numbers.
            Example: width_from(2400, 2) is 10.0: the matrices of one layer of width 10 hold 1,200 numbers.
            Source: Kaplan et al., 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, section 2.1.
            """
            return math.sqrt(parameters / (12 * layers))

    def probe(solution, layers, width, vocab, context, segments, outer_norm, pooler):
        from numbers import Number

        given = (layers, width, vocab, context, segments, outer_norm, pooler)
        count = solution.transformer_parameters(*given)
        if (segments, outer_norm, pooler) == (0, True, False):
            short = solution.transformer_parameters(layers, width, vocab, context)
            text = f"transformer_parameters({layers}, {width}, {vocab}, {context}) is {short}, and with the defaults "
            assert short == count, text + f"written out it is {count}: keep the defaults of the stub."
        if layers == 0:
            return count, 0.0
        found = solution.width_from(layers * 12 * (width + 1.5) ** 2, layers)  # not width: nothing to look up
        single = isinstance(found, Number) or (hasattr(found, "numel") and found.numel() == 1)
        return count, float(found) if single and not isinstance(found, complex) else found

    @share(points=2)
    def transformer_parameters(solution, layers, width, vocab, context, segments, outer_norm, pooler):
        given = (layers, width, vocab, context, segments, outer_norm, pooler)
        left_out = 4 if (segments, outer_norm, pooler) == (0, True, False) else 7  # by the defaults
        found = [solution.transformer_parameters(*given[:most]) for most in (left_out, 7)]
        return [repr(each.item() if hasattr(each, "item") else each) for each in found]  # an int, to the digit

    @share(points=1)
    def width_from(solution, layers, width, vocab, context, segments, outer_norm, pooler):
        return float(solution.width_from(layers * 12 * (width + 1.5) ** 2, layers)) if layers else 0.0

    def show(case):
        given = "layers, width, vocab, context"
        count = f"transformer_parameters({given}, segments, outer_norm, pooler)"
        matrices = case["layers"] * 12 * (case["width"] + 1.5) ** 2  # as a number: the rule is the learner's to find
        guess = f"width_from({matrices}, layers)" if case["layers"] else "0.0"
        short = f"transformer_parameters({given})  # by the defaults\n"
        by_default = (case["segments"], case["outer_norm"], case["pooler"]) == (0, True, False)
        more, names = (f"short = {short}", "count, short, guess") if by_default else ("", "count, guess")
        return f"count = {count}\n{more}guess = {guess}\nresult = {names}"

    @holds("the count is a whole number, and every number is in it once")
    def counted(case, result):
        count = result[0]
        if not isinstance(count, int):
            return f"Your count is {count!r}, not an int: a whole number divided by / is a float; // keeps it whole."
        right = TransformerParameters.reference.transformer_parameters(**case.inputs)
        if count == right:
            return None
        return f"Your count is {count:,}: {abs(count - right):,} too {'many' if count > right else 'few'}."

    @holds("the width is the one whose six matrices a layer hold so many numbers")
    def width_fits(case, result):
        if not case["layers"]:
            return None
        layers, d = case["layers"], case["width"] + 1.5
        if abs(result[1] - d) < 1e-4 * d:
            return None
        asked = f"width_from({layers * 12 * d * d}, {layers})"
        many = "1 layer" if layers == 1 else f"{layers} layers"
        return f"{asked} is {number(result[1])}; it should be {d}: the matrices of {many} of width {d} hold so many."

    without_biases = slip(
        "In each layer 9 * width numbers are missing, as many as there are biases. Each matrix has one more number for "
        "each number that comes out of it: how many come out of each of the six?",
        ("13 * d", "4 * d"),
        of="transformer_parameters",
    )

    inner_bias_too_short = slip(
        "In each layer 3 * width numbers are missing: as many as a bias of 4 * width has more than one of width, and "
        "as many as the biases of three matrices of attention have. What comes out of the first matrix of the "
        "feed-forward network is four times as wide: how long is that bias, and which of the other five are counted?",
        ("13 * d", "10 * d"),
        of="transformer_parameters",
    )

    without_norms = slip(
        "In each layer 4 * width numbers are missing: as many as the two norms have, and as many as the biases of "
        "attention. Which of them are not in your count, and how many numbers does a norm learn?",
        ("13 * d", "9 * d"),
        of="transformer_parameters",
    )

    norms_of_one_vector = slip(
        "Half of the numbers of all norms are missing, those outside the layers too: a norm counts as one vector of d. "
        "Which two does it have? (05.1, if you did it, knows both.)",
        ("13 * d", "11 * d"),
        ("+= 2 * d", "+= d"),
        of="transformer_parameters",
    )

    one_norm_in_a_layer = slip(
        "In each layer 2 * width numbers are missing, as many as one norm has (or one vector of each). One norm comes "
        "with the attention: what does the other half of a layer have?",
        ("13 * d", "11 * d"),
        of="transformer_parameters",
    )

    inner_as_wide_as_outer = slip(
        "The feed-forward network comes out as small as one from d to d and back. Inside it is four times as wide: how "
        "many numbers does a matrix from d to 4 * d have?",
        ("12 * d * d + 13 * d", "6 * d * d + 10 * d"),
        of="transformer_parameters",
    )

    three_matrices_in_attention = slip(
        "One matrix of d * d with its bias is missing in each layer, as when attention has three. After queries, keys "
        "and values, which fourth one mixes what the heads have found, on its way back to the token?",
        ("12 * d * d + 13 * d", "11 * d * d + 12 * d"),
        of="transformer_parameters",
    )

    without_positions = slip(
        "context * width numbers are missing: the positions. GPT and BERT learn a vector for each place of their "
        "context: how wide is it?",
        ("vocab + context", "vocab"),
        of="transformer_parameters",
    )

    without_segments = slip(
        "The vectors for the segments are missing. How many are there, and how wide are they?",
        (" + segments", ""),
        of="transformer_parameters",
    )

    output_counted = slip(
        "vocab * width numbers are too many: the table of tokens is in it twice, as if the scores had one of their "
        "own. The scores are made with the very same numbers: does a number that is used twice have to be learned "
        "twice?",
        ("vocab +", "2 * vocab +"),
        of="transformer_parameters",
    )

    feed_forward_without_biases = slip(
        "In each layer 5 * width numbers are missing, as many as the two biases of the feed-forward network have. How "
        "many numbers come out of its first matrix, and how many out of its second?",
        ("13 * d", "8 * d"),
        of="transformer_parameters",
    )

    matrices_alone = slip(
        "In each layer 13 * width numbers are missing, and the outer norm: as if matrices and tables were all. Which "
        "biases and norms are there, and how long is each?",
        (" + 13 * d", ""),
        ("count += 2 * d", "pass"),
        of="transformer_parameters",
    )

    outer_norm_never = slip(
        "The norm outside the layers is missing. Which argument says whether there is one, and how many numbers has "
        "it?",
        ("count += 2 * d", "pass"),
        of="transformer_parameters",
    )

    outer_norm_always = slip(
        "There is an outer norm in your count where the model has none (the first GPT is such a one). Which argument "
        "says so?",
        ("if outer_norm", "if True"),
        of="transformer_parameters",
    )

    pooler_without_bias = slip(
        "The pooler's matrix is there, its bias is not. How long is it?",
        ("d * d + d", "d * d"),
        of="transformer_parameters",
    )

    pooler_forgotten = slip(
        "The pooler is missing: one more matrix with a bias. What shape has it?",
        ("count += d * d + d", "pass"),
        of="transformer_parameters",
    )

    rule_of_thumb_only = slip(
        "This is the rule of thumb, layers * 12 * d * d. It is near the truth for GPT-3 and far from it for a small "
        "model with many words. What is it leaving out?",
        ("return count", "return 12 * layers * d * d"),
        of="transformer_parameters",
    )

    one_layer = slip(
        "The layers are counted once. They have the same shapes, and each has numbers of its own: what has to be "
        "multiplied by their number?",
        ("layers * layer", "min(layers, 1) * layer"),
        of="transformer_parameters",
    )

    without_the_root = slip(
        "width_from forgets the root. 12 * layers * d * d is the size; what you get by dividing is d * d. How do you "
        "come from there to d?",
        ("math.sqrt", ""),
        of="width_from",
    )

    layers_forgotten = slip(
        "width_from takes one layer for the whole model. The numbers are shared out among all layers: by what else "
        "must they be divided?",
        ("(12 * layers)", "12"),
        of="width_from",
    )

    root_of_the_size_only = slip(
        "The root in width_from goes around too little: sqrt(parameters) / (12 * layers) is not the same. Which of "
        "the numbers are under the root?",
        ("math.sqrt(parameters / (12 * layers))", "math.sqrt(parameters) / (12 * layers)"),
        of="width_from",
    )

    attention_only = slip(
        "width_from counts the attention only: 4 * d * d a layer. How many squares does the feed-forward network add, "
        "if it is four times as wide inside and there are two matrices?",
        ("12", "4"),
        of="width_from",
    )

    six_squares = slip(
        "width_from takes six matrices for six squares. Two of the six are four times as long as wide. How many "
        "squares are that together?",
        ("12", "6"),
        of="width_from",
    )

    @alternative
    class matrix_by_matrix:
        def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=True, pooler=False):
            def matrix(n, m):
                return n * m + m

            inner, norm = 4 * width, width + width
            layer = 4 * matrix(width, width) + matrix(width, inner) + matrix(inner, width) + 2 * norm
            tables = sum(rows * width for rows in (vocab, context, segments))
            return tables + sum(layer for _ in range(layers)) + outer_norm * norm + pooler * matrix(width, width)

        def width_from(parameters, layers):
            return (parameters / layers / 12) ** 0.5

    @alternative
    class with_torchs_own_layer:
        def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=True, pooler=False):
            from torch import nn

            block = nn.TransformerEncoderLayer(width, 1, 4 * width, device="meta")
            rest = [nn.Linear(width, width, device="meta")] if pooler else []
            rest += [nn.LayerNorm(width, device="meta")] if outer_norm else []
            rest += [nn.Embedding(vocab + context + segments, width, device="meta")]
            return sum(p.numel() for each in rest for p in each.parameters()) + layers * sum(
                p.numel() for p in block.parameters()
            )

        def width_from(parameters, layers):
            import torch

            return torch.tensor(parameters / (12 * layers), dtype=torch.float64).sqrt()

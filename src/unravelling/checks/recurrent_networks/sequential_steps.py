"""03.4: how many steps must wait for each other."""

from __future__ import annotations

from ..declare import Case, alternative, exercise, holds, slip
from ..instruments.probing import Raised
from ..random_inputs import randint

ARCHITECTURES = (
    "rnn",
    "lstm",
    "bidirectional lstm",
    "transformer encoder",
    "transformer decoder training",
    "transformer decoder generating",
)
_STEP = "A step waits for the one before it in its layer and for the one below it, and for nothing else."
WAITS = {
    "rnn": _STEP,
    "lstm": _STEP,
    "bidirectional lstm": "A step of a bidirectional LSTM waits for the one before it in its chain, and for both "
    "steps at its token in the layer below.",
    "transformer encoder": "A block of an encoder takes all its tokens at once, and waits for the block below it.",
    "transformer decoder training": "In training all tokens are there from the start: a block takes them all at once, "
    "and waits for the block below it.",
    "transformer decoder generating": "In generating, the first block of a token waits for the last block of the token "
    "before, and each other block for the one below it.",
}


def counts(T: int, layers: int) -> dict[str, int]:
    """Counts that somebody may come to, by their formula."""
    return {
        "T": T,
        "layers": layers,
        "1": 1,
        "0": 0,
        "T + layers - 1": T + layers - 1,
        "T * layers": T * layers,
        "T + layers": T + layers,
        "T + layers - 2": T + layers - 2,
        "T + layers + 1": T + layers + 1,
        "T - 1": T - 1,
        "T + 1": T + 1,
        "layers - 1": layers - 1,
        "layers + 1": layers + 1,
        "2 * T": 2 * T,
        "2 * layers": 2 * layers,
        "2 * T * layers": 2 * T * layers,
        "2 * (T + layers - 1)": 2 * (T + layers - 1),
        "2 * T + layers - 1": 2 * T + layers - 1,
        "2 * T + layers": 2 * T + layers,
        "T + 2 * layers - 1": T + 2 * layers - 1,
        "T + 2 * layers": T + 2 * layers,
        "T * (layers - 1)": T * (layers - 1),
        "(T - 1) * layers": (T - 1) * layers,
        "(T - 1) * layers + 1": (T - 1) * layers + 1,
        "T * layers - 1": T * layers - 1,
        "T * layers + 1": T * layers + 1,
        "T * (layers + 1)": T * (layers + 1),
        "(T + 1) * layers": (T + 1) * layers,
        "T * layers + T - 1": T * layers + T - 1,
        "T * layers + layers - 1": T * layers + layers - 1,
        "T * T": T * T,
        "T * T * layers": T * T * layers,
        "T * layers * layers": T * layers * layers,
        "T * (T + 1) / 2": T * (T + 1) // 2,
        "T * (T + 1) / 2 * layers": T * (T + 1) // 2 * layers,
        "T - layers": T - layers,
        "-(T + layers - 1)": 1 - T - layers,
        "-T * layers": -T * layers,
        "T - layers - 1": T - layers - 1,
    }


TOLD = (13, 5)  # a T and a number of layers for which no two of these counts are alike
RULE = "A name that is not exactly one of the six, small letters and spaces included, raises ValueError."
NO_NAMES = (
    "perpetuum mobile",
    "gru",
    "RNN",
    "LSTM",
    "transformer",
    "transformer decoder",
    "transformer_encoder",
    "bidirectional",
    "bidirectional rnn",
    "two lstm",
)


@exercise("03.4", points=2, difficulty=2, minutes=15)
class SequentialSteps:
    """Count the steps that must wait for each other, however many processors there are."""

    functions = ("sequential_steps",)
    returns = ("number of steps",)
    because = (
        "You counted what must wait: the layers of a recurrent network overlap like people on a staircase, and a "
        "transformer waits only for its layers, until it has to write."
    )
    hints = (
        "Draw 3 tokens and 2 layers as a grid of dots, and an arrow from each dot to those that wait for it. Write the "
        "earliest moment at which it can be done into each dot. Which number ends up in the last?",
        "RNN and LSTM: layer 2 may begin with token 1 while layer 1 is busy with token 2, so the layers run like "
        "people on a staircase, each one step behind. Both directions: the upper layer's first step needs the last of "
        "the lower layer's way back, so nothing overlaps. A transformer block takes all tokens at once. One that "
        "generates must have finished a token before it can begin the next.",
        'T + layers - 1 for "rnn" and "lstm"; T * layers for "bidirectional lstm" and "transformer decoder '
        'generating"; '
        "layers for the other two; else raise ValueError.",
    )

    def cases(rng):
        T, layers = TOLD
        for architecture in ARCHITECTURES:
            yield Case(f"{architecture}, {T} tokens, {layers} layers", architecture=architecture, T=T, layers=layers)
        for architecture in ARCHITECTURES:
            yield Case(
                f"{architecture}, 3 tokens, layers not given",
                "Where layers is not given, it is 1.",
                architecture=architecture,
                T=3,
            )
        for architecture in ARCHITECTURES:
            yield Case(f"{architecture}, 1 token, 5 layers", architecture=architecture, T=1, layers=5)
        for architecture in ARCHITECTURES:
            T, layers = randint(rng, 100, 5000), randint(rng, 3, 96)
            yield Case(f"{architecture}, {T} tokens, {layers} layers", architecture=architecture, T=T, layers=layers)
        for name in NO_NAMES:
            yield Case(f"the name {name!r}", RULE, architecture=name, T=3, layers=2)

    def reference(architecture, T, layers=1):
        """Count the steps that must wait for each other: the longest chain, with as many processors as you like.

        One step is what a layer does at one token (RNN, LSTM) or one transformer block, which takes all its tokens at
        once; what happens inside, before the first layer and after the last does not count. T: number of tokens, 1 or
        more. layers: number of layers, 1 or more. architecture: one of the following six names, spelt exactly so, in
        small letters with single spaces; any other text raises ValueError: "RNN" does, and so does "transformer".
        "rnn", "lstm": read T tokens. Each step waits for the step before it in its layer and for the one below it.
        "bidirectional lstm": in each layer one chain of steps reads forwards and one backwards, at the same time; a
        step waits for the one before it in its chain, and for both steps at its token in the layer below.
        "transformer encoder": reads T tokens. "transformer decoder training": reads T tokens, all there from the start,
        with the future hidden by a mask. "transformer decoder generating": writes T tokens, each after the one before.
        Returns an int (a numpy integer, or an integer tensor of one number, will do). A float is refused.
        Example: an RNN of one layer needs 10 steps for 10 tokens, sequential_steps("rnn", 10) == 10; a transformer
        encoder of one layer needs 1.
        Source: Vaswani et al., 2017, "Attention Is All You Need", table 1, column "Sequential Operations".
        """
        if architecture in {"rnn", "lstm"}:
            return T + layers - 1  # the layers run like people on a staircase, each one step behind
        if architecture in {"bidirectional lstm", "transformer decoder generating"}:
            return T * layers
        if architecture in {"transformer encoder", "transformer decoder training"}:
            return layers
        raise ValueError(f"There is no architecture {architecture!r}.")

    def fingerprint(case, result):
        return result if case["architecture"] in ARCHITECTURES or isinstance(result, Raised) else "an answer"

    @holds("the longest chain of steps of which each waits for the one before")
    def the_count(case, result):
        T, layers = case["T"], case.get("layers", 1)
        if (T, layers) != TOLD or result == SequentialSteps.reference(case["architecture"], T, layers):
            return None
        formula = next((text for text, count in counts(T, layers).items() if count == result), "")
        name = case["architecture"]
        text = f'For "{name}" with T = {T} and layers = {layers} you count {result}, as {formula} gives. {WAITS[name]}'
        return text if formula else None

    @holds("a whole number")
    def whole(case, result):
        return None if isinstance(result, int) else f"You returned {result!r}; steps are counted in whole numbers."

    counts_every_cell = slip(
        "With several layers you count every step of an RNN, T * layers. But layer 2 can begin with token 1 while "
        "layer 1 is at token 2. If step (layer, token) waits only for its two neighbours, when can the last one be "
        "done?",
        ("T + layers - 1", "T * layers"),
    )

    layers_cost_nothing = slip(
        "For RNN and LSTM you count T steps, however many layers there are. Layer 2 runs beside layer 1, but not at "
        "the same moment: at the last token, who waits for whom?",
        ("T + layers - 1", "T"),
    )

    one_too_many = slip(
        "Your staircase is one step too long: T + layers. With one layer and one token there is one step. Which dot of "
        "your grid did you count twice?",
        ("T + layers - 1", "T + layers"),
    )

    both_directions_in_turn = slip(
        "Two directions are counted as twice the steps. They do not wait for each other: one reads from the left while "
        "the other reads from the right. How long does one layer take, then?",
        ("return T * layers", 'return (2 if "lstm" in architecture else 1) * T * layers'),
    )

    staircase_in_both_directions = slip(
        "You let the layers of a bidirectional LSTM overlap like those of a plain one. The upper layer begins at token "
        "1, and there it needs the lower layer's way back as well. When has that arrived at token 1?",
        ('"lstm"}', '"lstm", "bidirectional lstm"}'),
    )

    training_token_by_token = slip(
        "You count the decoder in training as if it had to write: T * layers. In training the whole text is there from "
        "the start, and a mask hides the future. Which token would have to wait for what?",
        ('"transformer decoder generating"}', '"transformer decoder generating", "transformer decoder training"}'),
    )

    generates_all_at_once = slip(
        "You count a decoder that generates like one that reads: all tokens at once. Token 2 goes in at the bottom "
        "only when token 1 has come out at the top. How many blocks lie between the two?",
        ("return T * layers", 'return T * layers if "lstm" in architecture else layers'),
    )

    one_step_a_token = slip(
        "For a decoder that generates you count T, one step a token. How many blocks, each waiting for the one below, "
        "does a token go through before the next can begin?",
        ("return T * layers", 'return T * layers if "lstm" in architecture else T'),
    )

    staircase_while_generating = slip(
        "You let the layers of a decoder that generates overlap, T + layers - 1, as in an RNN that reads. Who reads "
        "has token 2 already; who writes must make it first. At the end of which layer is it known?",
        ('"lstm"}', '"lstm", "transformer decoder generating"}'),
    )

    blocks_at_once = slip(
        "For a transformer you count one step, however many layers there are. All tokens go side by side, but what "
        "does the second block wait for?",
        ("return layers", "return 1"),
    )

    layers_left_out = slip(
        "You count a single layer, however many there are: the number of layers has no part in your counts. Which "
        "layers can work at the same moment, and which must wait for the one below?",
        ("T + layers - 1", "T"),
        ("return T * layers", "return T"),
        ("return layers", "return 1"),
    )

    one_too_few = slip(
        "Your staircase is one step too short: T + layers - 2. That is the number of arrows on the longest way through "
        "the grid. How many dots lie on a way of one arrow?",
        ("T + layers - 1", "T + layers - 2"),
    )

    both_directions_whatever_the_layers = slip(
        "For a bidirectional LSTM you count T steps, however many layers there are. Each layer needs both ways of the "
        "one below. When can the second layer begin, and how long does it take in turn?",
        ("return T * layers", 'return T if "lstm" in architecture else T * layers'),
    )

    counts_the_work = slip(
        "For a transformer you count T * T a layer, the pairs that attention compares. They are work, and all of it "
        "can be done at the same moment. How many of these comparisons wait for another one?",
        ("return T * layers", 'return (T if "lstm" in architecture else T * T) * layers'),
        ("return layers", "return T * T * layers"),
        ('raise ValueError(f"There is no architecture {architecture!r}.")', "return T * T * layers"),
    )

    answers_to_any_name = slip(
        "Every architecture is counted right, but a name that is none of the six gets an answer too. What should the "
        "last line do where nothing fits?",
        ('raise ValueError(f"There is no architecture {architecture!r}.")', "return layers"),
    )

    @alternative
    def walking_the_grid(architecture, T, layers=1):
        if architecture not in ARCHITECTURES:
            raise ValueError("unknown architecture")
        if architecture.startswith("transformer"):
            return sum(layers for _ in range(T if architecture.endswith("generating") else 1))
        if architecture.startswith("bidirectional"):
            return sum(T for _ in range(layers))
        done = [0] * T
        for _ in range(layers):
            before = 0
            for t in range(T):
                before = done[t] = max(done[t], before) + 1
        return done[-1]

    @alternative
    def from_a_table(architecture, T, layers=1):
        table = {
            "rnn": T + layers - 1,
            "lstm": T + layers - 1,
            "bidirectional lstm": T * layers,
            "transformer encoder": layers,
            "transformer decoder training": layers,
            "transformer decoder generating": layers * T,
        }
        if architecture not in table:
            raise ValueError(f"unknown: {architecture}")
        return table[architecture]

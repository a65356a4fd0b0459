"""05.6: a whole transformer, small, that reads one text and writes another. The synthesis of 05.2 to 05.4."""

from __future__ import annotations

import torch
from torch import nn

from ...compare import number
from ...declare import Case, alternative, exercise, holds, misconception, slip
from ...random_inputs import randint
from ...whole_models import place_that_saw_later, unreached_layers
from ..decoder_block.variants import DecoderBlock
from ..encoder_block import EncoderBlock
from .probe import probe, show
from .variants import TinyTransformer, sinusoidal_positions


@exercise("05.6", points=4, difficulty=3, minutes=35)
class Whole:
    """Put your blocks together into a model that reads one text and writes another."""

    functions = ("TinyTransformer",)
    reference = TinyTransformer
    returns = ("logits", "writing")
    tolerance = 2e-4  # a norm of nearly equal numbers magnifies what float32 rounds off
    because = (
        "The source is read once, and each new token comes from the scores at the last position, so a model that "
        "learns at all positions at once can write one token at a time."
    )
    hints = (
        "You have all the parts. Follow one token of the source, then one of the target: through which of your layers "
        "does each go, and where do the two meet?",
        "forward: embed the source and add positions, encode: that is memory. Embed the target and add positions, "
        "decode with memory, output. Positions are added once for each text, and each has its own length. write: "
        "begin with a column of start tokens, (B, 1); ask forward; take the scores at the LAST place; put the best "
        "token at the end; again, length times.",
        "x = self.embedding(tokens); x + sinusoidal_positions(*x.shape[1:]) for both texts; memory = "
        "self.encoder(...); self.output(self.decoder(..., memory)). And in write: target = torch.full((len(source), "
        "1), start); in a loop target = torch.cat([target, self(source, target)[:, -1:].argmax(-1)], 1); at last "
        "return target[:, 1:].",
    )

    def cases(rng):
        def case(name, rule, B, S, T, V, d, h, inner, **more):
            source, target = (torch.randint(V, (B, each), generator=rng) for each in (S, T))
            more["seed"] = randint(rng, 0, 9999)
            return Case(name, rule, V=V, d=d, h=h, inner=inner, source=source, target=target, **more)

        small = {"source": torch.tensor([[1, 3, 2]]), "target": torch.tensor([[0, 2]])}
        vectors = (
            "The target becomes vectors: the embedding of each token plus the row of sinusoidal_positions for its "
            "place, counted from 0. The decoder works on them, and output makes V scores of each."
        )
        nothing = ("self_attn", "multihead_attn", "linear2")
        yield Case(
            "all attention gives 0",
            vectors,
            V=4,
            d=4,
            h=1,
            inner=3,
            **small,
            seed=randint(rng, 0, 9999),
            silent=nothing,
        )
        memory = (
            "The source becomes vectors in the same way as the target; the encoder makes memory of them, which the "
            "decoder reads."
        )
        yield case("a source of 3, a target of 2", memory, 1, 3, 2, 4, 4, 1, 3)
        yield case("a source of 3, a target of 1", memory, 1, 3, 1, 9, 6, 2, 6)
        yield case("a source of 2, a target of 4", memory, 1, 2, 4, 11, 6, 2, 5)
        yield case("2 sources of 4, 2 targets of 3", memory, 2, 4, 3, 17, 8, 2, 8)
        far = "A text may have any number of tokens: no table of positions may end before it does."
        yield case("a target of 1030", far, 1, 2, 1030, 9, 4, 1, 2, silent=nothing)
        best = (
            "Each token that is written is the one that scores highest, whichever it is: start and 0 too, and the same "
            "again and again. None of them ends the text."
        )
        for token in range(4):
            favourite = {"start": 1, "length": 3, "favourite": token}
            S = 3 - token % 2  # two lengths, so that no text is as long as another number in every case
            yield case(f"token {token} always scores highest", best, 2, S, 4 - S, 4, 10, 5, 7, **favourite)
        first = "For each source, the first token that write gives is the one that forward scores highest after start."
        yield case("1 token written, 8 times", first, 8, 3, 1, 23, 8, 2, 6, start=randint(rng, 1, 22), length=1)
        then = (
            "write hands forward start and all that it wrote so far, takes the best token after the last of them, and "
            "so on, length times."
        )
        yield case("2 tokens written, 8 times", then, 8, 3, 1, 23, 8, 2, 6, start=randint(rng, 1, 22), length=2)
        yield case("6 tokens written", then, 1, 2, 4, 11, 6, 2, 5, start=randint(rng, 0, 10), length=6)
        yield case("9 tokens written, 6 times", then, 6, 5, 2, 23, 8, 2, 8, start=randint(rng, 0, 22), length=9)
        anew = "Every call begins anew: of texts that were read or written before, nothing is kept."
        for name, start, more in (
            ("written once before", 7, {}),
            ("the same, other numbers", 12, {}),
            ("the same, all attention gives 0", 19, {"silent": nothing}),
        ):
            before = torch.randint(23, (8, 5), generator=rng), start - 3, 3
            yield case(name, anew, 8, 3, 2, 23, 8, 2, 6, start=start, length=6, before=before, **more)
        back = "Gradients can be traced back from the logits to every layer."
        yield case("traced back", back, 2, 4, 3, 17, 8, 2, 8, traced=True)

    probe = probe
    show = show

    @holds("no place of the target sees a later one")
    def causal(case, result):
        if "later" not in result:
            return None
        if not (moved := place_that_saw_later(result["logits"], result["later"])):
            return None
        last = case["target"].shape[1] - 1
        return f"Changing token {last} of the target changes the scores at place {moved[0]} by {number(moved[1])}."

    @holds("every place of the target depends on the source")
    def source_is_read(case, result):
        if "elsewhere" not in result or case.get("silent"):
            return None
        apart = (result["elsewhere"] - result["logits"]).abs().amax(-1)
        for _, t in (apart == 0).nonzero()[:1].tolist():
            return f"Changing the last token of the source leaves the scores at place {t} of the target as they were."
        return None

    @holds("each token that is written is the one that forward scores highest after all before it")
    def likeliest_is_written(case, result):
        if "writing" not in result:
            return None
        for b, t in (result["writing"] != result["likeliest"]).nonzero()[:1].tolist():
            got, want = int(result["writing"][b, t]), int(result["likeliest"][b, t])
            after = [case["start"], *result["writing"][b, :t].tolist()]
            return f"After {after} your write puts {got}, where your own forward scores {want} highest."
        return None

    @holds("gradients come back to every layer")
    def every_layer_can_learn(case, result):
        return unreached_layers(result)

    without_positions = slip(
        "No positions are added: to your model a text is a bag of tokens, and it cannot turn anything round. What "
        "comes beside the embedding in `embedding + ...`?",
        "x + sinusoidal_positions(x.shape[1], x.shape[2])",
        "x",
    )

    source_without_positions = slip(
        "The target has its positions, the source has none, so memory does not know which token came first. Which "
        "line makes vectors of the source?",
        "self.embed(source)",
        "self.embedding(source)",
    )

    target_without_positions = slip(
        "The source has its positions, the target has none: the decoder cannot tell how far it has come. Which line "
        "makes vectors of the target?",
        "self.embed(target)",
        "self.embedding(target)",
    )

    embeddings_scaled = slip(
        "The embeddings are multiplied by the square root of d. The paper does that (section 3.4); the docstring asks "
        "for the plain sum. What is added to what?",
        "return x +",
        "return x * x.shape[-1] ** 0.5 +",
    )

    encoder_left_out = slip(
        "The decoder reads the embedded source: the encoder has never worked on it. Which layer makes memory of the "
        "source?",
        "self.encoder(self.embed(source))",
        "self.embed(source)",
    )

    target_as_memory = slip(
        "The encoder reads the target, and nobody reads the source. In training that gives the answers away. Which of "
        "the two texts is memory made of?",
        "self.embed(source)",
        "self.embed(target)",
    )

    texts_swapped = slip(
        "Source and target have changed places: the decoder works on the source and reads the target. Which text is "
        "being written, so that each of its places needs scores?",
        ("self.encoder(self.embed(source))", "self.encoder(self.embed(target))"),
        ("self.decoder(self.embed(target),", "self.decoder(self.embed(source),"),
    )

    without_the_output = slip(
        "The decoder's vectors come back as they are, d numbers for each place. Which layer makes V scores of them?",
        "self.output(self.decoder(self.embed(target), memory))",
        "self.decoder(self.embed(target), memory)",
    )

    softmax_at_the_end = slip(
        "forward returns probabilities; it should return the scores before the softmax, since torch's cross_entropy "
        "applies it by itself. Which step is one too many?",
        "memory))",
        "memory)).softmax(-1)",
    )

    log_softmax_at_the_end = slip(
        "forward returns logarithms of probabilities; it should return the scores themselves, since torch's "
        "cross_entropy makes these logarithms by itself. Which function is one too many?",
        "memory))",
        "memory)).log_softmax(-1)",
    )

    every_place_appended = slip(
        "write puts the best token of EVERY place at the end, each time round, so the text grows by more than one. "
        "Only one place has something new to say: which?",
        ("target)[:, -1]", "target)"),
        ("(-1, keepdim=True)", "(-1)"),
    )

    start_returned = slip(
        "The start token is part of what write returns. Who chose it, the model or the caller?",
        "return target[:, 1:]",
        "return target",
    )

    first_place_each_time = slip(
        "write goes by the scores after start alone, each time: either it takes those of the first place, or start is "
        "all that it hands to forward. What should forward be asked about, and at which place is the answer?",
        "target)[:, -1]",
        "target)[:, 0]",
    )

    only_the_last_token = slip(
        "write hands forward only the token it wrote last, which is then always at position 0 and remembers "
        "nothing. What should the decoder be able to look back at?",
        "self(source, target)",
        "self(source, target[:, -1:])",
    )

    @misconception(
        "write asks forward once, about a target full of start tokens, and takes all its answers together. The second "
        "token should depend on the first that was written: how often must forward be asked?"
    )
    class all_at_once(TinyTransformer):
        def write(self, source, start, length):
            return self(source, torch.full((len(source), length), start)).argmax(-1)

    @alternative
    class with_torchs_blocks(nn.Module):
        def __init__(self, V, d, h, inner):
            super().__init__()
            self.embedding, self.output = nn.Embedding(V, d), nn.Linear(d, V)
            self.encoder = nn.TransformerEncoderLayer(d, h, inner, dropout=0.0, batch_first=True)
            self.decoder = nn.TransformerDecoderLayer(d, h, inner, dropout=0.0, batch_first=True)

        def forward(self, source, target):
            d = self.embedding.embedding_dim
            memory = self.encoder(self.embedding(source) + sinusoidal_positions(source.shape[1], d))
            future = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
            x = self.embedding(target) + sinusoidal_positions(target.shape[1], d)
            return self.output(self.decoder(x, memory, tgt_mask=future))

        @torch.no_grad()
        def write(self, source, start, length):
            target = source.new_full((source.shape[0], length + 1), start)
            for i in range(length):
                target[:, i + 1] = self(source, target[:, : i + 1])[:, i].argmax(-1)
            return target[:, 1:]

    @alternative
    class reading_only_once(nn.Module):
        def __init__(self, V, d, h, inner):
            super().__init__()
            self.output = nn.Linear(d, V)
            self.decoder, self.encoder = DecoderBlock(d, h, inner), EncoderBlock(d, h, inner)
            self.embedding = nn.Embedding(V, d)

        def vectors(self, tokens):
            return sinusoidal_positions(tokens.shape[-1], self.embedding.embedding_dim) + self.embedding(tokens)

        def forward(self, source, target):
            return self.scores(target, self.encoder(self.vectors(source)))

        def scores(self, target, memory):
            return self.output(self.decoder(self.vectors(target), memory))

        def write(self, source, start, length):
            memory, rows = self.encoder(self.vectors(source)), [[start] for _ in source]
            for _ in range(length):
                best = self.scores(torch.tensor(rows), memory)[:, -1, :].max(dim=-1).indices
                rows = [[*row, token] for row, token in zip(rows, best.tolist(), strict=True)]
            return torch.tensor(rows)[:, 1:]

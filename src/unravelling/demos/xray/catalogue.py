"""The stops of the pass in their order, one row each: all that is known of a stop stands in its row.

A new stop is a function in `stops.py` and a row here. What a row's fields mean is said at `forward_pass.Stop`.
"""

from __future__ import annotations

from unravelling.demos.xray import arithmetic, captions, stop_picture, stops
from unravelling.demos.xray.forward_pass import Stop

_ROWS = (
    Stop(stops.tokens, "begin", "tokens", "words", "ink", "Your text is cut into pieces that the model knows.",
         "", arithmetic.tokens, captions.tokens, stop_picture.tokens, "piece"),
    Stop(stops.ids, "begin", "ids", "ids", "ink", "Each piece is replaced by its number in the vocabulary.",
         "", arithmetic.ids, captions.ids, stop_picture.ids, "id"),
    Stop(stops.embedding, "begin", "embedding", "stream", "ink",
         "Each number picks its row of a table that was learnt.",
         "model.embed_tokens output", arithmetic.embedding, captions.embedding, stop_picture.numbers),
    Stop(stops.attention_norm, "layer", "norm", "stream", "muted", "The stream's numbers are brought to a common size.",
         "input_layernorm output", arithmetic.norm("stream", "attention_gain"), captions.norm("stream"),
         stop_picture.numbers),
    Stop(stops.queries, "layer", "queries", "head", "query", "From each token, what this head looks for.",
         "self_attn.q_proj output", arithmetic.product("attention_norm", "w_q"), captions.vector("asks", "query"),
         stop_picture.numbers),
    Stop(stops.keys, "layer", "keys", "head", "key", "From each token, what it can be found by.",
         "self_attn.k_proj output", arithmetic.product("attention_norm", "w_k"),
         captions.vector("can be found", "key"), stop_picture.numbers),
    Stop(stops.values, "layer", "values", "head", "value", "From each token, what it hands over when looked at.",
         "self_attn.v_proj output", arithmetic.product("attention_norm", "w_v"),
         captions.vector("can be taken from", "value"), stop_picture.numbers),
    Stop(stops.turned_queries, "layer", "queries, turned", "head", "query",
         "Each query is turned by its position, so that scores depend on distance.",
         "", arithmetic.turned("queries"), captions.turned("queries", "query"), stop_picture.numbers),
    Stop(stops.turned_keys, "layer", "keys, turned", "head", "key",
         "Each key is turned by its position, in the same way.",
         "", arithmetic.turned("keys"), captions.turned("keys", "key"), stop_picture.numbers),
    Stop(stops.scores, "layer", "scores", "keys", "ink", "How well each query (row) matches each key (column).",
         "", arithmetic.scores, captions.scores, stop_picture.keys, "score"),
    Stop(stops.masked, "layer", "scores, masked", "keys", "ink",
         "Scores of later tokens are struck out: no looking ahead.",
         "", arithmetic.masked, captions.masked, stop_picture.keys, "masked score"),
    Stop(stops.weights, "layer", "weights", "keys", "output", "Softmax makes each row shares that sum to 1.",
         "self_attn weights", arithmetic.weights, captions.weights, stop_picture.shares, "weight"),
    Stop(stops.mixed, "layer", "mix", "head", "value", "Each token takes the values of the others by these shares.",
         "self_attn.o_proj input", arithmetic.mixed, captions.mixed, stop_picture.numbers),
    Stop(stops.attended, "layer", "heads joined", "stream", "output",
         "All heads stand side by side and go through one matrix.",
         "self_attn.o_proj output", arithmetic.attended, captions.attended, stop_picture.numbers),
    Stop(stops.after_attention, "layer", "add to stream", "stream", "ink",
         "What attention found is added to the stream.",
         "post_attention_layernorm input", arithmetic.added("stream", "attended"),
         captions.added("stream", "attended", "The heads"), stop_picture.numbers),
    Stop(stops.feed_norm, "layer", "norm", "stream", "muted", "Brought to a common size once more.",
         "post_attention_layernorm output", arithmetic.norm("after_attention", "feed_gain"),
         captions.norm("after_attention"), stop_picture.numbers),
    Stop(stops.gate, "layer", "gate", "inner", "accent", "Feed-forward: how far each inner number will be let through.",
         "mlp.gate_proj output", arithmetic.product("feed_norm", "w_gate"), captions.gate, stop_picture.numbers),
    Stop(stops.up, "layer", "up", "inner", "accent", "Feed-forward: the inner numbers themselves.",
         "mlp.up_proj output", arithmetic.product("feed_norm", "w_up"), captions.up, stop_picture.numbers),
    Stop(stops.gated, "layer", "gated", "inner", "accent", "The gate, bent by SiLU, times the inner numbers.",
         "mlp.down_proj input", arithmetic.gated, captions.gated, stop_picture.numbers),
    Stop(stops.down, "layer", "down", "stream", "output", "Back from the inner numbers to the width of the stream.",
         "mlp.down_proj output", arithmetic.product("gated", "w_down"), captions.down, stop_picture.numbers),
    Stop(stops.after_feed, "layer", "add to stream", "stream", "ink",
         "Added to the stream, which goes on to the next layer.",
         "output", arithmetic.added("after_attention", "down"),
         captions.added("after_attention", "down", "The feed-forward"), stop_picture.numbers),
    Stop(stops.final_norm, "end", "final norm", "stream", "muted",
         "After the last layer: a common size for the last time.",
         "model.norm output", arithmetic.norm("stream", "final_gain"), captions.norm("stream"), stop_picture.numbers),
    Stop(stops.logits, "end", "logits", "vocabulary", "ink",
         "Each token of the vocabulary gets a score for coming next.",
         "lm_head output", arithmetic.logits, captions.logits, stop_picture.vocabulary, "logit"),
    Stop(stops.probabilities, "end", "probabilities", "vocabulary", "output", "Softmax makes the scores probabilities.",
         "", arithmetic.probabilities, captions.probabilities, stop_picture.bars, "probability"),
)  # fmt: skip

STOPS = tuple(stop._replace(order=number) for number, stop in enumerate(_ROWS))
BY_NAME = {stop.name: stop for stop in STOPS}
BEGIN, OF_A_LAYER, END = (tuple(stop for stop in STOPS if stop.place == place) for place in ("begin", "layer", "end"))


def named(name: str) -> Stop:
    """The stop of this name; ValueError, one sentence, for any other."""
    if name not in BY_NAME:
        raise ValueError(f"There is no stop {name!r}: the stops are {', '.join(BY_NAME)}.")
    return BY_NAME[name]


def beside(stop: Stop, layer: int, layers: int, by: int) -> tuple[Stop, int] | None:
    """The stop that is `by` places on in the whole pass, and its layer; None where the pass has no more."""
    inside = [(each, number) for number in range(layers) for each in OF_A_LAYER]
    path = [*((each, None) for each in BEGIN), *inside, *((each, None) for each in END)]
    at = path.index((stop, layer if stop.place == "layer" else None)) + by
    if not 0 <= at < len(path):
        return None
    there, its_layer = path[at]
    return there, layer if its_layer is None else its_layer

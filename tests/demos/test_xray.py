"""The X-ray as a demo: its controls, its zoom, code that can be changed, other models, and foolish input."""

from __future__ import annotations

import inspect
import re

import pytest
import torch

from unravelling.demos.xray import XRay, stops
from unravelling.demos.xray.catalogue import STOPS
from unravelling.demos.xray.editing import folded
from unravelling.demos.xray.numbers import factor, listed, num
from unravelling.demos.xray.stop_picture import wrapped
from unravelling.demos.xray.view import LOOKS
from unravelling.demos.xray.zoom import since
from unravelling.drawing.text_metrics import text_width
from unravelling.models.pretrained import Pretrained

WORDS = ["the", "piano", "did", "not", "fit", "through", "door", "because", "it", "was", "too", "heavy"]
SENTENCE = "the piano did not fit through the door"


def tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(["<|endoftext|>", "[UNK]", *WORDS])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<|endoftext|>", unk_token="[UNK]")


def tiny(model_type: str = "llama", **differences) -> Pretrained:
    """A random decoder of 3 layers with 4 heads on 2 sets of keys, its table of logits its own."""
    from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

    kinds = {"llama": (LlamaConfig, LlamaForCausalLM), "mistral": (MistralConfig, MistralForCausalLM)}
    config, model = kinds[model_type]
    torch.manual_seed(3)
    made = model(config(**{
        "vocab_size": len(WORDS) + 2, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 12, "tie_word_embeddings": False,
        "attn_implementation": "eager", "max_position_embeddings": 64, **differences,
    }))  # fmt: skip
    for parameter in made.parameters():  # a fresh model's gains are all 1: a stop that forgot them would pass
        parameter.data += 0.05 * torch.randn_like(parameter)
    return Pretrained("tiny", "decoder", made.eval(), tokenizer(), "Random numbers.")


@pytest.fixture(scope="module")
def decoder() -> Pretrained:
    return tiny()


@pytest.fixture
def xray(decoder) -> XRay:
    return XRay(decoder, SENTENCE, layer=1, head=2)


def texts(demo: XRay) -> str:
    return "\n".join(mark["text"] for mark in demo.scene.marks if mark["kind"] == "text")


def flat(masked):
    """Every token that may be looked at gets the same weight."""
    allowed = masked.isfinite().float()
    return allowed / allowed.sum(dim=-1, keepdim=True)


@pytest.mark.parametrize("make", [tiny, lambda: tiny("mistral")], ids=["llama", "mistral"])
def test_other_llama_style_models_are_followed_stop_by_stop_to_their_own_probabilities(make) -> None:
    model = make()
    demo = XRay(model, SENTENCE)
    for stop in STOPS[2:]:
        for layer in range(3):
            assert demo.run.difference(stop.name, layer) in (None, pytest.approx(0, abs=1e-6)), stop.name
    _, logits = model.logits(SENTENCE)
    torch.testing.assert_close(demo.run.at("probabilities"), torch.softmax(logits, dim=-1))
    _, weights = model.attention(SENTENCE)
    torch.testing.assert_close(torch.stack([demo.run.at("weights", layer) for layer in range(3)]), weights)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: tiny(attention_bias=True), "has biases"),
        (lambda: tiny(hidden_act="gelu"), "the activation gelu"),
        (lambda: "decoder", "takes a pretrained decoder and a sentence"),
    ],
)
def test_a_model_built_otherwise_is_refused_with_a_sentence(make, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        XRay(make(), SENTENCE)


def test_a_gpt2_is_refused_with_a_sentence_that_says_which_are_known() -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    model = GPT2LMHeadModel(GPT2Config(vocab_size=14, n_positions=64, n_embd=16, n_layer=1, n_head=2))
    with pytest.raises(ValueError, match=r"built like Llama .*of the kind 'gpt2'"):
        XRay(Pretrained("gpt", "decoder", model, tokenizer(), ""), SENTENCE)


def test_16_bit_numbers_are_refused_with_what_to_do() -> None:
    model = tiny()
    model.model.to(torch.bfloat16)
    with pytest.raises(ValueError, match=r"dtype=torch\.float32"):
        XRay(model, SENTENCE)


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)
@pytest.mark.parametrize("look", LOOKS)
def test_every_stop_has_its_picture_and_its_sentence_at_every_zoom(xray, look: str, stop) -> None:
    xray.go(stop=stop.name, look=look)
    assert not xray.problem
    assert xray.description.endswith(".")
    marks = xray.scene.marks
    assert all(mark.get("x", 0) >= 0 for mark in marks)
    for mark in marks:
        if mark["kind"] == "text" and not mark["mono"]:
            wide = text_width(mark["text"], mark["size"])
            right = {"left": mark["x"] + wide, "center": mark["x"] + wide / 2, "right": mark["x"]}[mark["align"]]
            assert right <= xray.scene.width, mark["text"]
            assert mark["y"] <= xray.scene.height - 4, mark["text"]


def test_the_values_shown_are_those_of_the_stop_the_layer_and_the_head(xray) -> None:
    for layer, head in ((0, 0), (2, 3)):
        xray.go(stop="weights", layer=layer, head=head)
        shown = torch.from_numpy(xray.scene.values("weights").copy())
        assert torch.equal(shown, xray.run.at("weights", layer)[head])
        xray.go(stop="keys")
        shown = torch.from_numpy(xray.scene.values("keys").copy())
        assert torch.equal(shown, xray.run.at("keys", layer)[head // 2]), "two heads share a set of keys"


def test_a_long_row_is_shown_64_numbers_at_a_time_around_the_picked_one() -> None:
    demo = XRay(tiny(intermediate_size=150), SENTENCE, stop="gate")
    demo.number = 130
    assert "numbers 128 to 149 of 150" in texts(demo)
    shown = torch.from_numpy(demo.scene.values("gate").copy())
    assert torch.equal(shown, demo.run.at("gate", 0)[:, 128:150])


def test_the_arithmetic_of_the_picked_number_ends_in_that_number(xray) -> None:
    xray.go(stop="weights", token=5)
    xray.number = 3
    assert f"= {num(xray.run.at('weights', 1)[2, 5, 3])}" in texts(xray)
    assert "How the weight of “did” for “fit” comes about" in texts(xray)


def test_stepping_goes_through_the_whole_pass_and_back(xray) -> None:
    xray.go(stop="tokens", layer=0)
    seen = [(xray.stop, xray.layer)]
    while xray.stop < len(STOPS) - 1:
        xray.on_press("step", 1)
        seen.append((xray.stop, xray.layer))
    assert len(seen) == len(set(seen)) == 3 + 3 * 18 + 3
    for place in reversed(seen[:-1]):
        xray.on_press("step", 0)
        assert (xray.stop, xray.layer) == place
    xray.act(xray.on_press, "step", 0)
    assert "first stop" in xray.problem
    xray.go(stop="probabilities")
    xray.act(xray.on_press, "step", 1)
    assert "last stop" in xray.problem


@pytest.mark.parametrize("look", LOOKS)
def test_every_control_that_can_be_moved_changes_the_picture(xray, look: str) -> None:
    xray.go(look=look)
    for name, widget in xray.controls.items():
        if name == "number" and look != "stop":
            assert widget.min == widget.max, "no single number is in view"
            continue
        before = (xray.scene.spec, xray.scene.numbers, xray.description)
        if name == "step":
            xray.act(xray.on_press, "step", 1)
        elif hasattr(widget, "options"):
            widget.value = "layer" if look != "layer" else "stop"
            assert (xray.scene.spec, xray.scene.numbers, xray.description) != before, name
            before = None
            widget.value = look
        elif isinstance(widget.value, str):
            widget.value = "it was too heavy"
        else:
            widget.value += 1 if widget.value < widget.max else -1
        assert (xray.scene.spec, xray.scene.numbers, xray.description) != before, name


def test_a_changed_function_is_used_in_every_layer_and_what_follows_is_computed_anew(xray) -> None:
    before = xray.run.at("probabilities").clone()
    xray.change("weights", flat)
    for layer in range(3):
        weights = xray.run.at("weights", layer)
        assert weights[0, 3].tolist() == pytest.approx([1 / 4] * 4 + [0] * 5)
    assert not torch.allclose(xray.run.at("probabilities"), before, atol=1e-4)
    assert xray.stops["weights"] is flat
    xray.go(stop="probabilities")
    assert "Unchanged, it guesses" in xray.description
    assert "(was " in texts(xray)
    xray.restore()
    torch.testing.assert_close(xray.run.at("probabilities"), before)
    assert xray.stops["weights"] is not flat


def test_a_change_in_one_layer_leaves_the_layers_below_it_alone_and_changes_those_above(xray) -> None:
    before = [xray.run.at("after_feed", layer).clone() for layer in range(3)]
    own = xray.stops["weights"]
    xray.change("weights", flat, layer=1)
    after = [xray.run.at("after_feed", layer) for layer in range(3)]
    assert torch.equal(after[0], before[0])
    assert not torch.allclose(after[1], before[1], atol=1e-4) and not torch.allclose(after[2], before[2], atol=1e-4)
    xray.layer = 2
    assert xray.stops["weights"] is own


def test_the_changed_pass_is_what_the_model_gives_when_its_weights_are_changed_so() -> None:
    """The same change made inside the model itself: the feed-forward of layer 1 taken out."""
    model = tiny()
    demo = XRay(model, SENTENCE)
    demo.change("down", lambda gated: torch.zeros(len(gated), 32), layer=1)
    model.model.model.layers[1].mlp.down_proj.weight.data.zero_()
    _, logits = model.logits(SENTENCE)
    torch.testing.assert_close(demo.run.at("probabilities"), torch.softmax(logits, dim=-1))


@pytest.mark.parametrize(
    ("name", "function", "sentence"),
    [
        ("weight", flat, "no stop 'weight': the stops are tokens, ids"),
        ("tokens", flat, "change the sentence instead"),
        ("weights", 3, "takes a function for 'weights', not int"),
        ("weights", lambda scoring: scoring, "asks for 'scoring', which is not there.*such as masked"),
        ("weights", lambda masked: masked[0], "returns shape .* where a tensor of shape"),
        ("weights", lambda masked: None, "returns a NoneType where a tensor"),
        ("weights", lambda masked: masked * 0, r"not numbers \(nan\)"),
        ("weights", lambda masked: masked @ torch.ones(99), "stopped with RuntimeError"),
        ("weights", lambda masked: {}["no"], "stopped with KeyError"),
    ],
)
def test_a_function_that_cannot_be_used_is_refused_and_nothing_changes(xray, name, function, sentence) -> None:
    before = xray.run.at("probabilities")
    with pytest.raises(ValueError, match=sentence):
        xray.change(name, function)
    assert xray.run.at("probabilities") is before and not xray.passes.changes


@pytest.mark.parametrize("layer", [3, -1, True, 0.5])
def test_a_layer_that_is_not_there_is_refused(xray, layer) -> None:
    with pytest.raises(ValueError, match="whole number from 0 to 2"):
        xray.change("weights", flat, layer=layer)
    with pytest.raises(ValueError, match="no part of a layer"):
        xray.change("logits", flat, layer=1)


def test_a_changed_function_that_fits_one_sentence_alone_keeps_the_picture_and_says_so(xray) -> None:
    xray.change("weights", lambda masked: torch.softmax(masked + torch.zeros(9, 9), dim=-1))
    good = xray.scene
    xray.sentence = "it was too heavy"
    assert "Your function for 'weights'" in xray.problem and "xray.restore()" in xray.problem
    assert xray.scene is good
    xray.restore()
    assert not xray.problem and xray.scene is not good


def test_the_code_shown_is_the_code_in_use_and_can_be_run_as_it_stands(xray) -> None:
    xray.go(stop="weights", look="code")
    assert "return torch.softmax(masked, dim=-1)" in texts(xray)
    assert "own module gave" in texts(xray)
    for stop in STOPS:
        space: dict = {}
        exec(xray.code(stop.name), space)
        if stop.name != "tokens":
            xray.change(stop.name, space[stop.name])
            assert xray.stops[stop.name] is space[stop.name]
            assert xray.run.difference(stop.name, 1) in (None, pytest.approx(0, abs=1e-6))
            xray.restore()
        lines = inspect.getsource(stop.function).splitlines()
        for line in lines:
            shown = folded(line)
            assert max(map(len, shown)) <= 52, "a line of code is cut off in the picture of a narrow page"
            assert "".join(shown).replace(" ", "") == line.replace(" ", "")
    xray.change("weights", flat)
    assert "/ allowed.sum(dim=-1, keepdim=True)" in texts(xray)
    assert "Your code for stop 11" in texts(xray)


def test_code_opened_outside_a_notebook_is_printed(xray, capsys) -> None:
    xray.open("scores")
    assert "def scores(turned_queries, turned_keys):" in capsys.readouterr().out


def test_foolish_sentences_get_a_sentence_and_keep_the_picture(xray) -> None:
    good = xray.scene
    for foolish, sentence in [("", "is empty"), ("word " * 3000, "3,000 words"), ("a.b.c.d " * 15, "106 tokens")]:
        xray.sentence = foolish
        assert sentence.split()[-1] in xray.problem
        assert xray.scene is good
    xray.sentence = "piano"
    assert not xray.problem and xray.controls["token"].max == 1


def test_a_foolish_sentence_at_the_start_is_told_at_once(decoder) -> None:
    demo = XRay(decoder, "")
    assert "is empty" in demo.problem
    demo.sentence = SENTENCE
    assert not demo.problem and demo.token == 8


def test_one_goes_to_a_stop_and_a_token_by_name(xray) -> None:
    xray.go("scores", layer=2, head=3, token="piano")
    assert (STOPS[xray.stop].name, xray.layer, xray.head, xray.token) == ("scores", 2, 3, 2)
    with pytest.raises(ValueError, match="no token 'cello'"):
        xray.go(token="cello")
    with pytest.raises(ValueError, match="no stop 'score'"):
        xray.go("score")


def test_going_to_a_place_that_is_half_there_leaves_a_picture_that_can_be_drawn(xray) -> None:
    xray.go("gate")
    xray.number = 40
    with pytest.raises(ValueError, match="'layer' must be a number from 0 to 2, not 99"):
        xray.go("weights", layer=99)
    xray.redraw()
    assert not xray.problem and "How the weight of “door” for “door” comes about" in texts(xray)


def test_a_changed_last_stop_that_fits_one_sentence_alone_is_told_where_it_is_in_view(xray) -> None:
    xray.change("final_norm", lambda stream: stream * torch.ones(9, 1))
    xray.go("final_norm")
    good = xray.scene
    xray.controls["sentence"].value = "it was too heavy"
    assert "Your function for 'final_norm' stopped with RuntimeError" in xray.problem
    assert "xray.restore()" in xray.problem and xray.scene is good
    xray.restore()
    assert not xray.problem and xray.token == 4


@pytest.mark.parametrize("look", LOOKS)
def test_the_same_values_give_the_same_picture_and_words_in_a_fresh_demo(decoder, xray, look: str) -> None:
    fresh = XRay(decoder, "piano")
    for stop in STOPS:
        xray.go(stop.name, layer=2, head=3, token=5, look=look)
        xray.number = min(3, xray.controls["number"].max)
        v = xray.values
        xray.go(layer=0, head=0, token=0)
        data = fresh.compute(v)
        scene, words = fresh.draw(v, data), fresh.describe(v, data)
        xray.go(layer=2, head=3, token=5)
        assert (scene.spec, scene.numbers, words) == (xray.scene.spec, xray.scene.numbers, xray.description), stop.name


def test_every_function_of_a_stop_has_its_row_in_the_order_of_the_pass() -> None:
    written = [each for _, each in inspect.getmembers(stops, inspect.isfunction)]
    written.sort(key=lambda function: function.__code__.co_firstlineno)
    assert [stop.function for stop in STOPS] == written
    assert [stop.order for stop in STOPS] == list(range(len(written)))


@pytest.mark.models
def test_emoji_and_right_to_left_script_are_followed_and_a_paste_is_refused(pretrained) -> None:
    demo = XRay(pretrained("decoder"), "😀 שלום", token=0)
    for stop in STOPS:
        demo.go(stop=stop.name)
        assert not demo.problem and demo.description
    good = demo.scene
    for foolish, sentence in [
        ("word " * 31, "31 words"),
        ("incomprehensibilities " * 29, "tokens"),
        ("x" * 50_000, "50,000 characters"),
    ]:
        demo.sentence = foolish
        assert sentence in demo.problem and demo.scene is good


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([7, 7, 7, 7], "from the embedding on"),
        ([1, 7, 7, 7], "from layer 0 on"),
        ([7, 1, 7, 7], "from layer 1 on"),
        ([1, 2, 3, 7], "only after the last layer"),
    ],
)
def test_from_where_on_a_guess_stands_there_is_said_in_words(ids: list[int], words: str) -> None:
    assert since(ids) == words


def test_numbers_are_written_with_few_signs() -> None:
    written = {0: "0", 0.4312: "0.43", -12.1: "−12.10", 0.0021: "0.0021", 20593.2: "20,593", 3.14e-7: "3.1 × 10⁻⁷"}
    assert {value: num(value) for value in written} == written
    assert (num(float("-inf")), num(float("nan")), factor(-2.0)) == ("−∞", "not a number", "(−2.00)")
    assert listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b and c"
    assert all(text_width(line) <= 120 for line in wrapped("one two three four five six seven", 120))
    assert re.sub(r"\s+", " ", " ".join(wrapped("one two three four", 40))) == "one two three four"

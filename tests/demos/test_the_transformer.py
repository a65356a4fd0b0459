"""The demos of module 05: what they compute, against PyTorch's own blocks and formulas written another way."""

from __future__ import annotations

import math
import time
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.demos.made_measurements import untrained
from tests.drawing.overlaps import overlaps
from unravelling.demos.the_transformer import AssembleBlock, ModelsToScale, PositionalEncoding, Reversal, by_depth
from unravelling.demos.the_transformer.assemble_block import mean_cosine, power_text, size_text
from unravelling.demos.the_transformer.models_to_scale import LARGEST, compare, drawn, measure, short_count
from unravelling.demos.the_transformer.positional_encoding import POSITIONS, waves
from unravelling.drawing.text_metrics import text_width
from unravelling.language_models.parameter_counts import CONFIGURATIONS, Configuration, sizes_of


def reversed_words() -> Reversal:
    return Reversal(untrained())


@pytest.mark.parametrize("norm", ["after", "before"])
def test_the_stack_is_pytorchs_encoder_with_the_same_random_weights(norm: str) -> None:
    torch.manual_seed(3)
    tokens, blame = torch.randn(2, 16, 64, dtype=torch.float64)
    layers = []
    for _ in range(4):
        parts = (
            nn.MultiheadAttention(64, 4, dtype=torch.float64),
            nn.Linear(64, 256, dtype=torch.float64),
            nn.Linear(256, 64, dtype=torch.float64),
        )
        with torch.random.fork_rng(devices=[]):
            layer = nn.TransformerEncoderLayer(
                64, 4, 256, dropout=0.0, batch_first=True, norm_first=norm == "before", dtype=torch.float64
            )
        for own, given in zip((layer.self_attn, layer.linear1, layer.linear2), parts, strict=True):
            own.load_state_dict(given.state_dict())
        layers.append(layer)
    found = by_depth(norm=norm, depth=4, seed=3)
    x = tokens
    for depth, layer in enumerate(layers, 1):
        x = layer(x[None])[0]
        assert found.size[depth].item() == pytest.approx(x.pow(2).mean().sqrt().item(), rel=1e-9)
        assert found.alike[depth].item() == pytest.approx(pairwise(x), abs=1e-9)
    _, back = torch.autograd.functional.vjp(lambda t: nn.Sequential(*layers)(t[None])[0], tokens, blame)
    assert found.gradient[0].item() == pytest.approx((back.norm() / blame.norm()).item(), rel=1e-9)
    assert found.gradient[-1].item() == pytest.approx(1)


def pairwise(rows: torch.Tensor) -> float:
    cosines = [F.cosine_similarity(rows[i], rows[j], dim=0) for i in range(len(rows)) for j in range(i)]
    return (sum(cosines) / len(cosines)).item()


def test_rows_along_one_line_are_alike_whatever_their_length_and_right_angles_are_not() -> None:
    assert mean_cosine(torch.tensor([[1e-20, 0.0], [3.0, 0.0]], dtype=torch.float64)).item() == pytest.approx(1)
    assert mean_cosine(torch.eye(5)).item() == pytest.approx(0)


def test_without_residual_tokens_become_one_and_without_norm_too_the_gradient_is_lost() -> None:
    bare, kept = by_depth(residual=False, norm="none"), by_depth()
    assert bare.alike[0] < 0.05 and bare.alike[3] > 0.99 and bare.gradient[0] < 1e-20
    assert kept.alike[3] < 0.3 and kept.alike[-1] < 0.95 and 0.1 < kept.gradient[0] < 10


def test_with_the_residual_alone_size_and_gradient_grow_with_depth_and_norms_stop_that() -> None:
    bare = by_depth(norm="none")
    assert bare.size[-1] > 20 and bare.gradient[0] > 1000
    for norm in ("before", "after"):
        found = by_depth(norm=norm)
        assert found.size[-1] < 5 and found.gradient[0] < 10


def test_the_block_on_show_is_the_one_that_is_switched_on() -> None:
    demo = AssembleBlock()
    demo.residual, demo.norm, demo.parts, demo.depth = "off", "none", "attention", 7
    expected = by_depth(residual=False, norm="none", feed_forward=False)
    assert torch.equal(demo.data.alike, expected.alike)
    assert "after block 7" in demo.description and "all but lost" in demo.description
    written = {mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"}
    assert "attention" in written and not {"feed-forward", "norm", "+"} & written


def test_axis_and_readout_of_the_block_have_one_unit() -> None:
    texts = [mark["text"] for mark in AssembleBlock().scene.marks if mark["kind"] == "text"]
    assert not any("power of ten" in text for text in texts)
    assert {"0.1", "1", "10"} <= set(texts) and "after block 48: 3.1" in texts


@pytest.mark.parametrize("norm", ["none", "after", "before"])
def test_the_residual_leaves_the_stream_at_a_dot_between_two_boxes(norm: str) -> None:
    demo = AssembleBlock()
    demo.norm = norm
    marks = demo.scene.marks
    boxes = [m for m in marks if m["kind"] == "rect" and m["x"] < 200]
    splits = [m for m in marks if m["kind"] == "circle" and m["r"] == 3.5]
    assert len(splits) == 2
    for split in splits:
        gaps = [max(box["y"] - split["y"], split["y"] - box["y"] - box["h"]) for box in boxes]
        assert min(gaps) >= split["r"] + 4
        # the next box above the dot is the norm if there is one before the part, else the part itself
        above = min((b for b in boxes if b["y"] < split["y"]), key=lambda box: split["y"] - box["y"])
        assert (above["fill"] == "muted") == (norm == "before")


@pytest.mark.parametrize(
    ("power", "text"), [(0, "1"), (1, "10"), (3, "1,000"), (-1, "0.1"), (-2, "0.01"), (-50, "10⁻⁵⁰"), (6, "10⁶")]
)
def test_powers_on_an_axis_are_numbers_that_one_reads(power: int, text: str) -> None:
    assert power_text(power) == text


def test_foolish_blocks_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="empty"):
        by_depth(feed_forward=False, attention=False)
    with pytest.raises(ValueError, match="norm must be one of none, after, before"):
        by_depth(norm="inside")
    with pytest.raises(ValueError, match="from 1 to 48, not 0"):
        by_depth(depth=0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.0, "1"), (0.0123, "0.012"), (3.14159, "3.1"), (4567.0, "4,567"), (3.46e-51, "3.5 × 10⁻⁵¹"),
     (9.97e6, "1 × 10⁷")],
)  # fmt: skip
def test_sizes_are_written_so_that_they_can_be_read(value: float, text: str) -> None:
    assert size_text(value) == text


@pytest.mark.parametrize("d", [2, 4, 32, 64])
def test_the_table_of_waves_is_the_formula_of_the_paper(d: int) -> None:
    found = waves(POSITIONS, d)
    for t in (0, 1, 17, 63):
        for i in range(d):
            wave = math.cos if i % 2 else math.sin
            assert found.table[t, i].item() == pytest.approx(wave(t / 10_000 ** (2 * (i // 2) / d)), abs=1e-9)
    assert found.wavelengths[0].item() == pytest.approx(2 * math.pi)


def test_an_odd_width_is_refused_with_a_sentence_and_the_dimension_follows_the_width() -> None:
    demo = PositionalEncoding()
    demo.dimension = 31
    demo.d = 8
    assert demo.dimension == 7 and "Dimension 7 of 8 is a cosine" in demo.description
    demo.d = 33
    assert "take an even width, not 33" in demo.problem and demo.data.table.shape == (POSITIONS, 8)
    with pytest.raises(ValueError, match="come in pairs"):
        waves(5, 3)


# Counted in the released checkpoints.
@pytest.mark.parametrize(
    ("name", "total"),
    [("GPT", 116_534_784), ("GPT-2 small", 124_439_808), ("GPT-2 XL", 1_557_611_200), ("BERT base", 109_482_240),
     ("BERT large", 335_141_888), ("SmolLM2 (our decoder)", 134_515_008)],
)  # fmt: skip
def test_sizes_equal_those_of_the_released_models(name: str, total: int) -> None:
    assert sizes_of(CONFIGURATIONS[name]).total == total


def test_gpt_3_has_175_billion_within_a_hundredth() -> None:
    assert sizes_of(CONFIGURATIONS["GPT-3"]).total == pytest.approx(175e9, rel=0.01)


def test_the_courses_gpt_is_as_large_as_its_configuration_says() -> None:
    from unravelling.language_models import STAND_IN
    from unravelling.language_models.networks import CharacterGPT

    model = CharacterGPT([*map(chr, range(40, 123)), STAND_IN], d=160, layers=3, heads=5)
    sizes = sizes_of(CONFIGURATIONS["our larger GPT"])
    assert sum(weights.numel() for weights in model.parameters()) == sizes.total
    assert sizes.embeddings == sum(
        weights.numel() for name, weights in model.named_parameters() if name.split(".")[0] in
        ("embedding", "positions", "output")
    )  # fmt: skip


@pytest.mark.models
@pytest.mark.parametrize("name", ["encoder", "decoder"])
def test_the_courses_pretrained_models_are_as_large_as_their_configurations_say(name: str, pretrained) -> None:
    total = sum(weights.numel() for weights in pretrained(name).model.parameters())
    assert total in [sizes_of(c).total for label, c in CONFIGURATIONS.items() if f"(our {name})" in label]


def test_models_are_listed_from_small_to_large_and_each_says_where_its_numbers_are_from() -> None:
    totals = [sizes_of(c).total for c in CONFIGURATIONS.values()]
    assert totals == sorted(totals)
    assert all(c.source for c in CONFIGURATIONS.values())
    with pytest.raises(ValueError, match="multiple of the heads"):
        Configuration("decoder", 10, 1, 10, 3, 40, 8, "nowhere")


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_area_of_a_drawn_model_is_its_number_of_parameters(name: str) -> None:
    model = drawn(name, 1.0)
    layers = model.configuration.layers
    rows = math.ceil(layers / model.columns)
    strip = model.wide * (model.high - rows * model.side)
    assert layers * model.side**2 + strip == pytest.approx(model.sizes.total)


def test_what_a_block_does_is_said_as_one_says_it() -> None:
    demo = AssembleBlock()
    demo.residual = "off"
    assert "all tokens are nearly the same" in demo.description
    words = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"]
    assert "what arrives of a gradient of 1 sent back" in words
    assert not overlaps(demo.scene)


def test_two_models_share_one_scale_and_a_step_of_zoom_doubles_lengths() -> None:
    one, other = compare("GPT-2 small", "GPT-3", 0.0).models
    closer = compare("GPT-2 small", "GPT-3", 1.0).models[0]
    assert (one.side / other.side) == pytest.approx(math.sqrt(85_017_600 / 12 / (173_961_904_128 / 96)), rel=1e-3)
    assert closer.side == pytest.approx(2 * one.side)


def test_nothing_is_drawn_outside_its_frame_however_near_one_goes() -> None:
    demo = ModelsToScale()
    for zoom in (0.0, 3.5, 10.0):
        demo.zoom = zoom
        for mark in demo.scene.marks:
            if mark["kind"] == "rect":
                assert mark["x"] >= 0 and mark["x"] + mark["w"] <= demo.scene.width + 0.5
                assert mark["y"] >= 0 and mark["y"] + mark["h"] <= demo.scene.height


def test_the_description_names_sizes_shares_and_the_ratio() -> None:
    demo = ModelsToScale()
    assert "124,439,808" in demo.description and "1,403 times as large" in demo.description
    demo.second = demo.first
    assert "times as large" not in demo.description and demo.description.count("124,439,808") == 1


def test_shares_stand_beside_their_bars_and_no_line_is_wider_than_the_picture() -> None:
    demo = ModelsToScale()
    for first in CONFIGURATIONS:
        demo.first = first
        marks = demo.scene.marks
        bars = [(m["x"] + m["w"], m["y"], m["h"]) for m in marks if m["kind"] == "rect" and m["h"] == 16]
        for mark in (m for m in marks if m["kind"] == "text"):
            wide = text_width(mark["text"], mark["size"])
            left = mark["x"] - (wide if mark["align"] == "right" else 0)
            room = demo.scene.width * (1 if mark["align"] == "right" else 0.94)  # a page's font may be wider
            assert left + wide <= room, mark["text"]
            if mark["text"].endswith("%"):
                assert all(end <= left for end, y, h in bars if y <= mark["y"] <= y + h and end < mark["x"] + 120)


@pytest.mark.parametrize("zoom", [0.0, 3.0, 6.5, 10.0])
def test_the_scale_is_shown_by_a_square_that_is_drawn_to_it(zoom: float) -> None:
    demo = ModelsToScale()
    demo.zoom = zoom
    square = next(mark for mark in demo.scene.marks if mark["kind"] == "rect" and mark["fill"] == "ink")
    words = next(mark["text"] for mark in demo.scene.marks if "in both pictures" in mark.get("text", ""))
    count, side = measure(demo.data.scale)
    assert square["w"] == square["h"] == pytest.approx(side, abs=1e-3)
    assert side <= LARGEST
    assert side**2 * demo.data.scale == pytest.approx(count)
    assert words.startswith(short_count(count) + " parameter")
    assert "pixel is" not in str(demo.scene.marks)


def test_where_a_parameter_is_larger_than_the_square_its_size_is_told() -> None:
    demo = ModelsToScale()
    demo.first = demo.second = "our larger GPT"
    demo.zoom = 10.0
    assert "One parameter is a square" in str(demo.scene.marks)


def test_counts_are_written_short() -> None:
    found = [short_count(n) for n in (2_304, 38_400, 999_700, 38_597_376, 1_557_611_200)]
    assert found == ["2,304", "38.4 thousand", "1 million", "38.6 million", "1.56 billion"]


def test_the_table_on_show_is_the_models_cross_attention_and_the_frames_are_the_antidiagonal() -> None:
    demo = Reversal(untrained(), "Piano")
    weights = demo.model.cross_attention("piano", mark=True)
    assert torch.allclose(torch.from_numpy(demo.scene.values("cross-attention").copy()), weights)
    assert demo.data.share == pytest.approx(sum(weights[t, 4 - t].item() for t in range(5)) / 5)
    heat = next(mark for mark in demo.scene.marks if mark["kind"] == "heat")
    frames = [m for m in demo.scene.marks if m["kind"] == "rect" and m["stroke"] == "accent"]
    cell = heat["w"] / 6  # five letters and the mark
    assert [round((m["x"] - heat["x"]) / cell) for m in frames] == [4, 3, 2, 1, 0]
    assert "not the word backwards" in demo.description


@pytest.mark.parametrize("word", ["a", "piano", "encyclopedia"])
def test_each_row_of_the_table_sums_to_1_with_the_mark_and_no_writing_collides(word: str) -> None:
    demo = Reversal(untrained(), word)
    assert demo.data.cross.sum(1).tolist() == pytest.approx([1] * len(word))
    assert demo.data.cross.shape == (len(word), len(word) + 1)
    assert not overlaps(demo.scene)
    heat = next(mark for mark in demo.scene.marks if mark["kind"] == "heat")
    assert heat["x"] + heat["w"] < 424


def test_a_letter_that_looks_at_the_mark_is_said_to() -> None:
    demo = reversed_words()
    at_the_mark = torch.tensor([[0.31, 0.69]])
    data = demo.data._replace(word="a", cross=at_the_mark, share=0.31)
    said = demo.describe(SimpleNamespace(letter=1), data)
    assert "looks most at the mark at the end, ■: 69% of the weight" in said
    assert "0 of 1 row looks most where you would predict" in said


def test_a_new_word_fits_the_slider_and_foolish_words_keep_the_picture() -> None:
    demo = reversed_words()
    demo.letter = 5
    demo.word = "abc"
    assert demo.letter == demo.controls["letter"].max == 3
    good = demo.scene
    for foolish, sentence in [
        ("", "is empty"),
        ("two words", "one word at a time"),
        ("pi4no", "'4' is none of them"),
        ("😀", "none of them"),
        ("é", "none of them"),
        ("a" * 13, "has 13 letters, and 12 fit"),
        ("a" * 5000, "fit here"),
    ]:
        demo.word = foolish
        assert sentence in demo.problem, foolish
        assert demo.scene is good
    demo.word = "  MIRROR "
    assert not demo.problem and demo.data.word == "mirror"
    with pytest.raises(ValueError, match=r"takes a reversal_task\.Reverser, not str"):
        Reversal("piano")


def test_a_model_in_training_is_left_in_training() -> None:
    model = untrained().train()
    Reversal(model)
    assert model.training


@pytest.mark.parametrize(
    "make", [AssembleBlock, PositionalEncoding, ModelsToScale, reversed_words], ids=lambda f: f.__name__
)
def test_every_control_changes_the_picture(make) -> None:
    demo = make()
    for name, widget in demo.controls.items():
        before = (demo.scene.spec, demo.scene.numbers, demo.description)
        if hasattr(widget, "options"):
            widget.value = next(o for o in widget.options if o != widget.value)
        elif isinstance(widget.value, str):
            widget.value = "another"
        else:
            widget.value = widget.min if widget.value != widget.min else widget.max
        assert (demo.scene.spec, demo.scene.numbers, demo.description) != before, name


@pytest.mark.parametrize(
    "make", [AssembleBlock, PositionalEncoding, ModelsToScale, reversed_words], ids=lambda f: f.__name__
)
def test_a_press_costs_little_computing(make) -> None:
    """Processor time, not seconds: the machine may be shared. The slowest press is a block not seen before."""
    demo = make()
    costs = []
    for name, widget in demo.controls.items():
        begun = time.process_time()
        if hasattr(widget, "options"):
            setattr(demo, name, next(o for o in widget.options if o != widget.value))
        elif not isinstance(widget.value, str):
            setattr(demo, name, widget.max if widget.value != widget.max else widget.min)
        costs.append(time.process_time() - begun)
    assert sorted(costs)[len(costs) // 2] < 0.15

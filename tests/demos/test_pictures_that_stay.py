"""The pictures that stay: nothing collides on any page, the words tell the finding, the numbers are what they claim."""

from __future__ import annotations

import math
import re

import pytest
import torch

from tests.demos import made_measurements as made
from tests.demos.demo_examples import EXAMPLES, NEEDS_MODELS
from tests.drawing.overlaps import overlaps
from tests.house.repository import ROOT
from unravelling import demos
from unravelling.course_modules import MODULES
from unravelling.demos.pictures import course_map, machine_map
from unravelling.drawing.scene import Scene
from unravelling.language_models import bias

PICTURES = demos.pictures
EACH = [pytest.param(name, marks=[pytest.mark.models] if name in NEEDS_MODELS else []) for name in PICTURES.__all__]
WIDTHS = (500, 640, 760, 880)
WIDE_FONT = 1.15  # DejaVu Sans


@pytest.mark.parametrize("name", EACH)
def test_no_writing_collides_or_is_cut_on_a_page_of_any_width(name: str, pretrained) -> None:
    scene = EXAMPLES[name](pretrained).scene
    for wider in (1, WIDE_FONT):
        assert {width: overlaps(scene, width, wider=wider) for width in WIDTHS} == {width: [] for width in WIDTHS}


@pytest.mark.parametrize("name", EACH)
def test_a_picture_has_no_controls_readable_text_and_a_still(name: str, pretrained) -> None:
    demo = EXAMPLES[name](pretrained)
    assert not demo.controls
    assert min(mark["size"] for mark in demo.scene.marks if mark["kind"] == "text") >= 12
    assert demo._repr_mimebundle_()[0]["image/png"] and len(demo.description) > 60


def test_writing_that_collides_or_leaves_the_scene_is_found() -> None:
    scene = Scene(width=300, height=60)
    scene.text(10, 20, "one line of text")
    scene.text(90, 22, "another")
    scene.text(280, 50, "beyond the edge")
    assert overlaps(scene) == ["'beyond the edge' leaves the scene", "'one line of text' runs into 'another'"]


def test_writing_that_fits_collides_where_a_narrow_page_shrinks_the_picture_and_not_the_text() -> None:
    scene = Scene(width=760, height=40)
    scene.text(10, 20, "as wide as this text is")
    scene.text(165, 20, "here")
    assert not overlaps(scene, shown=760) and overlaps(scene, shown=500)


def test_turned_writing_collides_only_with_what_it_covers() -> None:
    scene = Scene(width=300, height=200)
    scene.text(40, 120, "turned upwards", angle=-45)
    scene.text(75, 115, "beside")
    assert not overlaps(scene)
    scene.text(50, 100, "across")
    assert overlaps(scene) == ["'turned upwards' runs into 'across'"]


@pytest.mark.parametrize("here", course_map.TITLES)
@pytest.mark.parametrize("small", [False, True])
def test_the_map_of_the_course_is_whole_wherever_the_reader_stands(here: str, small: bool) -> None:
    demo = PICTURES.CourseMap(here, small=small)
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]
    assert f"You are in {here}, " in demo.description
    assert [stop.number for stop in demo.data if stop.state == "here"] == [here]


def test_the_map_has_the_titles_of_the_readme_and_says_which_modules_are_not_written() -> None:
    rows = re.findall(
        r"^\| (\d\d) \| (?:\[(.*?)\]\S*|(.*?)) \|.*\| (ready|not yet) \|$", (ROOT / "README.md").read_text(), re.M
    )
    assert {number: linked or plain for number, linked, plain, _ in rows} == course_map.TITLES
    assert {number for number, *_, state in rows if state == "ready"} == set(MODULES)
    pale = [stop.number for stop in PICTURES.CourseMap("00").data if stop.state == "not yet"]
    assert pale == [number for number in course_map.TITLES if number not in MODULES]
    assert f"not written yet: {', '.join(pale)}." in PICTURES.CourseMap("00").description
    with pytest.raises(ValueError, match="no module '16'"):
        PICTURES.CourseMap("16")


@pytest.mark.parametrize("here", [*machine_map.PARTS, *machine_map.MORE])
def test_each_part_of_the_machine_can_be_marked_and_is_explained(here: str) -> None:
    demo = PICTURES.MachineMap(here, note="A note.")
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]
    assert f"This lesson is about {here} (" in demo.description and demo.description.endswith(" A note.")
    marked = {name for name, so in demo.data.items() if so}
    assert marked == set(machine_map.MORE.get(here, (here,)))
    assert any("accent" in (mark.get("stroke"), mark.get("role")) for mark in demo.scene.marks)


@pytest.mark.parametrize("span", [("attention", "feed-forward"), ("embeddings", "softmax")])
def test_what_a_lesson_has_in_the_place_of_parts_is_not_called_those_parts(span: tuple[str, str]) -> None:
    demo = PICTURES.MachineMap(stand_in="a recurrent network", span=span)
    for wider in (1, WIDE_FONT):
        assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=wider)]
    assert "This lesson is about" not in demo.description and not any(demo.data.values())
    place = "the blocks" if span[0] == "attention" else "everything from embeddings to softmax"
    assert demo.description.endswith(f"In this lesson a recurrent network stands in the place of {place}.")
    texts = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"]
    assert "this lesson: a recurrent network instead" in texts and "gold: this lesson" not in texts
    with pytest.raises(ValueError, match="no part 'soul'"):
        PICTURES.MachineMap(stand_in="a table", span=("text", "soul"))


def test_the_note_unrolled_says_what_its_red_numbers_are() -> None:
    demo = PICTURES.NoteUnrolled()
    assert any(mark.get("text") == "red numbers: its length at each note" for mark in demo.scene.marks)
    assert "its gradient walks back the same way, and its length is " in demo.description


def test_the_machine_names_its_parts_when_asked_for_one_it_lacks() -> None:
    with pytest.raises(ValueError, match="no part 'soul': it has text, tokens,"):
        PICTURES.MachineMap("soul")


def test_the_row_looked_up_is_that_of_the_last_word_alone() -> None:
    one, other = (PICTURES.CountsLookUp(made.pairs(), text) for text in ("the dog saw the", "the"))
    assert one.data == other.data
    assert dict(zip(one.data.columns, one.data.shares, strict=True)) == pytest.approx(
        {"cat": 3 / 5, "dog": 2 / 5, "the": 0, "saw": 0, "and": 0, "ran": 0}
    )
    assert "“cat” 3 of 5, “dog” 2 of 5" in one.description
    with pytest.raises(ValueError, match="'the cat ran' has no row"):
        PICTURES.CountsLookUp(made.pairs(), "the cat ran")


def test_a_large_table_shows_the_row_asked_for_with_its_commonest_columns() -> None:
    counts = {f"w{i}": {f"w{j}": i + j for j in range(30)} for i in range(1, 30)}
    data = PICTURES.CountsLookUp(counts, "w20").data
    assert data.words[data.row] == "w20" and len(data.words) == len(data.columns) == 7
    assert data.columns[0] == "w29" and sum(data.shares) < 1


def test_the_gradient_in_the_circle_is_that_of_the_loss_and_the_loss_falls_by_it() -> None:
    data = PICTURES.TrainingCircle().data
    for one in data[:3]:
        scores = torch.tensor(one.scores, requires_grad=True)
        loss = -torch.log2(torch.softmax(scores, 0)[1])
        loss.backward()
        assert loss.item() == pytest.approx(one.loss, rel=1e-5)
        assert scores.grad.tolist() == pytest.approx(one.gradient, abs=1e-5)
    losses = [one.loss for one in data]
    assert losses == sorted(losses, reverse=True) and losses[0] == pytest.approx(1.585, abs=1e-3)


@pytest.mark.parametrize(("d", "heads", "tokens"), [(4, 2, 6), (4, 4, 2), (2, 2, 4), (2, 1, 2), (3, 3, 5)])
def test_the_heads_that_are_drawn_compute_what_torch_does(d: int, heads: int, tokens: int) -> None:
    given = torch.randn(3, tokens, d, generator=torch.Generator().manual_seed(d))
    demo = PICTURES.HeadsCut(*given, ["the", "piano", "blocks", "the", "door", "."][:tokens], 1, heads)
    data, cut = demo.data, d // heads
    for head in range(heads):
        q, k, v = given[..., head * cut : (head + 1) * cut]
        mixed = torch.nn.functional.scaled_dot_product_attention(q[None, 1:2], k[None], v[None])[0, 0]
        torch.testing.assert_close(data.mixed[head * cut : (head + 1) * cut], mixed)
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]
    assert demo.description.count("looks most at") == heads


def test_blocks_is_cut_with_the_numbers_of_the_lesson_and_may_look_at_the_door() -> None:
    source = (ROOT / "authoring/04_attention/lesson.md").read_text(encoding="utf-8")
    cells = re.findall(r"```{code-cell} ipython3\n(.*?)```", source, re.DOTALL)
    scope = {"torch": torch, "demos": demos}
    exec(next(cell for cell in cells if "W_q, W_k, W_v = " in cell), scope)
    demo = eval(next(cell for cell in cells if "HeadsCut" in cell), scope)
    assert torch.equal(demo.data.query, scope["q"][2])
    assert all((demo.data.shares[:, place] > 0).all() for place in range(6))
    assert "of “blocks” are cut" in demo.description and "No mask here" in str(demo.scene.marks)


def test_a_word_that_stands_there_twice_is_looked_at_twice() -> None:
    keys = torch.tensor([[2.0, 0.0], [0.0, 0.0], [2.0, 0.0]])
    demo = PICTURES.HeadsCut(keys, keys, keys, ["the", "piano", "the"], 0)
    assert "head 0 looks most at “the” in place 0 and “the” in place 2 (50% each)" in demo.description


def test_what_the_picture_has_no_room_for_is_refused() -> None:
    q, k, v, words = made.six_words()
    with pytest.raises(ValueError, match="d=4, heads=3"):
        PICTURES.HeadsCut(q, k, v, words, 2, heads=3)
    with pytest.raises(ValueError, match="one shape"):
        PICTURES.HeadsCut(q, k[:5], v, words, 2)


def test_the_gradients_over_the_notes_are_those_of_differences() -> None:
    from unravelling.demos.pictures.note_unrolled import LETTERS, unrolled

    data = unrolled("keys", seed=1)
    generator = torch.Generator().manual_seed(1)
    w_x, w_h = torch.randn(3, 27, generator=generator), torch.randn(3, 3, generator=generator) / 2
    w_out = torch.randn(27, 3, generator=generator)

    def loss_from(place: int, note: torch.Tensor) -> torch.Tensor:
        for letter in "key"[place:]:
            note = torch.tanh(w_x[:, LETTERS.index(letter)] + w_h @ note)
        return -torch.log2(torch.softmax(w_out @ note, 0)[LETTERS.index("s")])

    for place, (note, length) in enumerate(zip(data.notes, data.gradients, strict=True)):
        assert loss_from(place, note).item() == pytest.approx(data.loss, rel=1e-4)
        steps = 1e-2 * torch.eye(3)
        slopes = [(loss_from(place, note + step) - loss_from(place, note - step)) / 2e-2 for step in steps]
        assert torch.stack(slopes).norm().item() == pytest.approx(length, rel=2e-2)


@pytest.mark.parametrize("text", ["keys", "mmmm", "w w "])
def test_the_note_of_any_four_letters_fits(text: str) -> None:
    demo = PICTURES.NoteUnrolled(text)
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]
    assert f"The loss at “{text[-1]}”" in demo.description
    with pytest.raises(ValueError, match="four small letters"):
        PICTURES.NoteUnrolled("KEYS")


@pytest.mark.parametrize(("source", "written", "next_letter"), [("piano", 2, "a"), ("mowmo", 4, "m"), ("ab", 0, "b")])
def test_the_stacks_say_which_letter_comes_next(source: str, written: int, next_letter: str) -> None:
    demo = PICTURES.BlockAndStacks(source, written)
    assert f"next comes {next_letter}." in demo.description
    assert "The two stacks are drawn without norms and additions." in demo.description
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]


def test_in_the_picture_the_bridge_ends_at_the_cross_attention_of_the_decoder() -> None:
    marks = PICTURES.BlockAndStacks().scene.marks
    (tip,) = [(mark["x2"], mark["y2"]) for mark in marks if mark["kind"] == "arrow" and mark["role"] == "key"]
    word = next(mark for mark in marks if mark.get("text") == "cross-attention")
    framed = [
        m for m in marks if m["kind"] == "rect" and m["x"] <= word["x"] <= m["x"] + m["w"] and m["stroke"] == "key"
    ]
    assert any(abs(tip[0] - m["x"]) < 3 and m["y"] < tip[1] < m["y"] + m["h"] for m in framed)


@pytest.mark.models
def test_the_prompt_is_read_and_changes_no_parameter(pretrained) -> None:
    decoder = pretrained("decoder")
    demo = PICTURES.PromptAsContext(decoder)
    assert (demo.data.changed, demo.data.tables) == (0, len(list(decoder.model.parameters())))
    _, logits = decoder.logits("hot -> cold\nearly -> late\nfull -> empty\nbig ->")
    assert demo.data.likeliest[0][1] == pytest.approx(logits[-1].softmax(-1).max().item(), abs=2e-3)
    assert f"“{demo.data.likeliest[0][0]}” with" in demo.description and "none has changed" in demo.description
    assert "The parameters stay as they were." in [mark.get("text") for mark in demo.scene.marks]
    assert [len(line) for line in demo.data.lines] == [3, 3, 3, 2]


@pytest.mark.parametrize(
    "scores",
    [
        {"morning": 2.0, "luck": 1.0, "grief": -1.0},
        {"a": 5, "b": -5, "luck": 0, "piano": -4},
        {"a": -5, "breakfast": -5, "c": -5, "d": 5},
        {"no": 0, "yes": 0},
    ],
)
def test_scores_become_the_parts_that_softmax_gives(scores: dict[str, float]) -> None:
    demo = PICTURES.SoftmaxLengths(scores)
    expected = torch.softmax(torch.tensor(list(scores.values()), dtype=torch.float64), 0)
    assert demo.data.shares == pytest.approx(expected.tolist())
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]
    whole = [mark for mark in demo.scene.marks if mark["kind"] == "rect" and mark["h"] == 36]
    assert [mark["w"] / 744 for mark in whole] == pytest.approx(expected.tolist(), abs=1e-4)
    assert all(f"“{word}”" in demo.description for word in scores)


@pytest.mark.parametrize("at", [(0, 0), (1, 0), (1, 1)])
def test_the_framed_number_is_that_of_the_matrix_product(at: tuple[int, int]) -> None:
    left, right = torch.randint(-9, 10, (2, 4, 4), generator=torch.Generator().manual_seed(1))
    demo = PICTURES.RowTimesColumn(left.tolist(), right.tolist(), at)
    assert demo.data.result == (left @ right).tolist()
    assert demo.description.endswith(f" = {(left @ right)[at]}.")
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]
    with pytest.raises(ValueError, match="a row of the left has 3 numbers, a column 2"):
        PICTURES.RowTimesColumn([[1, 2, 3]], [[1], [2]])


def test_a_halving_costs_one_bit() -> None:
    demo = PICTURES.HalvesAndBits({"sure": 1, "heads": 0.5, "two heads": 0.25, "a rare thing": 0.001})
    assert [bits for *_, bits in demo.data] == pytest.approx([0, 1, 2, 9.966], abs=1e-3)
    assert "sure, probability 100.0%: 0.00 bits" in demo.description
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]
    with pytest.raises(ValueError, match="above 0"):
        PICTURES.HalvesAndBits({"impossible": 0})


def test_what_the_word_receives_is_the_attention_of_the_lesson() -> None:
    query, keys = torch.tensor([2.0, 0.0]), torch.tensor([[3.0, -1.0], [1.0, 2.0], [0.0, 0.0]])
    values = torch.tensor([[150.0], [80.0], [0.0]])
    demo = PICTURES.ScoreShareMix(query, keys, values, ["piano", "door", "because"])
    assert demo.data.mixed == pytest.approx((torch.softmax(keys @ query, 0) @ values).item())
    assert "“piano” scores 6.0 and gets 98.0%" in demo.description and "is 148.4 cm" in demo.description
    with pytest.raises(ValueError, match="shapes"):
        PICTURES.ScoreShareMix(query, keys[:, :1], values, ["piano", "door", "because"])


@pytest.mark.models
@pytest.mark.parametrize("blocks", [1, 3])
def test_the_account_adds_up_to_the_stream_of_the_model(blocks: int, pretrained) -> None:
    decoder = pretrained("decoder")
    demo = PICTURES.ResidualAccount(decoder, "The door was shut", blocks)
    with torch.no_grad():
        states = decoder.model(
            torch.tensor([decoder.ids("The door was shut")]), output_hidden_states=True
        ).hidden_states
    stream = states[blocks][0, -1]
    assert demo.data.total.numbers == pytest.approx(stream[:4].tolist(), abs=1e-3)
    sums = torch.tensor([each.numbers for each in demo.data.entries]).sum(0)
    assert sums.tolist() == pytest.approx(stream[:4].tolist(), abs=1e-2)
    assert len(demo.data.entries) == 1 + 2 * blocks and "“shut”" in demo.description
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]
    left = [hook.__module__ for part in decoder.model.modules() for hook in part._forward_hooks.values()]
    assert not any("pictures" in module for module in left), "a hook was left in the model"


def test_in_bert_all_is_open_and_in_gpt_no_word_sees_a_later_one() -> None:
    demo = PICTURES.WhoMayBeAsked(("a", "pianist", "blocked", "the", "hallway"), hidden=4)
    bert, gpt = (torch.tensor(sight.open_to) for sight in demo.data)
    assert bert.all() and torch.equal(gpt, torch.ones(5, 5).tril().bool())
    assert "all 25 of 25 pairs" in demo.description and "In GPT 15 of 25" in demo.description
    assert "1 question, “hallway”" in demo.description
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]


def test_the_tokens_asked_for_are_fifteen_of_a_hundred_on_average() -> None:
    draws = [PICTURES.FifteenOfHundred(seed) for seed in range(60)]
    means = {kind: sum(demo.data.counts[kind] for demo in draws) / 60 for kind in ("mask", "random", "kept")}
    assert means == {
        "mask": pytest.approx(12, abs=1.5), "random": pytest.approx(1.5, abs=0.6), "kept": pytest.approx(1.5, abs=0.6)
    }  # fmt: skip
    shown = PICTURES.FifteenOfHundred()
    assert all(shown.data.counts.values()), "the picture of the lesson shows every kind"
    said = {demo.data.counts["kept"]: demo.description for demo in draws}
    assert "1 is left as it is." in said[1] and "2 are left as they are." in said[2]
    signs = [mark["text"] for mark in shown.scene.marks if mark["kind"] == "text"]
    assert signs.count("[M]") == shown.data.counts["mask"] + 1  # and once in the key


@pytest.mark.parametrize("right", [0, 3, 7, 10])
def test_the_interval_of_ten_answers_is_that_of_the_draws(right: int) -> None:
    demo = PICTURES.BootstrapOfTen([1] * right + [0] * (10 - right))
    share = right / 10
    exact = [math.comb(10, k) * share**k * (1 - share) ** (10 - k) for k in range(11)]
    assert demo.data.histogram == pytest.approx(exact, abs=0.02)
    assert demo.data.low <= share <= demo.data.high
    ends = f"from {demo.data.low:.1f} to {demo.data.high:.1f}"
    assert f"the middle 95% run {ends}" in demo.description
    assert f"the middle 95% of the draws run {ends}" in [mark.get("text") for mark in demo.scene.marks]
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]


def test_twins_are_those_of_the_course_and_a_missing_one_is_explained() -> None:
    demo = PICTURES.TwinsOfSentences(["He laughed, and so did THE KING.", "She took her coat.", "It rained."])
    assert " ".join(demo.data[0].other) == bias.twin("He laughed, and so did THE KING.")
    assert [pair.other is None for pair in demo.data] == [False, True, True]
    assert "“her” has two counterparts" in demo.description and "nothing to exchange" in demo.description
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]


@pytest.mark.parametrize("size", [0.4, 1.0, 3.0])
def test_the_ruler_shows_the_gaps_and_says_what_the_largest_means(size: float) -> None:
    gaps = size * made.gaps()
    demo = PICTURES.GapRuler(made.WORDS, gaps)
    assert demo.data.mean == pytest.approx(gaps.mean(1).tolist(), abs=1e-5)
    assert demo.data.low == pytest.approx(gaps.min(1).values.tolist(), abs=1e-5)
    mean = gaps.mean(1)
    far = mean.abs().argmax()
    assert f"{2 ** abs(mean[far].item()):.1f} times as likely" in demo.description
    assert f"“{made.WORDS[far]}” makes “{'she' if mean[far] > 0 else 'he'}”" in demo.description
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width, wider=WIDE_FONT)]


def test_every_division_is_counted_once_and_p_is_the_share_that_reaches_the_difference() -> None:
    demo = PICTURES.ShuffledGroups([3.0, 4.0], [1.0, 2.0])
    assert demo.data.splits == sum(demo.data.histogram) == 6
    assert (demo.data.seen, demo.data.reach) == (2.0, 1)
    assert demo.description.endswith("1 reach that difference, itself included: p = 0.167.")
    equal = PICTURES.ShuffledGroups([1.0, 1.0, 1.0], [1.0, 1.0])
    assert equal.data.reach == equal.data.splits == 10
    for one, other in [([-3.0, -4.0, -3.5], [1.0, 2.0]), ([0.1] * 7 + [5.0], [0.2] * 8)]:
        scene = PICTURES.ShuffledGroups(one, other).scene
        assert not [each for width in WIDTHS for each in overlaps(scene, width, wider=WIDE_FONT)]


@pytest.mark.models
def test_the_divisions_give_the_p_of_the_association_test(pretrained) -> None:
    arts, maths = ["poetry", "art", "dance", "novel"], ["geometry", "algebra", "numbers", "equations"]
    found = bias.association(pretrained("encoder"), arts, maths, ["woman", "she", "girl"], ["man", "he", "boy"])
    scores = list(found.scores.values())
    demo = PICTURES.ShuffledGroups(scores[: found.x], scores[found.x :], ("arts", "mathematics"))
    assert demo.data.reach / demo.data.splits == pytest.approx(found.p)
    assert "The means of arts and mathematics differ by" in demo.description

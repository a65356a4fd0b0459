"""The keyboard: what it offers, against counting by hand and against the models' own distributions."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
import torch

from unravelling.demos.what_is_a_language_model import Keyboard
from unravelling.demos.what_is_a_language_model.keyboard import ModelKeyboard, offer, reason
from unravelling.demos.what_is_a_language_model.keyboard_predictions import predict
from unravelling.drawing.text_metrics import text_width
from unravelling.language_models import CharacterNGrams, WordNGrams, alphabet_of
from unravelling.language_models.networks import CharacterGPT, CharacterLSTM
from unravelling.language_models.texts import STAND_IN

COUNTED = (
    "The cat sat on the mat. The dog sat on the cat and the cat ran. A dog that runs is seldom seen, they said, "
    "and the mat was red. The capital of the county was the capital of the trade in mats.\n\n"
) * 6


def ends(character: str) -> bool:
    """Whether a word has ended where this comes next."""
    return not (character.isalpha() or character.isdigit() or character in "'’-") or character == STAND_IN


def press(demo: ModelKeyboard, label: str) -> None:
    (button,) = [each for each in demo.controls["suggestions"].children[1:] if each.description == label]
    button.click()


# With counts of words


def test_a_suggestion_has_the_share_that_counting_the_text_by_hand_gives() -> None:
    words = COUNTED.lower().replace(".", " .").replace(",", " ,").split()
    after = Counter(b for a, b in pairwise(words) if a == "the")
    found = offer(WordNGrams(COUNTED), "on THE", 2).suggestions[0]
    best, times = max(after.items(), key=lambda pair: pair[1])
    assert (found.word.lower(), found.count, found.context_count) == (best, times, after.total())
    assert found.probability == pytest.approx(times / after.total())


def test_pressing_a_suggestion_writes_it_and_offers_what_comes_after_it() -> None:
    demo = Keyboard(WordNGrams(COUNTED), "the capital ")
    assert demo.suggestions[0] == "of"
    demo.controls["suggestions"].children[1].click()
    assert demo.text == "the capital of" and demo.data.words[-1] == "of"
    assert demo.suggestions == tuple(each.word for each in demo.data.suggestions)


def test_the_keyboard_says_which_words_it_really_used() -> None:
    demo = Keyboard(WordNGrams(COUNTED), "of the zyzzy capital", order=3)
    assert demo.data.looks_at == ("zyzzy", "capital")
    assert demo.data.suggestions[0].context == ("capital",)
    words = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"]
    assert any("after “capital” (a shorter context)" in each for each in words)


def test_order_one_looks_at_nothing_and_says_so() -> None:
    demo = Keyboard(WordNGrams(COUNTED), order=1)
    assert demo.data.looks_at == () and "whatever came before" in reason(demo.data.suggestions[0])


def test_sixty_presses_end_in_a_sentence_and_not_in_an_error() -> None:
    demo = Keyboard(WordNGrams(COUNTED))
    for _ in range(70):
        demo.controls["suggestions"].children[1].click()
    assert "at most 60 fit here" in demo.problem


def test_words_of_a_script_from_the_right_stand_from_right_to_left() -> None:
    demo = Keyboard(WordNGrams(COUNTED), "القط جلس على")
    places = {mark["text"]: mark["x"] for mark in demo.scene.marks if mark["kind"] == "text" and 40 < mark["y"] < 60}
    assert places["?"] < places["على"] < places["جلس"] < places["القط"] < 740
    demo.text = "The cat sat"
    places = {mark["text"]: mark["x"] for mark in demo.scene.marks if mark["kind"] == "text" and 40 < mark["y"] < 60}
    assert places["The"] < places["cat"] < places["sat"] < places["?"]


# With other models


class Fixed:
    """A model over three letters and the space, whose probabilities depend on the last character alone."""

    alphabet = ("a", "b", "c", " ", STAND_IN)
    after = {
        "a": {"a": 0.1, "b": 0.5, "c": 0.1, " ": 0.2, STAND_IN: 0.1},
        "b": {"a": 0.1, "b": 0.0, "c": 0.2, " ": 0.6, STAND_IN: 0.1},
        "c": {"a": 0.2, "b": 0.1, "c": 0.1, " ": 0.5, STAND_IN: 0.1},
        " ": {"a": 0.6, "b": 0.1, "c": 0.2, " ": 0.0, STAND_IN: 0.1},
    }

    def distribution(self, context: str) -> dict[str, float]:
        return self.after[context[-1:] or " "]


def network(kind: type = CharacterLSTM) -> CharacterLSTM | CharacterGPT:
    torch.manual_seed(1)
    alphabet = alphabet_of(COUNTED)
    if kind is CharacterGPT:
        return CharacterGPT(alphabet, d=16, layers=2, heads=2, context=24).eval()
    return CharacterLSTM(alphabet, d=16).eval()


def test_a_beginning_is_finished_greedily_and_a_space_counts_with_the_letter_after_it() -> None:
    found = predict(Fixed(), "b").beginnings
    # after b: " " 0.6 then a 0.6; c 0.2; " " then c 0.2; and each goes on with what is likeliest until a space
    assert [(each.piece, each.written) for each in found] == [(" a", " ab"), ("c", "c"), (" c", " c")]
    assert [each.probability for each in found] == pytest.approx([0.36, 0.2, 0.12])
    # and whole is the word with its end: after b that is 0.6 + 0.1, after c 0.5 + 0.1
    assert [each.whole for each in found] == pytest.approx([0.36 * 0.5 * 0.7, 0.2 * 0.6, 0.12 * 0.6])
    assert [each.end for each in found] == [" ", " ", " "]


@pytest.mark.parametrize("kind", [CharacterLSTM, CharacterGPT])
@pytest.mark.parametrize("text", ["The capital", "t", "The cat sat on the mat. " * 9])
def test_a_network_is_asked_for_what_its_own_distribution_gives(kind: type, text: str) -> None:
    model = network(kind)
    sight = getattr(model, "context", 10_000)  # further back, the windows of a transformer may be laid otherwise
    for each in predict(model, text).beginnings:
        whole = 1.0
        for place, character in enumerate(each.written):
            read = text + each.written[:place]
            if place and len(read) >= sight:
                break
            shares = model.distribution(read)
            whole *= shares[character]
            assert place < len(each.piece) or character == max(shares, key=shares.__getitem__)
            if place == len(each.piece) - 1:
                assert each.probability == pytest.approx(whole, rel=1e-3)
        else:
            if each.end:
                whole *= sum(share for other, share in model.distribution(text + each.written).items() if ends(other))
            assert each.whole == pytest.approx(whole, rel=1e-3)


def test_choosing_another_model_keeps_the_text_and_says_what_each_has_read() -> None:
    demo = Keyboard({"2-gram": CharacterNGrams(2, COUNTED), "LSTM": network(), "GPT": network(CharacterGPT)})
    assert demo.description.startswith("“2-gram” looks at the last character. First comes “")
    demo.model = "LSTM"
    assert demo.description.startswith("“LSTM” has read 14 characters.") and demo.text == "The capital of"
    demo.text = "The capital of the county and of the trade"
    demo.model = "GPT"
    assert demo.description.startswith("“GPT” looks at the last 24 characters.")
    assert len(demo.suggestions) == 3


def test_pressing_writes_what_was_offered_and_continues_a_word_that_was_begun() -> None:
    demo = Keyboard({"5-gram": CharacterNGrams(5, COUNTED)}, text="The capi")
    assert demo.suggestions[0] == "capital"
    press(demo, "capital")
    assert demo.text == "The capital "
    press(demo, "of")
    assert demo.text == "The capital of "
    texts = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"]
    assert "The capital" in texts and "␣of␣" in texts and "the" in texts, "the last 4 characters are framed"


def test_the_share_of_a_word_is_not_that_of_all_words_that_begin_so() -> None:
    text = "The capital of a county is an old town, and a town is an art of all. " * 9
    model = CharacterNGrams(5, text)
    (one,) = [each for each in predict(model, "The capital of").beginnings if each.written == " a"]
    after = model.distribution("The capital of a")
    assert one.whole == pytest.approx(one.probability * sum(share for each, share in after.items() if ends(each)))
    demo = Keyboard({"5-gram": model}, text="The capital of")
    press(demo, "a")
    assert demo.text == "The capital of a " and demo.suggestions[0] == "county", "no “an”, no “all”: “a” was taken"


@pytest.mark.parametrize("name", ["5-gram", "LSTM", "GPT"])
def test_the_number_beside_a_word_is_that_of_the_whole_word(name: str) -> None:
    models = {"5-gram": CharacterNGrams(5, COUNTED), "LSTM": network(), "GPT": network(CharacterGPT)}
    demo = Keyboard({name: models[name]}, text="The cat sat on the ")
    assert any(each.whole < each.probability for each in demo.data.beginnings)
    bold = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text" and mark["bold"]]
    for label, each in zip(demo.suggestions, demo.data.beginnings, strict=True):
        assert bold[bold.index(label) + 1] == f"{each.whole:.1%}"


def test_the_menu_of_models_has_room_for_their_names() -> None:
    demo = Keyboard({"LSTM, trained longer on more text": network(), "GPT": network(CharacterGPT)})
    width = float(demo.controls["model"].layout.width.removesuffix("px"))
    assert width >= text_width("model") + text_width("LSTM, trained longer on more text") + 40


def test_a_frame_shows_how_many_letters_a_model_looks_at() -> None:
    demo = Keyboard({"3-gram": CharacterNGrams(3, COUNTED), "LSTM": network()}, text="القط جلس على")
    assert demo.data.sight == 2 and not any(mark.get("stroke") == "query" for mark in demo.scene.marks)
    demo.text = "The mat"
    assert any(mark.get("stroke") == "query" for mark in demo.scene.marks)
    demo.model = "LSTM"
    assert not any(mark.get("stroke") == "query" for mark in demo.scene.marks), "it has read all of it"


@pytest.mark.parametrize("text", ["🐈‍⬛ 🏳️‍🌈", "القط جلس على", "a\u0301e\u0301", "x", "!?", "of ", "x" * 2000])
@pytest.mark.parametrize("name", ["5-gram", "LSTM", "GPT"])
def test_any_text_gets_offers(name: str, text: str) -> None:
    models = {"5-gram": CharacterNGrams(5, COUNTED), "LSTM": network(), "GPT": network(CharacterGPT)}
    demo = Keyboard({name: models[name]}, text=text)
    assert not demo.problem and len(demo.data.beginnings) == 3
    for each in demo.data.beginnings:
        assert 0 < each.whole <= each.probability <= 1 and each.written.startswith(each.piece)
    assert all(len(label) < 30 for label in demo.suggestions)


@pytest.mark.parametrize(
    ("text", "words"), [("x" * 50_000, "50,000 characters"), ("word " * 10_000, "10,000 words"), ("", "is empty")]
)
def test_a_text_that_does_not_fit_is_refused_and_the_last_picture_stays(text: str, words: str) -> None:
    demo = Keyboard({"LSTM": network()})
    before = demo.picture.scene
    demo.controls["text"].value = text
    assert words in demo.problem and demo.picture.scene == before
    demo.text = "fine"
    assert not demo.problem


def test_what_cannot_be_asked_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="cannot ask 'words' what comes next"):
        Keyboard({"words": WordNGrams(COUNTED)})
    with pytest.raises(ValueError, match="needs at least one model"):
        Keyboard({})


def test_the_decoder_offers_its_likeliest_tokens_finished_to_words(pretrained) -> None:
    decoder = pretrained("decoder")
    shares = decoder.logits("The capital of France is")[1][-1].softmax(-1)
    for text in ("The capital of France is", "The capital of France is "):
        reading = predict(decoder, text)
        assert reading.base == "The capital of France is" and reading.seen == "has read 5 tokens"
        first = reading.beginnings[0]
        assert first.probability == pytest.approx(shares.max().item(), rel=1e-3)
        assert decoder.tokenizer.decode([int(shares.argmax())]) == first.piece
        assert all(each.piece.startswith(" ") for each in reading.beginnings) or text == reading.base


def test_the_decoder_finishes_a_word_as_it_would_write_it(pretrained) -> None:
    """Against a plain loop that reads all tokens anew each time."""
    decoder, text = pretrained("decoder"), "Our dog is called Zor"
    pieces = [decoder.tokenizer.decode([n]) for n in range(49_152)]
    going_on = [n for n, piece in enumerate(pieces) if piece and not ends(piece[0])]
    for each in predict(decoder, text).beginnings:
        (token,) = [n for n, piece in enumerate(pieces) if piece == each.piece][:1]
        ids, written, whole = [*decoder.ids(text), token], each.piece, each.probability
        for _ in range(3):
            with torch.inference_mode():
                shares = decoder.model(torch.tensor([ids])).logits[0, -1].softmax(-1)
            best = int(shares.argmax())
            if not decoder.tokenizer.decode([best]).isalpha():
                whole *= 1 - shares[going_on].sum().item()
                break
            ids, written, whole = [*ids, best], written + decoder.tokenizer.decode([best]), whole * shares[best].item()
        assert (each.written, each.whole) == (written, pytest.approx(whole, rel=1e-2))


def test_what_was_read_is_not_read_again_and_the_offers_stay_the_same(pretrained) -> None:
    decoder = pretrained("decoder")
    begun = "The keys to the old cabinet in the hall"
    texts = [begun, f"{begun} were", f"{begun} were lost", "The keys to the garden", f"{begun} were lost", "Elsewhere"]
    alone = []
    for text in texts:
        predict(decoder, "?")  # shares only the mark at the start
        alone.append(predict(decoder, text))
    counts: list[int] = []
    hook = decoder.model.model.register_forward_pre_hook(
        lambda module, given, named: counts.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    try:
        predict(decoder, "?")
        read = decoder.ids("?")
        for text, before in zip(texts, alone, strict=True):
            counts.clear()
            now = predict(decoder, text)
            ids = decoder.ids(text)
            shared = [old == new for old, new in zip(read, ids[:-1], strict=False)]
            assert counts[0] == len(ids) - (shared.index(False) if False in shared else len(shared))
            read = ids
            assert [each.written for each in now.beginnings] == [each.written for each in before.beginnings]
            for each, other in zip(now.beginnings, before.beginnings, strict=True):
                assert (each.probability, each.whole) == pytest.approx((other.probability, other.whole), rel=1e-3)
    finally:
        hook.remove()


def test_a_changed_parameter_makes_the_decoder_read_anew(pretrained) -> None:
    decoder = pretrained("decoder")
    bias = decoder.model.model.norm.weight
    text = "The capital of France is"
    before = predict(decoder, text)
    with torch.no_grad():
        bias.mul_(0.5)
    try:
        changed = predict(decoder, text)
    finally:
        with torch.no_grad():
            bias.mul_(2)
    assert changed.beginnings[0].probability < before.beginnings[0].probability
    assert predict(decoder, text).beginnings[0].probability == pytest.approx(before.beginnings[0].probability, rel=1e-3)


def test_the_decoder_refuses_with_a_sentence_what_it_cannot_read(pretrained) -> None:
    demo = Keyboard({"decoder": pretrained("decoder")})
    for text in ("\U000e0041" * 2400, "🐈‍⬛", "القط جلس على"):
        demo.text = text
        assert "too long" in demo.problem or len(demo.data.beginnings) <= 3
        assert all("\ufffd" not in each.written for each in demo.data.beginnings)

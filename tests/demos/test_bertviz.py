"""The BertViz page holds the model's attention, asks no other host for anything, and has a still beside it."""

from __future__ import annotations

import html
import io
import json
import re

import numpy as np
import pytest

pytest.importorskip("bertviz")

from unravelling.demos import bertviz as module
from unravelling.demos.bertviz import MOST_BYTES, bertviz_view


class Stub:
    """A model with made-up attention: random rows that sum to 1, one token a word."""

    name = "stub"

    def __init__(self, layers: int = 3, heads: int = 4) -> None:
        self.shape = (layers, heads)

    def attention(self, text: str) -> tuple[list[str], np.ndarray]:
        tokens = text.split()
        scores = np.random.default_rng(0).normal(size=(*self.shape, len(tokens), len(tokens)))
        weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
        return tokens, weights.astype(np.float32)


TEXT = "the cat did not cross the street"


def page_of(figure) -> str:
    live = figure._repr_mimebundle_()[0]["text/html"]
    return html.unescape(re.search(r'srcdoc="([^"]*)"', live).group(1))


def embedded(page: str) -> dict:
    found = re.findall(r"const params = (\{.*?\});", page)
    assert len(found) == 1
    return json.loads(found[0])


@pytest.mark.parametrize("view", ["head", "model"])
def test_the_numbers_in_the_page_are_exactly_the_models_float32_attention(view: str) -> None:
    stub = Stub()
    params = embedded(page_of(bertviz_view(stub, TEXT, view=view, layers=[0, 2])))
    tokens, weights = stub.attention(TEXT)
    assert params["include_layers"] == [0, 2]
    assert params["attention"][0]["left_text"] == tokens
    shown = np.asarray(params["attention"][0]["attn"]).astype(np.float32)
    np.testing.assert_array_equal(shown, weights[[0, 2]])


@pytest.mark.parametrize("view", ["head", "model"])
def test_the_page_loads_nothing_from_another_host(view: str) -> None:
    page = page_of(bertviz_view(Stub(), TEXT, view=view))
    assert not re.search(r"<(script|link|img)[^>]*\b(src|href)=", page)
    assert page.index("window.requirejs=") < page.index("requirejs(['jquery', 'd3']")


def test_the_frame_has_a_title_and_a_caption_and_the_layer_list_has_a_name() -> None:
    figure = bertviz_view(Stub(), TEXT)
    live = figure._repr_mimebundle_()[0]["text/html"]
    assert '<iframe title="BertViz head view: attention of stub on' in live
    assert f"<figcaption>{html.escape(figure.caption)}</figcaption></figure>" in live
    assert 'aria-label="Layer"' in page_of(figure)


@pytest.mark.parametrize("token", ["</script>", "<!--", '"quoted"', "&amp;", "<script>"])
def test_a_token_that_looks_like_markup_is_shown_and_does_not_end_the_script(token: str) -> None:
    page = page_of(bertviz_view(Stub(), f"a {token} b"))
    assert embedded(page)["attention"][0]["left_text"] == ["a", token, "b"]
    inside = re.search(r"requirejs\(\['jquery', 'd3'\].*?</script>", page, re.S).group(0)
    assert "const params" in inside and "function transpose" in inside and "<!--" not in inside


@pytest.mark.parametrize("view", ["head", "model"])
def test_a_still_picture_stands_beside_the_live_one_and_is_small(view: str) -> None:
    from PIL import Image

    data, metadata = bertviz_view(Stub(6, 12), TEXT, view=view)._repr_mimebundle_()
    picture = Image.open(io.BytesIO(data["image/png"])).convert("RGB")
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert len(picture.getcolors(1 << 20)) > 20
    assert len(data["image/png"]) < 120_000
    assert metadata["unravelling"]["still"] is True
    assert metadata["unravelling"]["alt"] in data["text/plain"]


@pytest.mark.parametrize("token", ["$$", "$", "$x", "a$b$c", "\\$", "$\\frac$", "$100", "x_1^2$"])
@pytest.mark.parametrize("view", ["head", "model"])
def test_a_dollar_in_a_text_is_a_sign_and_no_formula(view: str, token: str) -> None:
    data = bertviz_view(Stub(), f"it costs {token} today {token}", view=view)._repr_mimebundle_()[0]
    assert len(data["image/png"]) > 1_000 and token in data["text/plain"]


def test_the_still_shows_the_weights_of_the_first_layer_asked_for() -> None:
    stub = Stub()
    stills = [bertviz_view(stub, TEXT, layers=layer)._repr_mimebundle_()[0]["image/png"] for layer in (0, 1, 0)]
    assert stills[0] == stills[2] != stills[1]


def test_the_alt_text_names_the_strongest_link_between_two_tokens() -> None:
    class Pointer(Stub):
        def attention(self, text: str) -> tuple[list[str], np.ndarray]:
            weights = np.full((1, 2, 3, 3), 0.1, np.float32)
            weights[..., 2, 0] = 0.8
            return ["red", "and", "rose"], weights

    alt = bertviz_view(Pointer(), "red and rose").alt
    assert "from “rose” (position 2) to “red” (position 0), weight 0.80" in alt


@pytest.mark.parametrize("view", ["head", "model"])
def test_a_long_text_on_a_deep_model_shows_fewer_layers_and_says_so(view: str) -> None:
    figure = bertviz_view(Stub(30, 9), " ".join(["word"] * 40), view=view)
    assert 1 <= len(figure.layers) < 30 and figure.layers[0] == 0
    assert f"Of 30 layers, numbered from 0, these {len(figure.layers)} are shown" in figure.caption
    assert len(figure._repr_mimebundle_()[0]["text/html"]) < MOST_BYTES


def test_all_layers_are_shown_where_they_fit() -> None:
    figure = bertviz_view(Stub(6, 12), TEXT)
    assert figure.layers == list(range(6)) and "All 6 layers" in figure.caption


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"text": ""}, "no text"),
        ({"text": "  \n"}, "no text"),
        ({"text": "word " * 3000}, "3000 words.*shorten it"),
        ({"text": TEXT, "view": "neuron"}, 'choose view="head" or view="model"'),
        ({"text": TEXT, "layers": 3}, "layers 0 to 2, and 3 is not one"),
        ({"text": TEXT, "layers": [0, -1]}, "layers 0 to 2, and -1 is not one"),
        ({"text": TEXT, "layers": []}, "none was asked for"),
        ({"text": TEXT, "layers": 1.5}, "layers 0 to 2, and 1.5 is not one"),
        ({"text": TEXT, "layers": True}, "layers 0 to 2, and True is not one"),
        ({"text": TEXT, "layers": [1, True]}, "layers 0 to 2, and True is not one"),
        ({"text": TEXT, "layers": "1"}, "layers 0 to 2, and '1' is not one"),
    ],
)
def test_foolish_input_gets_a_sentence(arguments: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        bertviz_view(Stub(), **arguments)


def test_a_text_of_many_tokens_in_few_words_gets_a_sentence() -> None:
    class Letters(Stub):
        def attention(self, text: str) -> tuple[list[str], np.ndarray]:
            return super().attention(" ".join(text))

    with pytest.raises(ValueError, match="60 tokens, and BertViz is readable up to 48"):
        bertviz_view(Letters(), "a" * 60)


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = module.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "mpld3" else found(name))
    with pytest.raises(ModuleNotFoundError, match=r"%pip install mpld3`"):
        bertviz_view(Stub(), TEXT)


@pytest.mark.parametrize("pretrained", [42, None, ["encoder"]])
def test_what_is_no_model_gets_a_sentence(pretrained: object) -> None:
    with pytest.raises(ValueError, match=r"takes a model first.*models\.load"):
        bertviz_view(pretrained, TEXT)


def test_a_name_is_loaded_as_the_other_demos_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.models, "load", lambda name: Stub() if name == "encoder" else None)
    assert bertviz_view("encoder", TEXT).model == "stub"


def test_numbers_of_layers_may_come_from_numpy() -> None:
    assert bertviz_view(Stub(), TEXT, layers=np.array([2, 0])).layers == [0, 2]


def test_a_word_of_3000_letters_is_cut_short_in_title_and_description() -> None:
    figure = bertviz_view(Stub(), "a" * 3000 + " b")
    assert len(figure.title) < 250 and len(figure.alt) < 250
    assert "…" in figure.title and "…" in figure.alt
    assert embedded(page_of(figure))["attention"][0]["left_text"] == figure.tokens

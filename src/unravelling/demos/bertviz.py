"""BertViz inside a notebook, without a network: its head view and its model view.

BertViz (Vig, 2019, "A Multiscale Visualization of Attention in the Transformer Model") fetches require.js, d3 and
jQuery from other hosts, and in JupyterLab its first run fails even where there is a network. Here its page is put into
an iframe together with the d3 that the package mpld3 carries and the jQuery of xstatic-jquery: nothing is fetched.
The page holds the model's own attention: each weight is written with the fewest digits that give back the same float32.
"""

from __future__ import annotations

import html
import io
import json
import numbers
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from unravelling import models
from unravelling.drawing.text_metrics import short

if TYPE_CHECKING:
    import numpy as np

MOST_TOKENS = 48  # a longer text gives BertViz more lines than a browser draws in a moment
MOST_BYTES = 1_200_000  # of one output; a notebook that holds more becomes slow to open and to save
MOST_STILL_ROWS = 6  # layers in the still of the model view
MOST_LINES = 40_000  # SVG lines that the model view may draw at once
_LIBRARY_BYTES = 345_000  # d3, jQuery and BertViz itself
_PACKAGES = {"bertviz": "bertviz", "mpld3": "mpld3", "xstatic.pkg.jquery": "xstatic-jquery"}
_MOST_LETTERS = 24  # of a token in the description
_MOST_OF_TEXT = 160  # letters of the text in the title
_LESS_THAN = "\ue000"  # stands for "<" in tokens until they are inside the script, where "<!--" would end it


class HasAttention(Protocol):
    """What a pretrained model must offer; `models.load(...)` gives it."""

    name: str

    def attention(self, text: str) -> tuple[list[str], Any]:
        """Tokens (T), and weights (layers, heads, T, T) whose rows sum to 1."""


def bertviz_view(
    pretrained: HasAttention | str, text: str, view: str = "head", layers: int | Iterable[int] | None = None
) -> BertVizFigure:
    """Show the attention of `pretrained` on `text` in BertViz.

    pretrained: a loaded model, or a name that `models.load` takes.
    view: "head" (one layer at a time, the heads laid over each other) or "model" (every head of every layer, small).
    layers: numbers of the layers to include, from 0; None takes all, or as many, evenly spread, as an output of
    about 1.2 MB holds, and the caption then says which.
    Raises ValueError for what is no model, an empty or too long text, an unknown view or an unknown layer, ModelError
    for a name that cannot be loaded, and ModuleNotFoundError where BertViz or a library it draws with is not installed.
    """
    if view not in ("head", "model"):
        raise ValueError(f'There is no view {view!r}: choose view="head" or view="model".')
    if not isinstance(text, str) or not text.strip():
        raise ValueError("There is no text to look at: give a sentence of a few words.")
    if (words := len(text.split())) > MOST_TOKENS:
        raise ValueError(f"The text has {words} words, and BertViz is readable up to {MOST_TOKENS} tokens: shorten it.")
    _require_packages()
    if isinstance(pretrained, str):
        pretrained = models.load(pretrained)
    if not hasattr(pretrained, "attention"):
        raise ValueError(
            'bertviz_view takes a model first: a name like "encoder" or what models.load(...) gave, '
            f"not a {type(pretrained).__name__}."
        )
    tokens, weights = pretrained.attention(text)
    weights = _as_float32(weights)
    if len(tokens) > MOST_TOKENS:
        raise ValueError(
            f"The text has {len(tokens)} tokens, and BertViz is readable up to {MOST_TOKENS} tokens: shorten it."
        )
    chosen = _choose_layers(layers, weights, view, pretrained.name)
    return BertVizFigure(pretrained.name, text, view, list(tokens), weights, chosen, limited=layers is None)


@dataclass(frozen=True)
class BertVizFigure:
    """A BertViz page for a live notebook and a still picture of the same weights for a stored one."""

    model: str
    text: str
    view: str
    tokens: list[str]
    weights: np.ndarray  # (layers, heads, T, T) float32, of all layers
    layers: list[int]  # those shown, numbered from 0
    limited: bool = False  # True where the layers were chosen for the reader, not by her

    @property
    def title(self) -> str:
        return f"BertViz {self.view} view: attention of {self.model} on “{short(self.text, _MOST_OF_TEXT)}”"

    @property
    def caption(self) -> str:
        how = (
            "Lines run from each token (left) to the tokens it looks at (right): the more weight, the stronger. "
            + (
                "Choose a layer; click a coloured box to switch a head off or on, double-click to see it alone."
                if self.view == "head"
                else "One small picture for each head, one row for each layer; click one to enlarge it."
            )
            + " With the keyboard: Tab, arrow keys, Space."
        )
        return " ".join([f"BertViz, {self.view} view of {self.model}.", how, self._which_layers()])

    def _which_layers(self) -> str:
        count = len(self.weights)
        if len(self.layers) == count:
            return f"All {count} layers, numbered from 0."
        shown = ", ".join(map(str, self.layers))
        if self.limited:
            return (
                f"Of {count} layers, numbered from 0, these {len(self.layers)} are shown to keep the output "
                f"small: {shown}. Ask for others with layers=[...]."
            )
        return f"Of {count} layers, numbered from 0: {shown}."

    @cached_property
    def alt(self) -> str:
        """What is seen, in words: the strongest link between two different tokens in the first layer shown."""
        mean = self.weights[self.layers[0]].mean(0)  # (T, T)
        opening = f"Attention in layer {self.layers[0]} of {self.model}, mean of its {self.weights.shape[1]} heads: "
        names = [short(token, _MOST_LETTERS) for token in self.tokens]
        if len(names) == 1:
            return opening + f"the only token, “{names[0]}”, looks at itself."
        links = mean.copy()
        links[range(len(links)), range(len(links))] = -1
        row, column = divmod(int(links.argmax()), len(links))
        return opening + (
            f"the strongest link between two different tokens goes from “{names[row]}” (position {row}) "
            f"to “{names[column]}” (position {column}), weight {mean[row, column]:.2f}."
        )

    @cached_property
    def page(self) -> str:
        """The whole page that the iframe shows."""
        return _page(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        live = (
            '<figure class="unravelling-bertviz" style="margin:0">'
            f'<iframe title="{html.escape(self.title)}" srcdoc="{_attribute(self.page)}" '
            f'style="width:100%;max-width:{640 if self.view == "head" else 1000}px;height:420px;'
            'border:1px solid #8888;background:#fff;color-scheme:light">'
            f"</iframe><figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )
        data = {"text/html": live, "image/png": self.still(), "text/plain": f"{self.title}\n{self.alt}\n{self.caption}"}
        return data, {"unravelling": {"still": True, "alt": self.alt}}

    def still(self) -> bytes:
        """A PNG of the first layer shown (head view) or of every head of at most six of the layers (model view)."""
        return _still(self)


def _require_packages() -> None:
    missing = [name for module, name in _PACKAGES.items() if not _installed(module)]
    if missing:
        raise ModuleNotFoundError(
            f"BertViz draws with {', '.join(_PACKAGES.values())}, and {', '.join(missing)} cannot be found here. "
            f"Run `%pip install {' '.join(missing)}` in a cell, then this cell again."
        )


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a parent package is missing
        return False


def _as_float32(weights: Any) -> np.ndarray:
    import numpy as np

    if hasattr(weights, "detach"):
        weights = weights.detach().cpu().numpy()
    return np.asarray(weights, dtype=np.float32)


def _choose_layers(layers: int | Iterable[int] | None, weights: np.ndarray, view: str, name: str) -> list[int]:
    count = len(weights)
    if layers is None:
        return _spread(count, _layers_that_fit(weights, view))
    asked = list(layers) if isinstance(layers, Iterable) and not isinstance(layers, str) else [layers]
    unknown = [layer for layer in asked if not _is_whole(layer) or not 0 <= layer < count]
    if unknown or not asked:
        said = f"{', '.join(map(repr, unknown))} is not one" if unknown else "none was asked for"
        raise ValueError(f"{name} has layers 0 to {count - 1}, and {said}: choose among these.")
    return sorted({int(layer) for layer in asked})


def _is_whole(number: Any) -> bool:
    return isinstance(number, numbers.Integral) and not isinstance(number, bool)


def _layers_that_fit(weights: np.ndarray, view: str) -> int:
    """How many layers of this text keep the output within MOST_BYTES and what is drawn within MOST_LINES."""
    _, heads, length, _ = weights.shape
    typical = len(json.dumps(_shortest(weights[len(weights) // 2]).tolist()))
    fit = (MOST_BYTES - _LIBRARY_BYTES) // typical
    if view == "model":
        fit = min(fit, MOST_LINES // (heads * length * length))
    return max(1, fit)


def _spread(count: int, fit: int) -> list[int]:
    """At most `fit` of `count` layers, evenly spaced, the first and the last among them."""
    if fit >= count:
        return list(range(count))
    if fit == 1:
        return [0]
    return sorted({round(step * (count - 1) / (fit - 1)) for step in range(fit)})


def _shortest(weights: np.ndarray) -> np.ndarray:
    """float64 numbers whose decimal form is the shortest that names the same float32: half the size, nothing lost."""
    return weights.astype(str).astype("float64")


def _page(figure: BertVizFigure) -> str:
    import torch
    from bertviz import head_view, model_view

    tokens = [token.replace("<", _LESS_THAN) or " " for token in figure.tokens]
    # BertViz takes one (1, heads, T, T) tensor a layer, and writes only those in include_layers.
    attention = [torch.from_numpy(layer)[None] for layer in figure.weights]
    for number in figure.layers:
        attention[number] = torch.from_numpy(_shortest(figure.weights[number]))[None]
    common = {"include_layers": figure.layers, "prettify_tokens": False, "html_action": "return"}
    draw = head_view if figure.view == "head" else model_view
    display = {} if figure.view == "head" else {"display_mode": "light"}
    body = draw(attention, tokens, **common, **display).data
    body = re.sub(r"<script[^>]*src=[^>]*></script>", "", body)  # require.js from another host
    # BertViz puts its data in twice, once into a comment of its script.
    body = re.sub(r"(?m);[ ]*// HACK: .*$", ";", body).replace(r"\ue000", r"\u003c")
    body = body.replace('<select id="layer">', '<select id="layer" aria-label="Layer">')
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(figure.title)}</title>'
        "<style>body{margin:8px;background:#fff;color:#000;overflow-x:auto;overflow-y:hidden}"
        "svg [tabindex]:focus{outline:3px solid #0072B2}</style></head><body>"
        f"<script>{_libraries()}</script>{body}<script>{_script('bertviz.js')}</script></body></html>"
    )


def _folder_of(package: str) -> Path:
    """Where a package lies that this one is installed with."""
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


@lru_cache(maxsize=1)
def _libraries() -> str:
    d3 = _folder_of("mpld3") / "js" / "d3.v5.min.js"
    jq = _folder_of("xstatic.pkg.jquery") / "data" / "jquery.slim.min.js"
    # BertViz asks require.js for its two libraries; they are already here.
    shim = "window.require={config(){}};window.requirejs=(names,use)=>use(window.jQuery,window.d3);"
    return "\n".join([d3.read_text(encoding="utf-8"), jq.read_text(encoding="utf-8"), shim])


def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _attribute(page: str) -> str:
    return page.replace("&", "&amp;").replace('"', "&quot;")


def _still(figure: BertVizFigure) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    layers = [figure.layers[place] for place in _spread(len(figure.layers), MOST_STILL_ROWS)]
    rows, heads = len(layers), figure.weights.shape[1]
    length = len(figure.tokens)
    if figure.view == "head":
        picture = Figure(figsize=(7.6, 0.6 + 0.26 * length), dpi=100, facecolor="white")
        axes = picture.add_axes((0.28, 0, 0.44, 1 - 0.5 / (0.6 + 0.26 * length)))
        _lines(axes, figure.weights[figure.layers[0]], _HEAD_COLOURS, 1.6)
        for place, token in enumerate(figure.tokens):
            for x, side in ((-0.02, "right"), (1.02, "left")):  # parse_math: "$$" is a token, not a formula
                axes.text(x, place, token, ha=side, va="center", fontsize=10, parse_math=False)
        axes.set_title(f"Layer {figure.layers[0]}: all {heads} heads", fontsize=10)
    else:
        picture = Figure(figsize=(7.6, 0.5 + 0.55 * rows), dpi=100, facecolor="white")
        grid = picture.subplots(rows, heads, squeeze=False, gridspec_kw={"wspace": 0.12, "hspace": 0.12})
        picture.subplots_adjust(left=0.09, right=0.99, bottom=0.02, top=1 - 0.42 / (0.5 + 0.55 * rows))
        for row, layer in enumerate(layers):
            for head in range(heads):
                _lines(grid[row, head], figure.weights[layer, head][None], [_HEAD_COLOURS[layer % 8]], 0.9)
            grid[row, 0].text(
                -0.15, 0.5, str(layer), transform=grid[row, 0].transAxes, ha="right", va="center", fontsize=8
            )
        for head in range(heads):
            grid[0, head].set_title(str(head), fontsize=8, pad=3)
        picture.text(0.54, 0.995, "Heads", ha="center", va="top", fontsize=9)
        picture.text(0.012, 0.5, "Layers", rotation=90, va="center", fontsize=9)
    target = io.BytesIO()
    FigureCanvasAgg(picture).print_png(target)
    return _fewer_colours(target.getvalue())


# Okabe and Ito's colours, safe for colour-blind readers, black left out: it is the text's.
_HEAD_COLOURS: Sequence[str] = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D00", "#666666"
)  # fmt: skip


def _lines(axes: Any, weights: np.ndarray, colours: Sequence[str], width: float) -> None:
    """One line for each weight (heads, T, T), left token to right token, as faint as the weight is small."""
    from matplotlib.collections import LineCollection

    heads, length, _ = weights.shape
    for head in range(heads):
        pairs = [
            (row, column) for row in range(length) for column in range(length) if weights[head, row, column] > 0.02
        ]
        segments = [((0, row), (1, column)) for row, column in pairs]
        opacity = [min(1.0, float(weights[head, row, column])) / heads**0.5 for row, column in pairs]
        colour = colours[head % len(colours)]
        axes.add_collection(LineCollection(segments, colors=colour, alpha=opacity, linewidths=width))
    axes.set(xlim=(0, 1), ylim=(length - 0.5, -0.5))
    axes.axis("off")


def _fewer_colours(png: bytes) -> bytes:
    """The same picture with 256 colours: less than half the size in a stored notebook."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(256, Image.Quantize.FASTOCTREE)
    # The octree's white is a shade darker; the corner is always background.
    corner, palette = picture.getpixel((0, 0)), picture.getpalette()
    assert isinstance(corner, int) and palette is not None  # quantize gives a palette, and numbers in it
    white = 3 * corner
    picture.putpalette([*palette[:white], 255, 255, 255, *palette[white + 3 :]])
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()

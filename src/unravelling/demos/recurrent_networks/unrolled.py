"""A trained LSTM, unrolled over your own text: what one of its units keeps, lets in and shows at each character."""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

import torch
from cachetools import LRUCache, cachedmethod
from cachetools.keys import hashkey
from torch import Tensor, nn

from unravelling.demos.base import BadInput, Demo, Scene, Select, Slider, Text, Values
from unravelling.demos.recurrent_networks.tiny_memory import bracketed, draw_sum, signed
from unravelling.language_models.networks import CharacterLSTM
from unravelling.language_models.scoring import stamp_of

MOST = 72  # characters that fit beside each other
TEXT = "the capital of the country is small"
NUMBER, KEEPING, LETTERS = "number", "how long they keep", "letters since the last space"
ORDERS = (NUMBER, KEEPING, LETTERS, "spaces", "capital letters", "brackets")


class Gates(NamedTuple):
    """What every unit did at every step: gates between 0 and 1, new content, cell before and after, state; (T, d)."""

    forget: Tensor
    input: Tensor
    output: Tensor
    content: Tensor
    before: Tensor
    cell: Tensor
    state: Tensor


def gates_of(lstm: nn.LSTM, x: Tensor) -> list[Gates]:
    """One LSTM step after the other, written out, from a state of zeros; a Gates for each layer.

    x: (T, inputs). c' = f c + i g and h' = o tanh(c'), torch's order of the gates in its weights: i, f, g, o. Source:
    Gers et al., 2000, "Learning to forget", section 3, without peepholes.
    """
    d, found = lstm.hidden_size, []
    for layer in range(lstm.num_layers):
        w_x, w_h, b_x, b_h = (
            getattr(lstm, f"{name}_l{layer}").detach() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        from_input = x @ w_x.T + b_x + b_h
        h, c = torch.zeros(d), torch.zeros(d)
        rows = []
        for row in from_input:
            i, f, g, o = (row + w_h @ h).split(d)
            before, i, f, g, o = c, i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * before + i * g
            h = o * c.tanh()
            rows.append((f, i, o, g, before, c, h))
        found.append(Gates(*(torch.stack(part) for part in zip(*rows, strict=True))))
        x = found[-1].state
    return found


def read_text(model: CharacterLSTM, text: str) -> Gates:
    """The gates of all layers side by side, (T, layers × d), at each character of a text after a line break."""
    with torch.inference_mode():
        layers = gates_of(model.lstm, model.embedding(model.encode("\n" + text)))
        return Gates(*(torch.cat(part, dim=-1)[1:] for part in zip(*layers, strict=True)))


def order_of(gates: Gates, text: str, order: str) -> tuple[Tensor, Tensor]:
    """Numbers of the units, best first, and the score of each in that order: (units,), (units,).

    order: one of ORDERS. The score is the mean forget gate, or the size of the correlation of the cell with what the
    order is about, 0 where one of them never changes.
    """
    if order == NUMBER:
        scores = torch.zeros(gates.cell.shape[1])
    elif order == KEEPING:
        scores = gates.forget.mean(dim=0)
    else:
        scores = _correlations(gates.cell, torch.tensor(_about(text, order))).abs()
    places = torch.argsort(scores, descending=True, stable=True)
    return places, scores[places]


def _about(text: str, order: str) -> list[float]:
    """A number for each character: what a unit could follow; whether it stands in brackets, for example."""
    found, since, depth = [], 0, 0
    for character in text:
        since = 0 if character.isspace() else since + 1
        depth = max(depth + (character in "([{") - (character in ")]}"), 0)
        numbers = {
            LETTERS: since,
            "spaces": character.isspace(),
            "capital letters": character.isupper(),
            "brackets": depth > 0,
        }
        found.append(float(numbers[order]))
    return found


def _correlations(columns: Tensor, about: Tensor) -> Tensor:
    """Pearson's correlation of each column of (T, n) with (T,): (n,)."""
    columns, about = columns - columns.mean(dim=0), about - about.mean()
    sizes = columns.norm(dim=0) * about.norm()
    return torch.where(sizes > 1e-6, about @ columns / sizes.clamp(min=1e-6), 0.0)


class Unit(NamedTuple):
    """One unit: its number over all layers, its score in the order, and forget, input, output, content, ... as (T,)."""

    number: int
    score: float
    gates: Gates

    def half_gone(self, position: int) -> int | None:
        """After how many characters the forget gates have taken half of what the cell holds at a position (from 1).

        None if more than half of it is still there at the end of the text.
        """
        left = self.gates.forget[position:].cumprod(dim=0)
        gone = (left < 0.5).nonzero()
        return int(gone[0]) + 1 if len(gone) else None


class Unrolled(Demo):
    """Read your own text with a trained LSTM and look into one unit after the other.

    lstm: a CharacterLSTM, trained or not. text: at most 72 characters. order: what the units are put in order of, one
    of ORDERS.
    """

    title = "Inside an LSTM"
    text = Text("text", TEXT)
    order = Select("units in order of", ORDERS, value=LETTERS)
    unit = Slider("place in that order", 1, 256)
    position = Slider("position", 1, MOST)

    def __init__(self, lstm: CharacterLSTM, text: str = TEXT, order: str = LETTERS) -> None:
        if not all(hasattr(lstm, part) for part in ("lstm", "embedding", "encode")):
            raise ValueError(
                'Unrolled takes a CharacterLSTM, such as checkpoints.load("LSTM") gives, '
                f"not this {type(lstm).__name__}."
            )
        super().__init__(text=text, order=order)
        self.lstm, self.units = lstm, lstm.lstm.hidden_size * lstm.lstm.num_layers
        self._read: LRUCache[object, Gates] = LRUCache(maxsize=4)  # texts
        self.set_range("unit", 1, self.units)
        self.on_change("text")
        self.position = min(8, self.controls["position"].max)

    def on_change(self, name: str) -> None:
        if name == "text" and self.text.strip() and len(self.text) <= MOST:
            self.set_range("position", 1, len(self.text))

    @cachedmethod(attrgetter("_read"), key=lambda self, text: hashkey(text, stamp_of(self.lstm)))
    def _gates(self, text: str) -> Gates:
        return read_text(self.lstm, text)

    def compute(self, v: Values) -> Unit:
        if len(v.text) > MOST:
            raise BadInput(f"The text has {len(v.text):,} characters, and {MOST} fit into the picture: shorten it.")
        gates = self._gates(v.text)
        places, scores = order_of(gates, v.text, v.order)
        number = int(places[v.unit - 1])
        return Unit(number, float(scores[v.unit - 1]), Gates(*(part[:, number] for part in gates)))

    def _name(self, number: int) -> str:
        layer, unit = divmod(number, self.lstm.lstm.hidden_size)
        return f"unit {unit}" if self.lstm.lstm.num_layers == 1 else f"layer {layer + 1}, unit {unit}"

    def _shown(self, text: str) -> list[str]:
        known = set(self.lstm.alphabet[:-1])
        return ["␣" if c == " " else "¶" if c == "\n" else c if c in known and c.isprintable() else "□" for c in text]

    def draw(self, v: Values, data: Unit) -> Scene:
        scene = Scene(height=492)
        characters, T, at = self._shown(v.text), len(v.text), v.position - 1
        left, pitch = 92, min(660 / T, 40)
        wide = pitch * T
        scene.text(8, 16, self._name(data.number), bold=True, size=15)
        scene.text(752, 16, _goes_with(v, data), role="muted", align="right", size=12)
        for place, character in enumerate(characters):
            role = "accent" if place == at else "muted" if character == "□" else "ink"
            scene.text(left + pitch * (place + 0.5), 52, character, role=role, mono=True, align="center",
                       size=min(14, pitch * 1.4), bold=place == at)  # fmt: skip
        names = ["forget", "input", "output"]
        scene.heat(
            left, 66, wide, 84, torch.stack([data.gates.forget, data.gates.input, data.gates.output]), rows=names,
            columns=[f"{character} ({place})" for place, character in enumerate(characters, start=1)],
            label="gates", show_labels=False, row_word="gate", column_word="at", title=False,
        )  # fmt: skip
        for row, (name, does) in enumerate(zip(names, ("keeps", "lets in", "shows"), strict=True)):
            scene.text(left - 8, 74 + 28 * row, name, align="right", bold=True, size=12)
            scene.text(left - 8, 88 + 28 * row, does, role="muted", align="right", size=11)
        scene.rect(left + pitch * at - 1, 64, pitch + 2, 88, fill=None, stroke="accent", width=2.5, radius=2)
        self._draw_cell(scene, v, data, left, pitch)
        self._draw_sum(scene, v, data)
        return scene

    def _draw_cell(self, scene: Scene, v: Values, data: Unit, left: float, pitch: float) -> None:
        T = len(v.text)
        high = max(1.0, 1.1 * float(data.gates.cell.abs().max()))
        axes = scene.axes(left, 196, pitch * T, 130, (0.5, T + 0.5), (-high, high), "position",
                          x_ticks=[n for n in range(1, T + 1) if n == 1 or n % (5 if T > 12 else 1) == 0])  # fmt: skip
        scene.text(8, 176, "cell state c", role="value", bold=True)
        scene.text(120, 176, "and what is shown of it, h (dashed)", role="output")
        axes.plot([v.position] * 2, [-high, high], role="accent", width=1, dash=True)
        places = range(1, T + 1)
        axes.plot(places, data.gates.state, role="output", dash=True, width=1.5)
        axes.plot(places, data.gates.cell, role="value", width=2.5)
        axes.points([v.position], [float(data.gates.cell[v.position - 1])], role="accent", r=6)

    def _draw_sum(self, scene: Scene, v: Values, data: Unit) -> None:
        forget, let_in, out, content, before, cell, state = (float(part[v.position - 1]) for part in data.gates)
        scene.text(8, 398, f"position {v.position}", role="accent", bold=True)
        scene.text(128, 398, "c  =  forget · c before + input · new", role="muted")
        parts = [
            ("=", "ink"),
            (f"{forget:.2f} · {bracketed(before)}", "value"),
            ("+", "ink"),
            (f"{let_in:.2f} · {bracketed(content)}", "query"),
            ("=", "ink"),
            (signed(cell), "value"),
        ]
        draw_sum(scene, 128, 424, parts)
        shown = f"h = output · tanh(c) = {out:.2f} · tanh({signed(cell)}) = {signed(state)}"
        scene.text(8, 450, shown, role="output", mono=True)
        scene.text(8, 476, _lasts(v, data), role="muted")
        scene.scale_bar(600, 404, label="gate")

    def describe(self, v: Values, data: Unit) -> str:
        forget, let_in, _, _, before, cell, _ = (float(part[v.position - 1]) for part in data.gates)
        shown = self._shown(v.text)
        found = (
            f"At position {v.position}, “{shown[v.position - 1]}”, {self._name(data.number)} keeps {forget:.0%} "
            f"of its cell state and lets {let_in:.0%} of the new content in: the cell state goes from "
            f"{signed(before)} to {signed(cell)}. {_lasts(v, data)}"
        )
        if v.position == 1:
            found += " Before your text it has read the end of a line, so the cell state does not begin at 0."
        if unsorted := _unsorted(v):
            found += f" The units are not sorted: {unsorted} in this text."
        elif v.order not in (NUMBER, KEEPING) and data.score >= 0.005:
            found += (
                f" Its cell state follows {v.order}: correlation {data.score:.2f}, whatever its sign, "
                f"the {_ranked(v.unit)} of {self.units} units on this text. Is it so on another one?"
            )
        strange = shown.count("□")
        if strange:
            of = "the only character" if len(shown) == 1 else f"{strange} of {len(shown)} characters"
            found += f" Shown as □: {of}, which its alphabet lacks{'; all look alike to it' * (strange > 1)}."
        return found


def _goes_with(v: Values, data: Unit) -> str:
    if v.order == NUMBER:
        return ""
    if v.order == KEEPING:
        return f"mean forget gate {data.score:.3f}"
    if unsorted := _unsorted(v):
        return f"{unsorted} in this text: not sorted"
    return f"its cell state follows {v.order}: correlation {data.score:.2f}"


def _unsorted(v: Values) -> str:
    """What there is in the text that no unit can follow, where the chosen order is about nothing; else ""."""
    if v.order in (NUMBER, KEEPING) or len(about := set(_about(v.text, v.order))) > 1:
        return ""
    if v.order == LETTERS:
        return "nothing to count"
    if v.order == "brackets":
        return "nothing outside brackets" if about == {1.0} else "nothing in brackets"
    return f"nothing but {v.order}" if about == {1.0} else f"no {v.order}"


def _lasts(v: Values, data: Unit) -> str:
    gone, still = data.half_gone(v.position), len(v.text) - v.position
    if not still:
        return "Here the text ends."
    if gone is None:
        return f"{_characters(still).capitalize()} later, at the end, more than half of what it holds is still there."
    return f"{_characters(gone).capitalize()} later half of what it holds is gone."


def _characters(number: int) -> str:
    return "one character" if number == 1 else f"{number} characters"


def _ranked(place: int) -> str:
    """ "highest", "2nd highest", "11th highest"."""
    if place == 1:
        return "highest"
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending} highest"

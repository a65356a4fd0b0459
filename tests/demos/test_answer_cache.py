"""What a demo has asked the decoder once it looks up, and it asks no more than what is shown; counted in passes."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch

from unravelling.demos.few_shot_prompting import FlipLabels, TemplateEditor
from unravelling.demos.what_is_a_language_model import Keyboard
from unravelling.demos.xray import forward_pass


@contextmanager
def passes(decoder):
    """How many times the decoder is run."""
    made = []
    hook = decoder.model.register_forward_hook(lambda *_: made.append(1))
    try:
        yield made
    finally:
        hook.remove()


@pytest.fixture
def decoder(pretrained):
    return pretrained("decoder")


def test_turning_labels_round_waits_for_no_pass(decoder) -> None:
    demo = FlipLabels(decoder)
    with passes(decoder) as made:
        for turned in (3, 1, 4, 2, 0):
            demo.turned = turned
    assert not made
    with passes(decoder) as made:
        demo.sentence = "It was long, and I slept well."
    assert len(made) == 1


def test_a_short_prompt_is_one_pass_and_none_the_second_time(decoder) -> None:
    demo = TemplateEditor(decoder)
    with passes(decoder) as made:
        demo.question = "heavy"
        assert len(made) == 1
        demo.shots = 1
        assert len(made) == 2
        demo.shots, demo.question = 2, "big"
    assert len(made) == 2


def test_of_a_long_prompt_what_precedes_the_question_is_read_once(decoder) -> None:
    demo = TemplateEditor(decoder, examples="; ".join(f"{word} lamp -> {word} light" for word in "abcdefghijkl"))
    demo.shots = 12
    assert demo.data.tokens > 64
    with passes(decoder) as made:
        demo.question = "heavy"
    assert len(made) == 1


def test_the_keyboard_reads_a_text_again_only_if_the_model_has_changed(decoder) -> None:
    demo = Keyboard({"decoder": decoder}, text="hot and cold, big and")
    first = demo.data
    demo.text = "the capital of France is"
    with passes(decoder) as made:
        demo.text = "hot and cold, big and"
        assert not made and demo.data == first
        with torch.no_grad():
            decoder.model.get_output_embeddings().weight.mul_(1.0)
        demo.redraw()
        assert made


def test_the_norm_before_the_scores_is_shown_without_the_scores_of_every_token(decoder, monkeypatch) -> None:
    from unravelling.demos.xray.catalogue import STOPS
    from unravelling.demos.xray.layer_weights import Parts

    parts = Parts(decoder)
    run = forward_pass.Pass(parts, forward_pass.record(parts, "The cat sat on", STOPS))
    made = []
    call = forward_pass.call
    monkeypatch.setattr(
        forward_pass, "call", lambda function, known: made.append(function.__name__) or call(function, known)
    )
    normed = run.at("final_norm")
    assert made == ["final_norm"]
    assert run.at("probabilities").shape == (len(run.recording.names), decoder.model.config.vocab_size)
    assert made == ["final_norm", "logits", "probabilities"] and run.at("final_norm") is normed

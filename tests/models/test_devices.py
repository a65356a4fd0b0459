"""A model on another device. No GPU is at hand: meta tensors, which have a device and no numbers, stand in for one."""

import pytest
import torch
from torch import nn

from unravelling import models
from unravelling.models.devices import _moved, settle


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)
        self.fails = False

    def forward(self, x, scale=None):
        seen = self.first(x)
        assert seen.device == self.first.weight.device
        if self.fails:
            raise RuntimeError("broken")
        return {"logits": self.second(seen) * scale, "states": (x, seen)}


def settled():
    model = Two()
    settle(model, "meta", home="meta")  # nothing is moved: this is home
    assert model.first.weight.device.type == "cpu"
    settle(model, "meta")
    return model


def test_what_a_model_on_another_device_is_given_goes_there_in_each_of_its_parts(monkeypatch):
    back = []
    monkeypatch.setattr("unravelling.models.devices._moved", lambda value, device: watched(value, device, back))
    model = settled()
    found = model(torch.ones(5, 3), scale=torch.ones(2))
    assert found["logits"].device.type == "meta" and found["logits"].shape == (5, 2)
    assert len(back) == 1, "only what the outermost part gives comes home"
    assert model.first(torch.ones(5, 3)).shape == (5, 4) and len(back) == 2


def watched(value, device, back):
    """As `_moved`, but what comes home is only noted: there are no numbers to bring."""
    if str(device) == "cpu":
        back.append(value)
        return value
    return _moved(value, device)


def test_after_an_error_inside_the_outermost_part_is_still_found(monkeypatch):
    back = []
    monkeypatch.setattr("unravelling.models.devices._moved", lambda value, device: watched(value, device, back))
    model = settled()
    model.fails = True
    with pytest.raises(RuntimeError, match="broken"):
        model(torch.ones(5, 3), scale=torch.ones(2))
    model.fails = False
    back.clear()
    model(torch.ones(5, 3), scale=torch.ones(2))
    assert len(back) == 1


def test_tensors_are_moved_wherever_they_lie_and_outputs_keep_their_kind():
    from transformers.modeling_outputs import CausalLMOutput

    given = CausalLMOutput(logits=torch.ones(2), hidden_states=(torch.ones(1), torch.ones(1)))
    moved = _moved({"a": [torch.ones(3), 7], "b": given}, "meta")
    assert moved["a"][0].device.type == "meta" and moved["a"][1] == 7
    assert type(moved["b"]) is CausalLMOutput and moved["b"].logits.device.type == "meta"
    assert [each.device.type for each in moved["b"].hidden_states] == ["meta", "meta"]
    assert moved["b"][0].device.type == "meta"


def test_a_device_that_is_not_there_is_told_in_a_sentence():
    for device in ("cuda:7", "toaster"):
        with pytest.raises(models.ModelError, match=f"PyTorch sees no device '{device}' here: leave `device` out"):
            settle(nn.Linear(1, 1), device)


def test_on_the_cpu_nothing_is_hung_into_a_model():
    model = Two()
    settle(model, "cpu")
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())

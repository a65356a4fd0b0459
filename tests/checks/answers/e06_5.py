"""Answers to 06.5."""

from __future__ import annotations

from tests.checks.answers import right, wrong

A = "return F.cross_entropy(logits[:, :-1].flatten(0, 1), y[:, 1:].flatten())"
B = "allowed = torch.ones(T, T).tril(1).bool()"
C = "if step % 8 == 7: optimiser.zero_grad()"
D = "places = torch.arange(len(ids))[:, None]"
E = "return F.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=0)"
F = "generator.manual_seed(0)"


@right("06.5")
class ByHand:
    def patient_a():
        return "targets", A, "log_p = logits.log_softmax(-1)\nreturn -log_p.gather(-1, y[..., None]).mean()"

    def patient_b():
        line = 'weights = torch.where(allowed, scores, float("-inf")).softmax(dim=-1)'
        return "mask", line, 'weights = torch.where(allowed.tril(), scores, float("-inf")).softmax(dim=-1)'

    def patient_c():
        return "gradients", "loss.backward()", "model.zero_grad()\nloss.backward()"

    def patient_d():
        line = "x = self.tokens(ids) + self.positions(places)"
        return "positions", line, "x = self.tokens(ids) + self.positions.weight[:ids.shape[1]]"


@right("06.5")
class InOtherPlaces:
    def patient_c():
        line = "x, y = draw(ids, 8, 24, generator)"
        return "gradients", line, "optimiser.zero_grad()\nx, y = draw(ids, 8, 24, generator)"

    def patient_e():
        return "loss", E, E.replace("0)", "-100)").replace("y.flatten(), ", "y.reshape(-1), ")

    def patient_f():
        return ("batches", F, "# the generator goes on from call to call\npass")


@wrong("06.5", says="does after your edit exactly what it did before")
class NothingChanged:
    def patient_a():
        return "targets", A, A


@wrong("06.5", says="does after your edit exactly what it did before")
class TheSameInOtherWords:
    def patient_b():
        return "mask", B, "allowed = torch.tril(torch.ones(T, T), diagonal=1) > 0"


@wrong("06.5", says="there Patient C was well")
class TheModelIsChanged:
    def patient_c():
        line = "mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)"
        return "mask", line, "mixed = F.scaled_dot_product_attention(q, k, v)"


@wrong("06.5", says="what your edit changes comes later")
class StepsInsteadOfTheMask:
    def patient_b():
        line = "adam, losses = torch.optim.Adam(model.parameters(), lr=3e-3), []"
        return "learning rate", line, "adam, losses = torch.optim.Adam(model.parameters(), lr=1e-3), []"


@wrong("06.5", says="The line is the right one; what you wrote in its place is not yet right")
class LossInBits:
    def patient_e():
        return "loss", E, "return F.cross_entropy(logits.flatten(0, 1), y.flatten()) / 0.6931"


@wrong("06.5", says="is well after your edit, but you call its fault 'loss'")
class TheNameIsAnothers:
    def patient_a():
        return "loss", A, "return F.cross_entropy(logits.flatten(0, 1), y.flatten())"


@wrong("06.5", says="The line is the right one; what you wrote in its place is not yet right")
class ASeedOfItsOwn:
    def patient_f():
        return "batches", F, "generator.manual_seed(int(torch.randint(1000, ())))"


@wrong("06.5", says="has no line")
class ALineThatIsNotThere:
    def patient_d():
        return "positions", "places = torch.arange(len(ids))", "places = torch.arange(ids.shape[1])"


@wrong("06.5", says="You name no line of Patient D")
class NoLine:
    def patient_d():
        return "positions", "", "places = torch.arange(ids.shape[1])"


@wrong("06.5", says="is none of the faults to choose from")
class AWordOfHerOwn:
    def patient_e():
        return "softmax", E, "return F.cross_entropy(logits.flatten(0, 1), y.flatten())"


@wrong("06.5", says="your function returned nothing (None)")
class Nothing:
    def patient_f():
        return None


@wrong("06.5", says="The line that you changed was sound, and Patient B is ill twice now")
class ASoundLineBroken:
    def patient_b():
        return "scale", "scores = (q * self.w**-0.5) @ k.mT", "scores = q @ k.mT"


@wrong("06.5", says="and Patient F is ill twice now")
class OneStartFewer:
    def patient_f():
        line = "starts = torch.randint(len(ids) - length, (batch,), generator=generator).tolist()"
        return "batches", line, line.replace("length,", "length - 1,", 1)


@wrong("06.5", told="still_a_column", says="Which axis of ids holds the T tokens")
class StillTheRows:
    def patient_d():
        return "positions", D, "places = torch.arange(len(ids))"


@wrong("06.5", says="For Patient C your function returned 2 of them; three texts")
class APair:
    def patient_c():
        return "gradients", C


@wrong("06.5", says="For Patient C the line is a value of type int, not a text")
class TheNumberOfTheLine:
    def patient_c():
        return "gradients", 12, "optimiser.zero_grad()\nloss.backward()"


@wrong("06.5", says="For Patient C the mended line is nothing (None), not a text")
class NoMend:
    def patient_c():
        return "gradients", C, None


@wrong("06.5", says="your function returned a value of type str")
class OneText:
    def patient_f():
        return F


@wrong("06.5", says="After your edit Patient C stops with SyntaxError")
class DoesNotRun:
    def patient_c():
        return "gradients", C, "optimiser.zero_grad(\nloss.backward()"


@wrong("06.5", says="After your edit Patient A stops with NameError")
class LineTakenOut:
    def patient_a():
        return "targets", "x = torch.stack([ids[s : s + length] for s in starts])", ""

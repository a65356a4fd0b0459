"""Answers to 11.5."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong
from unravelling.checks.measuring_bias.permutation_p_value.exercise import PermutationPValue

MUTANTS = {
    "drawn_b = b[torch.randint(len(b), (4000, len(b)), generator=generator)].mean()": "one_group_drawn",
    "return {**{name: notes[name] for name in NOTES}, 'items': len(x) + len(y), 'templates': len(by_template), 'estimate': float(a.mean() - b.mean()), 'interval': (low, high), 'p_value': permutation_p_value(b, a, 20000, generator), 'by_template': by_template, 'spread': max(by_template) - min(by_template)}": "p_the_other_way",
    "by_template = x.mean(0).tolist()": "templates_of_one_group",
    "return {**{name: notes[name] for name in NOTES}, 'items': len(x) + len(y), 'templates': len(by_template), 'estimate': float(a.mean()), 'interval': (low, high), 'p_value': permutation_p_value(a, b, 20000, generator), 'by_template': by_template, 'spread': max(by_template) - min(by_template)}": "first_group_alone",
    "return {**{name: notes[name] for name in NOTES}, 'items': len(x) + len(y), 'templates': len(by_template), 'estimate': float(b.mean() - a.mean()), 'interval': (low, high), 'p_value': permutation_p_value(a, b, 20000, generator), 'by_template': by_template, 'spread': max(by_template) - min(by_template)}": "sign_reversed",
    "drawn_a = a[torch.randint(len(a), (4000, len(a)))].mean(1)": "unseeded",
    "drawn_b = b[torch.randint(len(b), (4000, len(b)))].mean(1)": "unseeded",
    "without: for name in NOTES:": "looked_up_without_asking",
    "without: if x.shape[1] != y.shape[1]:": "templates_not_counted",
    "if False:": "templates_not_counted",
    "without: if not notes.get(name, '').strip():": "looked_up_without_asking",
    "if False: (2)": "looked_up_without_asking",
    "without: raise ValueError(f'The groups were measured with {x.shape[1]} and {y.shape[1]} templates.')": "templates_not_counted",
    "without: raise ValueError(f'Write the note \"{name}\": without it the section is not complete.')": "looked_up_without_asking",
    "if y.shape[1] != y.shape[1]:": "templates_not_counted",
    "if not notes.get('', name).strip():": "looked_up_without_asking",
}

p_value = PermutationPValue.reference
NOTES = ("model", "version", "data", "measured", "does_not_show")


def section(x, y, notes, generator, **others):
    """A right section, but for what is given."""
    if any(not isinstance(notes.get(name), str) or not notes[name].strip() for name in NOTES):
        raise ValueError("a note is missing")
    if x.shape[1] != y.shape[1]:
        raise ValueError("templates")
    a, b = x.mean(1), y.mean(1)
    by_template = (x.mean(0) - y.mean(0)).tolist()
    found = {name: notes[name] for name in NOTES}
    found.update(items=len(x) + len(y), templates=x.shape[1], estimate=float(x.mean() - y.mean()))
    if "interval" not in others:
        found["interval"] = interval(a, b, generator)
    if "p_value" not in others:
        found["p_value"] = p_value(a, b, 20_000, generator)
    found.update(by_template=by_template, spread=max(by_template) - min(by_template))
    return {**found, **others}


def interval(a, b, generator, times=4000, low=0.025, replacement=True):
    def means(values):
        if replacement:
            return values[torch.randint(len(values), (times, len(values)), generator=generator)].mean(1)
        rows = torch.stack([torch.randperm(len(values), generator=generator) for _ in range(200)])
        return values[rows].mean(1)

    drawn = means(a) - means(b)
    return drawn.quantile(low).item(), drawn.quantile(1 - low).item()


@right("11.5")
def in_a_loop(x, y, notes, generator):
    differences = []
    for _ in range(4000):
        rows = torch.randint(x.shape[0], (x.shape[0],), generator=generator)
        others = torch.randint(y.shape[0], (y.shape[0],), generator=generator)
        differences.append(x[rows].mean() - y[others].mean() if x.shape[1] == y.shape[1] else torch.tensor(0.0))
    differences = torch.stack(differences).sort().values
    return section(x, y, notes, generator, interval=(differences[100].item(), differences[3899].item()))


@right("11.5")
def ten_thousand_draws(x, y, notes, generator):
    return section(x, y, notes, generator, interval=interval(x.mean(1), y.mean(1), generator, times=10_000))


@right("11.5")
def the_interval_is_a_list_and_numbers_are_tensors(x, y, notes, generator):
    found = section(x, y, notes, generator)
    return {**found, "interval": list(found["interval"]), "by_template": torch.tensor(found["by_template"])}


@right("11.5")
def drawn_with_multinomial(x, y, notes, generator):
    def means(values):
        picks = torch.multinomial(torch.ones(len(values)), 4000 * len(values), replacement=True, generator=generator)
        return values[picks.view(4000, -1)].mean(1)

    if x.shape[1] != y.shape[1]:
        raise ValueError("templates")
    drawn = means(x.mean(1)) - means(y.mean(1))
    return section(x, y, notes, generator, interval=tuple(drawn.quantile(torch.tensor([0.025, 0.975])).tolist()))


@wrong("11.5", says="with the spaces and line breaks in them")
def notes_stripped(x, y, notes, generator):
    return section(x, y, {name: text.strip() for name, text in notes.items()}, generator)


@wrong("11.5", says="Generators with four different seeds gave the same interval")
def a_generator_of_its_own(x, y, notes, generator):
    own = torch.Generator().manual_seed(0)
    return section(x, y, notes, generator, interval=interval(x.mean(1), y.mean(1), own))


@wrong("11.5", says="drawing items 20,000 times gives")
def thirty_draws(x, y, notes, generator):
    return section(x, y, notes, generator, interval=interval(x.mean(1), y.mean(1), generator, times=30))


@wrong("11.5", says="drawing items 20,000 times gives")
def without_replacement(x, y, notes, generator):
    return section(x, y, notes, generator, interval=interval(x.mean(1), y.mean(1), generator, replacement=False))


@wrong("11.5", says="drawing items 20,000 times gives")
def one_per_cent_at_each_end(x, y, notes, generator):
    return section(x, y, notes, generator, interval=interval(x.mean(1), y.mean(1), generator, low=0.005))


@wrong("11.5", told="ninety_per_cent", says="5% and 95%")
def five_per_cent_at_each_end(x, y, notes, generator):
    return section(x, y, notes, generator, interval=interval(x.mean(1), y.mean(1), generator, low=0.05))


@wrong("11.5", says="drawing items 20,000 times gives")
def two_standard_errors(x, y, notes, generator):
    a, b = x.mean(1), y.mean(1)
    middle = float(a.mean() - b.mean())
    error = float((a.var(correction=0) / len(a) + b.var(correction=0) / len(b)).sqrt())
    return section(x, y, notes, generator, interval=(middle - 3 * error, middle + 3 * error))


@wrong("11.5", says="drawing items 20,000 times gives")
def ends_of_each_group_subtracted(x, y, notes, generator):
    zero = torch.zeros(1)
    first, second = interval(x.mean(1), zero, generator), interval(y.mean(1), zero, generator)
    return section(x, y, notes, generator, interval=(first[0] - second[1], first[1] - second[0]))


@wrong("11.5", says='Your "templates" is')
def templates_of_both_groups(x, y, notes, generator):
    return section(x, y, notes, generator, templates=x.shape[1] + y.shape[1])


@wrong("11.5", says='Your "estimate" is')
def estimate_of_the_middle_items(x, y, notes, generator):
    return section(x, y, notes, generator, estimate=float(x.mean(1).median() - y.mean(1).median()))


@wrong("11.5", says='Your "spread" is')
def spread_without_the_second_group(x, y, notes, generator):
    return section(x, y, notes, generator, spread=float(x.mean(0).max() - x.mean(0).min()))


@wrong("11.5", says='Your "p_value" is')
def p_value_in_both_directions(x, y, notes, generator):
    p = p_value(x.mean(1), y.mean(1), 20_000, generator)
    return section(x, y, notes, generator, p_value=min(1.0, 2 * p))


@wrong("11.5", says="Your section has no field spread")
def no_spread(x, y, notes, generator):
    found = section(x, y, notes, generator)
    del found["spread"]
    return found


@wrong("11.5", told="templates_not_counted", says="measured with different numbers of templates")
def templates_are_not_compared(x, y, notes, generator):
    K = min(x.shape[1], y.shape[1])
    return section(x[:, :K], y[:, :K], notes, generator)


@wrong("11.5", says="ValueError")
def notes_are_looked_up_without_a_question(x, y, notes, generator):
    if any(not notes[name].strip() for name in NOTES):
        raise ValueError("blank")
    return section(x, y, notes, generator)


@wrong("11.5", says="changed its input notes")
def notes_are_the_section(x, y, notes, generator):
    found = section(x, y, notes, generator)
    notes.update(found)
    return notes


@wrong("11.5", says="not a dictionary")
def a_list_of_pairs(x, y, notes, generator):
    return list(section(x, y, notes, generator).items())


def draws_of(x, y, generator, times=4000):
    def means(values):
        return values[torch.randint(len(values), (times, len(values)), generator=generator)].mean(1)

    return means(x.mean(1)) - means(y.mean(1))


@wrong("11.5", told="two_deviations", says="as long on one side as on the other")
def two_standard_deviations_of_the_draws(x, y, notes, generator):
    drawn = draws_of(x, y, generator) if x.shape[1] == y.shape[1] else torch.zeros(2)
    middle, reach = float(x.mean() - y.mean()), 2 * float(drawn.std())
    return section(x, y, notes, generator, interval=(middle - reach, middle + reach))


@wrong("11.5", told="two_deviations", says="An item far from the others pulls one side only")
def one_point_nine_six_deviations_about_the_mean_of_the_draws(x, y, notes, generator):
    drawn = draws_of(x, y, generator) if x.shape[1] == y.shape[1] else torch.zeros(2)
    ends = drawn.mean() + 1.96 * drawn.std() * torch.tensor([-1.0, 1.0])
    return section(x, y, notes, generator, interval=ends)


@wrong("11.5", says="How many estimates do you draw?")
def a_hundred_draws(x, y, notes, generator):
    return section(x, y, notes, generator, interval=interval(x.mean(1), y.mean(1), generator, times=100))


@wrong("11.5", told="single_gaps_drawn", says="of a single item, drawn anew, there is only itself")
def cells_drawn(x, y, notes, generator):
    return section(x, y, notes, generator, interval=interval(x.flatten(), y.flatten(), generator))


@wrong("11.5", told="templates_not_counted", says="which error says that they are not")
def templates_never_counted(x, y, notes, generator):
    if x.shape[1] == y.shape[1]:
        return section(x, y, notes, generator)
    return section(x[:, :1], y[:, :1], notes, generator, by_template=(x.mean(0) - y.mean(0)).tolist())


@wrong("11.5", told="nothing_refused", says="Notes that are missing or blank go through")
def notes_never_looked_at(x, y, notes, generator):
    if x.shape[1] != y.shape[1]:
        raise ValueError("templates")
    return {**section(x, y, dict.fromkeys(NOTES, "a note"), generator), **notes}


@wrong("11.5", told="looked_up_without_asking", says="stops your code with a KeyError, by accident")
def notes_taken_one_by_one(x, y, notes, generator):
    found = section(x, y, dict.fromkeys(NOTES, "a note"), generator)
    return {**found, **{name: notes[name] for name in NOTES}}


@wrong("11.5", told="standard_deviation_by_one_less", says="with K - 1 below the sum")
def spread_is_torchs_std(x, y, notes, generator):
    spread = (x.mean(0) - y.mean(0)).std() if x.shape[1] > 1 else torch.tensor(float("nan"))
    return section(x, y, notes, generator, spread=spread)


@wrong("11.5", says="How many estimates do you draw?")
def an_interval_that_leans_with_the_seed(x, y, notes, generator):
    """Within what chance may do to one interval, and still one of few draws by what another seed does."""
    a, b = x.mean(1), y.mean(1)
    error = float((a.var(correction=0) / len(a) + b.var(correction=0) / len(b)).sqrt())
    lean = 0.15 * error * (1 if generator.initial_seed() % 2 else -1)
    low, high = interval(a, b, generator, times=20_000)
    return section(x, y, notes, generator, interval=(low + lean, high + lean))

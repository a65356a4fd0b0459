"""11.5: the section of a model card that reports one measured bias. The synthesis of 11.2 and 11.4."""

from __future__ import annotations

import torch

from ...compare import numbers_apart
from ...declare import Case, exercise, holds, misconception, slip
from ...random_inputs import randint, randn
from . import probe as trial
from . import variants
from .diagnosis import drawn_too_seldom, interval_is_right, kind_of_interval
from .variants import NOTES, permutation_p_value

EXACT = 1e-5  # of float32; what was rounded to four digits is further off
FILLED = {
    "model": "A small decoder",
    "version": "weights of March, 4 bits",
    "data": "occupations of a list, in templates of our own",
    "measured": "by how many bits 'she' is preferred to 'he' as the next word",
    "does_not_show": "anything about texts, people or words that are not in these templates",
}


def gaps(rng, n, K, shift, by_template=0.0):
    """(n, K) gaps in bits. Items differ much more than templates do within an item, as measured gaps do."""
    noise = 0.15 * randn(rng, n, K) + by_template * torch.linspace(-1, 1, K)
    return (randn(rng, n, 1) + shift + noise).mul(100).round().div(100)


@exercise("11.5", points=4, difficulty=3, minutes=22)
class CardSection:
    """Write the section of a model card that reports one measured bias, with what its numbers do not show."""

    functions = ("bias_section",)
    returns = ("section",)
    compares = False  # an interval is drawn; the properties compare
    because = (
        "The number stands beside its interval, its templates and what it does not show, so a reader can judge how "
        "far to trust it."
    )
    hints = (
        "Two kinds of uncertainty go into the section, and they come from the two axes of x and y. Which axis holds "
        "the items, and which the templates? Take one mean for each item first, and you have two lists of numbers, "
        "as in 11.4.",
        "Refuse what is not filled in. a = x.mean(1) and b = y.mean(1) are the items; the estimate is a.mean() - "
        "b.mean(). For the interval draw len(a) places among the items of x with torch.randint, and len(b) among those "
        "of y, each 4,000 times; the differences of the means of what was drawn have two quantiles. x.mean(0) - "
        "y.mean(0) has one number for each template.",
        "drawn = a[torch.randint(len(a), (4000, len(a)), generator=generator)].mean(1) - the same for b; low, high = "
        "drawn.quantile(torch.tensor([0.025, 0.975])).tolist(); by_template = (x.mean(0) - y.mean(0)).tolist(); and "
        "then a dictionary {**notes, 'items': len(x) + len(y), 'templates': x.shape[1], 'estimate': ..., 'interval': "
        "(low, high), 'p_value': permutation_p_value(a, b, 20_000, generator), 'by_template': by_template, 'spread': "
        "max(by_template) - min(by_template)}.",
    )

    def cases(rng):
        def case(name, x, y, notes=FILLED):
            return Case(name, x=x, y=y, notes=dict(notes), seed=randint(rng, 0, 9999))

        two, other = torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0], [0.5]])
        yield case("2 items against 2, one template", two, other)
        far = torch.tensor([[0.25]] * 7 + [[8.25]])
        yield case("8 items against 1, one of the 8 far from the others", far, torch.tensor([[0.5]]))
        yield case("1 item against 1, 2 templates", torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, 0.0]]))
        yield case("6 items against 6, 3 templates", gaps(rng, 6, 3, 1.0), gaps(rng, 6, 3, 0.0))
        yield case("8 items against 8, 2 templates", gaps(rng, 8, 2, 0.5), gaps(rng, 8, 2, 0.0))  # 12,870 splits
        disagreeing = gaps(rng, 5, 4, -0.5, by_template=2.0)
        yield case("5 items against 7, 4 templates that disagree", disagreeing, gaps(rng, 7, 4, 0.2))
        words = {name: f"{text}, measured again" for name, text in FILLED.items()}
        yield case("other notes", two, other, words)
        kept = "The notes stand in the section as they are, with the spaces and line breaks in them."
        spaced = {name: f" {text}\n" for name, text in FILLED.items()}
        yield Case("notes with a space before them", kept, x=two, y=other, notes=spaced, seed=randint(rng, 0, 9999))
        for missing in NOTES:
            notes = {name: text for name, text in FILLED.items() if name != missing}
            yield case(f'no note "{missing}"', two, other, notes)
        for blank, text in (("does_not_show", ""), ("version", "  \n")):
            yield case(f'a blank note "{blank}"', two, other, FILLED | {blank: text})
        rule = "If x and y have different numbers of templates, they cannot be compared: that raises ValueError."
        apart = torch.tensor([[0.5, 0.0]])
        yield Case("1 template against 2", rule, x=two, y=apart, notes=dict(FILLED), seed=randint(rng, 0, 9999))

    def reference(x, y, notes, generator):
        """Write the section of a model card that reports one measured bias.

        x: (n, K) float tensor, gaps in bits as in 11.2: a row for each of the n items of the first group, a column for
        each of K templates. y: (m, K), those of the second group. notes: dictionary of five texts by the one who
        measured: "model", "version", "data" (which items and templates, from where), "measured" (what, in a sentence)
        and "does_not_show" (what nobody may conclude). generator: a torch.Generator for all that is drawn: the same
        seed gives the same section, another seed another interval. Leaves x, y and notes as they are.
        Returns a dictionary. It holds the five notes as they are, to the last space, and, none of them rounded (tensors
        will do for numbers and for lists of numbers):
        "items": n + m. "templates": K. "estimate": the mean of x minus the mean of y, in bits.
        "interval": (low, high), bits, the 95% bootstrap interval over items. Draw n items of x and m items of y, each
        group by itself, with replacement, an item always with all its templates; take the estimate of what was drawn;
        do it 4,000 times or more. low is the 2.5% quantile of these estimates, high the 97.5% quantile.
        "p_value": what permutation_p_value gives for the items' means over the templates, x first, with most = 20,000.
        "by_template": a list of K floats, in each template the mean of x minus the mean of y. "spread": the largest of
        them minus the smallest, in bits.
        Raises ValueError if a note is missing or blank, or if x and y have different numbers of templates.
        Example: x = [[1.], [2.]] and y = [[0.], [0.5]] have 4 items, 1 template, estimate 1.25, interval (0.5, 2.0),
        p_value 1 / 6, by_template [1.25] and spread 0.0.
        Source: Mitchell et al., 2019, "Model Cards for Model Reporting", arXiv:1810.03993, for the card; Efron, 1979,
        "Bootstrap methods: another look at the jackknife", for the interval.
        """
        for name in NOTES:
            if not notes.get(name, "").strip():
                raise ValueError(f'Write the note "{name}": without it the section is not complete.')
        if x.shape[1] != y.shape[1]:
            raise ValueError(f"The groups were measured with {x.shape[1]} and {y.shape[1]} templates.")
        a, b = x.mean(1), y.mean(1)  # one number for each item: (n,), (m,)
        drawn_a = a[torch.randint(len(a), (4000, len(a)), generator=generator)].mean(1)
        drawn_b = b[torch.randint(len(b), (4000, len(b)), generator=generator)].mean(1)
        low, high = (drawn_a - drawn_b).quantile(torch.tensor([0.025, 0.975])).tolist()
        by_template = (x.mean(0) - y.mean(0)).tolist()  # K numbers
        return {
            **{name: notes[name] for name in NOTES},
            "items": len(x) + len(y),
            "templates": len(by_template),
            "estimate": float(a.mean() - b.mean()),
            "interval": (low, high),
            "p_value": permutation_p_value(a, b, 20_000, generator),
            "by_template": by_template,
            "spread": max(by_template) - min(by_template),
        }

    probe, show = trial.probe, trial.show

    def fingerprint(case, result):
        exact = {name: value for name, value in result["found"].items() if name not in ("interval", "p_value")}
        interval = kind_of_interval(case, result["found"]["interval"])
        p = float(result["found"]["p_value"])
        return (result["missing"], result["texts"], exact, interval, round(p, 3), result["steady"], result["moves"])

    @holds("every field is there")
    def complete(case, result):
        return f"Your section has no field {result['missing']}." if result["missing"] else None

    @holds("the notes stand in it as they were given")
    def notes_are_kept(case, result):
        for name, text in result["texts"].items():
            if name not in result["missing"] and text != case["notes"][name]:
                return f'Your "{name}" reads {text!r}; the note that was given is {case["notes"][name]!r}.'
        return None

    @holds("the numbers are those that the gaps give")
    def numbers_agree(case, result):
        x, y = case["x"].double(), case["y"].double()
        apart = x.mean(0) - y.mean(0)
        want = {
            "items": torch.tensor([float(len(x) + len(y))]),
            "templates": torch.tensor([float(x.shape[1])]),
            "estimate": (x.mean() - y.mean())[None],
            "by_template": apart,
            "spread": (apart.max() - apart.min())[None],
            "p_value": torch.tensor([permutation_p_value(x.mean(1), y.mean(1), 20_000, torch.Generator())]),
        }
        for name, right in want.items():
            got = result["found"][name]
            if not bool(((got - right).abs() <= EXACT * (1 + right.abs())).all()):
                apart = [numbers_apart(*each) for each in zip(got.tolist(), right.tolist(), strict=True)]
                said, asked = (", ".join(each) for each in zip(*apart, strict=True))
                return f'Your "{name}" is {said}; the gaps give {asked}.'
        return None

    @holds("4,000 draws or more, so that another seed hardly moves the interval")
    def drawn_often_enough(case, result):
        return drawn_too_seldom(case, result["intervals"]) if len(result["intervals"]) > 1 else None

    @holds("the interval is the 95% bootstrap interval over items, up to the chance of the draws")
    def interval_agrees(case, result):
        return interval_is_right(case, result["found"]["interval"])

    @holds("the same seed gives the same section")
    def seeded(case, result):
        return None if result["steady"] else "Two generators with the same seed gave two different intervals."

    @holds("another seed gives another interval")
    def drawn_from_the_generator(case, result):
        return (
            None
            if result["moves"]
            else "Generators with four different seeds gave the same interval to the last digit."
        )

    without_its_limits = slip(
        "What the numbers do not show is missing. A number that is read without its limits will be read beyond them. "
        "Which of the five notes did you leave behind?",
        "for name in NOTES}",
        "for name in NOTES[:-1]}",
    )

    nothing_refused = slip(
        "Notes that are missing or blank go through: your section can be published without saying what was measured. "
        "Which question comes before all numbers?",
        ('not notes.get(name, "").strip()', "False"),
        ("notes[name]", 'notes.get(name, "")'),
    )

    looked_up_without_asking = slip(
        "A note that is missing stops your code with a KeyError, by accident, and a blank one goes through. Which "
        "question about each of the five notes comes first, and which error do you raise then?",
        'not notes.get(name, "").strip()',
        "False",
    )

    templates_not_counted = slip(
        "Groups that were measured with different numbers of templates go through. What then differs: the groups, or "
        "the templates? Which two numbers must be equal before any mean is taken, and which error says that they are "
        "not?",
        "x.shape[1] != y.shape[1]",
        "False",
    )

    blank_is_enough = slip(
        "A missing note is refused, a blank one goes through. What is left of a text that is all spaces after "
        ".strip()?",
        'not notes.get(name, "").strip()',
        "name not in notes",
    )

    every_gap_an_item = slip(
        "You count every gap as an item, items times templates. Asking about one occupation in four templates makes it "
        "four times measured, not four occupations. Which axis of x are the items on?",
        "len(x) + len(y)",
        "x.numel() + y.numel()",
    )

    axes_exchanged = slip(
        "The two axes have changed places: your items are templates and your templates are items. What does one row of "
        "x hold?",
        ("len(x) + len(y)", "2 * x.shape[1]"),
        ("len(by_template)", "len(x) + len(y)"),
    )

    sign_reversed = slip(
        "Your estimate has the other sign: it says by how much y is above x. Which group is named first?",
        "a.mean() - b.mean()",
        "b.mean() - a.mean()",
    )

    first_group_alone = slip(
        "Your estimate is about x alone. A model that says 'she' often leans that way for every item; what is left "
        "when you take the other group off?",
        "a.mean() - b.mean()",
        "a.mean()",
    )

    @misconception(
        "Your numbers are rounded. A reader who recomputes them would find others. Where does rounding belong: in the "
        "section, or where it is printed?"
    )
    def rounded(x, y, notes, generator):
        section = CardSection.reference(x, y, notes, generator)
        return section | {name: round(section[name], 1) for name in ("estimate", "spread", "p_value")}

    single_gaps_drawn = slip(
        "You draw single gaps for the interval, as if each template of an occupation were another occupation. But the "
        "gaps of one item rise and fall together, and of a single item, drawn anew, there is only itself. What has to "
        "be drawn as a whole?",
        ("a[torch.randint(len(a), (4000, len(a)),", "x.flatten()[torch.randint(x.numel(), (4000, x.numel()),"),
        ("b[torch.randint(len(b), (4000, len(b)),", "y.flatten()[torch.randint(y.numel(), (4000, y.numel()),"),
    )

    templates_drawn = slip(
        "You draw templates for the interval instead of items. Both are ways to be uncertain, and the templates have "
        "their own line, the spread. Over which axis does the docstring draw?",
        (
            "a[torch.randint(len(a), (4000, len(a)),",
            "(x.mean(0) - y.mean(0))[torch.randint(x.shape[1], (4000, x.shape[1]),",
        ),
        ("(drawn_a - drawn_b)", "drawn_a"),
    )

    one_bag = slip(
        "You draw both groups from one bag, so your interval lies around 0: it shows what chance would do if the "
        "groups did not differ. That is the p-value's question. From where should the items of x be drawn?",
        ("a[torch.randint(len(a),", "torch.cat([a, b])[torch.randint(len(a) + len(b),"),
        ("b[torch.randint(len(b),", "torch.cat([a, b])[torch.randint(len(a) + len(b),"),
    )

    one_group_drawn = slip(
        "Your interval shows how the items of x vary; those of y play no part in it, as if they were certain (they are "
        "not drawn anew, or one mean is taken of all their draws). What would another list of items have changed?",
        "(drawn_a - drawn_b)",
        "(drawn_a - b.mean())",
    )

    ninety_per_cent = slip(
        "Your quantiles are 5% and 95%, which hold 90% between them. How much may lie outside a 95% interval, on each "
        "side?",
        "[0.025, 0.975]",
        "[0.05, 0.95]",
    )

    two_deviations = slip(
        "Your interval is the estimate plus and minus about two standard deviations of the draws: as long on one side "
        "as on the other, and it may end where no draw can. An item far from the others pulls one side only. Which "
        "two numbers of the sorted draws are asked for?",
        "(drawn_a - drawn_b).quantile(torch.tensor([0.025, 0.975])).tolist()",
        "[float(a.mean() - b.mean() + each * (drawn_a - drawn_b).std()) for each in (-1.96, 1.96)]",
    )

    lowest_to_highest = slip(
        "Your interval runs from the lowest to the highest estimate that was drawn, so it grows the longer you draw. "
        "Which two quantiles are asked for?",
        "[0.025, 0.975]",
        "[0.0, 1.0]",
    )

    unseeded = slip(
        "Something that is drawn for your interval does not come from `generator`: nobody who has your data and your "
        "seed gets your section. Which argument does torch.randint take?",
        ("len(a)), generator=generator", "len(a))"),
        ("len(b)), generator=generator", "len(b))"),
    )

    p_of_single_gaps = slip(
        "Your p-value divides up single gaps, as if each template were another occupation, and becomes much too small. "
        "What is one value here?",
        "(a, b, 20_000, generator)",
        "(x.flatten(), y.flatten(), 2000, generator)",
    )

    p_the_other_way = slip(
        "Your p-value has y first: it asks whether y is the higher group. In which order does the test take them?",
        "(a, b, 20_000",
        "(b, a, 20_000",
    )

    standard_deviation = slip(
        "Your spread is the standard deviation of the templates; the docstring asks for the largest minus the "
        "smallest. Which of the two can a reader check against the list above it?",
        "max(by_template) - min(by_template)",
        "float((x.mean(0) - y.mean(0)).std(correction=0))",
    )

    standard_deviation_by_one_less = slip(
        "Your spread is the standard deviation of the templates, with K - 1 below the sum, so a single template has "
        "none; the docstring asks for the largest minus the smallest. Which is that where there is only one?",
        "max(by_template) - min(by_template)",
        "float((x.mean(0) - y.mean(0)).std() if x.shape[1] > 1 else 'nan')",
    )

    spread_of_the_items = slip(
        "Your spread is that of the items. How far do the templates lie apart, each taken over all items?",
        "max(by_template) - min(by_template)",
        "float(torch.cat([a, b]).max() - torch.cat([a, b]).min())",
    )

    templates_of_one_group = slip(
        "In by_template stand the means of x alone, so a template in which everything is 'she' looks like a strong "
        "association. What must be taken off in each template?",
        "(x.mean(0) - y.mean(0))",
        "x.mean(0)",
    )

    step_by_step = variants.step_by_step
    with_tensors_in_it = variants.with_tensors_in_it

"""Two small tests, written for this course: what comes after a blank decides it, and passages that answer a question.

    for sentence, right, wrong in PAIRS[0].questions: ...     # "The ___ is asleep upstairs.", "child", "children"
    question, passage = SEARCHES[0]                            # with hardly a word in common

Up to the blank both sentences of a pair are the same, so whoever reads no further cannot tell them apart.
"""

from __future__ import annotations

from typing import NamedTuple


class Pair(NamedTuple):
    """A word for one and for several (one, many), and how a sentence goes on after each (after_one, after_many)."""

    one: str
    many: str
    after_one: str
    after_many: str

    @property
    def questions(self) -> list[tuple[str, str, str]]:
        """(sentence with its blank, the right word, the other word), twice."""
        return [
            (f"The ___ {self.after_one}", self.one, self.many),
            (f"The ___ {self.after_many}", self.many, self.one),
        ]


PAIRS = (
    Pair("child", "children", "is asleep upstairs.", "are asleep upstairs."),
    Pair("dog", "dogs", "was barking at the gate.", "were barking at the gate."),
    Pair("book", "books", "is on the top shelf.", "are on the top shelf."),
    Pair("letter", "letters", "was written in blue ink.", "were written in blue ink."),
    Pair("bird", "birds", "has flown away.", "have flown away."),
    Pair("tree", "trees", "has lost all of its leaves.", "have lost all of their leaves."),
    Pair("window", "windows", "was left open all night.", "were left open all night."),
    Pair("ship", "ships", "is leaving the harbour.", "are leaving the harbour."),
    Pair("road", "roads", "was closed by snow.", "were closed by snow."),
    Pair("flower", "flowers", "needs water every day.", "need water every day."),
    Pair("teacher", "teachers", "knows all of the songs.", "know all of the songs."),
    Pair("song", "songs", "was sung by everyone.", "were sung by everyone."),
    Pair("door", "doors", "opens at nine.", "open at nine."),
    Pair("house", "houses", "has no garden.", "have no garden."),
    Pair("river", "rivers", "flows to the sea.", "flow to the sea."),
    Pair("garden", "gardens", "belongs to the school.", "belong to the school."),
)

# A question, and the passage that answers it in other words.
SEARCHES = (
    ("How do I get a stain out of a shirt?", "Removing spots from clothes with salt and cold water"),
    ("My bicycle has a flat tyre.", "Repairing a punctured inner tube in ten minutes"),
    ("What should I feed a kitten?", "A diet for very young cats"),
    ("The milk has gone sour.", "How long dairy products stay fresh"),
    ("I cannot fall asleep at night.", "Remedies for insomnia"),
    ("When does the museum open?", "Visiting hours of the gallery"),
    ("The screen of my phone is cracked.", "Replacing broken glass on a mobile"),
    ("How tall is the highest mountain?", "Heights of the world's great peaks"),
    ("I want to learn the violin.", "First lessons on a string instrument"),
    ("Is it going to rain tomorrow?", "The weather forecast for the weekend"),
    ("Where can I borrow novels for free?", "Opening an account at the public library"),
    ("My tomatoes have yellow leaves.", "Diseases of garden vegetables"),
    ("How do I cook rice?", "Boiling grains without burning the pot"),
    ("The train was late again.", "Delays on the railway and how to be refunded"),
    ("Which planet is the largest?", "Jupiter and the other worlds of the solar system"),
    ("My tooth hurts when I drink something cold.", "When to see a dentist"),
)

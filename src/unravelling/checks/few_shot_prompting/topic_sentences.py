"""The sentences of 10.5, written for it. The learner has the examples; the others are held out."""

from __future__ import annotations

TOPICS = ("sport", "weather", "food")

EXAMPLES = [
    ("The home team scored twice in the last minute.", "sport"),
    ("She ran the marathon in under three hours.", "sport"),
    ("He won the tennis match in three sets.", "sport"),
    ("Our captain missed the penalty.", "sport"),
    ("Heavy rain is expected in the north tonight.", "weather"),
    ("It will be sunny with a light wind.", "weather"),
    ("Snow closed the mountain road.", "weather"),
    ("Fog lay over the harbour all morning.", "weather"),
    ("Stir the onions until they are golden.", "food"),
    ("The bakery sells fresh bread from six o'clock.", "food"),
    ("Add a pinch of salt to the soup.", "food"),
    ("We had rice with vegetables for dinner.", "food"),
    ("The cake needs forty minutes in the oven.", "food"),
    ("This cheese comes from goat's milk.", "food"),
    ("Peel the potatoes and boil them.", "food"),
    ("The restaurant serves lunch until three.", "food"),
]

_BY_TOPIC = {
    "sport": (
        "The goalkeeper was sent off before half-time.",
        "The swimmers train every morning before school.",
        "The cyclists reached the finish in the mountains.",
        "A new coach was hired for the season.",
        "The referee blew the whistle.",
        "They lost the final by a single point.",
        "The skier broke her own record.",
        "Fans filled the stadium an hour early.",
        "The striker headed the ball over the bar.",
        "Two runners fell at the first hurdle.",
    ),
    "weather": (
        "A cold front brings frost by Friday.",
        "The storm passed during the night.",
        "Temperatures will rise to thirty degrees.",
        "Clouds gather in the afternoon.",
        "Hail damaged the roofs of the village.",
        "The wind will drop towards evening.",
        "A dry summer is forecast.",
        "Thunder was heard far to the south.",
        "Showers are likely along the coast.",
        "The morning will be cloudy and mild.",
    ),
    "food": (
        "Her tomato sauce simmers for hours.",
        "Cut the apples into thin slices.",
        "The cook tasted the stew.",
        "Breakfast is porridge with honey.",
        "Fry the eggs in a little butter.",
        "The salad needs more vinegar.",
        "They baked biscuits with ginger.",
        "Grandmother's soup is made of lentils.",
        "Mix the flour with warm water.",
        "The menu offers fish and chips.",
    ),
}
HELD_OUT = [(sentence, topic) for topic, sentences in _BY_TOPIC.items() for sentence in sentences]

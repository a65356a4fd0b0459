"""Pictures: what a demo draws, live in a page or still on paper. Nothing in here knows a model or an exercise."""

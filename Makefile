# Each target makes its environment first (scripts/prepare.py; quick when there is nothing to do). README.md tells the rest.
PYTHON ?= python3
VENV ?= .venv
export VENV
BIN = $(VENV)/bin

.PHONY: help setup lab test test-quick build execute grade bench

help:            ## this list
	@grep -E '^[a-z-]+: .*##|^[a-z-]+: +##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 20

setup:           ## the environment only
	@$(PYTHON) scripts/prepare.py

lab: setup       ## models, your copies of the exercises, JupyterLab at lesson 00 (LAB_ARGS=--no-browser to only print the address)
	@$(BIN)/unravelling lab $(LAB_ARGS)

test: setup      ## everything: sources, units, notebooks, a real browser if there is one, an environment like Colab's
	@$(BIN)/python scripts/run_tests.py $(TEST_ARGS)

test-quick: setup ## for authors: no browser, no Colab, only the notebooks you changed
	@$(BIN)/python scripts/run_tests.py --quick

build: setup     ## notebooks from authoring/
	@$(BIN)/unravelling build

execute: setup   ## build, then run lessons and solutions and keep their outputs
	@$(BIN)/unravelling build --execute

grade: setup     ## DIR=handed-in: grade a folder of submissions, one notebook or folder a student (docs/grading.md)
	@$(BIN)/unravelling grade $(DIR) $(GRADE_ARGS)

bench: setup     ## milliseconds from key press to picture; seconds and memory of every notebook
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.graders

// Questions as native radio buttons or a native range, each with its feedback. Feedback does not wait for the kernel.

import { isDark } from "../drawing/theme.js";

let groups = 0; // a radio group needs a name of its own, also when one quiz is shown twice

/** Pieces of a text with `code` in it: [{ text, code }]. */
export function pieces(text) {
  return text.split(/`([^`]+)`/).map((part, i) => ({ text: part, code: i % 2 === 1 })).filter((part) => part.text);
}

/** What is said of a chosen option: the verdict in a sign and in words, then why. */
export function verdict(option) {
  return { sign: option.right ? "\u2713" : "\u2717", words: option.right ? "Right." : "Not right.", why: option.why };
}

function write(node, text) {
  for (const part of pieces(text)) {
    const piece = part.code ? document.createElement("code") : document.createTextNode("");
    piece.textContent = part.text;
    node.append(piece);
  }
  return node;
}

function make(parent, tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) write(node, text);
  parent.append(node);
  return node;
}

function render({ model, el }) {
  el.classList.add("unravelling-choice");
  // Arrow keys, Space and Enter belong to the fields, not to JupyterLab's shortcuts for moving between cells.
  el.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey) event.stopPropagation();
  });
  const fields = [];
  const answer = (id, value) => {
    model.set("answers", { ...model.get("answers"), [id]: value });
    model.save_changes();
  };

  function options(question, field) {
    const name = `unravelling-choice-${++groups}-${Math.random().toString(36).slice(2)}`;
    const inputs = question.options.map((option, index) => {
      const label = make(field, "label", "unravelling-option");
      const input = make(label, "input");
      Object.assign(input, { type: "radio", name, value: String(index) });
      make(label, "span", "", option.text);
      input.addEventListener("change", () => answer(question.id, index));
      return input;
    });
    // Arrow keys walk and Space chooses: otherwise the third option could only be reached by choosing the second.
    field.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      const at = inputs.indexOf(event.target);
      if (!step || at < 0) return;
      event.preventDefault();
      inputs[(at + step + inputs.length) % inputs.length].focus();
    });
    return (chosen) => inputs.forEach((input, index) => (input.checked = index === chosen));
  }

  function number(question, field) {
    const row = make(field, "label", "unravelling-number");
    make(row, "span", "", "Your guess");
    const input = make(row, "input");
    const { low, high, step, unit } = question;
    Object.assign(input, { type: "range", min: low, max: high, step });
    input.value = String((low + high) / 2);
    const shown = make(row, "output", "", "none yet");
    const withUnit = (value) => {
      const one = Number(value) === 1 && unit.endsWith("s") ? unit.slice(0, -1) : unit; // 1 step
      return `${Number(value).toLocaleString("en")}${unit === "%" ? "%" : unit ? ` ${one}` : ""}`;
    };
    const show = () => {
      shown.textContent = withUnit(input.value);
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    input.setAttribute("aria-valuetext", "no guess yet");
    input.addEventListener("input", show);
    input.addEventListener("change", () => answer(question.id, Number(input.value)));
    // A guess of exactly the middle would move nothing: a click or Enter on it counts too.
    for (const kind of ["click", "keyup"]) {
      input.addEventListener(kind, (event) => {
        if (kind === "keyup" && !["Enter", " "].includes(event.key)) return;
        show();
        if (model.get("answers")[question.id] !== Number(input.value)) answer(question.id, Number(input.value));
      });
    }
    const ends = make(field, "div", "unravelling-ends");
    make(ends, "span", "", `from ${withUnit(low)}`);
    make(ends, "span", "", `to ${withUnit(high)}`);
    return (value) => {
      if (value === undefined) return;
      input.value = String(value);
      show();
    };
  }

  model.get("questions").forEach((question, index) => {
    const field = make(el, "fieldset");
    make(field, "legend", "", model.get("numbered") ? `${index + 1}. ${question.text}` : question.text);
    const choose = question.options ? options(question, field) : number(question, field);
    const feedback = make(field, "div", "unravelling-feedback");
    feedback.setAttribute("aria-live", "polite");
    fields.push({ question, choose, feedback, shown: undefined });
  });
  const status = make(el, "div", "unravelling-status");
  status.setAttribute("aria-live", "polite");

  function update() {
    const answers = model.get("answers") ?? {};
    for (const field of fields) {
      const chosen = answers[field.question.id];
      if (chosen === field.shown) continue;
      field.shown = chosen;
      field.choose(chosen);
      const option = field.question.options?.[chosen];
      field.feedback.replaceChildren();
      if (option?.why) {
        const { sign, words, why } = verdict(option);
        field.feedback.dataset.right = String(option.right);
        make(field.feedback, "span", "unravelling-sign", sign).setAttribute("aria-hidden", "true");
        make(field.feedback, "strong", "", words);
        field.feedback.append(" ");
        write(field.feedback, why);
      } else if (chosen !== undefined) write(field.feedback, model.get("kept"));
    }
    if (status.textContent !== model.get("status")) status.textContent = model.get("status");
  }
  const theme = () => (el.dataset.theme = isDark() ? "dark" : "light");
  const watcher = new MutationObserver(theme);
  for (const node of [document.body, document.documentElement]) watcher.observe(node, { attributes: true });
  const traits = ["answers", "status"];
  for (const name of traits) model.on(`change:${name}`, update);
  theme();
  update();
  return () => {
    watcher.disconnect();
    for (const name of traits) model.off(`change:${name}`, update);
  };
}

export default { render };

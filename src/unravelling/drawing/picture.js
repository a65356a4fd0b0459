// A live picture: state from the kernel, pointer and keyboard, theme and width. Drawing itself is in canvas.js.
// No library, no request: everything comes with the widget's state.

import { Pen, cellText, mostLabelled } from "./canvas.js";
import { COLOURS, isDark } from "./theme.js";

/**
 * Names the controls of the demo around the picture: the sliders of ipywidgets have none a screen reader could say.
 * And keeps JupyterLab from taking their arrow keys and Enter for shortcuts.
 */
function nameControls(root, names, watched) {
  const box = root.closest(".unravelling-demo");
  if (!box) return false;
  const sliders = names.filter((name) => name.kind === "slider");
  const handles = [...box.querySelectorAll(".noUi-handle, .ui-slider-handle")];
  handles.forEach((handle, i) => {
    const name = sliders[i];
    if (!name) return;
    handle.setAttribute("aria-label", name.label);
    handle.setAttribute("role", "slider");
    handle.setAttribute("data-lm-suppress-shortcuts", "true");
    if (watched.has(handle)) return;
    const readout = handle.closest(".widget-slider")?.querySelector(".widget-readout");
    const say = () => {
      const now = handle.getAttribute("aria-valuenow") ?? readout?.textContent ?? "";
      if (!handle.hasAttribute("aria-valuenow")) handle.setAttribute("aria-valuenow", now);
      const text = [Number.isFinite(Number(now)) ? String(Number(now)) : now, name.unit].filter(Boolean).join(" ");
      if (handle.getAttribute("aria-valuetext") !== text) handle.setAttribute("aria-valuetext", text);
    };
    // noUiSlider's own Home and End go to the ends that its range had when it was made.
    handle.addEventListener(
      "keydown",
      (event) => {
        const slider = /** @type {any} */ (handle.closest(".noUi-target"))?.noUiSlider;
        const key = /** @type {KeyboardEvent} */ (event).key;
        if (!slider || (key !== "Home" && key !== "End")) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        slider.set(slider.options.range[key === "Home" ? "min" : "max"]);
      },
      true,
    );
    const observer = new MutationObserver(say);
    observer.observe(handle, { attributes: true, attributeFilter: ["aria-valuetext", "aria-valuenow"] });
    watched.set(handle, observer);
    readout?.setAttribute("aria-hidden", "true");
    say();
  });
  const lists = [...box.querySelectorAll("select")];
  lists.forEach((list) => list.setAttribute("data-lm-suppress-shortcuts", "true"));
  const toggles = names.filter((name) => name.kind === "toggle");
  const groups = [...box.querySelectorAll(".widget-toggle-buttons")];
  groups.forEach((group, i) => {
    if (!toggles[i] || watched.has(group)) return;
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", toggles[i].label);
    const say = () => {
      for (const button of group.querySelectorAll("button")) {
        button.setAttribute("data-lm-suppress-shortcuts", "true");
        const pressed = String(button.classList.contains("mod-active"));
        if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
      }
    };
    const observer = new MutationObserver(say);
    observer.observe(group, { attributes: true, attributeFilter: ["class"], childList: true, subtree: true });
    watched.set(group, observer);
    say();
  });
  const wanted = names.filter((name) => name.kind === "select").length;
  const presses = names.filter((name) => name.kind === "buttons");
  const rows = [...box.querySelectorAll(".unravelling-buttons")];
  rows.forEach((row, i) => {
    if (!presses[i]) return;
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", presses[i].label);
    for (const button of row.querySelectorAll("button")) button.setAttribute("data-lm-suppress-shortcuts", "true");
    row.addEventListener("click", backToField); // added once, however often this runs
  });
  return handles.length >= sliders.length && groups.length >= toggles.length && lists.length >= wanted && rows.length >= presses.length;
}

/** In a game the next move is typed: a click (not a key, whose user stands on the button) goes back to the field. */
function backToField(event) {
  if (event.detail) event.currentTarget.closest(".unravelling-game")?.querySelector("input")?.focus();
}

/**
 * After Shift+Enter JupyterLab stands on the cell below, from where Tab would pass the demo by: the first Tab leads to the
 * demo's first control instead. Returns what ends it.
 */
function leadTab(el) {
  let fresh = true;
  /** @param {KeyboardEvent} event */
  const lead = (event) => {
    const box = el.closest(".unravelling-demo");
    const cell = el.closest(".jp-Cell");
    const at = document.activeElement;
    if (!fresh || !box || !cell || event.defaultPrevented || event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey) return;
    if (at?.closest(".jp-Cell.jp-mod-active") !== cell.nextElementSibling || at?.closest(".jp-OutputArea, .cm-editor")) return;
    const first = box.querySelector("input, select, button, [tabindex='0']");
    if (!first) return;
    event.preventDefault();
    event.stopPropagation();
    first.focus();
  };
  const reached = (event) => {
    if (el.closest(".unravelling-demo")?.contains(event.target)) fresh = false;
  };
  document.addEventListener("keydown", lead, true);
  document.addEventListener("focusin", reached, true);
  return () => {
    document.removeEventListener("keydown", lead, true);
    document.removeEventListener("focusin", reached, true);
  };
}

function render({ model, el }) {
  const make = (tag, name, attributes = {}) => {
    const node = document.createElement(tag);
    node.className = `unravelling-${name}`;
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    el.append(node);
    return node;
  };
  el.classList.add("unravelling-picture");
  // Above the picture: what is wrong stands next to the controls that caused it.
  const problem = make("div", "problem", { role: "alert" });
  // JupyterLab would otherwise take the arrow keys for moving between cells.
  const canvas = make("canvas", "canvas", { role: "img", "data-lm-suppress-shortcuts": "true" });
  const readout = make("div", "readout", { "aria-live": "polite" });
  const caption = make("div", "caption", { "aria-live": "polite" });
  /** @type {{scene: any, numbers: Float32Array, drawn: number, took: number}} */
  const state = (el.picture = { scene: null, numbers: new Float32Array(), drawn: 0, took: 0 });
  const watched = new Map();
  /** @type {{heat: number, row: number, column: number} | null} heat: index among the heat maps */
  let cursor = null;
  let box = 1;
  let frame = 0;
  let gone = false;

  const heats = () => state.scene.marks.filter((mark) => mark.kind === "heat");
  const handles = () => state.scene.marks.filter((mark) => mark.kind === "handle");
  const picked = (x, y) =>
    state.scene.marks.findLast((m) => m.kind === "picks" && x >= m.x && x < m.x + m.w && y >= m.y && y < m.y + m.h);

  function say() {
    const mark = cursor && heats()[cursor.heat];
    if (!cursor || !mark) return;
    const value = state.numbers[mark.offset + cursor.row * mark.shape[1] + cursor.column];
    const text = cellText(mark, cursor.row, cursor.column, value);
    if (readout.textContent !== text) readout.textContent = text;
  }

  function draw() {
    frame = 0;
    if (gone) return;
    const began = performance.now();
    const scene = model.get("scene");
    const view = model.get("numbers");
    state.scene = scene?.marks ? scene : { width: 760, height: 1, marks: [] };
    // The bytes may start anywhere in the message; floats must start at a multiple of four.
    state.numbers = view?.byteLength
      ? new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength))
      : new Float32Array();
    const words = model.get("caption");
    const { width, height, marks } = state.scene;
    box = Math.min(width, el.clientWidth || width) / width;
    const sharp = Math.max(window.devicePixelRatio || 1, 1);
    const [w, h] = [Math.round(width * box * sharp), Math.round(height * box * sharp)];
    if (canvas.width !== w || canvas.height !== h) {
      [canvas.width, canvas.height] = [w, h];
      Object.assign(canvas.style, { width: `${width * box}px`, height: `${height * box}px` });
    }
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, w, h);
    context.scale(box * sharp, box * sharp);
    const style = getComputedStyle(el);
    const dark = isDark();
    const page = style.getPropertyValue("--jp-layout-color0").trim();
    const colours = { ...COLOURS[dark ? "dark" : "light"], ...(page ? { paper: page } : {}) };
    const pen = new Pen(context, state.numbers, colours, box, style.fontFamily);
    for (const mark of marks) pen.draw(mark);
    const maps = heats();
    const mark = cursor && maps[cursor.heat];
    if (cursor && mark && cursor.row < mark.shape[0] && cursor.column < mark.shape[1]) pen.cursor(mark, cursor.row, cursor.column);
    else cursor = null;

    el.dataset.theme = dark ? "dark" : "light";
    const draggable = handles().length > 0;
    const help = [
      maps.length ? "Arrow keys read the cells one by one." : "",
      draggable ? "The points can be dragged; the controls do the same." : "",
    ];
    canvas.setAttribute("aria-label", [words, ...help].filter(Boolean).join(" "));
    canvas.style.touchAction = draggable ? "none" : "auto";
    if (maps.length) canvas.tabIndex = 0;
    else canvas.removeAttribute("tabindex");
    readout.hidden = !maps.length;
    if (cursor) say();
    else if (maps.length) readout.textContent = "Point at a cell, or press Tab to reach the picture and use the arrow keys.";
    readout.classList.toggle("unravelling-quiet", !cursor);
    if (caption.textContent !== words) caption.textContent = words;
    const trouble = model.get("problem");
    if (problem.textContent !== trouble) problem.textContent = trouble;
    problem.hidden = !trouble;
    el.classList.toggle("unravelling-stale", Boolean(trouble));
    state.took = performance.now() - began; // milliseconds, for the benchmark
    el.dataset.drawn = String(++state.drawn);
  }
  const redraw = () => (frame ||= requestAnimationFrame(draw));

  // Pointer: read a cell, or drag a handle.
  /** @type {string | null} */
  let dragging = null;
  /** @type {{name: string, x: number, y: number} | null} */
  let pending = null;
  const place = (event) => {
    const edge = canvas.getBoundingClientRect();
    return [((event.clientX - edge.left) / edge.width) * state.scene.width, ((event.clientY - edge.top) / edge.height) * state.scene.height];
  };
  const grabbed = (x, y) => handles().findLast((mark) => Math.hypot(mark.x - x, mark.y - y) < 16);
  const send = () => {
    if (!pending) return;
    model.set("drag", pending);
    model.save_changes();
    pending = null;
  };
  canvas.addEventListener("pointerdown", (event) => {
    const mark = state.scene && grabbed(...place(event));
    if (!mark) return;
    dragging = mark.name;
    canvas.setPointerCapture(event.pointerId);
    canvas.style.cursor = "grabbing";
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!state.scene) return;
    const [x, y] = place(event);
    if (dragging !== null) {
      if (!pending) requestAnimationFrame(send);
      pending = { name: dragging, x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 };
      return;
    }
    canvas.style.cursor = grabbed(x, y) ? "grab" : picked(x, y) ? "pointer" : "";
    const heat = heats().findIndex((m) => x >= m.x && x < m.x + m.w && y >= m.y && y < m.y + m.h);
    const mark = heats()[heat];
    const next = mark && {
      heat,
      row: Math.floor(((y - mark.y) / mark.h) * mark.shape[0]),
      column: Math.floor(((x - mark.x) / mark.w) * mark.shape[1]),
    };
    if (!next || ["heat", "row", "column"].every((key) => cursor?.[key] === next[key])) return;
    cursor = next;
    redraw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      dragging = null;
      canvas.style.cursor = "";
    });
  }

  canvas.addEventListener("click", (event) => {
    const mark = state.scene && !grabbed(...place(event)) && picked(...place(event));
    if (!mark) return;
    // With the time, so that the same place can be chosen twice.
    model.set("pick", { control: mark.control, value: mark.value, time: Math.round(event.timeStamp) });
    model.save_changes();
  });

  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const maps = state.scene ? heats() : [];
    const jump = { PageDown: 1, PageUp: -1 }[event.key];
    if (!maps.length || !(event.key in steps || jump || event.key === "Home" || event.key === "End")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!cursor) cursor = { heat: maps.indexOf(mostLabelled(maps)), row: 0, column: 0 };
    else if (jump) cursor = { heat: (cursor.heat + jump + maps.length) % maps.length, row: cursor.row, column: cursor.column };
    else if (event.key in steps) cursor = { ...cursor, row: cursor.row + steps[event.key][0], column: cursor.column + steps[event.key][1] };
    else cursor = { ...cursor, column: event.key === "Home" ? 0 : Infinity };
    const [rows, columns] = maps[cursor.heat].shape;
    cursor.row = Math.min(Math.max(cursor.row, 0), rows - 1);
    cursor.column = Math.min(Math.max(cursor.column, 0), columns - 1);
    redraw();
  });

  // What makes the picture change: the kernel, the width of the page, its theme.
  const traits = ["scene", "numbers", "caption", "problem", "control_names"];
  for (const name of traits) model.on(`change:${name}`, redraw);
  const size = new ResizeObserver(redraw);
  size.observe(el);
  const theme = new MutationObserver(redraw);
  const attributeFilter = ["class", "theme", "data-theme", "data-jp-theme-light", "data-jp-theme-name"];
  for (const node of [document.body, document.documentElement]) theme.observe(node, { attributes: true, attributeFilter });
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", redraw);
  // The controls may appear after the picture, in any order.
  let tries = 0;
  const naming = setInterval(() => {
    if (nameControls(el, model.get("control_names") ?? [], watched) || ++tries > 100) clearInterval(naming);
  }, 50);
  const leave = leadTab(el);
  draw();

  return () => {
    gone = true;
    leave();
    cancelAnimationFrame(frame);
    clearInterval(naming);
    for (const name of traits) model.off(`change:${name}`, redraw);
    for (const observer of [size, theme, ...watched.values()]) observer.disconnect();
    preference.removeEventListener("change", redraw);
  };
}

export default { render };

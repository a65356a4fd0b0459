// Runs in every page before anything else: what the tests ask the page.
window.tester = {
  app: () => window.jupyterapp,
  panel: () => window.jupyterapp?.shell.currentWidget,
  kernel: () => tester.panel()?.sessionContext?.session?.kernel,
  cells: () => tester.panel().content.widgets.filter((cell) => cell.model.type === "code"),

  ready: () => Boolean(tester.kernel() && tester.kernel().status === "idle" && tester.panel().content.widgets.length),

  runAll: async () => {
    tester.ran = false;
    await tester.app().commands.execute("notebook:run-all-cells");
    tester.ran = true;
  },
  finished: () => tester.ran && tester.kernel()?.status === "idle",

  runCell: async (index) => {
    tester.panel().content.activeCellIndex = index;
    await tester.app().commands.execute("notebook:run-cell");
  },
  outputText: (index) => tester.panel().content.widgets[index].node.querySelector(".jp-OutputArea")?.innerText ?? "",

  errorOutputs: () =>
    tester.cells().flatMap((cell) =>
      cell.model.outputs.toJSON().flatMap((output) => {
        const where = cell.model.sharedModel.getSource().slice(0, 80);
        if (output.output_type === "error") return [`${output.ename}: ${output.evalue} (cell: ${where})`];
        const text = [output.text ?? ""].flat().join("");
        const bad = output.output_type === "stream" && output.name === "stderr" && text.includes("Error");
        return bad ? [`stderr: ${text.slice(0, 500)} (cell: ${where})`] : [];
      }),
    ),

  // Cells that are far from the window may be drawn only when they come near: count what should be there.
  pictures: () => [...document.querySelectorAll(".jp-OutputArea .unravelling-picture")],
  undrawn: () => tester.pictures().filter((picture) => !Number(picture.dataset.drawn)).map((p) => p.outerHTML.slice(0, 300)),
  allDrawn: () => tester.undrawn().length === 0,

  // What a picture shows, as text that can be compared: its marks and its numbers.
  shown: (picture) => JSON.stringify(picture.picture.scene) + Array.from(picture.picture.numbers).join(),
  heats: (picture) =>
    picture.picture.scene.marks
      .filter((mark) => mark.kind === "heat")
      .map((mark) => {
        const [rows, columns] = mark.shape;
        const numbers = Array.from(picture.picture.numbers.slice(mark.offset, mark.offset + rows * columns));
        return { ...mark, numbers: numbers.map((value) => (Number.isNaN(value) ? null : value)) };
      }),

  // Widget views in the outputs of the cell in which a demo stands, by the ids of their models, and which of that cell's
  // demos it is.
  place: (demo) => {
    const cell = tester.cells().find((cell) => cell.node.contains(demo));
    const outputs = cell.model.outputs.toJSON().map((output) => output.data?.["application/vnd.jupyter.widget-view+json"]);
    return {
      ids: outputs.filter(Boolean).map((view) => view.model_id),
      number: [...cell.node.querySelectorAll(".jp-OutputArea .unravelling-demo")].indexOf(demo),
    };
  },
  // What Python code prints in the notebook's kernel. It waits until what the kernel was asked before is done.
  ask: async (code) => {
    const future = tester.kernel().requestExecute({ code, store_history: false });
    let text = "";
    future.onIOPub = (message) => {
      if (message.header.msg_type === "stream" && message.content.name === "stdout") text += message.content.text;
      if (message.header.msg_type === "error") text += message.content.traceback.join("\n");
    };
    await future.done;
    return text;
  },
  // What a demo's page shows: scene, numbers, caption, and each slider, list, group and field of it with its value.
  state: (demo) => {
    const picture = demo.querySelector(".unravelling-picture");
    const all = (kind, value) => [...demo.querySelectorAll(kind)].map(value);
    return {
      scene: picture.picture.scene,
      numbers: Array.from(picture.picture.numbers, (value) => (Number.isFinite(value) ? value : String(value))),
      caption: picture.querySelector(".unravelling-caption").textContent,
      problem: picture.querySelector(".unravelling-problem").textContent,
      sliders: all("[role=slider]", (handle) => Number(handle.getAttribute("aria-valuenow"))),
      lists: all("select", (list) => (list.selectedOptions[0]?.text ?? "").replaceAll("\u00a0", " ")),
      toggles: all(".widget-toggle-buttons", (group) => group.querySelector(".mod-active")?.textContent.trim() ?? ""),
    };
  },

  // Colours of the canvas at points in logical pixels: [[r, g, b], ...].
  colours: (picture, points) => {
    const canvas = picture.querySelector("canvas");
    const scale = canvas.width / picture.picture.scene.width;
    const paint = canvas.getContext("2d");
    return points.map(([x, y]) => [...paint.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data.slice(0, 3)]);
  },

  // Milliseconds from the last key press to each picture drawn after it.
  watch: (picture) => {
    const record = { pressed: null, took: [], before: tester.shown(picture) };
    picture.tester = record;
    record.down = (event) => { record.pressed = event.timeStamp; };
    document.addEventListener("keydown", record.down, true);
    record.observer = new MutationObserver(() => {
      const now = performance.now();
      const shown = tester.shown(picture);
      if (record.pressed === null || shown === record.before) return; // drawn again for another reason
      record.took.push(now - record.pressed);
      record.pressed = null;
      record.before = shown;
    });
    record.observer.observe(picture, { attributes: true, attributeFilter: ["data-drawn"] });
  },
  unwatch: (picture) => {
    document.removeEventListener("keydown", picture.tester.down, true);
    picture.tester.observer.disconnect();
    return picture.tester.took;
  },

  // The same inside BertViz's frame, which draws all its lines at once: until the frame after that is on the screen.
  watchLines: () => {
    const record = { pressed: null, took: [] };
    tester.lines = record;
    record.down = (event) => { record.pressed = event.timeStamp; };
    document.addEventListener("keydown", record.down, true);
    record.observer = new MutationObserver(() => {
      if (record.pressed === null) return;
      const pressed = record.pressed;
      record.pressed = null;
      requestAnimationFrame(() => setTimeout(() => record.took.push(performance.now() - pressed)));
    });
    record.observer.observe(document.body, { childList: true, subtree: true });
  },
  unwatchLines: () => {
    document.removeEventListener("keydown", tester.lines.down, true);
    tester.lines.observer.disconnect();
    return tester.lines.took;
  },

  // JupyterLab skips the rendering of cells far from the window; to judge them, they must be rendered.
  whole: async (judge) => {
    const style = document.head.appendChild(document.createElement("style"));
    style.textContent = "* { content-visibility: visible !important; }";
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    try {
      return await judge();
    } finally {
      style.remove();
    }
  },

  // What is wider than its place, in outputs and prose.
  overflowing: () => tester.whole(() =>
    [...document.querySelectorAll(".jp-OutputArea-output, .jp-RenderedMarkdown")]
      .filter((place) => place.offsetParent && place.scrollWidth > place.clientWidth + 1)
      .map((place) => `${place.scrollWidth} px in ${place.clientWidth} px: ${place.innerText.slice(0, 80)} ${place.innerHTML.slice(0, 200)}`)),

  // frames: whether to look into BertViz's frames too; their thousands of lines take axe half a minute.
  faults: async (frames) => {
    const include = [".jp-OutputArea-output", ".jp-RenderedMarkdown"].filter((place) => document.querySelector(place));
    if (!include.length) return [];
    const result = await tester.whole(() =>
      axe.run({ include: include.map((place) => [place]) }, { resultTypes: ["violations"], iframes: frames }),
    );
    // JupyterLab writes alt="Image" where a picture has none, so axe does not see it.
    const wordless = [...document.querySelectorAll(include.map((place) => `${place} img`).join())]
      .filter((image) => ["", "Image"].includes(image.getAttribute("alt") ?? "") && image.getAttribute("role") !== "presentation")
      .map((image) => `no alt text: ${image.outerHTML.slice(0, 120)}`);
    return wordless.concat(result.violations
      .filter((fault) => ["serious", "critical"].includes(fault.impact))
      .flatMap((fault) => fault.nodes.slice(0, 4).map((node) => `${fault.id}: ${node.failureSummary} at ${node.html.slice(0, 300)}`)));
  },
};

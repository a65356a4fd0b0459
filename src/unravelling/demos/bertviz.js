// Runs inside the iframe after BertViz: fits the frame to its content, and gives the keyboard what BertViz gives the mouse.
{
  const vis = /** @type {HTMLElement} */ (document.getElementById("vis"));
  const frame = () => {
    try { return /** @type {HTMLElement | null} */ (window.frameElement); } catch { return null; } // another origin: the frame keeps its first height
  };

  // Head view draws one coloured box a head at the top (children of the last group); model view one click region a head.
  const boxes = () => {
    const svg = vis.querySelector("svg");
    if (!svg) return [];
    const all = (path) => /** @type {SVGElement[]} */ ([...svg.querySelectorAll(path)]);
    if (document.getElementById("layer")) return all(":scope > g:last-of-type > rect");
    return all(":scope > g > rect:last-child").filter((box) => !box.closest(".detail"));
  };

  const describe = (box, place) => {
    if (document.getElementById("layer")) {
      box.setAttribute("role", "checkbox");
      box.setAttribute("aria-label", `Head ${place}`);
      return;
    }
    const [, layer, head] = box.parentNode.querySelector(".attn_background").id.match(/(\d+)_(\d+)$/);
    const rows = [...vis.querySelectorAll("svg > text[text-anchor=end]")].map((label) => label.textContent);
    box.setAttribute("role", "button");
    box.setAttribute("fill", "transparent"); // BertViz hides it whole, its focus ring too
    box.style.opacity = 1;
    box.setAttribute("aria-label", `Enlarge layer ${rows[layer] ?? layer}, head ${head}`);
  };

  const checked = (list) => {
    // A head that is switched off has a lighter fill and its lines are invisible.
    if (!document.getElementById("layer")) return;
    list.forEach((box, head) => {
      const lines = [...vis.querySelectorAll(`.headAttention[head-index="${head}"] line`)];
      box.setAttribute("aria-checked", String(lines.some((line) => Number(line.getAttribute("stroke-opacity")) > 0)));
    });
  };

  // One stop for Tab; the arrow keys walk from box to box.
  const operable = () => {
    const svg = vis.querySelector("svg");
    if (!svg || svg.dataset.operable) return;
    svg.dataset.operable = "yes";
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", document.title);
    const width = Number(svg.getAttribute("width"));
    if (width) { // model view is 970 px wide: let it shrink with a narrow notebook
      svg.setAttribute("viewBox", `0 0 ${width} ${svg.getAttribute("height")}`);
      svg.style.cssText = `width:100%;max-width:${width}px;height:auto;display:block`;
    }
    const list = boxes();
    list.forEach((box, place) => {
      describe(box, place);
      box.setAttribute("tabindex", place ? "-1" : "0");
      box.addEventListener("keydown", (event) => {
        const rowLength = new Set(list.map((other) => other.getAttribute("x"))).size;
        const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: rowLength, ArrowUp: -rowLength }[event.key];
        if (event.key === " " || event.key === "Enter") {
          box.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        } else if (step && list[place + step]) {
          list[place].setAttribute("tabindex", "-1");
          list[place + step].setAttribute("tabindex", "0");
          list[place + step].focus();
        } else if (!step) {
          return;
        }
        event.preventDefault();
      });
      box.addEventListener("click", () => checked(list));
      box.addEventListener("dblclick", () => checked(list));
    });
    checked(list);
  };

  const fit = () => {
    const outer = frame();
    if (outer) outer.style.height = `${Math.ceil(document.body.getBoundingClientRect().height) + 20}px`;
  };
  operable();
  new MutationObserver(operable).observe(vis, { childList: true });
  new ResizeObserver(fit).observe(document.body);
  fit();
}

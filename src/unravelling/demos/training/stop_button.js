// A Stop button for a cell that is still running. Whether the kernel can hear one then depends on the kernel and on the
// page around it, so the button asks, and is shown only after an answer.

function initialize({ model }) {
  let asked = 0;
  const ask = () => {
    if (model.get("heard") || model.get("over") || ++asked > 20) clearInterval(asking);
    else model.send({ here: true });
  };
  const asking = setInterval(ask, 250);
  return () => clearInterval(asking);
}

function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "unravelling-stop jupyter-widgets jupyter-button widget-button";
  // JupyterLab would otherwise take Space and Enter for its own.
  button.setAttribute("data-lm-suppress-shortcuts", "true");
  button.type = "button";
  el.append(button);
  let pressed = false;
  const show = () => {
    button.hidden = !model.get("heard") || model.get("over");
    button.disabled = pressed;
    button.textContent = pressed ? "Stopping" : "Stop";
  };
  button.addEventListener("click", () => {
    pressed = true;
    model.send({ stop: true });
    show();
  });
  model.on("change:heard", show);
  model.on("change:over", show);
  show();
  return () => {
    model.off("change:heard", show);
    model.off("change:over", show);
  };
}

export default { initialize, render };

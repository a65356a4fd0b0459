function render({ model, el }) { el.textContent = model.get("caption"); }
export default { render };

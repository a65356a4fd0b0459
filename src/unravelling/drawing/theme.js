// The theme of the page around.

/** Whether the page around is dark, in JupyterLab, Colab, VS Code or anywhere else. */
export function isDark() {
  const { body, documentElement: html } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (html.getAttribute("theme")) return html.getAttribute("theme") === "dark";
  if (/\bvscode-(dark|high-contrast)\b(?!-light)/.test(body.className)) return true;
  if (/\bvscode-(high-contrast-)?light\b/.test(body.className)) return false;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

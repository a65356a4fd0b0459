// The theme of the page around, and what colour each role of a scene has in it.

// Okabe-Ito hues, darkened for light pages and lightened for dark ones until text in them has a contrast of 4.5 : 1.
export const COLOURS = {
  light: {
    ink: "#1b1b1b", muted: "#595959", grid: "#d8d8d8", paper: "#ffffff", query: "#0072b2", key: "#b84f00",
    value: "#00785a", output: "#a8447f", accent: "#8a5a00", good: "#00785a", bad: "#b84f00",
  },
  dark: {
    ink: "#f2f2f2", muted: "#c0c0c0", grid: "#4a4a4a", paper: "#111111", query: "#56b4e9", key: "#ff9a57",
    value: "#3fcfa5", output: "#e8a3cb", accent: "#f0e442", good: "#3fcfa5", bad: "#ff9a57",
  },
};

/** Whether the page around is dark, in JupyterLab, Colab, VS Code or anywhere else. */
export function isDark() {
  const { body, documentElement: html } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (html.getAttribute("theme")) return html.getAttribute("theme") === "dark";
  if (/\bvscode-(dark|high-contrast)\b(?!-light)/.test(body.className)) return true;
  if (/\bvscode-(high-contrast-)?light\b/.test(body.className)) return false;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// Heat colours, texts and marks of a Scene (scene.py) on a canvas. picture.js shows it.

// Seventeen stops of each palette, joined linearly: no eye tells the difference.
const STOPS = {
  viridis: "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725",
  cividis: "00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 8c8878 9b9476 aba072 bcae6c cdbb63 dec958 f0d846 fee838",
};

const tables = {};
function table(palette) {
  tables[palette] ??= STOPS[palette].split(" ").map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  return tables[palette];
}

/** [r, g, b] of a value between low and high; values outside take the colour of the nearer end. */
export function colourOf(palette, value, low, high) {
  const stops = table(palette);
  const at = Math.min(Math.max((value - low) / (high - low), 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  return stops[i].map((c, k) => Math.round(c + (stops[i + 1][k] - c) * (at - i)));
}

/** Black or white, whichever stands out more on [r, g, b] (relative luminance of WCAG 2). */
export function inkOn(rgb) {
  const [r, g, b] = rgb.map((c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

/** A value as text, with the digits that the range of the matrix calls for. */
export function valueText(value, low, high) {
  if (!Number.isFinite(value)) return "no value";
  const span = high - low;
  return value.toFixed(span <= 0.2 ? 3 : span <= 20 ? 2 : span <= 200 ? 1 : 0).replace("-", "\u2212");
}

/** "from 'it' to 'piano': 0.43": what a cell of a heat map says. */
export function cellText(mark, row, column, value) {
  const [rowWord, columnWord] = mark.words;
  const from = mark.rows ? `${rowWord} '${mark.rows[row]}'` : `row ${row + 1}`;
  const to = mark.columns ? `${columnWord} '${mark.columns[column]}'` : `column ${column + 1}`;
  const text = `${from}${mark.rows && mark.columns ? " " : ", "}${to}: ${valueText(value, mark.low, mark.high)}`;
  return mark.label ? `${mark.label}: ${text}` : text;
}

/** The heat map that the keyboard cursor starts in: the one with the most named rows and columns, else the first. */
export function mostLabelled(marks) {
  let best = null;
  for (const mark of marks) {
    if (mark.kind !== "heat") continue;
    const names = (mark.rows?.length ?? 0) + (mark.columns?.length ?? 0) + (mark.show_labels ? 0.5 : 0);
    if (!best || names > best.names) best = { mark, names };
  }
  return best?.mark ?? null;
}

export class Pen {
  /**
   * @param {CanvasRenderingContext2D} context @param {Float32Array} numbers of all heat maps
   * @param {Record<string, string>} colours by role @param {number} scale of the screen @param {string} font
   */
  constructor(context, numbers, colours, scale, font) {
    this.c = context;
    this.numbers = numbers;
    this.colours = colours;
    this.scale = scale;
    this.font = font;
  }

  draw(mark) {
    this.c.save();
    this[mark.kind](mark);
    this.c.restore();
  }

  // On a narrow page all shrinks, but no text below 11 px of the screen.
  face(size, bold = false, mono = false) {
    // Below 500 pixels a picture shrinks with its writing: what keeps apart there keeps apart on any page.
    const px = Math.max(size, Math.min(11, size) / Math.max(this.scale, 500 / 760));
    this.c.font = `${bold ? "600 " : ""}${px}px ${mono ? "ui-monospace, Menlo, Consolas, monospace" : this.font}`;
  }

  /**
   * @param {string} text @param {number} x @param {number} y
   * @param {{size?: number, align?: CanvasTextAlign, baseline?: CanvasTextBaseline, role?: string, bold?: boolean,
   *   mono?: boolean, angle?: number, halo?: boolean}} [how]
   */
  write(text, x, y, { size = 13, align = "left", baseline = "middle", role = "ink", bold, mono, angle = 0, halo } = {}) {
    const { c } = this;
    c.save();
    c.translate(x, y);
    if (angle) c.rotate((angle * Math.PI) / 180);
    this.face(size, bold, mono);
    c.textAlign = align;
    c.textBaseline = baseline;
    if (halo) {
      Object.assign(c, { strokeStyle: this.colours.paper, lineWidth: 4, lineJoin: "round" });
      c.strokeText(text, 0, 0);
    }
    c.fillStyle = this.colours[role] ?? role;
    c.fillText(text, 0, 0);
    c.restore();
  }

  fillAndStroke(mark) {
    const { c, colours } = this;
    if (mark.fill) {
      c.globalAlpha = mark.opacity;
      c.fillStyle = colours[mark.fill];
      c.fill();
      c.globalAlpha = 1;
    }
    if (mark.stroke) {
      c.strokeStyle = colours[mark.stroke];
      c.lineWidth = mark.width;
      c.stroke();
    }
  }

  heat(mark) {
    const { c, colours } = this;
    const [rows, columns] = mark.shape;
    const image = new ImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) {
      const value = this.numbers[mark.offset + i];
      if (!Number.isNaN(value)) image.data.set([...colourOf(mark.palette, value, mark.low, mark.high), 255], 4 * i);
    }
    const tile = document.createElement("canvas");
    [tile.width, tile.height] = [columns, rows];
    tile.getContext("2d")?.putImageData(image, 0, 0);
    c.imageSmoothingEnabled = false;
    c.drawImage(tile, mark.x, mark.y, mark.w, mark.h);
    c.strokeStyle = colours.muted;
    c.lineWidth = 0.75;
    c.strokeRect(mark.x, mark.y, mark.w, mark.h);
    const [high, wide] = [mark.h / rows, mark.w / columns];
    if (mark.digits !== null) {
      for (let i = 0; i < rows * columns; i++) {
        const value = this.numbers[mark.offset + i];
        if (Number.isNaN(value)) continue;
        const ink = inkOn(colourOf(mark.palette, value, mark.low, mark.high));
        const [x, y] = [mark.x + ((i % columns) + 0.5) * wide, mark.y + (Math.floor(i / columns) + 0.5) * high];
        this.write(value.toFixed(mark.digits).replace("-", "\u2212"), x, y, { size: mark.sizes[2], align: "center", role: ink });
      }
    }
    mark.shown_rows?.forEach((name, i) =>
      this.write(name, mark.x - 7, mark.y + (i + 0.5) * high, { size: mark.sizes[0], align: "right" }));
    mark.shown_columns?.forEach((name, i) => {
      const [x, size] = [mark.x + (i + 0.5) * wide, mark.sizes[1]];
      if (mark.tilt) this.write(name, x + 1, mark.y - 6, { size, angle: -45 });
      else this.write(name, x, mark.y - 6, { size, align: "center", baseline: "bottom" });
    });
    if (mark.label && mark.title) {
      this.write(mark.label, mark.x, mark.y - mark.head, { size: 13, baseline: "bottom", bold: true });
    }
  }

  scale_bar({ x, y, w, h, low, high, palette, label }) {
    const { c } = this;
    const gradient = c.createLinearGradient(x, 0, x + w, 0);
    for (let i = 0; i <= 16; i++) gradient.addColorStop(i / 16, `rgb(${colourOf(palette, i, 0, 16)})`);
    c.fillStyle = gradient;
    c.fillRect(x, y, w, h);
    if (label) this.write(label, x, y - 6, { size: 12, baseline: "bottom", role: "muted" });
    const end = (v) => (Number.isInteger(v) ? String(v) : valueText(v, low, high)).replace("-", "\u2212");
    this.write(end(low), x, y + h + 4, { size: 12, baseline: "top", role: "muted" });
    this.write(end(high), x + w, y + h + 4, { size: 12, baseline: "top", align: "right", role: "muted" });
  }

  line(mark) {
    const { c } = this;
    if (mark.clip) {
      c.beginPath();
      const [x, y, w, h] = mark.clip;
      c.rect(x, y, w, h);
      c.clip();
    }
    Object.assign(c, { strokeStyle: this.colours[mark.role], lineWidth: mark.width, globalAlpha: mark.opacity });
    Object.assign(c, { lineJoin: "round", lineCap: mark.dash ? "butt" : "round" });
    if (mark.dash) c.setLineDash([6, 4]);
    c.beginPath();
    let down = false;
    for (const point of mark.points) {
      if (point) c[down ? "lineTo" : "moveTo"](point[0], point[1]);
      down = Boolean(point);
    }
    c.stroke();
  }

  arrow({ x1, y1, x2, y2, role, width, label, opacity }) {
    const { c } = this;
    const length = Math.hypot(x2 - x1, y2 - y1);
    const [ux, uy] = length > 0 ? [(x2 - x1) / length, (y2 - y1) / length] : [1, 0];
    const head = Math.min(6 + 2 * width, length);
    Object.assign(c, { strokeStyle: this.colours[role], fillStyle: this.colours[role], lineWidth: width, globalAlpha: opacity });
    if (length > 0) {
      const [bx, by] = [x2 - ux * head, y2 - uy * head];
      c.beginPath();
      c.moveTo(x1, y1);
      c.lineTo(bx + ux, by + uy);
      c.stroke();
      c.beginPath();
      c.moveTo(x2, y2);
      c.lineTo(bx - uy * head * 0.42, by + ux * head * 0.42);
      c.lineTo(bx + uy * head * 0.42, by - ux * head * 0.42);
      c.fill();
    }
    c.globalAlpha = 1;
    if (label) {
      const align = ux > 0.35 ? "left" : ux < -0.35 ? "right" : "center";
      this.write(label, x2 + 9 * ux, y2 + 13 * uy, { role, align, halo: true, bold: true });
    }
  }

  text(mark) {
    this.write(mark.text, mark.x, mark.y, mark);
  }

  rect(mark) {
    this.c.beginPath();
    if (mark.radius) this.c.roundRect(mark.x, mark.y, mark.w, mark.h, Math.min(mark.radius, mark.w / 2, mark.h / 2));
    else this.c.rect(mark.x, mark.y, mark.w, mark.h);
    this.fillAndStroke(mark);
  }

  circle(mark) {
    this.c.beginPath();
    this.c.arc(mark.x, mark.y, mark.r, 0, 2 * Math.PI);
    this.fillAndStroke(mark);
  }

  /** A place to click shows nothing of its own. */
  picks() {}

  handle(mark) {
    const { c, colours } = this;
    c.beginPath();
    c.arc(mark.x, mark.y, 13, 0, 2 * Math.PI);
    Object.assign(c, { fillStyle: colours[mark.role], globalAlpha: 0.2 });
    c.fill();
    c.globalAlpha = 1;
    c.beginPath();
    c.arc(mark.x, mark.y, 7, 0, 2 * Math.PI);
    c.fill();
    Object.assign(c, { strokeStyle: colours.paper, lineWidth: 2 });
    c.stroke();
    if (mark.label) this.write(mark.label, mark.x + 18, mark.y, { role: mark.role, bold: true, halo: true });
  }

  cursor(mark, row, column) {
    const { c } = this;
    const [high, wide] = [mark.h / mark.shape[0], mark.w / mark.shape[1]];
    for (const [colour, width] of [["#000000", 4], ["#ffffff", 2]]) {
      Object.assign(c, { strokeStyle: colour, lineWidth: width, lineJoin: "round" });
      c.strokeRect(mark.x + column * wide, mark.y + row * high, wide, high);
    }
  }
}

/** The last minute of the eyes as a live line: openness of each eye, and below it how much they look closed. */

import { fitToScreen } from './draw.js';
import * as strings from './strings.js';

/** @typedef {{at: number, left: number | null, right: number | null, closed: number | null}} Sample */
/** @typedef {import('./loa-client.js').Alert['level']} Level @typedef {{at: number, level: Level}} Mark */
/** @typedef {{left: string, right: string, closed: string, grid: string, text: string} & Record<Level, string>} Inks */

const WINDOW_MS = 60_000;
/** A line is not drawn over a hole that is longer than this. */
const GAP_MS = 3_500;
/** An eye aspect ratio of 0.3 is an open eye; wide open eyes reach about 0.45. */
const TOP = 0.45;
const MARKS = [0, 0.2, 0.4];
const FONT = '11px Inter, system-ui, sans-serif';

export class EyeChart {
  /** @type {Sample[]} */
  #samples = [];
  /** When something was alerted. @type {Mark[]} */
  #marks = [];

  /** @param {HTMLCanvasElement} canvas @param {() => Inks} inks */
  constructor(canvas, inks) {
    this.canvas = canvas;
    this.inks = inks;
  }

  /** @param {Sample} sample */
  add(sample) {
    this.#samples.push(sample);
    this.#samples = this.#samples.filter(({ at }) => at > sample.at - WINDOW_MS - GAP_MS);
    this.#label(sample);
  }

  /** @param {Mark} mark */
  mark(mark) {
    this.#marks = [...this.#marks, mark].filter(({ at }) => at > mark.at - WINDOW_MS - GAP_MS);
  }

  /** What was seen last is no longer so; the line stays. */
  end() {
    this.#label({ left: null, right: null, closed: null });
  }

  clear() {
    this.#samples = [];
    this.#marks = [];
    this.end();
  }

  /** @param {Omit<Sample, 'at'>} now */
  #label({ left, right, closed }) {
    this.canvas.setAttribute('aria-label', strings.chart.label(left, right, closed));
  }

  /** @param {number} now ms of the same clock as the samples */
  draw(now) {
    const context = this.canvas.getContext('2d');
    if (!context || !this.canvas.clientWidth) return;
    const ratio = fitToScreen(this.canvas);
    const inks = this.inks();
    const plot = layout(this.canvas.width / ratio, this.canvas.height / ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.font = FONT;
    drawGrid(context, plot, inks);
    if (!this.#samples.length) {
      context.textAlign = 'center';
      context.fillText(strings.chart.waiting, (plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2);
      return;
    }
    context.save();
    context.beginPath();
    context.rect(plot.left, 0, plot.right - plot.left + 4, plot.bandBottom + 1);
    context.clip();
    /** @param {number} at */
    const x = (at) => plot.right - ((now - at) / WINDOW_MS) * (plot.right - plot.left);
    drawBand(context, plot, inks.closed, this.#samples, x);
    // A pennant points to the right: that of a mark which has left would still reach in.
    for (const { at, level } of this.#marks) if (x(at) >= plot.left) drawMark(context, plot, inks[level], x(at));
    drawLine(
      context,
      plot,
      inks.right,
      this.#samples.map(({ at, right }) => [x(at), right, at]),
    );
    drawLine(
      context,
      plot,
      inks.left,
      this.#samples.map(({ at, left }) => [x(at), left, at]),
    );
    context.restore();
  }
}

/** @param {number} width @param {number} height CSS pixels */
function layout(width, height) {
  const bandBottom = height - 20;
  const bandTop = bandBottom - 26;
  return { left: 30, right: width - 6, top: 8, bottom: bandTop - 12, bandTop, bandBottom };
}

/** @typedef {ReturnType<typeof layout>} Plot */

/** @param {Plot} plot @param {number} ear */
const height = (plot, ear) => plot.bottom - (Math.min(Math.max(ear, 0), TOP) / TOP) * (plot.bottom - plot.top);

/** @param {CanvasRenderingContext2D} context @param {Plot} plot @param {Inks} inks */
function drawGrid(context, plot, inks) {
  context.strokeStyle = inks.grid;
  context.fillStyle = inks.text;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const mark of MARKS) {
    const y = Math.round(height(plot, mark)) + 0.5;
    context.beginPath();
    context.moveTo(plot.left, y);
    context.lineTo(plot.right, y);
    context.stroke();
    context.fillText(mark.toFixed(1), plot.left - 8, y);
  }
  context.fillStyle = inks.grid;
  context.fillRect(plot.left, plot.bandBottom, plot.right - plot.left, 1);
  context.fillStyle = inks.text;
  context.textBaseline = 'alphabetic';
  context.textAlign = 'left';
  context.fillText(strings.chart.older, plot.left, plot.bandBottom + 15);
  context.textAlign = 'right';
  context.fillText(strings.chart.now, plot.right, plot.bandBottom + 15);
}

/** One bar a frame, as high as the eyes look closed. @param {CanvasRenderingContext2D} context @param {Plot} plot
 * @param {string} ink @param {Sample[]} samples @param {(at: number) => number} x */
function drawBand(context, plot, ink, samples, x) {
  context.fillStyle = ink;
  const full = plot.bandBottom - plot.bandTop;
  samples.forEach(({ at, closed }, index) => {
    if (closed === null) return;
    const until = Math.min(samples[index + 1]?.at ?? at + 1000, at + GAP_MS);
    const left = x(at);
    const width = Math.max(1, Math.min(x(until), plot.right) - left);
    const tall = Math.max(1.5, Math.min(Math.max(closed, 0), 1) * full);
    context.fillRect(left, plot.bandBottom - tall, width + 0.5, tall);
  });
}

/** A dashed line with a pennant. @param {CanvasRenderingContext2D} context @param {Plot} plot @param {string} ink
 * @param {number} x */
function drawMark(context, plot, ink, x) {
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 1.5;
  context.setLineDash([4, 3]);
  context.beginPath();
  context.moveTo(x, plot.top);
  context.lineTo(x, plot.bandBottom);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(x, plot.top - 6);
  context.lineTo(x + 10, plot.top - 1);
  context.lineTo(x, plot.top + 4);
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Plot} plot @param {string} ink
 * @param {(readonly [number, number | null, number])[] | any[]} line x, value, time */
function drawLine(context, plot, ink, line) {
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 2;
  context.lineJoin = context.lineCap = 'round';
  context.beginPath();
  let before = -Infinity;
  /** @type {[number, number] | null} */
  let end = null;
  for (const [x, value, at] of line) {
    if (value === null) {
      before = -Infinity;
      end = null;
      continue;
    }
    const y = height(plot, value);
    if (at - before > GAP_MS) {
      context.moveTo(x, y);
      context.lineTo(x + 0.1, y);
    } else context.lineTo(x, y);
    before = at;
    end = [x, y];
  }
  context.stroke();
  if (!end) return;
  context.beginPath();
  context.arc(end[0], end[1], 3, 0, 2 * Math.PI);
  context.fill();
}

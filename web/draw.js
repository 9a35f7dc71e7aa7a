/** Draws what the server found onto a canvas that lies over the picture. */

/** @typedef {import('./loa-client.js').Verdict} Verdict */
/** @typedef {{points: string, lines: string, eyes: string, box: string}} Inks */

/** Paths through MediaPipe's 478 face points. Left and right are the learner's own. */
export const CONTOURS = {
  oval: [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
  ],
  lipsOuter: [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185],
  lipsInner: [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191],
  rightEye: [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
  leftEye: [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
  rightBrow: [70, 63, 105, 66, 107, 55, 65, 52, 53, 46],
  leftBrow: [300, 293, 334, 296, 336, 285, 295, 282, 283, 276],
  rightIris: [469, 470, 471, 472],
  leftIris: [474, 475, 476, 477],
};

const SCALE = 10_000;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width of the canvas in its own pixels @param {number} height
 * @param {{box: number[] | null, points: number[] | null, eyesOpen: boolean}} found
 * @param {Inks} inks @param {number} [thin] width of the thinnest line in canvas pixels
 */
export function drawFace(context, width, height, found, inks, thin = 1) {
  context.clearRect(0, 0, width, height);
  context.lineJoin = context.lineCap = 'round';
  const { box, points } = found;
  if (box)
    drawBox(
      context,
      box.map((share, i) => share * (i % 2 ? height : width)),
      inks.box,
      thin,
    );
  if (!points) return;
  /** @param {number} index @returns {[number, number]} */
  const at = (index) => [(points[2 * index] / SCALE) * width, (points[2 * index + 1] / SCALE) * height];

  context.fillStyle = inks.points;
  for (let index = 0; index < points.length / 2; index += 1) {
    const [x, y] = at(index);
    context.fillRect(x - thin * 0.6, y - thin * 0.6, thin * 1.2, thin * 1.2);
  }
  /** @param {number[]} path @param {string} ink @param {number} weight */
  const stroke = (path, ink, weight) => {
    context.beginPath();
    for (const index of path) context.lineTo(...at(index));
    context.closePath();
    context.strokeStyle = ink;
    context.lineWidth = weight;
    context.stroke();
  };
  for (const name of /** @type {const} */ (['oval', 'lipsOuter', 'lipsInner', 'rightBrow', 'leftBrow'])) {
    stroke(CONTOURS[name], inks.lines, thin * 1.2);
  }
  for (const name of /** @type {const} */ (['rightEye', 'leftEye'])) stroke(CONTOURS[name], inks.eyes, thin * 1.8);
  if (!found.eyesOpen) return;
  for (const name of /** @type {const} */ (['rightIris', 'leftIris'])) {
    drawRing(context, CONTOURS[name].map(at), inks.eyes, thin * 1.2);
  }
}

/** Four corners, so that the box does not hide the face. @param {CanvasRenderingContext2D} context
 * @param {number[]} box @param {string} ink @param {number} thin */
function drawBox(context, [x, y, width, height], ink, thin) {
  const arm = Math.min(width, height) * 0.14;
  context.beginPath();
  for (const [cx, sx] of [
    [x, 1],
    [x + width, -1],
  ]) {
    for (const [cy, sy] of [
      [y, 1],
      [y + height, -1],
    ]) {
      context.moveTo(cx + sx * arm, cy);
      context.lineTo(cx, cy);
      context.lineTo(cx, cy + sy * arm);
    }
  }
  context.strokeStyle = ink;
  context.lineWidth = thin * 2;
  context.stroke();
}

/** The circle through the four points of an iris. @param {CanvasRenderingContext2D} context
 * @param {[number, number][]} rim @param {string} ink @param {number} weight */
function drawRing(context, rim, ink, weight) {
  const cx = rim.reduce((sum, [x]) => sum + x, 0) / rim.length;
  const cy = rim.reduce((sum, [, y]) => sum + y, 0) / rim.length;
  const radius = rim.reduce((sum, [x, y]) => sum + Math.hypot(x - cx, y - cy), 0) / rim.length;
  context.beginPath();
  context.arc(cx, cy, radius, 0, 2 * Math.PI);
  context.strokeStyle = ink;
  context.lineWidth = weight;
  context.stroke();
}

/** Between two sets of numbers of equal length. @param {number[]} from @param {number[]} to @param {number} share 0..1 */
export const between = (from, to, share) => to.map((value, i) => from[i] + (value - from[i]) * share);

/** Gives a canvas as many pixels as it covers on the screen. @param {HTMLCanvasElement} canvas @returns {number} the ratio */
export function fitToScreen(canvas) {
  const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return ratio;
}

/** Where pictures come from: the camera, a picture file, a video file. Each gives the newest frame as a small JPEG. */

/**
 * @typedef {object} Source
 * @property {'camera' | 'picture' | 'video'} kind
 * @property {HTMLVideoElement | HTMLCanvasElement} element what the learner sees
 * @property {number} aspect width by height
 * @property {boolean} moving whether "for how long" means anything
 * @property {() => number} moment changes when there is something new to capture
 * @property {() => Promise<Blob | null>} capture
 * @property {() => void} close
 */

const CAMERA_FRAME = { width: 320, height: 240 };
const PICTURE_SIDE = 640;
const JPEG_QUALITY = 0.8;
/** Pictures of a file are encoded again, smaller, above this; well within the server's default limit. */
const PICTURE_BYTES = 200_000;

/** An error whose `name` tells what to say about it. */
export class SourceError extends Error {
  /** @param {string} name @param {string} [subject] the file it is about */
  constructor(name, subject = '') {
    super(`${name} ${subject}`.trim());
    this.name = name;
    this.subject = subject;
  }
}

/**
 * The size at which a picture is sent: its own aspect, within the bounds, never enlarged.
 * @param {number} width @param {number} height @param {{width: number, height: number}} bounds
 */
export function fitWithin(width, height, bounds) {
  const scale = Math.min(1, bounds.width / width, bounds.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A canvas that keeps its size between frames and encodes off the main thread where the browser can. */
function makeEncoder() {
  /** @type {OffscreenCanvas | HTMLCanvasElement | null} */
  let canvas = null;
  /** @param {CanvasImageSource} image @param {{width: number, height: number}} size @param {number} [quality]
   * @returns {Promise<Blob | null>} */
  return async (image, size, quality = JPEG_QUALITY) => {
    canvas ??= 'OffscreenCanvas' in globalThis ? new OffscreenCanvas(1, 1) : document.createElement('canvas');
    if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
    const context = /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} */ (
      canvas.getContext('2d', { alpha: false })
    );
    if (!context) return null;
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, size.width, size.height);
    if ('convertToBlob' in canvas) return canvas.convertToBlob({ type: 'image/jpeg', quality });
    const page = canvas;
    return new Promise((resolve) => page.toBlob(resolve, 'image/jpeg', quality));
  };
}

/** @param {HTMLVideoElement} video @returns {() => Promise<Blob | null>} */
function captureFrom(video) {
  const encode = makeEncoder();
  return async () => {
    const ready = video.readyState >= 2 && video.videoWidth > 0 && !video.seeking;
    return ready ? encode(video, fitWithin(video.videoWidth, video.videoHeight, CAMERA_FRAME)) : null;
  };
}

/** @returns {HTMLVideoElement} */
function makeVideo() {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  return video;
}

/** @param {HTMLVideoElement} video @returns {Promise<void>} once the first frame is there */
function firstFrame(video) {
  return new Promise((resolve, reject) => {
    video.onloadeddata = () => (video.videoWidth ? resolve() : reject(new SourceError('NoPicture')));
    video.onerror = () => reject(new SourceError('NotPlayable'));
  });
}

/**
 * Asks for the camera. Rejects with an error whose `name` says why not.
 * @param {string | null} deviceId @param {() => void} onEnded the camera went away
 * @returns {Promise<Source & {deviceId: string}>}
 */
export async function openCamera(deviceId, onEnded) {
  if (!globalThis.isSecureContext) throw new SourceError('Insecure');
  if (!navigator.mediaDevices?.getUserMedia) throw new SourceError('Missing');
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: {
      width: { ideal: 640 },
      height: { ideal: 480 },
      ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'user' }),
    },
  });
  const [track] = stream.getVideoTracks();
  const video = makeVideo();
  const capture = captureFrom(video);
  const close = () => {
    track.onended = null;
    for (const each of stream.getTracks()) each.stop();
    video.srcObject = null;
  };
  try {
    track.onended = onEnded;
    video.srcObject = stream;
    const ready = firstFrame(video);
    await video.play();
    await ready;
  } catch (error) {
    close();
    throw error;
  }
  return {
    kind: 'camera',
    element: video,
    aspect: video.videoWidth / video.videoHeight,
    moving: true,
    moment: () => performance.now(),
    capture: async () => (video.paused ? null : capture()),
    close,
    deviceId: track.getSettings().deviceId ?? '',
  };
}

/** The cameras by name; names are known only after the first consent. @returns {Promise<MediaDeviceInfo[]>} */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter(({ kind }) => kind === 'videoinput');
}

/** @param {File} file @returns {Promise<Source>} */
export async function openFile(file) {
  if (file.type.startsWith('image/')) return openPicture(file);
  if (file.type.startsWith('video/')) return openVideo(file);
  throw new SourceError('kind', file.name);
}

/** @param {File} file @returns {Promise<Source>} */
async function openPicture(file) {
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(file); // turned as its EXIF orientation says
  } catch {
    throw new SourceError('picture', file.name);
  }
  const size = fitWithin(bitmap.width, bitmap.height, { width: PICTURE_SIDE, height: PICTURE_SIDE });
  const canvas = document.createElement('canvas');
  Object.assign(canvas, size);
  const context = canvas.getContext('2d');
  if (!context) throw new SourceError('picture', file.name);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, size.width, size.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  bitmap.close();
  const encode = makeEncoder();
  let jpeg = await encode(canvas, size);
  if (jpeg && jpeg.size > PICTURE_BYTES) jpeg = await encode(canvas, size, 0.5);
  const picture = jpeg;
  return {
    kind: 'picture',
    element: canvas,
    aspect: size.width / size.height,
    moving: false,
    moment: () => 0,
    capture: async () => picture,
    close() {},
  };
}

/** A lecture's film, to be watched rather than looked at: it waits for the learner to press play.
 * @param {File} file @returns {Promise<Source>} */
export const openLecture = (file) => openVideo(file, false);

/** @param {File} file @param {boolean} [plays] at once @returns {Promise<Source>} */
async function openVideo(file, plays = true) {
  const address = URL.createObjectURL(file);
  const video = makeVideo();
  video.controls = true;
  const close = () => {
    video.pause();
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(address);
  };
  try {
    const ready = firstFrame(video);
    video.src = address;
    await ready;
    if (plays) await video.play();
  } catch {
    video.onerror = null;
    close();
    throw new SourceError('video', file.name);
  }
  return {
    kind: 'video',
    element: video,
    aspect: video.videoWidth / video.videoHeight,
    moving: true,
    moment: () => video.currentTime,
    capture: captureFrom(video),
    close,
  };
}

/**
 * Stands before the hub in the copy of the extension that the stories use: a camera whose picture the story chooses. It is told what to
 * do by `stage`, from the debugger.
 */
(() => {
  const FRAMES_PER_SECOND = 12;
  const canvas = new OffscreenCanvas(640, 480);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
  /** @type {Set<any>} */
  const tracks = new Set();
  const devices = navigator.mediaDevices;

  const stage = {
    /** How often the camera was asked for. */
    asked: 0,
    plugged: true,
    /** The name of the error that opening ends with; empty: none. */
    refusal: '',
    /** How many cameras are open. */
    get open() {
      return [...tracks].filter((track) => track.readyState === 'live').length;
    },
    /** @param {string} name of a picture beside this script */
    async show(name) {
      const picture = await createImageBitmap(await (await fetch(`stage/${name}.jpg`)).blob());
      pen.drawImage(picture, 0, 0, 640, 480);
      return name;
    },
    unplug() {
      stage.plugged = false;
      for (const track of tracks) {
        if (track.readyState !== 'live') continue;
        track.stop();
        track.dispatchEvent(new Event('ended'));
      }
      devices.dispatchEvent(new Event('devicechange'));
    },
    plug() {
      stage.plugged = true;
      devices.dispatchEvent(new Event('devicechange'));
    },
  };
  Object.assign(globalThis, { stage });

  devices.getUserMedia = async () => {
    stage.asked += 1;
    if (stage.refusal) throw new DOMException('as the story wants it', stage.refusal);
    if (!stage.plugged) throw new DOMException('no camera', 'NotFoundError');
    const track = new /** @type {any} */ (globalThis).MediaStreamTrackGenerator({ kind: 'video' });
    const writer = track.writable.getWriter();
    tracks.add(track);
    const timer = setInterval(() => {
      if (track.readyState !== 'live') return clearInterval(timer);
      const frame = new /** @type {any} */ (globalThis).VideoFrame(canvas, { timestamp: performance.now() * 1000 });
      void writer.write(frame).catch(() => clearInterval(timer));
    }, 1000 / FRAMES_PER_SECOND);
    return new MediaStream([track]);
  };
  devices.enumerateDevices = async () =>
    stage.plugged ? [/** @type {any} */ ({ kind: 'videoinput', deviceId: 'stage', groupId: 'stage', label: 'Stage' })] : [];
})();

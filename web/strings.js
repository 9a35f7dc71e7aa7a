/** Every sentence that the page chooses at run time. What never changes stands in index.html. */

/** @typedef {import('./loa-client.js').Verdict} Verdict @typedef {import('./loa-client.js').State} State
 * @typedef {import('./loa-client.js').Attention} Attention @typedef {import('./loa-client.js').Alert} Alert
 * @typedef {import('./sources.js').Source['kind']} Kind */

export const states = {
  open: 'Eyes open',
  closed: 'Eyes closed',
  face: 'Face in view',
  nobody: 'Nobody in view',
  person: 'Face not in view',
  unknown: 'Can’t tell',
  looking: 'Looking…',
  offline: 'Not connected',
};

/** How the learner is, over more than one picture. @type {Record<Attention, string>} */
export const attention = {
  attentive: 'Attentive',
  eyes_closed: 'Eyes closed',
  drowsy: 'Drowsy',
  absent: 'Away',
  slumped: 'Head down',
  looking_away: 'Looking away',
  unknown: 'Nothing to go by',
};

/** In place of the state and the alerts while there is no connection: neither is known. */
export const unwatched = 'Not connected: nothing is watched';

/** What is said to the learner, by kind and level. @type {Record<string, Partial<Record<Alert['level'], string>>>} */
const alerts = {
  eyes_closed: { pre_alarm: 'Your eyes are closed. Are you with us?', alarm: 'Wake up! Your eyes are closed.' },
  drowsy: { pre_alarm: 'You look drowsy. Stretch a little.', alarm: 'You are falling asleep. Take a break!' },
  absent: { pre_alarm: 'Nobody is in view. Are you coming back?', alarm: 'Come back! Nobody is in view.' },
  slumped: {
    cue: 'Your head is down. Are you writing?',
    pre_alarm: 'Your head is down. Are you with us?',
    alarm: 'Wake up! Your head is down.',
  },
  looking_away: { cue: 'You are looking away.' },
};
/** Of a kind that this page does not know. */
const otherAlerts = { cue: 'Are you with us?', pre_alarm: 'Are you with us?', alarm: 'Wake up!' };

/** @param {Alert} alert @returns {string} */
export const alertText = ({ kind, level }) => pick(alerts, kind)?.[level] ?? otherAlerts[level];

/** In place of an alert whose reason is seen to be gone: it is cleared in a moment. */
export const welcomeBack = 'Welcome back…';

/** After the name of a link, for those who do not see where it leads. */
export const beside = ' (opens in a new tab)';

/** After a lost connection. */
export const session = {
  recovered: 'Back again: the session went on, nothing was lost.',
  anew: 'A new session has begun, as the one of before could not be kept. All times count from zero.',
};

export const allow = { ask: 'Allow the camera', look: 'Allow and look', asked: 'Waiting for the camera…' };

/** Of the text that the learner agrees to before anything is sent. */
export const consent = {
  missing:
    'The server does not answer, so this is only a short text, and nothing can begin. Pressing the button asks the server again.',
  read: 'This is the whole text. Read it, then press the button again.',
  outdated: 'Another text holds by now. Read it, then press the button again.',
  needed: 'There is no consent to the text that holds now. Read it, then press the button again.',
  signedOut:
    'The server closed this session, as consent was withdrawn or everything was erased. To begin anew, read the text, then press the button.',
  withdrawn: 'Consent is withdrawn, and nothing more is sent. What was kept until now is under “My data”.',
  none: 'This browser has given no consent that could be withdrawn.',
  stands: 'Your consent still stands; press “Withdraw consent” again.',
  /** @param {string} name of a file */
  ask: (name) => `“${name}” goes to the server only with your consent: read the text, then press “Allow and look”.`,
};

/** Why the server did not do what was asked of it. @param {{code: string, detail: string, retryAfter: number | null}} error */
export function accountTrouble({ code, detail, retryAfter }) {
  if (code === 'unreachable' || code === 'timeout') return 'The server does not answer. Try again in a moment.';
  const again = retryAfter === null ? '' : ` Try again in ${retryAfter} s.`;
  return `The server refused: ${detail || code}.${again}`.replace('..', '.');
}

export const lectureTrouble = {
  address: 'This is no address of a web page. Correct it, or leave it empty.',
  untitled: 'A title needs the address of its lecture. Add it, or leave both empty.',
  missing: 'Questions are found by the address of their lecture. Type it, then press the button again.',
};

/** Why the picture allows no statement: after "Can't tell:". */
const reasons = {
  dark: 'too dark',
  bright: 'too bright',
  flat: 'nothing to see',
  blurred: 'too blurred',
  unsure: 'not sure anybody is there',
};

/** What helps in front of a camera. */
const hints = {
  dark: 'Turn on a light, or uncover the camera.',
  bright: 'Turn away from the lamp or the window.',
  flat: 'Is the camera covered?',
  blurred: 'Is something on the lens? Wipe it, or move back a little.',
  unsure: 'Turn towards the camera, a little closer.',
  nobody: 'Come into the picture, facing the camera.',
  person: 'Raise your head, facing the camera.',
};

/** What helps when a file was chosen. @param {'picture' | 'film'} file @returns {typeof hints} */
const fileHints = (file) => ({
  dark: `Try a brighter ${file}.`,
  bright: `Try a darker ${file}.`,
  flat: `Try a ${file} with a face in it.`,
  blurred: `Try a sharper ${file}.`,
  unsure: `Try a ${file} of a larger face that looks at the camera.`,
  nobody: `Nobody was found in this ${file}.`,
  person: `Somebody is in this ${file}, but no face.`,
});

/** A head turned further than this, in degrees, hides an eye or lies too far over: its eyes are read less surely. */
const FAR = { yaw: 45, roll: 60 };

/** @template T @param {Record<string, T>} table @param {string | null} key @returns {T | undefined} */
const pick = (table, key) => (key !== null && Object.hasOwn(table, key) ? table[key] : undefined);

/** @param {string | null} reason */
export function cannotTell(reason) {
  const why = pick(reasons, reason);
  return why ? `${states.unknown}: ${why}` : states.unknown;
}

/** @param {Verdict} verdict @param {Kind} kind of what was looked at @returns {string} */
export function hint(verdict, kind) {
  const words = kind === 'camera' ? hints : fileHints(kind === 'video' ? 'film' : 'picture');
  if (verdict.presence === 'nobody') return words.nobody;
  if (verdict.presence === 'person') return words.person;
  if (verdict.presence === 'unknown') return pick(words, verdict.reason) ?? '';
  const { yaw, roll } = verdict.head;
  const far = Math.abs(yaw ?? 0) > FAR.yaw || Math.abs(roll ?? 0) > FAR.roll;
  const seen = verdict.face?.seen ?? 1;
  const several = seen > 1 ? `${seen} faces in view; this is about the largest, most central one.` : '';
  return [far ? '(head turned far)' : '', several].filter(Boolean).join(' ');
}

export const filmEnded = 'The film has ended.';

/** @param {string} name of the first file */
export const onlyFirst = (name) => `Several files at once: only the first, “${name}”, is looked at.`;

/** @param {number} ms @returns {string} */
export function lasting(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `for ${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  return minutes < 60 ? `for ${minutes} min ${rest} s` : `for ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const none = '–';

/** @param {number | null | undefined} value @param {number} [digits] @param {string} [unit] */
export function amount(value, digits = 0, unit = '') {
  return value === null || value === undefined ? none : `${value.toFixed(digits)}${unit}`;
}

/** @param {number | null} share */
export const percent = (share) => amount(share === null ? null : share * 100, 0, ' %');

/** An angle in words: the sign's meaning is the protocol's. @param {number | null} degrees @param {[string, string]} ways */
function angle(degrees, [positive, negative]) {
  if (degrees === null) return none;
  const size = Math.round(Math.abs(degrees));
  return size === 0 ? '0°' : `${size}° ${degrees > 0 ? positive : negative}`;
}
/** @param {number | null} value */
export const yaw = (value) => angle(value, ['to your left', 'to your right']);
/** @param {number | null} value */
export const pitch = (value) => angle(value, ['down', 'up']);
/** @param {number | null} value */
export const roll = (value) => angle(value, ['to your left', 'to your right']);

/** @param {number | null} open */
export function mouth(open) {
  if (open === null) return none;
  if (open < 0.1) return 'closed';
  if (open < 0.25) return 'slightly open';
  return open <= 0.35 ? 'open' : 'wide open';
}

/** @param {number} perSecond */
export const rate = (perSecond) =>
  perSecond > 0 && perSecond < 1
    ? `one picture every ${amount(1 / perSecond, 0)} s`
    : `${amount(perSecond, Number.isInteger(perSecond) ? 0 : 1)} ${perSecond === 1 ? 'picture' : 'pictures'} a second`;

export const connection = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  open: 'Connected',
  waiting: 'Connection lost',
  failed: 'Disconnected',
  'signed-out': 'Signed out',
};

/** To the older of two tabs with one watch session, as after a tab was duplicated. */
const goesOnElsewhere =
  'This session goes on in another tab or window, and has ended here: nothing more is sent from this one. ' +
  'Press Stop to close its camera, or close it.';

/** What to say and do while there is no connection. @param {State} state @param {number} inMs @returns {string} */
export function connectionTrouble(state, inMs) {
  if (state.name === 'failed') {
    if (state.code === 1000) return 'The server ended this session. Press Stop, then start again.';
    if (state.code === 4410) return goesOnElsewhere;
    return 'The server refused this page. Reload it; if that does not help, page and server are of different versions.';
  }
  const seconds = Math.max(1, Math.ceil(inMs / 1000));
  const again = `Next try in ${seconds} s.`;
  if (state.code === 1013) return `The server is full at the moment. ${again}`;
  if (state.code === 1012) return `The server is restarting. ${again}`;
  return `The server does not answer. ${again} Nothing is sent meanwhile.`;
}

const otherWay = 'You can try a picture or a short video instead.';

/** The browser's name for what went wrong with the camera, as a sentence that says what to do. @param {string} name */
export function cameraTrouble(name) {
  switch (name) {
    case 'Insecure':
      return `Browsers open a camera only on https or localhost pages, and this page is neither. Open it over https. ${otherWay}`;
    case 'Missing':
      return `This browser offers no camera to web pages. Try a current Chrome, Edge, Firefox or Safari. ${otherWay}`;
    case 'NotAllowedError':
    case 'SecurityError':
      return `The camera is blocked for this page. Click the camera sign in the address bar, choose “Allow”, then press the button again. ${otherWay}`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No camera was found. Plug one in, then press the button again. ${otherWay}`;
    case 'NotReadableError':
    case 'AbortError':
      return `The camera could not be started. Close other programs that use it, then press the button again. ${otherWay}`;
    case 'Ended':
      return `The camera was unplugged or taken away. Plug it in, then press the button again. ${otherWay}`;
    default:
      return `The camera could not be opened (${name}). ${otherWay}`;
  }
}

export const fileTrouble = {
  /** @param {string} name */
  kind: (name) => `“${name}” is neither a picture nor a video. Choose a JPEG, PNG or WebP picture, a short video, or subtitles (.vtt, .srt).`,
  /** @param {string} name */
  picture: (name) => `“${name}” could not be read as a picture. Choose a JPEG, PNG or WebP picture.`,
  /** @param {string} name */
  video: (name) => `This browser cannot play “${name}”. Choose an MP4 or WebM video.`,
};

/** After a file that could not be used. */
export const kept = 'What was here before goes on.';

/** A frame that the server could not use. @param {string} code @param {string} message the server's own sentence */
export function frameTrouble(code, message) {
  const detail = message ? ` (${message})` : '';
  switch (code) {
    case 'frame_too_large':
      return `The picture has more bytes than the server takes${detail}.`;
    case 'jpeg_dimensions':
      return `The picture is larger than the server takes${detail}.`;
    case 'bad_clock':
      return `This device’s clock jumps or stands still, so what goes on over time may be told late or not at all${detail}.`;
    case 'internal':
      return `The server failed on one picture${detail}. The next one is on its way.`;
    case 'capture':
      return `A picture could not be taken${detail}.`;
    default:
      return `The server could not use a picture: ${code}${detail}.`;
  }
}

/** @param {number} index */
export const unnamedCamera = (index) => `Camera ${index + 1}`;

export const chart = {
  older: '60 s ago',
  now: 'now',
  closed: 'closed',
  waiting: 'The line begins with the first answer',
  /** @param {number | null} left @param {number | null} right @param {number | null} closed */
  label: (left, right, closed) =>
    `Eye openness over the last 60 seconds. Now: left ${amount(left, 2)}, right ${amount(right, 2)}, closed ${percent(closed)}.`,
};

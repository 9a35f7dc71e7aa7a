/** The offscreen document: camera, connection, questions, account. Nothing but the wires between the browser and the parts. */

import { openCamera } from '../../../web/sources.js';
import { CONTROL_PORT, DEFAULTS, LECTURE_PORT, type ToBackground, type ToHub } from '../messages.js';
import { readSettings, webOrigin } from '../settings.js';
import { Desk, type Guest, type GuestPort } from './desk.js';
import { Forms, type House } from './forms.js';
import { readTabTitle } from './parse.js';
import { Learner, type Keeper } from './learner.js';
import { fetchReport, joinReports } from './report.js';
import { Sounds } from './sounds.js';

/** The manifest's; the build fills it in, as an offscreen document may not ask. */
declare const VERSION: string;
/** With nobody there and nothing watched, the hub goes after this, ms. */
const IDLE_AFTER_MS = 30_000;

const tell = (message: ToBackground): Promise<unknown> => chrome.runtime.sendMessage(message);
/** Says something to which nothing depends on the answer. */
const say = (message: ToBackground): void => void tell(message).catch(() => {});

const keeper: Keeper = {
  load: (key) => tell({ to: 'background', type: 'load', key }),
  save: async (key, value) => void (await tell({ to: 'background', type: 'save', key, value })),
};
const allowed = async (origin: string) => (await tell({ to: 'background', type: 'allowed', origin })) === true;
const makeLearner = (server: string) => new Learner(server, keeper);

const house: House = { settings: DEFAULTS, learner: makeLearner(DEFAULTS.server), server: 'unknown' };
const openUrl = (url: string) => say({ to: 'background', type: 'open', page: 'url', url });

async function openReport(session: string): Promise<void> {
  const page = `/sessions/${session}`;
  openUrl(await house.learner.link(page).catch(() => house.settings.server + page));
}

const desk = new Desk(house.settings, {
  openCamera,
  sounds: new Sounds(),
  token: (refused) => house.learner.token(refused),
  allowed,
  report: async (sessions) => {
    const { learner } = house;
    const reports = sessions.map((session) => fetchReport(session, learner.server, (id) => learner.session(id)));
    return joinReports(await Promise.all(reports));
  },
  signedOut: () => {
    house.learner.account.forget();
    void house.learner.find().then(
      () => forms.stir(),
      () => {},
    );
  },
  name: `loa-extension/${VERSION}`,
  now: () => Date.now(),
  openOptions: (section) => say({ to: 'background', type: 'open', page: 'options', section }),
  openReport: (session) => void openReport(session),
  badge: (badge) => say({ to: 'background', type: 'badge', badge }),
  changed: () => {
    forms.stir();
    restWhenIdle();
  },
});
const forms = new Forms(house, desk, keeper, makeLearner, allowed);

/** Guests and forms may come before the settings are here: they are heard afterwards. */
const ready = keeper.load('settings').then(
  (kept) => {
    house.settings = readSettings(kept);
    house.learner = makeLearner(house.settings.server);
    desk.use(house.settings);
  },
  () => {},
);

let idleTimer: ReturnType<typeof setTimeout> | undefined;

function restWhenIdle(): void {
  const isIdle = !desk.isBusy && !forms.isOpen;
  if (!isIdle) {
    clearTimeout(idleTimer);
    idleTimer = undefined;
  } else {
    idleTimer ??= setTimeout(() => {
      idleTimer = undefined;
      say({ to: 'background', type: 'idle' });
      // Somebody may just have asked for the hub, and it stays.
      restWhenIdle();
    }, IDLE_AFTER_MS);
  }
}

/** Guests by their ports, and where they are. */
const guests = new Map<chrome.runtime.Port, { origin: string; guest: Promise<Guest> }>();

function welcomeGuest(port: chrome.runtime.Port): void {
  const { tab, frameId, url, origin: own } = port.sender ?? {};
  // Frames without an address of their own have the origin of whoever made them.
  const origin = webOrigin(url) ?? webOrigin(own);
  if (tab?.id === undefined || origin === null) return port.disconnect();
  const origins = [origin, webOrigin(tab.url)].filter((each) => each !== null);
  const title = frameId ? readTabTitle(tab) : undefined;
  const mouth: GuestPort = { tab: tab.id, frame: frameId ?? 0, origins, title, postMessage: (message) => port.postMessage(message) };
  const guest = ready.then(() => desk.come(mouth));
  guests.set(port, { origin, guest });
  port.onMessage.addListener((said: unknown) => void guest.then((it) => guests.has(port) && desk.hear(it, said)));
  port.onDisconnect.addListener(() => {
    if (guests.delete(port)) void guest.then((it) => desk.go(it));
  });
  void showOut(port);
}

/** A script stays in its page when the site is no longer allowed. */
async function showOut(port: chrome.runtime.Port): Promise<void> {
  const known = guests.get(port);
  const stays = !known || (await allowed(known.origin).catch(() => true));
  if (stays || !guests.delete(port)) return;
  desk.dismiss(await known.guest);
  port.disconnect();
}

function welcomeForm(port: chrome.runtime.Port): void {
  forms.come(port);
  restWhenIdle();
  port.onMessage.addListener((said: unknown) => void ready.then(() => forms.hear(port, said)));
  port.onDisconnect.addListener(() => {
    forms.go(port);
    restWhenIdle();
  });
}

chrome.runtime.onMessage.addListener((message: ToHub) => {
  if (message?.to === 'hub') for (const port of guests.keys()) void showOut(port);
});
chrome.runtime.onConnect.addListener((port) => {
  const { id, url = '' } = port.sender ?? {};
  if (id !== chrome.runtime.id) return;
  // A page may say any name; only the browser says where it is.
  const own = url.startsWith(chrome.runtime.getURL(''));
  if (port.name === LECTURE_PORT && !own) welcomeGuest(port);
  else if (port.name === CONTROL_PORT && own) welcomeForm(port);
});

navigator.mediaDevices.addEventListener('devicechange', () => desk.retryCamera());
void navigator.permissions.query({ name: 'camera' as PermissionName }).then((status) => {
  status.addEventListener('change', () => desk.retryCamera());
});
restWhenIdle();
// Of a hub before, which went without a word.
say({ to: 'background', type: 'badge', badge: 'off' });

/** The content script: in the sites that the learner allowed, and nowhere else. */

const ID = 'guest';
const FILES = ['guest.js'];

/** Origins that were granted and are no server of Loa's: its own pages need no second Loa. */
async function sites(server: string): Promise<string[]> {
  const { origins = [] } = await chrome.permissions.getAll();
  return origins.filter((pattern) => /^(https?|\*):/.test(pattern) && pattern !== `${server}/*`);
}

let last: Promise<void> = Promise.resolve();

/** One after the other: permissions come and go in quick succession. */
export function syncGuests(server: string): Promise<void> {
  last = last.then(() => sync(server)).catch((error: unknown) => console.warn('sites', error));
  return last;
}

async function sync(server: string): Promise<void> {
  const matches = await sites(server);
  const [registered] = await chrome.scripting.getRegisteredContentScripts({ ids: [ID] });
  if (matches.length === 0) {
    if (registered) await chrome.scripting.unregisterContentScripts({ ids: [ID] });
    return;
  }
  const script: chrome.scripting.RegisteredContentScript = {
    id: ID,
    js: FILES,
    matches,
    excludeMatches: [`${server}/*`],
    allFrames: true,
    runAt: 'document_idle',
    persistAcrossSessions: true,
  };
  if (registered) await chrome.scripting.updateContentScripts([script]);
  else await chrome.scripting.registerContentScripts([script]);
}

/** Puts it into the tabs that are open already. */
export async function welcomeSites(origins: string[], server: string): Promise<void> {
  const allowed = new Set(await sites(server));
  const matches = origins.filter((pattern) => allowed.has(pattern));
  if (matches.length === 0) return;
  const tabs = await chrome.tabs.query({ url: matches });
  await Promise.all(tabs.filter(({ url }) => !url?.startsWith(`${server}/`)).map(enter));
}

async function enter({ id }: chrome.tabs.Tab): Promise<void> {
  if (id === undefined) return;
  // A page of the browser's own, as one that could not be loaded, refuses.
  await chrome.scripting.executeScript({ target: { tabId: id, allFrames: true }, files: FILES }).catch(() => {});
}

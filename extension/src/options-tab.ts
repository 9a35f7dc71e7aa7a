/** The options page: one tab of it is enough, and it goes to the section that is wanted. */

const PAGE = 'options.html';
/** The page's sections have such ids. */
const SECTION = /^[a-z]+$/;

/** The tab's number, where it is, and what it shows; undefined: there is none. */
async function findTab(page: string): Promise<chrome.runtime.ExtensionContext | undefined> {
  const contexts = await chrome.runtime.getContexts({ contextTypes: [chrome.runtime.ContextType.TAB] });
  return contexts.find(({ documentUrl, tabId }) => tabId >= 0 && documentUrl?.split(/[?#]/)[0] === page);
}

/** @param section id of a section; empty: wherever the page stands */
export async function showOptions(section = ''): Promise<void> {
  const page = chrome.runtime.getURL(PAGE);
  const url = SECTION.test(section) ? `${page}#${section}` : page;
  const open = await findTab(page).catch(() => undefined);
  if (!open) return void (await chrome.tabs.create({ url }));
  await chrome.tabs.update(open.tabId, { active: true, ...(url === page ? {} : { url }) });
  // Not everywhere are there windows.
  await chrome.windows?.update(open.windowId, { focused: true }).catch(() => {});
}

/** Runs before anything of the extension's: whatever a page can reach is changed so that it tells `loot`. */
(() => {
  /** @type {string[]} */
  const loot = [];
  Object.assign(globalThis, { loot });
  const keep = (/** @type {string} */ how, /** @type {unknown} */ what) => loot.push(`${how}: ${String(what).slice(0, 200)}`);

  // A shadow root that is closed to the page is opened, if it is made in the page's world.
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (/** @type {ShadowRootInit} */ init) {
    const root = attach.call(this, { ...init, mode: 'open' });
    keep('attachShadow', this.tagName);
    return root;
  };
  // What is sent, made or stored through the page's own objects is seen.
  for (const [owner, name] of /** @type {[any, string][]} */ ([
    [globalThis, 'fetch'],
    [globalThis, 'WebSocket'],
    [globalThis, 'BroadcastChannel'],
    [Storage.prototype, 'setItem'],
    [MessagePort.prototype, 'postMessage'],
  ])) {
    const old = owner[name];
    owner[name] = function (/** @type {any[]} */ ...all) {
      keep(name, JSON.stringify(all));
      return new.target ? new old(...all) : old.apply(this, all);
    };
  }
  addEventListener('message', ({ data }) => keep('message', JSON.stringify(data)), true);
  const media = navigator.mediaDevices;
  media.getUserMedia = async () => {
    keep('getUserMedia', '');
    throw new DOMException('no', 'NotAllowedError');
  };
})();

/** The service worker of the extension. */
export {};

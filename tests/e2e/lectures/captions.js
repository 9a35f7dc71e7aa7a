/** As sites do that draw their captions themselves: the lines of now, in the page. */
(async () => {
  const seconds = (/** @type {string} */ time) => time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const text = await (await fetch('/os-paging.en.vtt')).text();
  const cues = text.split('\n\n').flatMap((block) => {
    const [, from, to, words] = /^(\S+) --> (\S+)\n([^]*)/.exec(block) ?? [];
    return words ? [{ from: seconds(from), to: seconds(to), lines: words.trim().split('\n') }] : [];
  });
  const video = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
  const box = /** @type {HTMLElement} */ (document.querySelector('.lines'));
  /** @type {object | undefined} */
  let shown;
  setInterval(() => {
    const now = cues.find(({ from, to }) => from <= video.currentTime && video.currentTime < to);
    if (now === shown) return;
    shown = now;
    box.replaceChildren(
      ...(now?.lines ?? []).map((line) => {
        const span = document.createElement('span');
        span.className = 'line';
        span.textContent = line;
        return span;
      }),
    );
  }, 30);
})();

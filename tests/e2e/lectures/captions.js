/** As sites do that draw their captions themselves: what was said last, in lines that roll up. */
(async () => {
  const seconds = (/** @type {string} */ time) => time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const text = await (await fetch('/os-paging.en.vtt')).text();
  const cues = text.split('\n\n').flatMap((block) => {
    const [, from, to, words] = /^(\S+) --> (\S+)\n([^]*)/.exec(block) ?? [];
    return words ? [{ from: seconds(from), to: seconds(to), lines: words.trim().split('\n') }] : [];
  });
  const video = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
  const box = /** @type {HTMLElement} */ (document.querySelector('.lines'));
  let shown = 0;
  setInterval(() => {
    const begun = cues.filter(({ from }) => from <= video.currentTime);
    if (begun.length === shown) return;
    shown = begun.length;
    box.replaceChildren(
      ...begun.slice(-3).flatMap(({ lines }) => lines).map((line) => {
        const span = document.createElement('span');
        span.className = 'line';
        span.textContent = line;
        return span;
      }),
    );
  }, 30);
})();

/** What the made-up hub says, scene by scene. */

const base = {
  phase: 'on',
  camera: 'on',
  connection: 'open',
  retryAt: null,
  attention: 'attentive',
  alerts: [],
  cleared: null,
  quiz: { subtitles: 'tracks', progress: null, marks: [], ask: null, graded: null, sets: [], set: '', trouble: null },
  elsewhere: null,
  trouble: null,
  report: null,
  prefs: { sounds: true, rewind: true, quizzes: true, pauseFilm: true },
};
const OFF = { camera: 'off', connection: 'idle', attention: null };

const MARKS = [
  { quiz: 'q1', at_s: 131, outcome: 'right' },
  { quiz: 'q2', at_s: 301, outcome: 'wrong' },
  { quiz: 'q3', at_s: 402, outcome: 'passed' },
  { quiz: 'q4', at_s: 754, outcome: 'open' },
  { quiz: 'q5', at_s: 840, outcome: null },
];
const DONE = { type: 'quiz.progress', set: 's1', source: 'llm', state: 'done', chunks: 5, chunks_done: 5, items: 5, dropped: [], code: '', message: '' };
const QUIZ = { ...base.quiz, marks: MARKS, set: 's1', progress: DONE };
const SETS = [
  { set: 's1', source: 'llm', maker: 'm', title: '', items: 5, mine: true, recommendations: 0, recommended: false },
  { set: 's2', source: 'hand', maker: '', title: 'Exam of last year', items: 12, mine: false, recommendations: 7, recommended: false },
];

const QUESTION = {
  en: 'What does the hardware do when the page table says that a page is not in memory?',
  ko: '페이지 테이블에 해당 페이지가 메모리에 없다고 표시되어 있으면 하드웨어는 어떻게 하나요?',
};
const OPTIONS = {
  en: [
    'It raises a page fault, and the operating system brings the page in',
    'It reads the page from the disk by itself and goes on',
    'It ends the program at once',
    'It uses the translation lookaside buffer instead of the page table, however old its entry may be',
  ],
  ko: [
    '페이지 폴트를 일으키고, 운영체제가 페이지를 메모리로 가져온다',
    '하드웨어가 스스로 디스크에서 페이지를 읽고 계속한다',
    '프로그램을 바로 종료한다',
    '항목이 얼마나 오래되었든 페이지 테이블 대신 TLB를 사용한다',
  ],
};
const REASONS = {
  en: [
    'The lecturer says that the fault hands over to the operating system.',
    'Hardware knows nothing of files; only the operating system can find the page.',
    '',
    'A stale entry would lead to somebody else’s memory.',
  ],
  ko: ['강의에서 폴트가 나면 운영체제가 이어받는다고 설명했습니다.', '하드웨어는 파일을 알지 못합니다. 페이지를 찾는 것은 운영체제의 일입니다.', '', ''],
};
const EXPLANATION = { en: 'A cleared present bit makes the access trap.', ko: '존재 비트가 꺼져 있으면 접근이 트랩됩니다.' };
const QUOTE = {
  en: 'If the present bit is zero you get a page fault, and from there on it is the operating system’s business.',
  ko: '존재 비트가 0이면 페이지 폴트가 발생하고, 그때부터는 운영체제가 처리합니다.',
};

const askOf = (lang) => ({ type: 'quiz.ask', quiz: 'q4', at_s: 754, source: 'llm', question: QUESTION[lang], options: OPTIONS[lang] });
const gradedOf = (lang, choice) => ({
  type: 'quiz.graded',
  quiz: 'q4',
  choice,
  correct: choice === 0,
  key: 0,
  reasons: REASONS[lang],
  explanation: EXPLANATION[lang],
  quote: QUOTE[lang],
  quote_s: 731,
  took_ms: 9000,
});
const MOMENTS = [
  { kind: 'drowsy', at_s: 192, lasted_ms: 41_000 },
  { kind: 'absent', at_s: 421, lasted_ms: 132_000 },
  { kind: 'eyes_closed', at_s: 733, lasted_ms: 16_000 },
  { kind: 'slumped', at_s: null, lasted_ms: 16_000 },
];
const REPORT = { session: 'x', url: '/sessions/x', watchedMs: 2_530_000, attentiveMs: 2_210_000, moments: MOMENTS, right: 7, asked: 9 };

const show = (tab, view) => tab.evaluate((said) => window.hub.show(said), { ...base, ...view });
const play = (tab) => tab.evaluate(() => document.querySelector('video').play());
const alert = (kind, level, ms) => ({ n: 1, kind, level, since: Date.now() - ms, at: Date.now() });

/** Presses the pill, wherever it is. */
async function openPanel(tab) {
  const { left, right, top, bottom } = await tab.evaluate(() => document.querySelector('video').getBoundingClientRect().toJSON());
  const size = tab.viewportSize();
  const [x, y] = [Math.min(size.width, right), Math.min(size.height, bottom)];
  await tab.mouse.move(x - 100, y - 30);
  await tab.waitForTimeout(250);
  const small = x - left < 520 || y - Math.max(0, top) < 300;
  await tab.mouse.click(x - 40, y - (small ? 66 : 96) - 17);
}

/** The film plays on for a while, so that there is a place to go back to. */
async function watch(tab) {
  await show(tab, { quiz: QUIZ });
  await tab.evaluate(() => (document.querySelector('video').playbackRate = 4));
  await play(tab);
  await tab.waitForTimeout(3000);
}

export const SCENES = {
  off: (tab) => show(tab, { phase: 'off', ...OFF }),
  'off-panel': async (tab) => {
    await show(tab, { phase: 'off', ...OFF });
    await openPanel(tab);
  },
  pill: (tab) => show(tab, { quiz: QUIZ }),
  dot: async (tab) => {
    await show(tab, {});
    await play(tab);
    await tab.mouse.move(2, 2);
    await tab.waitForTimeout(3400);
  },
  panel: async (tab) => {
    await show(tab, { quiz: { ...QUIZ, sets: SETS } });
    await openPanel(tab);
  },
  making: async (tab) => {
    await show(tab, { quiz: { ...base.quiz, progress: { ...DONE, state: 'making', chunks_done: 2, items: 3 } } });
    await openPanel(tab);
  },
  offline: (tab) => show(tab, { connection: 'waiting', retryAt: Date.now() + 4300, attention: null }),
  cue: async (tab) => {
    await play(tab);
    await show(tab, { attention: 'looking_away', alerts: [alert('looking_away', 'cue', 10_000)] });
  },
  prealarm: async (tab) => {
    await play(tab);
    await show(tab, { attention: 'drowsy', alerts: [alert('drowsy', 'pre_alarm', 5000)] });
  },
  alarm: async (tab) => {
    await watch(tab);
    await show(tab, { attention: 'eyes_closed', alerts: [alert('eyes_closed', 'alarm', 2500)], quiz: QUIZ });
  },
  absent: async (tab) => {
    await watch(tab);
    await show(tab, { attention: 'absent', alerts: [alert('absent', 'alarm', 2500)], quiz: QUIZ });
  },
  back: async (tab) => {
    await watch(tab);
    await show(tab, { attention: 'absent', alerts: [alert('absent', 'alarm', 2500)], quiz: QUIZ });
    await tab.waitForTimeout(200);
    await show(tab, { attention: 'attentive', quiz: QUIZ });
  },
  ask: (tab, lang) => show(tab, { quiz: { ...QUIZ, ask: askOf(lang) } }),
  'ask-warned': async (tab, lang) => {
    await show(tab, { quiz: { ...QUIZ, ask: askOf(lang) } });
    await show(tab, { quiz: { ...QUIZ, ask: askOf(lang) }, attention: 'drowsy', alerts: [alert('drowsy', 'pre_alarm', 5000)] });
  },
  right: async (tab, lang) => {
    await show(tab, { quiz: { ...QUIZ, ask: askOf(lang) } });
    await show(tab, { quiz: { ...QUIZ, ask: askOf(lang), graded: gradedOf(lang, 0) } });
  },
  wrong: async (tab, lang) => {
    await show(tab, { quiz: { ...QUIZ, ask: askOf(lang) } });
    await show(tab, { quiz: { ...QUIZ, ask: askOf(lang), graded: gradedOf(lang, 1) } });
  },
  report: (tab) => show(tab, { phase: 'ended', ...OFF, quiz: QUIZ, report: REPORT }),
  elsewhere: async (tab) => {
    await show(tab, { phase: 'on' });
    await show(tab, { phase: 'elsewhere', ...OFF, elsewhere: 'Introduction to Algorithms 3' });
  },
  consent: async (tab) => {
    await show(tab, { phase: 'consent', ...OFF });
    await openPanel(tab);
  },
  denied: async (tab) => {
    await show(tab, { camera: 'denied', attention: null, trouble: { code: 'camera_denied', detail: '' } });
    await openPanel(tab);
  },
  failed: async (tab) => {
    await show(tab, { phase: 'starting', connection: 'connecting', attention: null });
    await show(tab, { phase: 'failed', ...OFF, connection: 'failed', trouble: { code: 'x', detail: 'this server speaks another version' } });
    await openPanel(tab);
  },
};

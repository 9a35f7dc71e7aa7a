/** The pop-up with one question: asks, takes the answer, and shows what it was worth. All words go through textContent. */

import { markLanguage } from './language.js';
import * as strings from './quiz-strings.js';
import { byId } from './view.js';

/**
 * @typedef {import('./loa-quiz.js').Ask} Ask
 * @typedef {import('./loa-quiz.js').Graded} Graded
 *
 * @typedef {object} Hooks
 * @property {(choice: number | null) => boolean} answer false: there is no connection
 * @property {(seconds: number) => void} go to this place of the lecture; the pop-up is closed by then
 * @property {() => void} closed the lecture may go on
 * @property {() => boolean} canGo whether there is a film to go to a place in
 * @property {() => HTMLElement | null} home where the focus goes when it was nowhere
 */

const dialog = /** @type {HTMLDialogElement} */ (byId('quiz'));
/** What is empty until the answer. */
const WRITTEN_LATER = ['quiz-line', 'quiz-verdict-word', 'quiz-verdict-more', 'quiz-verdict-key', 'quiz-explanation'];
/** Reasons quote the first 200 characters or more, to the last whole word. */
const CUT_AT = 150;
const buttons = () => /** @type {HTMLButtonElement[]} */ ([...dialog.querySelectorAll('button.option')]);

export class QuizPopup {
  /** @type {Ask | null} */
  #ask = null;
  /** Whether an answer is on its way. */
  #waiting = false;
  /** Whether there is nothing to answer any more. */
  #over = true;
  /** @type {number | null} */
  #quoteAt = null;
  /** What had the focus before. @type {Element | null} */
  #from = null;

  /** @param {Hooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    byId('quiz-skip').addEventListener('click', () => this.#answer(null));
    byId('quiz-continue').addEventListener('click', () => this.close());
    byId('quiz-go').addEventListener('click', () => this.#go());
    dialog.addEventListener('keydown', (event) => this.#key(event));
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.#leave();
    });
    dialog.addEventListener('focusin', ({ target }) => {
      if (target !== byId('quiz-skip')) this.#showKeys();
    });
    // A way out that some browsers leave open.
    dialog.addEventListener('close', () => this.#closed());
  }

  get isOpen() {
    return dialog.open;
  }

  /** Asks; one that stands there already is only made answerable again, as after a lost connection. @param {Ask} ask */
  ask(ask) {
    if (dialog.open && !this.#over && this.#ask?.quiz === ask.quiz) return this.#takeAnswers();
    this.#ask = ask;
    this.#over = false;
    dialog.dataset.phase = 'asking';
    this.#head(ask);
    byId('quiz-options').replaceChildren(...ask.options.map((text, index) => this.#option(text, index)));
    this.#showKeys();
    this.#takeAnswers();
    this.#show();
    // No option is focused: who just meant to stop the film by Space gives no answer by it.
    byId('quiz-question').focus({ preventScroll: true });
  }

  /** What the answer was worth; of an earlier question as well. @param {Ask} ask @param {Graded} graded */
  grade(ask, graded) {
    this.#ask = ask;
    this.#over = true;
    this.#waiting = false;
    dialog.dataset.phase = 'graded';
    this.#head(ask);
    const passed = graded.choice === null;
    byId('quiz-verdict').dataset.how = passed ? 'passed' : graded.correct ? 'right' : 'wrong';
    write('quiz-verdict-word', strings.verdict(graded.correct, passed));
    write('quiz-verdict-more', strings.verdictMore(graded.correct, passed));
    write('quiz-verdict-key', graded.correct ? '' : (ask.options[graded.key] ?? ''));
    byId('quiz-options').replaceChildren(...ask.options.map((text, index) => result(text, index, graded)));
    write('quiz-explanation', graded.explanation);
    this.#quote(graded);
    this.#showKeys();
    this.#show();
    byId('quiz-continue').focus({ preventScroll: true });
  }

  /** Something was refused. @param {string} words */
  say(words) {
    write('quiz-line', words);
    if (!this.#over) this.#takeAnswers(false);
  }

  /** The question is no longer open. @param {string} words why, unless that was said */
  over(words) {
    if (!dialog.open || this.#over) return;
    this.#over = true;
    dialog.dataset.phase = 'over';
    if (byId('quiz-line').textContent === '') write('quiz-line', words);
    for (const button of buttons()) button.disabled = true;
    this.#showKeys();
    byId('quiz-continue').focus({ preventScroll: true });
  }

  /** Away with it; the lecture goes on. */
  close() {
    if (dialog.open) dialog.close();
  }

  /** Away with it, without a word: the lecture is over. */
  drop() {
    this.#ask = null;
    this.#over = true;
    this.close();
  }

  #show() {
    if (!dialog.open) {
      this.#from = document.activeElement;
      dialog.showModal();
    }
    dialog.scrollTop = 0;
  }

  #showKeys() {
    write('quiz-keys', this.#over ? strings.keysAfter : strings.keys(this.#ask?.options.length ?? 0));
    write('quiz-said', '');
  }

  /** @param {Ask} ask */
  #head({ question, at_s, options }) {
    markLanguage(dialog, `${question} ${options.join(' ')}`);
    write('quiz-place', strings.place(at_s));
    write('quiz-question', question);
    for (const id of WRITTEN_LATER) write(id, '');
    byId('quiz-quote').hidden = true;
  }

  /** @param {boolean} [clear] whether what was refused is taken away */
  #takeAnswers(clear = true) {
    this.#waiting = false;
    if (clear) write('quiz-line', '');
    for (const button of buttons()) {
      button.removeAttribute('aria-disabled');
      button.removeAttribute('aria-pressed');
    }
  }

  /** @param {string} text @param {number} index */
  #option(text, index) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'option';
    button.append(element('kbd', String(index + 1)), element('span', text));
    button.addEventListener('click', () => this.#answer(index));
    const line = document.createElement('li');
    line.append(button);
    return line;
  }

  /** @param {Graded} graded */
  #quote(graded) {
    const { quote, quote_s } = graded;
    this.#quoteAt = quote_s;
    const can = quote_s !== null && this.hooks.canGo();
    const told = isToldAnyway(graded);
    byId('quiz-quote').hidden = quote === '' || (told && !can);
    byId('quiz-quote').toggleAttribute('data-told', told);
    write('quiz-quote-text', quote);
    byId('quiz-go').hidden = !can;
    write('quiz-go', quote_s === null ? '' : strings.goThere(quote_s));
    write('quiz-quote-at', can || quote_s === null ? '' : strings.saidAt(quote_s));
  }

  #go() {
    const at = this.#quoteAt;
    this.close();
    if (at !== null) this.hooks.go(at);
  }

  /** @param {number | null} choice */
  #answer(choice) {
    if (this.#over || this.#waiting) return;
    if (!this.hooks.answer(choice)) return this.say(strings.notConnected);
    this.#waiting = true;
    write('quiz-line', '');
    buttons().forEach((button, index) => {
      button.setAttribute('aria-disabled', 'true');
      button.setAttribute('aria-pressed', String(index === choice));
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A key that is held down answers once, and does not take the result away.
    if (event.repeat && ['Enter', ' ', 'Escape'].includes(event.key)) return event.preventDefault();
    if (event.key === 'Escape') {
      event.preventDefault();
      this.#leave();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      this.#step(event);
    } else if (/^[1-9]$/.test(event.key) && Number(event.key) <= (this.#ask?.options.length ?? 0)) {
      this.#answer(Number(event.key) - 1);
    }
  }

  /** What was graded is left at once; what is asked is not skipped by a reflex. */
  #leave() {
    if (this.#over) return this.close();
    byId('quiz-skip').focus();
    write('quiz-keys', '');
    write('quiz-said', strings.enterSkips);
  }

  /** To the next option, or the one before. @param {KeyboardEvent} event */
  #step(event) {
    const all = buttons();
    if (this.#over || all.length === 0) return;
    event.preventDefault();
    const here = all.findIndex((button) => button === document.activeElement);
    const first = event.key === 'ArrowDown' ? 0 : all.length - 1;
    const next = (here + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length;
    all[here < 0 ? first : next].focus();
  }

  #closed() {
    // Closed by the browser's own means: what was asked is passed.
    if (!this.#over) this.hooks.answer(null);
    this.#over = true;
    this.#returnFocus();
    this.#ask = null;
    this.hooks.closed();
  }

  /** To where it was; browsers do so by themselves unless it was nowhere, or what had it is gone. */
  #returnFocus() {
    const { activeElement, body } = document;
    const before = this.#from;
    this.#from = null;
    // The button that was pressed keeps it for a moment.
    if (activeElement && activeElement !== body && !dialog.contains(activeElement)) return;
    const back = before instanceof HTMLElement && before.isConnected && before !== body ? before : this.hooks.home();
    back?.focus({ preventScroll: true });
  }
}

/** Whether what is said of the options has the quote in it: the whole, or its beginning if it was cut there. @param {Graded} graded */
function isToldAnyway({ quote, explanation, reasons, choice, key }) {
  const plain = (/** @type {string} */ words) => words.replace(/\s+/g, ' ').trim();
  const beginning = plain(quote).slice(0, CUT_AT);
  const told = [explanation, reasons[key] ?? '', choice === null ? '' : (reasons[choice] ?? '')];
  return beginning !== '' && told.some((words) => plain(words).includes(beginning));
}

/** @param {string} id @param {string} words */
function write(id, words) {
  const place = byId(id);
  if (place.textContent !== words) place.textContent = words;
}

/** @param {string} name @param {string} words @param {string} [kind] of class */
function element(name, words, kind = '') {
  const made = document.createElement(name);
  made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

/** An option after the answer: what it was, and why. @param {string} text @param {number} index @param {Graded} graded */
function result(text, index, { choice, key, reasons }) {
  const how = index === key ? (index === choice ? 'both' : 'key') : index === choice ? 'chosen' : 'other';
  const line = document.createElement('li');
  line.className = 'option';
  line.dataset.how = how;
  const sign = element('span', how === 'other' ? String(index + 1) : how === 'chosen' ? '✗' : '✓', 'sign');
  sign.setAttribute('aria-hidden', 'true');
  const words = document.createElement('div');
  words.append(element('p', text, 'option-text'));
  if (how !== 'other') words.append(tag(strings.tags[how]));
  if (reasons[index]) words.append(element('p', reasons[index], 'option-reason'));
  line.append(sign, words);
  return line;
}

/** @param {string} words of the page's own */
function tag(words) {
  const made = element('p', words, 'option-tag');
  made.lang = 'en';
  return made;
}

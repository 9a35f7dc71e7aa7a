/** What stands in the panel beside the pill: sentences and buttons, of what the hub says. No DOM in here. */

import type { Subtitles, View } from '../messages.js';
import { cameraTrouble } from './decide.js';

export type Act = 'start' | 'stop' | 'pause' | 'resume' | 'make' | 'cloze' | 'settings' | 'report';

/** A text of `_locales`, with its values; or words as they are. */
export type Words = { key: string; values?: (string | number)[] } | { words: string };

export interface Notice {
  words: Words;
  tone: 'plain' | 'warn' | 'bad';
}

export interface Action {
  act: Act;
  key: string;
  primary?: boolean;
}

export interface Questions {
  line: Words;
  /** 0 to 1 while they are being made; null: they are not. */
  share: number | null;
  sets: { set: string; words: Words; chosen: boolean }[];
  actions: Action[];
}

export interface Panel {
  notice: Notice | null;
  actions: Action[];
  questions: Questions | null;
}

/** What the guest knows and the hub does not. */
export interface Here {
  /** Lines of captions that were gathered. */
  gathered: number;
  /** Seconds until the next attempt. */
  retryIn: number | null;
  trouble: (trouble: { code: string; detail: string }) => string;
}

const SETTINGS: Action = { act: 'settings', key: 'guest_settings' };

/** @param view null: the hub has not answered yet */
export function panelOf(view: View | null, here: Here): Panel {
  if (!view) return { notice: null, actions: [{ act: 'start', key: 'guest_start', primary: true }, SETTINGS], questions: null };
  return { notice: noticeOf(view, here), actions: actionsOf(view), questions: questionsOf(view, here) };
}

function noticeOf(view: View, here: Here): Notice | null {
  const camera = cameraTrouble(view);
  if (camera) return { words: { key: `guest_camera_${camera}` }, tone: 'bad' };
  switch (view.phase) {
    case 'off':
      return { words: { key: 'guest_notice_off' }, tone: 'plain' };
    case 'consent':
      return { words: { key: 'guest_notice_consent' }, tone: 'warn' };
    case 'elsewhere':
      return { words: view.elsewhere ? { key: 'guest_notice_elsewhere', values: [view.elsewhere] } : { key: 'guest_notice_elsewhere_untitled' }, tone: 'plain' };
    case 'failed':
      return { words: view.trouble ? { words: here.trouble(view.trouble) } : { key: 'guest_notice_failed' }, tone: 'bad' };
    case 'paused':
      return { words: { key: 'guest_notice_paused' }, tone: 'plain' };
    case 'ended':
      return { words: { key: 'guest_notice_ended' }, tone: 'plain' };
    default:
      if (view.trouble?.code === 'server_permission') return { words: { words: here.trouble(view.trouble) }, tone: 'bad' };
      return offlineNotice(view, here);
  }
}

function offlineNotice({ connection, phase }: View, { retryIn }: Here): Notice | null {
  if ((phase !== 'on' && phase !== 'starting') || connection !== 'waiting') return null;
  return { words: retryIn === null ? { key: 'guest_notice_offline' } : { key: 'guest_notice_offline_in', values: [retryIn] }, tone: 'warn' };
}

function actionsOf(view: View): Action[] {
  const mend: Action = { act: 'settings', key: 'guest_settings_camera', primary: true };
  const stop: Action = { act: 'stop', key: 'guest_stop' };
  switch (view.phase) {
    case 'off':
      return [{ act: 'start', key: 'guest_start', primary: true }, SETTINGS];
    case 'consent':
      return [{ act: 'settings', key: 'guest_consent', primary: true }];
    case 'elsewhere':
      return [{ act: 'start', key: 'guest_start_instead', primary: true }, SETTINGS];
    case 'failed':
      return cameraTrouble(view) ? [mend, { act: 'start', key: 'guest_again' }] : [{ act: 'start', key: 'guest_again', primary: true }, SETTINGS];
    case 'ended': {
      const again: Action = { act: 'start', key: 'guest_start_again' };
      return view.report ? [{ act: 'report', key: 'guest_report_show', primary: true }, again, SETTINGS] : [{ ...again, primary: true }, SETTINGS];
    }
    case 'paused':
      return [{ act: 'resume', key: 'guest_resume', primary: true }, stop, SETTINGS];
    case 'starting':
      if (view.trouble?.code === 'server_permission') return [{ act: 'settings', key: 'guest_settings_permission', primary: true }, stop];
      return cameraTrouble(view) ? [mend, stop] : [stop, SETTINGS];
    case 'on':
      if (cameraTrouble(view)) return [mend, { act: 'pause', key: 'guest_pause' }, stop];
      return [{ act: 'pause', key: 'guest_pause' }, stop, SETTINGS];
  }
}

function questionsOf(view: View, here: Here): Questions | null {
  if (!['on', 'paused', 'starting'].includes(view.phase) || !view.prefs.quizzes) return null;
  const { progress, sets, set } = view.quiz;
  const choices = sets.map((each) => ({
    set: each.set,
    words: { key: `guest_set_${each.source}`, values: [each.title || each.maker, each.items, each.recommendations] },
    chosen: each.set === set,
  }));
  const making = progress?.state === 'making';
  return {
    line: questionsLine(view, here),
    share: making ? progress.chunks_done / Math.max(1, progress.chunks) : null,
    sets: choices.length > 1 || (choices.length === 1 && !set) ? choices : [],
    actions: makeActions(view, here),
  };
}

function questionsLine({ quiz }: View, { gathered, trouble }: Here): Words {
  const { progress, marks } = quiz;
  if (progress?.state === 'making') return { key: 'guest_questions_making', values: [progress.items] };
  if (progress?.state === 'failed') return { words: trouble({ code: progress.code, detail: progress.message }) };
  if (quiz.trouble) return { words: trouble({ code: '', detail: quiz.trouble }) };
  if (marks.length > 0) {
    const right = marks.filter(({ outcome }) => outcome === 'right').length;
    const answered = marks.filter(({ outcome }) => outcome !== null && outcome !== 'open').length;
    return { key: answered > 0 ? 'guest_questions_answered' : 'guest_questions_count', values: [marks.length, answered, right] };
  }
  return subtitlesLine(quiz.subtitles, gathered);
}

const subtitlesLine = (subtitles: Subtitles, gathered: number): Words =>
  subtitles === 'none' ? { key: 'guest_questions_none' } : subtitles === 'captions' || gathered > 0 ? { key: 'guest_questions_gathering', values: [gathered] } : { key: 'guest_questions_waiting' };

function makeActions({ quiz }: View, { gathered }: Here): Action[] {
  const { progress, subtitles } = quiz;
  if (progress?.state === 'making' || progress?.state === 'done') return [];
  const cloze: Action = { act: 'cloze', key: 'guest_questions_cloze' };
  if (progress?.state === 'failed') return [{ act: 'make', key: 'guest_again' }, ...(progress.source === 'llm' ? [cloze] : [])];
  if (subtitles === 'none' || gathered === 0) return [];
  return [{ act: 'make', key: 'guest_questions_make' }];
}

/** What a watch session came to, as the server's HTTP API says it. */

import { asNumber, asObject, asText } from '../../../web/loa-wire.js';
import type { ReportView } from '../messages.js';
import { asKind } from './alarms.js';

const MOMENTS = 100;
/** Asked again so often, as the server writes within a second or so; ms in between. */
const WAITS_MS = [200, 400, 800, 1200, 1600, 2000];

/** Asks the server for a session; null: it knows none. Rejects when it does not answer. */
export type AskForSession = (session: string) => Promise<Record<string, unknown> | null>;

type Raw = Record<string, unknown>;

const asList = (value: unknown): Raw[] => (Array.isArray(value) ? value.map(asObject) : []);

function readMoments(events: unknown): ReportView['moments'] {
  return asList(events)
    .slice(0, MOMENTS)
    .flatMap((event) => {
      const kind = asKind(asText(event.kind));
      if (kind === null) return [];
      const lasted = Date.parse(asText(event.ended)) - Date.parse(asText(event.started));
      return [{ kind, at_s: asNumber(event.lecture_seconds), lasted_ms: Number.isFinite(lasted) ? Math.max(0, lasted) : 0 }];
    });
}

/** @param url where the full report is */
export function readReport(session: string, url: string | null, answer: Raw): ReportView {
  const totals = asObject(asObject(answer.report).totals);
  const ms = (name: string) => Math.max(0, asNumber(totals[`${name}_ms`]) ?? 0);
  const lapses = ['drowsy', 'absent', 'looking_away', 'unknown'].map(ms);
  const answers = asList(answer.quizzes).flatMap(({ answer: each }) => (each ? [asObject(each)] : []));
  return {
    session,
    url,
    watchedMs: lapses.reduce((sum, each) => sum + each, ms('attentive')),
    attentiveMs: ms('attentive'),
    moments: readMoments(answer.events),
    right: answers.filter(({ correct }) => correct === true).length,
    asked: answers.length,
  };
}

/** As long as the server has not written the end, it is asked again. What is not known in the end is 0, without an address. */
export async function fetchReport(
  session: string,
  server: string,
  ask: AskForSession,
  wait: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<ReportView> {
  const url = `${server}/sessions/${session}`;
  let report = readReport(session, null, {});
  for (const ms of WAITS_MS) {
    await wait(ms);
    const answer = await ask(session).catch(() => null);
    if (!answer) continue;
    report = readReport(session, url, answer);
    if (asObject(answer.report).running === false) break;
  }
  return report;
}

/** Of several watch sessions of one lecture, as after a server was started anew in between; the newest, whose full report it is, last. */
export function joinReports(reports: ReportView[]): ReportView {
  return reports.reduce((sum, next) => ({
    session: next.session,
    url: next.url ?? sum.url,
    watchedMs: sum.watchedMs + next.watchedMs,
    attentiveMs: sum.attentiveMs + next.attentiveMs,
    moments: [...sum.moments, ...next.moments].slice(0, MOMENTS),
    right: sum.right + next.right,
    asked: sum.asked + next.asked,
  }));
}

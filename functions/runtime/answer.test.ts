import { HTTP, type CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { toAnswer, type HttpAnswer } from './answer.ts';
import { listEndings } from './outcome.ts';
import { createRedact } from './redact.ts';
import { RunError } from './run-error.ts';
import type { RunResult } from './run-record.ts';
import { DONE, resultOf, TASK, TRIGGER } from '../../test/support/run-result.ts';
import { SPELLINGS } from '../../test/support/secret-spellings.ts';

const NOW = new Date('2026-11-22T05:40:03.210Z');
const redact = createRedact(['s3cret']);
const answerTo = (result: RunResult): HttpAnswer => toAnswer(result, TASK, NOW, redact);

const isGood = (outcome: string): boolean => outcome === 'done' || outcome === 'skipped';
const good = listEndings().filter(({ outcome }) => isGood(outcome));
const bad = listEndings().filter(({ outcome }) => !isGood(outcome));

/** Reads the answer as a Broker does, by an SDK that is not ours. */
function eventOf({ headers, body }: HttpAnswer): CloudEvent<Record<string, unknown>> {
  return HTTP.toEvent<Record<string, unknown>>({ headers, body }) as CloudEvent<Record<string, unknown>>; // no batch
}

describe('an ending that is good', () => {
  it.each(good)('$outcome: $reason is answered 200 with an event that the cloudevents SDK finds valid', (ending) => {
    const answer = answerTo(resultOf(ending));
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/cloudevents+json' } });
    const event = eventOf(answer);
    expect(event.validate()).toBe(true);
    expect(event).toMatchObject({
      specversion: '1.0',
      source: '/bi-cron/goods-onsale',
      type: `bi.cron.run.${ending.outcome}`,
      subject: 'goods-onsale',
      time: '2026-11-22T05:40:03.210Z',
      datacontenttype: 'application/json',
    });
  });

  it('done says what was done, and how long each phase took to a tenth of a millisecond', () => {
    expect(eventOf(answerTo(DONE)).data).toEqual({
      runKey: 'goods-onsale@2026-11-22T05:40:00Z',
      slot: '2026-11-22T05:40:00Z',
      outcome: 'done',
      grpcCode: 'OK',
      target: '10.0.0.7:9000',
      configSource: 'nacos',
      summary: { rows: 7, stored: 3 },
      ms: { boot: 81.3, config: 10, resolve: 1, call: 30, total: 122.3 },
    });
  });

  it.each([
    [undefined, 'running'],
    [{ outcome: 'done', reason: 'done' } as const, 'done'],
    [{ outcome: 'unknown', reason: 'deadline' } as const, 'unknown'],
  ])('skipped names the holder, whose ending %j is %s', (ending, outcome) => {
    const holder = { runKey: 'goods-onsale@manual:1', ageMs: 1234.5678, ending };
    const result = resultOf({ outcome: 'skipped', reason: 'overlap' }, { holder });
    expect(eventOf(answerTo(result)).data).toMatchObject({
      outcome: 'skipped',
      reason: 'overlap',
      holder: { runKey: 'goods-onsale@manual:1', ageMs: 1235, outcome },
    });
  });

  it('skipped while paused gives the reason, without secrets', () => {
    const ending = { outcome: 'skipped', reason: 'paused' } as const;
    const error = new RunError(ending, 'paused: the password s3cret is being changed');
    expect(eventOf(answerTo(resultOf(ending, { error }))).data).toMatchObject({
      reason: 'paused',
      message: 'paused: the password [redacted] is being changed',
    });
  });

  it.each(Object.entries(SPELLINGS))('a secret %s is hidden in each text of it', (_title, spell) => {
    const secret = spell('Planted-Pass+word/4711=');
    const holder = { runKey: secret, ageMs: 1, ending: undefined };
    const summary = { rows: 1, note: secret, [secret]: 1 };
    const result = resultOf(
      { outcome: 'skipped', reason: 'overlap' },
      { holder, summary, target: secret, grpcCode: secret },
    );
    expect(toAnswer(result, TASK, NOW, createRedact(['Planted-Pass+word/4711='])).body).not.toContain(
      JSON.stringify(secret).slice(1, -1),
    );
  });

  it('each answer is an event of its own', () => {
    expect(eventOf(answerTo(DONE)).id).not.toBe(eventOf(answerTo(DONE)).id);
  });
});

describe('an ending that is not', () => {
  it.each(bad)('$outcome: $reason is answered with an error body, no event', (ending) => {
    const error = new RunError(ending, 'where: expected this, got s3cret', { field: 'data.window.end' });
    const answer = answerTo(resultOf(ending, { error }));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.body)).toEqual({
      ...ending,
      message: 'where: expected this, got [redacted]',
      field: 'data.window.end',
      runKey: 'goods-onsale@2026-11-22T05:40:00Z',
    });
  });

  it.each(Object.entries(SPELLINGS))(
    'a secret %s is hidden in message, field and keys, before they are cut',
    (_title, spell) => {
      const secret = 'Planted-Pass+word/4711=';
      for (let before = 0; before < 110; before += 1) {
        const text = `${'x'.repeat(before)}${spell(secret)}`;
        const error = new RunError({ outcome: 'rejected', reason: 'event' }, `${'y'.repeat(240)}${text}`, {
          field: text,
        });
        const holder = { runKey: text, ageMs: 1, ending: undefined };
        const result = resultOf(error.ending, { error, holder, trigger: { ...TRIGGER, runKey: text } });
        const { body } = toAnswer(result, TASK, NOW, createRedact([secret]));
        expect(body).not.toContain('Planted');
        expect(body).not.toContain(spell(secret).slice(-20, -8));
      }
    },
  );

  it('only method is answered 405, and says which is allowed', () => {
    const allowing = bad.filter((ending) => answerTo(resultOf(ending)).headers['allow'] === 'POST');
    expect(allowing).toEqual([{ outcome: 'rejected', reason: 'method' }]);
    expect(answerTo(resultOf({ outcome: 'rejected', reason: 'method' })).status).toBe(405);
  });

  it('busy names the holder', () => {
    const holder = { runKey: 'goods-onsale@2026-11-22T05:39:00Z', ageMs: 60_000.4, ending: undefined };
    const { body } = answerTo(resultOf({ outcome: 'busy', reason: 'running' }, { holder }));
    expect(JSON.parse(body)).toEqual({
      outcome: 'busy',
      reason: 'running',
      message: 'task: expected no run under way, got one; send the event again when it has ended',
      runKey: TRIGGER.runKey,
      holder: { runKey: 'goods-onsale@2026-11-22T05:39:00Z', ageMs: 60_000 },
    });
  });

  it('draining says that the event may be sent again', () => {
    const { body } = answerTo(resultOf({ outcome: 'unavailable', reason: 'draining' }));
    expect(JSON.parse(body)).toMatchObject({
      message: 'process: expected one that takes new runs, got one that is shutting down; send the event again',
    });
  });

  it('a request that was no event is answered without a run key', () => {
    const error = new RunError({ outcome: 'rejected', reason: 'event' }, 'body: expected JSON, got ""');
    const { body } = answerTo(resultOf(error.ending, { trigger: undefined, error }));
    expect(body).toBe('{"outcome":"rejected","reason":"event","message":"body: expected JSON, got \\"\\""}');
  });

  it.each([
    [true, false, 503],
    [true, true, 503],
    [false, false, 500],
    [false, true, 422],
  ])('unknown of a task with safeToRepeat %s, by Broker %s, is answered %i', (safeToRepeat, viaBroker, status) => {
    const result = resultOf({ outcome: 'unknown', reason: 'deadline' }, { trigger: { ...TRIGGER, viaBroker } });
    expect(toAnswer(result, { ...TASK, safeToRepeat }, NOW, redact).status).toBe(status);
  });

  it('a bug shows neither its message nor its stack', () => {
    const error = RunError.from(new TypeError('reading x of s3cret'));
    const { status, body } = answerTo(resultOf(error.ending, { error }));
    expect(status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ message: 'internal error; the log line has the details' });
    expect(body).not.toContain('TypeError');
  });
});

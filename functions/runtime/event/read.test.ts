import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODES, post, refusalOf, TICK } from '../../../test/support/event-request.ts';
import { createRedact } from '../redact.ts';
import type { RunError } from '../run-error.ts';
import { readTrigger } from './read.ts';
import { toAscii } from './run-key.ts';
import type { RawRequest } from './http-request.ts';

const NOW = new Date('2026-11-22T06:07:08.900Z');
const MANUAL = { ...TICK, type: 'bi.cron.run.requested', id: 'm-1' };
const BACKFILL = { ...TICK, type: 'bi.cron.backfill.requested', id: 'b-1' };

const read = (attributes: object) => readTrigger(MODES.binary({ ...attributes }), 'goods-onsale', NOW);
const refuse = (request: RawRequest) => refusalOf(() => readTrigger(request, 'goods-onsale', NOW));

describe('the HTTP request', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'post', ''])('method %j is refused', (method) => {
    expect(refuse({ ...MODES.binary(TICK), method })).toEqual({
      ending: 'rejected: method',
      field: 'method',
      message: `method: expected POST, got "${method}"`,
    });
  });

  it.each(['/goods-onsale', '//', '', '/%2f', '/goods?x=/'])('path %j is refused as an event', (url) => {
    expect(refuse({ ...MODES.binary(TICK), url })).toEqual({
      ending: 'rejected: event',
      field: 'path',
      message: `path: expected /, got "${url.split('?')[0]}"`,
    });
  });

  it.each(['/?', '/?trace=1', '/?a=/b', 'http://goods', 'HTTPS://goods:80/', 'http://goods?a'])(
    'the query and the origin of %s do not matter',
    (url) => {
      expect(readTrigger({ ...MODES.binary(TICK), url }, 'goods-onsale', NOW).eventId).toBe(TICK['id']);
    },
  );

  it.each(['gzip', 'br', 'deflate, gzip'])('content encoding %s is refused', (encoding) => {
    const { message } = refuse(withHeader(MODES.binary(TICK), 'Content-Encoding', encoding));
    expect(message).toBe(`content-encoding: expected no encoding, got "${encoding}"`);
  });

  it('content encoding identity is none', () => {
    expect(readTrigger(withHeader(MODES.binary(TICK), 'Content-Encoding', 'identity'), 't', NOW).kind).toBe(
      'scheduled',
    );
  });

  it('a repeated attribute is refused', () => {
    expect(refuse(withHeader(MODES.binary(TICK), 'ce-id', 'other')).message).toBe(
      'ce-id: expected one header of this name, got several',
    );
  });

  it('a request that is no event at all is refused', () => {
    expect(refuse(post({ 'content-type': 'application/json' }, '{}')).message).toBe(
      'ce-specversion: expected "1.0", got nothing',
    );
  });
});

describe('kind, slot and run key', () => {
  it('a tick is scheduled: its slot is its minute, its key task and slot', () => {
    expect(read(TICK)).toMatchObject({
      kind: 'scheduled',
      slot: new Date('2026-11-22T05:40:00Z'),
      runKey: 'goods-onsale@2026-11-22T05:40:00Z',
      eventId: TICK['id'],
      data: undefined,
    });
  });

  it('two firings of one tick have one key', () => {
    expect(read({ ...TICK, id: 'other', time: '2026-11-22T13:40:58.999+08:00' }).runKey).toBe(read(TICK).runKey);
  });

  it('a tick is not renamed by the extension runkey', () => {
    expect(read({ ...TICK, runkey: 'mine' }).runKey).toBe('goods-onsale@2026-11-22T05:40:00Z');
  });

  it.each([
    ['second', '2026-11-22T05:40:20Z'],
    ['minute', '2026-11-22T05:40:00Z'],
  ])('with slotunit %s the slot is %s', (slotunit, slot) => {
    const trigger = read({ ...TICK, slotunit, time: '2026-11-22T05:40:20.899999999Z' });
    expect(trigger).toMatchObject({ slot: new Date(slot), runKey: `goods-onsale@${slot}` });
  });

  it.each(['hour', 'Second', 'seconds'])('slotunit %s is refused', (slotunit) => {
    expect(refuse(MODES.structured({ ...TICK, slotunit })).message).toBe(
      `ce-slotunit: expected "minute" or "second", got "${slotunit}"`,
    );
  });

  it.each(['bi.cron.run.requested', 'com.example.button', 'dev.knative.sources.ping2', 'bi.cron', 'bi.crontab.run'])(
    'type %s is manual: its key is its id',
    (type) => {
      expect(read({ ...MANUAL, type })).toMatchObject({ kind: 'manual', runKey: 'goods-onsale@manual:m-1' });
    },
  );

  it('a manual event without a time runs in the present minute', () => {
    expect(read({ ...MANUAL, time: undefined }).slot).toEqual(new Date('2026-11-22T06:07:00Z'));
    expect(read({ ...MANUAL, time: undefined, slotunit: 'second' }).slot).toEqual(new Date('2026-11-22T06:07:08Z'));
  });

  it.each(['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '1999-12-31T23:59:59Z'])(
    'the time %s, which no window can end at, is refused',
    (time) => {
      expect(refuse(MODES.structured({ ...TICK, time }))).toEqual({
        ending: 'rejected: event',
        field: 'ce-time',
        message: `ce-time: expected a time since 2000, got "${new Date(time).toISOString()}"`,
      });
    },
  );

  it('a backfill has the run key that its sender gives', () => {
    const runkey = 'goods-onsale@backfill:2026-10-01T00:00:00Z/2026-10-02T00:00:00Z';
    expect(read({ ...BACKFILL, runkey })).toMatchObject({ kind: 'backfill', runKey: runkey });
    expect(read(BACKFILL).runKey).toBe('goods-onsale@manual:b-1');
  });

  it.each([
    ['scheduled', TICK],
    ['backfill', BACKFILL],
  ])('a %s event needs a time', (_, event) => {
    expect(refuse(MODES.binary({ ...event, time: undefined }))).toEqual({
      ending: 'rejected: event',
      field: 'ce-time',
      message: 'ce-time: expected the time of the tick, got nothing',
    });
  });

  it.each(['a b', 'schlüssel'])('run key %j is refused', (runkey) => {
    const { field, message } = refuse(MODES.structured({ ...MANUAL, runkey }));
    expect(field).toBe('ce-runkey');
    expect(message).toMatch(/^ce-runkey: expected 1 to 256 printable ASCII characters without spaces, got "/);
  });

  it('a run key may have 256 characters', () => {
    expect(read({ ...MANUAL, runkey: '~'.repeat(256) }).runKey).toHaveLength(256);
  });

  it.each(['bi.cron.run.done', 'bi.cron.run.skipped', 'bi.cron.run.', 'bi.cron.run.requested.twice', 'bi.cron.report'])(
    'our own type %s, which asks for nothing, is refused',
    (type) => {
      const expected = {
        ending: 'rejected: event',
        field: 'ce-type',
        message: `ce-type: expected bi.cron.run.requested or bi.cron.backfill.requested, no other of bi.cron.*, got "${type}"`,
      };
      expect(refuse(MODES.structured({ ...MANUAL, type }))).toEqual(expected);
      expect(refuse(MODES.binary({ ...MANUAL, type }))).toEqual(expected);
    },
  );

  it('every type of bi.cron.* but the two requests is refused', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z.]{0,30}$/), (rest) => {
        fc.pre(rest !== 'run.requested' && rest !== 'backfill.requested');
        expect(refuse(MODES.structured({ ...MANUAL, type: `bi.cron.${rest}` })).field).toBe('ce-type');
      }),
    );
  });

  it.each([MANUAL, BACKFILL])('an event of ours for another task is refused: %j', (event) => {
    expect(refuse(MODES.binary({ ...event, subject: 'full-order' }))).toEqual({
      ending: 'rejected: event',
      field: 'ce-subject',
      message: 'ce-subject: expected "goods-onsale", this function, got "full-order"',
    });
    expect(read({ ...event, subject: 'goods-onsale' }).eventId).toBe(event.id);
  });

  it.each(['dev.knative.sources.ping', 'com.example.button'])("the subject of %s is the sender's business", (type) => {
    expect(read({ ...TICK, type, subject: 'full-order' }).eventId).toBe(TICK['id']);
  });
});

describe('the slot of a time', () => {
  const slotOf = (time: string, more: object = {}): string => read({ ...TICK, ...more, time }).slot.toISOString();

  it.each([
    ['2026-11-22T05:40:58.999Z', '2026-11-22T05:40:00.000Z'],
    ['2026-11-22T05:40:59Z', '2026-11-22T05:41:00.000Z'],
    ['2026-11-22T05:40:59.969Z', '2026-11-22T05:41:00.000Z'],
    ['2026-11-22T05:41:00Z', '2026-11-22T05:41:00.000Z'],
  ])('of a tick at %s is %s', (time, slot) => {
    expect(slotOf(time)).toBe(slot);
  });

  it.each([
    ['2026-11-22T05:40:20.899Z', '2026-11-22T05:40:20.000Z'],
    ['2026-11-22T05:40:20.9Z', '2026-11-22T05:40:21.000Z'],
    ['2026-11-22T05:40:21Z', '2026-11-22T05:40:21.000Z'],
  ])('of a tick to the second at %s is %s', (time, slot) => {
    expect(slotOf(time, { slotunit: 'second' })).toBe(slot);
  });

  it.each([MANUAL, BACKFILL])('of an event that is no tick is its minute: %j', (event) => {
    expect(slotOf('2026-11-22T05:40:59.999Z', event)).toBe('2026-11-22T05:40:00.000Z');
  });

  it('is the nominal minute of every tick that fires up to 1 s early and less than 59 s late', () => {
    const minute = Date.parse('2026-11-22T05:41:00Z');
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 58_999 }), (offMs) => {
        const time = new Date(minute + offMs).toISOString();
        expect(slotOf(time)).toBe('2026-11-22T05:41:00.000Z');
        expect(slotOf(time, { slotunit: 'minute' })).toBe('2026-11-22T05:41:00.000Z');
      }),
    );
  });

  it('is at most a minute from the time, for every kind', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(TICK, MANUAL, BACKFILL),
        fc.integer({ min: 946_684_860_000, max: NOW.getTime() }),
        (event, ms) => {
          const slot = Date.parse(slotOf(new Date(ms).toISOString(), event));
          expect(slot % 60_000).toBe(0);
          expect(ms - slot).toBeGreaterThanOrEqual(event === TICK ? -1000 : 0);
          expect(ms - slot).toBeLessThan(60_000);
        },
      ),
    );
  });

  it.each([TICK, MANUAL, BACKFILL])(
    'more than 15 minutes ahead is refused in words that blame the clock: %j',
    (event) => {
      const at = (ms: number): string => new Date(NOW.getTime() + ms).toISOString();
      expect(read({ ...event, time: at(900_000) }).eventId).toBe(event['id']);
      expect(refuse(MODES.binary({ ...event, time: at(900_001) }))).toEqual({
        ending: 'rejected: event',
        field: 'ce-time',
        message: `ce-time: expected at most 15 minutes after this clock's 2026-11-22T06:07:08.900Z, got "${at(900_001)}": is the sender's clock fast, or this one slow?`,
      });
    },
  );
});

describe('a re-run', () => {
  const KEY = 'goods-onsale@2026-11-22T05:40:00Z';
  const RERUN = { ...MANUAL, id: 'again-1', time: undefined };

  it('of a tick has its key and slot, is manual, and its event tells the attempts apart', () => {
    expect(read({ ...RERUN, rerunof: KEY })).toMatchObject({
      kind: 'manual',
      runKey: KEY,
      rerunOf: KEY,
      slot: new Date('2026-11-22T05:40:00Z'),
      attempt: 'again-1',
      eventId: 'again-1',
    });
  });

  it.each([TICK, MANUAL, { ...MANUAL, runkey: 'mine' }, BACKFILL])('is nothing else: %j', (event) => {
    const trigger = read(event);
    expect([trigger.rerunOf, trigger.attempt]).toEqual([undefined, undefined]);
  });

  it('has the slot in the key, to the second, whatever the time of the event is', () => {
    const rerunof = 'goods-onsale@2026-11-22T05:40:21Z';
    expect(read({ ...RERUN, rerunof, time: '2026-11-22T06:00:00Z' }).slot).toEqual(new Date('2026-11-22T05:40:21Z'));
  });

  it.each(['goods-onsale@manual:m-1', 'goods-onsale@backfill:a/b', 'mine'])(
    'of %s, which names no slot, needs a time or a window',
    (rerunof) => {
      expect(refuse(MODES.binary({ ...RERUN, rerunof }))).toMatchObject({
        ending: 'rejected: event',
        field: 'ce-time',
      });
      expect(refuse(MODES.structured({ ...RERUN, rerunof }, { window: null }))).toMatchObject({ field: 'ce-time' });
      expect(read({ ...RERUN, rerunof, time: TICK['time'] }).slot).toEqual(new Date('2026-11-22T05:40:00Z'));
      const window = { start: '2026-11-22T03:00:00Z', end: '2026-11-22T04:00:00Z' };
      const { slot, runKey } = readTrigger(MODES.structured({ ...RERUN, rerunof }, { window }), 'goods-onsale', NOW);
      expect([slot, runKey]).toEqual([new Date('2026-11-22T06:07:00Z'), rerunof]);
    },
  );

  it.each([
    ['of another task', { rerunof: 'full-order@2026-11-22T05:40:00Z' }, 'ce-rerunof'],
    ["of another task's manual run", { rerunof: 'full-order@manual:1' }, 'ce-rerunof'],
    ['of a slot in the future', { rerunof: 'goods-onsale@2026-11-22T06:30:00Z' }, 'ce-rerunof'],
    ['of a slot before all windows', { rerunof: 'goods-onsale@1970-01-01T00:00:00Z' }, 'ce-rerunof'],
    ['of a slot in other words', { rerunof: 'goods-onsale@2026-11-22T13:40:00+08:00' }, 'ce-rerunof'],
    ['of a slot with a fraction', { rerunof: 'goods-onsale@2026-11-22T05:40:00.000Z' }, 'ce-rerunof'],
    ['of nothing', { rerunof: '' }, 'ce-rerunof'],
    ['of a key with a space', { rerunof: 'a b' }, 'ce-rerunof'],
    ['with a key of its own', { rerunof: KEY, runkey: 'mine' }, 'ce-runkey'],
    ['by a tick', { ...TICK, rerunof: KEY }, 'ce-rerunof'],
    ['by a backfill', { ...BACKFILL, rerunof: KEY }, 'ce-rerunof'],
    ['by a foreign type', { type: 'com.example.button', rerunof: KEY }, 'ce-rerunof'],
  ])('%s is refused', (_title, attributes, field) => {
    expect(refuse(MODES.structured({ ...RERUN, ...attributes }))).toMatchObject({ ending: 'rejected: event', field });
  });

  it.each(['goods-onsale@2026-11-22T05:40:00Z', 'full-order@2026-11-22T05:40:00Z', 'a@2026-11-22T13:40:00.5+08:00'])(
    'is named where a run key is written like a tick: %s',
    (runkey) => {
      const { field, message } = refuse(MODES.binary({ ...MANUAL, runkey }));
      expect(field).toBe('ce-runkey');
      expect(message).toBe(
        `ce-runkey: expected a name of your own, got "${runkey}", a tick's own; to run that tick again name it in the extension rerunof`,
      );
      expect(refuse(MODES.binary({ ...BACKFILL, runkey })).field).toBe('ce-runkey');
    },
  );
});

describe('a secret in what makes the run key', () => {
  const redact = createRedact(['s3cret/word']);
  const readWith = (attributes: object) => readTrigger(MODES.binary({ ...attributes }), 'goods-onsale', NOW, redact);

  it.each([
    ['ce-id', { ...MANUAL, id: 'x-s3cret/word' }],
    ['ce-id', { ...MANUAL, id: `x-${Buffer.from('s3cret/word').toString('hex')}` }],
    ['ce-runkey', { ...MANUAL, runkey: 'x-s3cret/word' }],
    ['ce-runkey', { ...BACKFILL, runkey: `x-${Buffer.from('a:s3cret/word').toString('base64')}` }],
    ['ce-rerunof', { ...MANUAL, rerunof: 'goods-onsale@manual:s3cret/word' }],
  ])('%s is refused, unseen: %j', (field, event) => {
    expect(refusalOf(() => readWith(event))).toEqual({
      ending: 'rejected: event',
      field,
      message: `${field}: expected no secret, got one`,
    });
  });

  it('does not matter in the id of a tick, which makes none', () => {
    expect(readWith({ ...TICK, id: 's3cret/word' }).runKey).toBe('goods-onsale@2026-11-22T05:40:00Z');
  });
});

describe('a refused event is identified', () => {
  const eventOf = (request: RawRequest): unknown => {
    try {
      readTrigger(request, 'goods-onsale', NOW);
    } catch (error) {
      return (error as RunError).event; // readTrigger throws nothing else
    }
    throw new Error('expected a refusal');
  };
  const WHOLE = { id: 'm-1', source: TICK['source'], type: 'bi.cron.run.requested' };

  it.each(['binary', 'structured'] as const)('as far as it is readable, in %s mode', (mode) => {
    const make = MODES[mode];
    expect(eventOf(make({ ...MANUAL, time: 'now' }))).toEqual(WHOLE);
    expect(eventOf(make({ ...MANUAL, slotunit: 'hour' }))).toEqual(WHOLE);
    expect(eventOf(make({ ...MANUAL, runkey: 'a b' }))).toEqual(WHOLE);
    expect(eventOf(make(MANUAL, [1]))).toEqual(WHOLE);
    expect(eventOf(make({ ...MANUAL, type: 'bi.cron.run.done' }))).toEqual({ ...WHOLE, type: 'bi.cron.run.done' });
    expect(eventOf(make({ ...MANUAL, id: 'i'.repeat(257) }))).toEqual({ ...WHOLE, id: undefined });
    expect(eventOf(make({ ...MANUAL, specversion: '0.3', source: '' }))).toEqual({ ...WHOLE, source: undefined });
  });

  it('in binary mode also where the request is wrong', () => {
    expect(eventOf({ ...MODES.binary(MANUAL), method: 'PUT' })).toEqual(WHOLE);
    expect(eventOf({ ...MODES.binary(MANUAL), url: '/a' })).toEqual(WHOLE);
    expect(eventOf(withHeader(MODES.binary(MANUAL), 'content-encoding', 'gzip'))).toEqual(WHOLE);
    expect(eventOf(withHeader(MODES.binary(MANUAL), 'ce-id', 'm-2'))).toEqual({ ...WHOLE, id: undefined });
    expect(eventOf(withHeader(MODES.binary({ ...MANUAL, id: undefined }), 'ce-id', '%FF'))).toEqual({
      ...WHOLE,
      id: undefined,
    });
  });

  it('not at all where nothing is', () => {
    expect(eventOf(post({}))).toEqual({});
    expect(eventOf(post({ 'content-type': 'application/cloudevents+json' }, '{'))).toEqual({});
  });
});

describe('what surrounds the event', () => {
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  it('prefer: reply tells a Broker', () => {
    expect(readTrigger(withHeader(MODES.structured(TICK), 'Prefer', 'reply'), 't', NOW).viaBroker).toBe(true);
    expect(readTrigger(withHeader(MODES.structured(TICK), 'Prefer', 'return=minimal'), 't', NOW).viaBroker).toBe(false);
    expect(readTrigger(MODES.structured(TICK), 't', NOW).viaBroker).toBe(false);
  });

  it('the trace comes from the header, else from the extension, else it is new', () => {
    const other = trace.replace('4bf9', 'ffff');
    const event = MODES.structured({ ...TICK, traceparent: other });
    expect(readTrigger(withHeader(event, 'Traceparent', trace), 't', NOW).traceparent).toBe(trace);
    expect(readTrigger(event, 't', NOW).traceparent).toBe(other);
    expect(read(TICK).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});

it.each([
  ['plain-1:~!', 'plain-1:~!'],
  ['a b', 'a%20b'],
  ['a%20b', 'a%2520b'],
  ['ä🪿', '%C3%A4%F0%9F%AA%BF'],
])('%j is %s in ASCII', (text, ascii) => {
  expect(toAscii(text)).toBe(ascii);
});

function withHeader(request: RawRequest, name: string, value: string): RawRequest {
  return { ...request, rawHeaders: [...request.rawHeaders, name, value] };
}

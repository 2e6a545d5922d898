import { describe, expect, it } from 'vitest';
import { MODES, post, refusalOf, TICK } from '../../../test/support/event-request.ts';
import { readTrigger } from './read.ts';
import { toAscii } from './run-key.ts';
import type { RawRequest } from './http-request.ts';

const NOW = new Date('2026-11-22T06:07:08.900Z');
const MANUAL = { ...TICK, type: 'bi.cron.run.requested', id: 'm-1' };
const BACKFILL = { ...TICK, type: 'bi.cron.backfill.requested', id: 'b-1' };

const read = (attributes: object) => readTrigger(MODES.binary({ ...attributes }), 'goods-onsale', NOW);
const refuse = (request: RawRequest) => refusalOf(() => readTrigger(request, 'goods-onsale', NOW));

describe('the door', () => {
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
    expect(read({ ...TICK, id: 'other', time: '2026-11-22T13:40:59.999+08:00' }).runKey).toBe(read(TICK).runKey);
  });

  it('a tick is not renamed by the extension runkey', () => {
    expect(read({ ...TICK, runkey: 'mine' }).runKey).toBe('goods-onsale@2026-11-22T05:40:00Z');
  });

  it.each([
    ['second', '2026-11-22T05:40:20Z'],
    ['minute', '2026-11-22T05:40:00Z'],
  ])('with slotunit %s the slot is %s', (slotunit, slot) => {
    const trigger = read({ ...TICK, slotunit, time: '2026-11-22T05:40:20.999999999Z' });
    expect(trigger).toMatchObject({ slot: new Date(slot), runKey: `goods-onsale@${slot}` });
  });

  it.each(['hour', 'Second', 'seconds'])('slotunit %s is refused', (slotunit) => {
    expect(refuse(MODES.structured({ ...TICK, slotunit })).message).toBe(
      `ce-slotunit: expected "minute" or "second", got "${slotunit}"`,
    );
  });

  it.each(['bi.cron.run.requested', 'com.example.button', 'dev.knative.sources.ping2', 'bi.cron.runs'])(
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

  it.each(['a b', 'schlüssel', 'k'.repeat(257)])('run key %j is refused', (runkey) => {
    const { field, message } = refuse(MODES.structured({ ...MANUAL, runkey }));
    expect(field).toBe('ce-runkey');
    expect(message).toMatch(/^ce-runkey: expected 1 to 256 printable ASCII characters without spaces, got "/);
  });

  it('a run key may have 256 characters', () => {
    expect(read({ ...MANUAL, runkey: '~'.repeat(256) }).runKey).toHaveLength(256);
  });

  it.each(['bi.cron.run.done', 'bi.cron.run.skipped', 'bi.cron.run.', 'bi.cron.run.requested.twice'])(
    'our own result %s is refused',
    (type) => {
      expect(refuse(MODES.structured({ ...MANUAL, type }))).toEqual({
        ending: 'rejected: event',
        field: 'ce-type',
        message: `ce-type: expected a request such as bi.cron.run.requested, not one of our own results, got "${type}"`,
      });
    },
  );
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

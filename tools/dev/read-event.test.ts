import { describe, expect, it } from 'vitest';
import { readSeenEvent } from './read-event.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('readSeenEvent', () => {
  it('reads binary mode: attributes from ce- headers, the rest as headers', () => {
    const seen = readSeenEvent(['Ce-Id', 'a1', 'Ce-Type', 't', 'Host', 'x'], bytes('{"pageSize":20}'));
    expect(seen).toEqual({
      id: 'a1',
      type: 't',
      attributes: { id: 'a1', type: 't' },
      data: { pageSize: 20 },
      headers: { host: 'x' },
    });
  });

  it('reads structured mode', () => {
    const body = bytes('{"specversion":"1.0","id":"a2","type":"t","data":{"pageSize":20}}');
    const seen = readSeenEvent(['Content-Type', 'application/cloudevents+json; charset=utf-8'], body);
    expect(seen).toMatchObject({ id: 'a2', attributes: { specversion: '1.0' }, data: { pageSize: 20 } });
  });

  it.each([
    ['', undefined],
    ['not JSON', 'not JSON'],
  ])('takes %j as it is', (text, data) => {
    expect(readSeenEvent([], bytes(text))).toMatchObject({ id: '', data });
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toAnswer } from './answer.ts';
import { readBootstrap } from './env.ts';
import { parseConfigDocument } from './config/parse.ts';
import { loadDocuments } from './config/load.ts';
import { mergeTrees } from './config/merge.ts';
import { readTrigger, type Trigger } from './event/read.ts';
import { parseDuration } from './duration.ts';
import { openFunction } from '../../test/support/serve-function.ts';
import { manualHeaders, openHost, send } from '../../test/support/http.ts';
import { NacosUnreachableError } from './nacos/errors.ts';
import { Inquiry } from './nacos/inquiry.ts';
import { createRedact } from './redact.ts';
import { RunError } from './run-error.ts';
import { resultOf } from '../../test/support/run-result.ts';

const MIB = 1024 * 1024;
const NOW = new Date('2026-11-22T05:40:00Z');

/** The error of an event with these headers and this body. */
function errorOf(headers: Record<string, string>, body = ''): RunError {
  const rawHeaders = Object.entries(headers).flat();
  try {
    readTrigger({ method: 'POST', url: '/', rawHeaders, body: Buffer.from(body) }, 'probe', NOW);
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
  throw new Error('expected readTrigger to throw');
}

const structured = { 'content-type': 'application/cloudevents+json' };
const envelope = { specversion: '1.0', id: '1', source: '/a', type: 'bi.cron.run.requested' };

describe('no object of this process gets a property by', () => {
  const isPolluted = (): boolean => 'polluted' in {} || 'polluted' in [] || 'polluted' in (() => {});

  it.each(['__proto__', 'constructor', 'prototype'])('%s in the data of an event, which is refused', async (key) => {
    const { fn, backend } = await openFunction();
    const { port } = await openHost(fn);
    const data = `{"${key}":{"polluted":true,"prototype":{"polluted":true}}}`;
    const headers = { ...manualHeaders('m1'), 'content-type': 'application/json' };
    const { status, body } = await send(port, { headers, body: data });
    expect([status, body['field']]).toEqual([400, `data.${key}`]);
    expect(isPolluted()).toBe(false);
    expect(backend.calls.count()).toBe(0);
  });

  it.each(['__proto__', 'constructor'])('%s in the envelope of an event', (key) => {
    const body = JSON.stringify(envelope).replace('{', `{"${key}":{"polluted":true},`);
    expect(errorOf(structured, body).ending).toEqual({ outcome: 'rejected', reason: 'event' });
    expect(isPolluted()).toBe(false);
  });

  it.each([
    '__proto__: { polluted: true }',
    '{ "__proto__": { "polluted": true } }',
    'a: &a { __proto__: { polluted: true } }\n<<: *a\nb: { <<: *a }',
    'constructor: { prototype: { polluted: true } }',
    '? !!str __proto__\n: polluted: true',
  ])('%j in a document', (text) => {
    const trees = [text, text, 'a: { __proto__: { polluted: 1 } }'].map(
      (each) => parseConfigDocument('a.yaml', each)?.value ?? {},
    );
    expect(mergeTrees(trees)).toHaveProperty('a');
    expect(isPolluted()).toBe(false);
  });
});

describe('a file outside of the fallback directory is never read:', () => {
  const REQUIRED = { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: 'nacos:8848' };

  it.each(['../secret.yaml', 'a/../../b.yaml', '/etc/x.yaml', String.raw`..\b.yaml`, 'a\0.yaml', '%2e%2e/a.yaml'])(
    'the data ID %j is refused',
    (dataId) => {
      expect(() => readBootstrap({ ...REQUIRED, NACOS_DATA_IDS: dataId })).toThrow('NACOS_DATA_IDS: expected letters');
    },
  );

  it.each(['../..', '/etc', 'a/b', String.raw`a\\b`, 'a\0'])('the group %j is refused', (group) => {
    expect(() => readBootstrap({ ...REQUIRED, NACOS_GROUP: group })).toThrow('NACOS_GROUP: expected letters');
  });

  it('the group ".." is the beginning of a file name', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'bi-cron-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const inside = path.join(directory, 'inside');
    await mkdir(inside);
    await writeFile(path.join(inside, '..__a.yaml'), 'n: inside');
    await writeFile(path.join(directory, '__a.yaml'), 'n: outside');
    const env = { ...REQUIRED, NACOS_GROUP: '..', NACOS_DATA_IDS: 'a.yaml', NACOS_FALLBACK_DIR: inside };
    const down = {
      readDocument: () =>
        Promise.reject(new NacosUnreachableError({ outcome: 'unavailable', reason: 'nacos' }, 'down')),
    };
    const read = await loadDocuments(readBootstrap(env), down, new Inquiry(AbortSignal.timeout(1000)));
    expect(read.documents.map(({ value }) => value)).toEqual([{ n: 'inside' }]);
  });
});

describe('what a sender names is quoted short, in answer and log:', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an attribute of a structured event', structured, JSON.stringify({ ...envelope, ['A'.repeat(MIB / 2)]: 1 })],
    ['a header', { ...manualHeaders('m1'), [`ce-${'a_'.repeat(4000)}`]: '1' }, ''],
    ['a value', { ...manualHeaders('m1'), 'ce-source': `/${' '.repeat(900)}` }, ''],
    ['a type', structured, JSON.stringify({ ...envelope, type: 'x'.repeat(MIB / 2) })],
    ['a content type', { ...manualHeaders('m1'), 'content-type': 'x'.repeat(8000) }, 'x'],
  ])('%s', (_title, headers, body) => {
    const { message, field } = errorOf(headers, body);
    expect(message.length).toBeLessThan(600);
    expect(field?.length).toBeLessThan(300);
  });
});

it('an answer holds no character that a terminal or a log reader would act on', () => {
  const text = '\u001b[31m\u009b2J\u2028\u202e\r\n\u007f';
  const error = new RunError({ outcome: 'rejected', reason: 'event' }, `data: got ${text}`, { field: text });
  const task = { name: 'probe', safeToRepeat: true } as never; // what toAnswer reads of a task
  const trigger = { runKey: 'a', viaBroker: false, slot: NOW } as Trigger; // likewise
  const { headers, body } = toAnswer(resultOf(error.ending, { error, trigger }), task, NOW, createRedact([]));
  expect(body).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect((JSON.parse(body) as { field: string }).field).toBe(text);
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
});

describe('text that makes a careless pattern try every way ends:', () => {
  const long = 64 * 1024;
  it.each<[string, Record<string, string>, string]>([
    ['an open quotation', { ...manualHeaders('m1'), 'ce-source': `"${String.raw`\"`.repeat(long)}` }, ''],
    ['backslashes', { ...manualHeaders('m1'), 'ce-source': `"${'\\'.repeat(long + 1)}"` }, ''],
    ['percent signs', { ...manualHeaders('m1'), 'ce-id': '%41'.repeat(long) }, ''],
    ['broken percent signs', { ...manualHeaders('m1'), 'ce-id': '%4%'.repeat(long) }, ''],
    ['a media type', { ...manualHeaders('m1'), 'content-type': `${'a/+json'.repeat(long)}!` }, 'x'],
    ['parameters', { ...manualHeaders('m1'), 'content-type': ';charset'.repeat(long) }, 'x'],
    ['a run key', { ...manualHeaders('m1'), 'ce-runkey': 'a'.repeat(long) }, ''],
    ['a time', { ...manualHeaders('m1'), 'ce-time': `2026-11-22T05:40:00.${'0'.repeat(long)}Z` }, ''],
    ['base64', structured, JSON.stringify({ ...envelope, data_base64: `${'='.repeat(MIB / 2)}!` })],
    ['base64 without end', structured, JSON.stringify({ ...envelope, data_base64: `${'A'.repeat(MIB / 2)}!` })],
    [
      'nesting',
      structured,
      JSON.stringify(envelope).replace('}', `,"x":${'['.repeat(400_000)}${']'.repeat(400_000)}}`),
    ],
  ])('%s', (_title, headers, body) => {
    expect(errorOf(headers, body).ending.outcome).toBe('rejected');
  });

  it('a duration', () => {
    expect(parseDuration(`${'1'.repeat(long)}x`)).toBeUndefined();
    expect(parseDuration('1m'.repeat(20))).toBe(1_200_000);
    expect(parseDuration(`${'1m'.repeat(20)}1`)).toBeUndefined();
  });

  it.each<[string, string]>([
    ['sequences', '['.repeat(20_000)],
    ['maps', '{a: '.repeat(20_000)],
    ['indicators', '- '.repeat(20_000)],
    [
      'many keys, the first of them twice',
      `${Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join('\n')}\nk0: 1`,
    ],
    [
      'aliases of aliases',
      `k0: &k0 [x]\n${Array.from({ length: 8 }, (_, n) => `k${n + 1}: &k${n + 1} [${`*k${n},`.repeat(20)}]`).join('\n')}`,
    ],
  ])('a document of %s', (_title, text) => {
    expect(() => parseConfigDocument('a.yaml', text)).toThrow(
      expect.objectContaining({ ending: { outcome: 'rejected', reason: 'config' } }) as Error,
    );
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatPath, valueAt } from './manifest.ts';
import { parseManifests, readManifests } from './read-manifests.ts';

const TWO = `# comment
apiVersion: v1
kind: ConfigMap
metadata:
  name: one
data:
  a: "1"
---
apiVersion: v1
kind: Secret
metadata:
  name: two
  namespace: there
`;

/** Ten million values in ten lines. */
const AGAIN_AND_AGAIN = Array.from(
  { length: 7 },
  (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(',')}]\n`,
).join('');

async function* stdin(text: string): AsyncGenerator<string> {
  yield text;
}

describe('parseManifests', () => {
  it('reads several documents and knows the line of each field', () => {
    const [one, two] = parseManifests(TWO, 'x.yaml').manifests;
    expect([one?.name, one?.namespace, two?.name, two?.namespace]).toEqual(['one', undefined, 'two', 'there']);
    expect(one?.lineOf(['data', 'a'])).toBe(7);
    expect(two?.lineOf(['metadata', 'name'])).toBe(12);
  });

  it('gives the line of the nearest parent for a field that is missing', () => {
    const [, two] = parseManifests(TWO, 'x.yaml').manifests;
    expect(two?.lineOf(['metadata', 'labels', 'app'])).toBe(12);
    expect(two?.lineOf(['spec'])).toBe(9);
  });

  it('reads an unquoted yes as a boolean, as kubectl does', () => {
    const [object] = parseManifests('{apiVersion: v1, kind: A, metadata: {name: x}, on: yes}', 'x').manifests;
    expect(valueAt(object?.body, ['true'])).toBe(true);
  });

  it.each([
    ['a: [', 1, 'expected YAML, but '],
    [
      'kind: Service\nmetadata: {name: x}',
      1,
      'expected a Kubernetes object with apiVersion and kind, but one of them is missing',
    ],
    ['apiVersion: v1\nkind: Service', 1, 'expected Service to have metadata.name, but it is missing'],
    ['apiVersion: v1\nkind: Service\nmetadata:\n  name: [1]', 4, 'to have metadata.name, but it is [1]'],
    ['a: 1\na: 2', 2, 'expected YAML, but Map keys must be unique'],
    ['# comment\n---\na: *gone', 3, 'expected YAML, but Unresolved alias'],
    [`a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n${AGAIN_AND_AGAIN}`, 1, 'expected YAML, but Excessive alias count'],
    [
      'apiVersion: v1\nkind: List\nitems:\n  - kind: Service',
      4,
      'expected a Kubernetes object with apiVersion and kind',
    ],
    ['apiVersion: v1\nkind: List\nitems: 7', 1, 'expected List to have metadata.name, but it is missing'],
  ])('K001 for %j', (text, line, message) => {
    const { manifests, findings } = parseManifests(text, 'x.yaml');
    expect(manifests).toEqual([]);
    expect(findings).toMatchObject([{ rule: 'K001', file: 'x.yaml', line }]);
    expect(findings[0]?.message).toContain(message);
  });

  it('reads the items of a List as objects, each with its lines', () => {
    const list = 'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: one\n';
    const { manifests, findings } = parseManifests(list, 'x.yaml');
    expect(findings).toEqual([]);
    expect(manifests.map(({ kind, name, lineOf }) => [kind, name, lineOf(['metadata', 'name'])])).toEqual([
      ['Secret', 'one', 7],
    ]);
  });

  it('follows anchors, and takes a field that is null for one that is not there', () => {
    const text = '{apiVersion: v1, kind: A, metadata: &m {name: x, labels: null}, spec: {again: *m, list: [null]}}';
    expect(parseManifests(text, 'x').manifests[0]?.body).toEqual({
      apiVersion: 'v1',
      kind: 'A',
      metadata: { name: 'x' },
      spec: { again: { name: 'x' }, list: [null] },
    });
  });

  it('passes over empty documents and the settings of kustomize', () => {
    expect(parseManifests('---\n---\nnameReference: []\n', 'x.yaml')).toEqual({ manifests: [], findings: [] });
  });
});

describe('readManifests', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bi-cron-manifests-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('reads the yaml files of a directory in order, and nothing else', async () => {
    await writeFile(join(directory, 'b.yml'), 'apiVersion: v1\nkind: B\nmetadata: {name: b}\n');
    await writeFile(join(directory, 'a.yaml'), 'apiVersion: v1\nkind: A\nmetadata: {name: a}\n');
    await writeFile(join(directory, 'c.txt'), 'not: read');
    const { manifests } = await readManifests([directory], stdin(''));
    expect(manifests.map(({ kind, file }) => [kind, file])).toEqual([
      ['A', join(directory, 'a.yaml')],
      ['B', join(directory, 'b.yml')],
    ]);
  });

  it('reads standard input for -', async () => {
    const { manifests } = await readManifests(['-'], stdin(TWO));
    expect(manifests.map(({ file }) => file)).toEqual(['<stdin>', '<stdin>']);
  });

  it('rejects when a source does not exist', async () => {
    await expect(readManifests([join(directory, 'no.yaml')], stdin(''))).rejects.toThrow('ENOENT');
  });
});

describe('formatPath', () => {
  it('writes indexes and odd keys in brackets', () => {
    expect(formatPath(['spec', 'containers', 0, 'image'])).toBe('spec.containers[0].image');
    expect(formatPath(['metadata', 'labels', 'a/b'])).toBe('metadata.labels["a/b"]');
  });
});

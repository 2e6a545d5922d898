import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { describeActual, textAt, valueAt, type Finding, type Manifest, type Path } from './manifest.ts';

/** What was read: the objects in order, and a finding (K001) for each text that is not valid YAML. */
export interface ReadResult {
  readonly manifests: readonly Manifest[];
  readonly findings: readonly Finding[];
}

/**
 * Reads files, the `*.yaml` and `*.yml` directly in a directory, or standard input (`-`); a file may hold several documents. Throws
 * the file system's error when a source cannot be read.
 */
export async function readManifests(sources: readonly string[], stdin: AsyncIterable<unknown>): Promise<ReadResult> {
  const manifests: Manifest[] = [];
  const findings: Finding[] = [];
  for (const source of sources) {
    for (const { file, text } of await readTexts(source, stdin)) {
      const result = parseManifests(text, file);
      manifests.push(...result.manifests);
      findings.push(...result.findings);
    }
  }
  return { manifests, findings };
}

/**
 * Parses one text as YAML 1.1, which is what kubectl reads: an unquoted `yes` is a boolean there. The items of a List are
 * objects of their own, and a field that is null is not there, as for the API server.
 */
export function parseManifests(text: string, file: string): ReadResult {
  const manifests: Manifest[] = [];
  const findings: Finding[] = [];
  const lines = new LineCounter();
  const refuse = (line: number, message: string): number =>
    findings.push({ rule: 'K001', file, line, path: '', message });
  const read = (body: unknown, lineOf: Manifest['lineOf']): void => {
    if (body === undefined || isKustomizeSetting(body)) return;
    const apiVersion = textAt(body, ['apiVersion']);
    const kind = textAt(body, ['kind']);
    const name = textAt(body, ['metadata', 'name']);
    const items = kind === 'List' ? valueAt(body, ['items']) : undefined;
    if (apiVersion === undefined || kind === undefined) {
      refuse(lineOf([]), 'expected a Kubernetes object with apiVersion and kind, but one of them is missing');
    } else if (Array.isArray(items)) {
      for (const [index, item] of items.entries()) read(item, (path) => lineOf(['items', index, ...path]));
    } else if (name === undefined && !apiVersion.startsWith('kustomize.config.k8s.io/')) {
      refuse(
        lineOf(['metadata', 'name']),
        `expected ${kind} to have metadata.name, but ${describeActual(valueAt(body, ['metadata', 'name']))}`,
      );
    } else {
      const namespace = textAt(body, ['metadata', 'namespace']);
      manifests.push({ file, apiVersion, kind, name: name ?? '', namespace, body, lineOf });
    }
  };
  for (const document of parseAllDocuments(text, { lineCounter: lines, version: '1.1', logLevel: 'error' })) {
    const result = toBody(document);
    if ('problem' in result) refuse(lines.linePos(result.offset).line, `expected YAML, but ${result.problem}`);
    else read(result.body, (path) => lines.linePos(offsetOf(document, path)).line);
  }
  return { manifests, findings };
}

type Body = { readonly body: unknown } | { readonly problem: string; readonly offset: number };

/** The values of a document; its first error when it is none, since the others follow from it. */
function toBody(document: Document.Parsed): Body {
  const [error] = document.errors;
  if (error !== undefined) {
    return { problem: error.message.split('\n')[0]?.replace(/:$/, '') ?? '', offset: error.pos[0] };
  }
  try {
    return { body: withoutNulls(document.toJS()) };
  } catch (thrown) {
    if (!(thrown instanceof ReferenceError)) throw thrown; // an alias without an anchor, or far too many of them (yaml 2)
    return { problem: thrown.message, offset: document.contents?.range[0] ?? 0 };
  }
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item) ?? null);
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, below]) => [key, withoutNulls(below)] as const);
  return Object.fromEntries(entries.filter(([, below]) => below !== undefined));
}

async function readTexts(source: string, stdin: AsyncIterable<unknown>): Promise<{ file: string; text: string }[]> {
  if (source === '-') {
    let text = '';
    for await (const chunk of stdin) text += String(chunk);
    return [{ file: '<stdin>', text }];
  }
  const files = (await stat(source)).isDirectory()
    ? (await readdir(source))
        .filter((entry) => /\.ya?ml$/.test(entry))
        .sort()
        .map((entry) => join(source, entry))
    : [source];
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

/** A `configurations:` file of kustomize stands beside the manifests and is none. */
function isKustomizeSetting(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'nameReference' in body;
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { textAt, type Finding, type Manifest, type Path } from './manifest.ts';

/** What was read: the objects in order, and a finding (K001) for each text that is none. */
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

/** Parses one text as YAML 1.1, which is what kubectl reads: an unquoted `yes` is a boolean there. */
export function parseManifests(text: string, file: string): ReadResult {
  const manifests: Manifest[] = [];
  const findings: Finding[] = [];
  const lines = new LineCounter();
  for (const document of parseAllDocuments(text, { lineCounter: lines, version: '1.1' })) {
    const lineOf = (path: Path): number => lines.linePos(offsetOf(document, path)).line;
    const problem = (line: number, message: string): number =>
      findings.push({ rule: 'K001', file, line, path: '', message });
    for (const error of document.errors) {
      problem(
        error.linePos?.[0].line ?? 1,
        `expected YAML, but ${error.message.split('\n')[0]?.replace(/:$/, '') ?? ''}`,
      );
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    const body: unknown = document.toJS();
    const apiVersion = textAt(body, ['apiVersion']);
    const kind = textAt(body, ['kind']);
    const name = textAt(body, ['metadata', 'name']);
    if (body === null || isKustomizeSetting(body)) continue;
    if (apiVersion === undefined || kind === undefined) {
      problem(lineOf([]), 'expected a Kubernetes object with apiVersion and kind, but one of them is missing');
    } else if (name === undefined && !apiVersion.startsWith('kustomize.config.k8s.io/')) {
      problem(lineOf([]), `expected ${kind} to have metadata.name, but it is missing`);
    } else {
      const namespace = textAt(body, ['metadata', 'namespace']);
      manifests.push({ file, apiVersion, kind, name: name ?? '', namespace, body, lineOf });
    }
  }
  return { manifests, findings };
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

import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../functions/runtime/env.ts';
import { ROOT } from '../tools/project.ts';

const DOCUMENTS = globSync(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/*.md'], {
  cwd: ROOT,
});
const FOLDERS = new Set(['functions', 'knative', 'protos', 'test', 'tools', '.ci', '.github']);
/** Paths may be written from one of these. */
const BASES = ['', 'functions/runtime', 'functions/runtime/auth', 'knative', 'tools/build'];
/** Made by the build, or of a dependency. */
const FOREIGN = new Set(['main.cjs', 'cli.cjs', 'app.js', 'subchannel-call.ts']);
/** Of the tests, not of the functions. */
const OTHER_VARIABLES = new Set([
  'BI_CRON_PARTS_CACHE',
  'NACOS_PORT', // of make dev
  'NACOS_TEST_ADDR',
  'NACOS_TEST_USERNAME',
  'NACOS_TEST_PASSWORD',
]);

const textOf = (document: string): string => readFileSync(path.join(ROOT, document), 'utf8');
const matchesOf = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

/** What stands in backticks on one line. */
const codeOf = (text: string): string[] => matchesOf(text, /`([^`\n]+)`/g);

/** Is it meant as a file or folder of the repository? */
const isPath = (code: string): boolean =>
  /^[\w.@*-]+(?:\/[\w.@*-]*)*$/.test(code) &&
  !FOREIGN.has(code) &&
  (/\.(?:ts|mjs|cjs)$/.test(code) || FOLDERS.has(code.split('/')[0] ?? ''));

const FILES = globSync('{functions,knative,protos,test,tools}/**', { cwd: ROOT });
const isFileName = (written: string): boolean => FILES.some((file) => path.basename(file) === written);

const exists = (written: string): boolean =>
  isFileName(written) || BASES.some((base) => globSync(path.join(base, written), { cwd: ROOT }).length > 0);

describe.each(DOCUMENTS)('what %s names exists:', (document) => {
  const text = textOf(document);

  it('the targets of its links', () => {
    const links = matchesOf(text, /\]\((?!https?:)([^)#]+)/g);
    expect(links.filter((link) => !existsSync(path.join(ROOT, path.dirname(document), link)))).toEqual([]);
  });

  it('files and folders', () => {
    expect(codeOf(text).filter((code) => isPath(code) && !exists(code))).toEqual([]);
  });

  it('targets of make', () => {
    const targets = new Set(matchesOf(textOf('Makefile'), /^([a-z-]+):/gm));
    expect(matchesOf(text, /(?:`|^)make ([a-z-]+)/gm).filter((name) => !targets.has(name))).toEqual([]);
  });

  it('settings', () => {
    const names = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
    const written = matchesOf(text, /\b((?:NACOS|CALLER|BI_CRON)_[A-Z0-9_]*[A-Z0-9])\b/g);
    expect(written.filter((name) => !names.has(name) && !OTHER_VARIABLES.has(name))).toEqual([]);
  });
});

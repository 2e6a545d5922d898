import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_DIR } from '../../test/support/app-dir.ts';
import { ROOT } from '../project.ts';
import { groupByLicence, isAccepted, listUnnamed, readBom, type Bom } from './sbom.ts';

const readJson = (name: string): unknown => JSON.parse(readFileSync(path.join(ROOT, name), 'utf8'));
const manifest = readJson('package.json') as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const lock = readJson('package-lock.json') as {
  packages: Record<string, { hasInstallScript?: boolean; resolved?: string; integrity?: string }>;
};
const packages = Object.entries(lock.packages).filter(([folder]) => folder !== '');

describe('the bill of materials', () => {
  const bom = readBom(ROOT);
  const names = new Set(bom.components.map(({ name }) => name));

  it('is CycloneDX of this application, as npm writes it', () => {
    expect(bom).toMatchObject({
      $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      metadata: {
        component: {
          type: 'application',
          name: 'bi-cron',
          purl: expect.stringMatching(/^pkg:npm\/bi-cron@/) as string,
        },
      },
    });
  });

  it('holds what the application depends on and what is in its bundle, with hashes, and no tool', () => {
    const licences = readFileSync(path.join(APP_DIR, 'LICENSES.txt'), 'utf8');
    expect(licences).toContain('\nprotobufjs '); // which `npm sbom --omit=dev` loses
    expect(listUnnamed(bom, licences)).toEqual([]);
    expect(Object.keys(manifest.dependencies).filter((name) => !names.has(name))).toEqual([]);
    const tools = Object.keys(manifest.devDependencies).filter(
      (name) => !['@types/node', '@grpc/proto-loader'].includes(name),
    ); // packages ask for them too
    expect(tools.filter((name) => names.has(name))).toEqual([]);
    expect(bom.components.filter((component) => !('hashes' in component))).toEqual([]);
  });

  it('tells who depends on whom, and names nobody who is not in it', () => {
    const refs = new Set([bom.metadata.component, ...bom.components].map((component) => component['bom-ref']));
    expect(new Set(bom.dependencies.map(({ ref }) => ref))).toEqual(refs);
    expect(bom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
  });

  it('is the same for the same lock file', () => {
    expect(JSON.stringify(readBom(ROOT))).toBe(JSON.stringify(bom));
  });

  it('tells what is bundled but not in it, by name and version', () => {
    const line = '='.repeat(80);
    const licences = ['protobufjs 7.6.6', 'pino 10.4.0'].map((which) => `${line}\n${which}, MIT\n${line}\ntext`);
    const component = { 'bom-ref': 'pino@10.4.0', name: 'pino', version: '10.4.0' };
    expect(listUnnamed({ ...bom, components: [component] }, licences.join('\n\n'))).toEqual(['protobufjs 7.6.6']);
    expect(() => listUnnamed(bom, '')).toThrow('expected the packages of a bundle, got none');
  });

  it('has only licences that were accepted', () => {
    expect([...groupByLicence(bom).keys()].filter((licence) => !isAccepted(licence))).toEqual([]);
  });
});

describe('a licence', () => {
  const withLicences = (licenses: unknown): Bom =>
    ({ components: [{ name: 'a', version: '1', licenses }] }) as unknown as Bom; // what is read of it

  it.each([
    [[{ license: { id: 'MIT' } }], 'MIT'],
    [[{ expression: '(MIT OR GPL-3.0-only)' }], '(MIT OR GPL-3.0-only)'],
    [[{ license: { id: 'MIT' } }, { license: { id: 'ISC' } }], 'MIT AND ISC'],
  ])('%j is accepted', (licenses, licence) => {
    const groups = groupByLicence(withLicences(licenses));
    expect([...groups]).toEqual([[licence, ['a@1']]]);
    expect(isAccepted(licence)).toBe(true);
  });

  it.each([
    [[{ license: { id: 'GPL-3.0-only' } }], 'GPL-3.0-only'],
    [[{ license: { name: 'Custom' } }], 'Custom'],
    [[{ expression: '(MIT AND GPL-3.0-only)' }], '(MIT AND GPL-3.0-only)'],
    [[], 'none'],
    [undefined, 'none'],
  ])('%j is not', (licenses, licence) => {
    expect([...groupByLicence(withLicences(licenses)).keys()]).toEqual([licence]);
    expect(isAccepted(licence)).toBe(false);
  });
});

describe('the audit', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'bi-cron-audit-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The command with an `npm` on its PATH that prints this. */
  function audit(report: string): { status: number | null; text: string } {
    const npm = path.join(folder, 'npm');
    writeFileSync(npm, `#!/bin/sh\nprintf '%s' '${report}'\n`);
    chmodSync(npm, 0o755);
    const command = path.join(import.meta.dirname, 'audit-command.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [command], {
      env: { PATH: folder },
      encoding: 'utf8',
    });
    return { status, text: stdout + stderr };
  }

  it.each([
    ['{"vulnerabilities":{}}', 0, 'no known vulnerability in the production packages'],
    [
      '{"vulnerabilities":{"a":{"severity":"low"},"b":{"severity":"critical"}}}',
      1,
      'expected no known vulnerability, got a (low), b (critical)',
    ],
    ['{"message":"405 Method Not Allowed"}', 0, 'not done, the registry offers none (405 Method Not Allowed)'],
    ['', 0, 'not done, the registry offers none (no report)'],
  ])('of the report %s exits %i and says: %s', (report, status, text) => {
    expect(audit(report)).toEqual({ status, text: `npm audit: ${text}\n` });
  });
});

describe('the lock file', () => {
  it('lets install scripts run by name only: Node’s and esbuild’s, which fetch nothing but their own binary', () => {
    expect(manifest.allowScripts).toEqual({ node: true, esbuild: true });
    const withScript = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([folder]) => folder);
    expect(withScript.toSorted()).toEqual([
      'node_modules/esbuild',
      'node_modules/node',
      'node_modules/protobufjs', // not allowed, and not needed: it only warns of version mismatches
    ]);
  });

  it('holds a hash for every package, and none from elsewhere than the registry', () => {
    const odd = packages.filter(
      ([, { integrity, resolved }]) => !integrity?.startsWith('sha512-') || !isOfRegistry(resolved),
    );
    expect(odd.map(([folder]) => folder)).toEqual([]);
  });
});

/** npm leaves the address out of the lock file when it is configured so (`omit-lockfile-registry-resolved`). */
function isOfRegistry(resolved: string | undefined): boolean {
  return resolved === undefined || resolved.startsWith('https://registry.npmjs.org/');
}

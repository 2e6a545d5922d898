import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { APP_DIR } from '../../test/support/app-dir.ts';
import { ROOT } from '../project.ts';
import { readAudit } from './audit.ts';
import { groupByLicence, listUnaccepted } from './licence-check.ts';
import { listProduction } from './production.ts';
import { readBom } from './read-bom.ts';
import { toCycloneDx, type Bom } from './sbom.ts';

const readJson = (name: string): unknown => JSON.parse(readFileSync(path.join(ROOT, name), 'utf8'));
const manifest = readJson('package.json') as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const lock = readJson('package-lock.json') as {
  packages: Record<
    string,
    { hasInstallScript?: boolean; dependencies?: Record<string, string>; resolved?: string; integrity?: string }
  >;
};
const production = listProduction(lock);
const packages = Object.entries(lock.packages).filter(([folder]) => folder !== '');

describe('the bill of materials', () => {
  const bom = readBom(ROOT);
  const names = new Set(bom.components.map(({ name }) => name));

  it('is CycloneDX 1.6 of this application', () => {
    expect(bom).toMatchObject({
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        component: {
          type: 'application',
          name: 'bi-cron',
          purl: expect.stringMatching(/^pkg:npm\/bi-cron@/) as string,
        },
      },
    });
    expect(bom.serialNumber).toMatch(/^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
  });

  it('holds what the application depends on and what is in its bundle, with hashes, and no tool', () => {
    const bundled = [...readFileSync(path.join(APP_DIR, 'LICENSES.txt'), 'utf8').matchAll(/^=+\n(\S+) \S+, .*\n=+$/gm)];
    expect(bundled.length).toBeGreaterThan(5);
    expect(bundled.map(([, name]) => name).filter((name) => !names.has(name ?? ''))).toEqual([]);
    expect(Object.keys(manifest.dependencies).filter((name) => !names.has(name))).toEqual([]);
    const tools = Object.keys(manifest.devDependencies).filter((name) => !isNeededByPackages(name));
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

  it('has only licences that were accepted', () => {
    expect(listUnaccepted(groupByLicence(bom))).toEqual([]);
  });

  it('of another version of CycloneDX is not guessed at', () => {
    expect(() => toCycloneDx('{"specVersion":"2.0"}', { packages: {} }, 'bi-cron')).toThrow(
      'expected CycloneDX 1.5, got 2.0',
    );
  });
});

/** A tool of ours may also be what a production package asks for, such as @types/node. */
const isNeededByPackages = (name: string): boolean =>
  packages.some(([folder, { dependencies }]) => production.has(folder) && name in (dependencies ?? {}));

describe('production packages', () => {
  const lock = {
    packages: {
      '': { dependencies: { a: '1', b: '1' }, devDependencies: { tool: '1' } },
      'node_modules/a': { dependencies: { shared: '1' }, optionalDependencies: { other: '1' } },
      'node_modules/b': {
        peerDependencies: { peer: '1', maybe: '1' },
        peerDependenciesMeta: { maybe: { optional: true } },
      },
      'node_modules/b/node_modules/peer': { dependencies: { shared: '2', b: '1' } },
      'node_modules/b/node_modules/shared': {},
      'node_modules/maybe': {},
      'node_modules/peer': {},
      'node_modules/shared': {},
      'node_modules/tool': { dependencies: { shared: '1' } },
    },
  };

  it('are those that dependencies lead to, as Node looks for them', () => {
    expect([...listProduction(lock)].toSorted()).toEqual([
      'node_modules/a',
      'node_modules/b',
      'node_modules/b/node_modules/peer',
      'node_modules/b/node_modules/shared',
      'node_modules/shared',
    ]);
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
    expect(listUnaccepted(groups)).toEqual([]);
  });

  it.each([
    [[{ license: { id: 'GPL-3.0-only' } }], 'GPL-3.0-only'],
    [[{ license: { name: 'Custom' } }], 'Custom'],
    [[{ expression: '(MIT AND GPL-3.0-only)' }], '(MIT AND GPL-3.0-only)'],
    [[], 'none'],
    [undefined, 'none'],
  ])('%j is not', (licenses, licence) => {
    expect(listUnaccepted(groupByLicence(withLicences(licenses)))).toEqual([licence]);
  });
});

describe('npm audit', () => {
  it.each([
    ['{"vulnerabilities":{}}', { is: 'clean' }],
    [
      '{"vulnerabilities":{"a":{"severity":"low"},"b":{"severity":"critical"}}}',
      { is: 'vulnerable', packages: ['a (low)', 'b (critical)'] },
    ],
    ['{"message":"405 Method Not Allowed"}', { is: 'unreachable', got: '405 Method Not Allowed' }],
    ['', { is: 'unreachable', got: 'no report' }],
  ])('%s means %j', (output, verdict) => {
    expect(readAudit(output)).toEqual(verdict);
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

/** npm leaves the address out of the lock file when it is told to (`omit-lockfile-registry-resolved`). */
function isOfRegistry(resolved: string | undefined): boolean {
  return resolved === undefined || resolved.startsWith('https://registry.npmjs.org/');
}

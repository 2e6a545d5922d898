import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The parts of npm's CycloneDX document that are read here; the rest passes through. */
export interface Bom {
  readonly specVersion: string;
  readonly serialNumber?: string | undefined;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly Licence[];
}

type Licence = { readonly license: { readonly id?: string; readonly name?: string } } | { readonly expression: string };

interface LockedPackage {
  /** Set where the folder has another name than the package. */
  readonly name?: string;
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

const NPM = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--loglevel=error'];
/** Licences that ask for no more than to be named, which `LICENSES.txt` beside the bundle does. */
const ACCEPTED = new Set('MIT ISC Apache-2.0 BSD-2-Clause BSD-3-Clause 0BSD CC0-1.0 CC-BY-3.0 PSF-2.0'.split(' '));

/**
 * What `npm sbom` says of the lock file in this folder, without what is for development only. The lock file's own marks pick:
 * `--omit=dev` of npm 11 also drops what both production and development need, such as protobufjs. The same lock file gives the
 * same document: npm's time and random serial number are left out.
 */
export function readBom(root: string): Bom {
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  const bom = JSON.parse(execFileSync('npm', NPM, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })) as Bom; // as npm writes it
  const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, LockedPackage>> }; // lockfileVersion 3
  const production = new Set(
    Object.entries(packages)
      .filter(([, { dev, devOptional, optional }]) => !dev && !devOptional && !optional)
      .map(([folder, { name = folder.split('node_modules/').at(-1), version }]) => `${name}@${version}`),
  );
  const components = bom.components.filter(({ name, version }) => production.has(`${name}@${version}`));
  const { name } = read('package.json') as { name: string }; // our own; npm takes the folder's
  const own = { ...bom.metadata.component, type: 'application', name };
  const refs = new Set([own, ...components].map((component) => component['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  const metadata = { ...bom.metadata, timestamp: undefined, component: own };
  return { ...bom, serialNumber: undefined, metadata, components, dependencies };
}

/** `name version` of what is in a bundle, by its `LICENSES.txt`, but not in the document. */
export function listUnnamed({ components }: Bom, licencesText: string): string[] {
  const named = new Set(components.map(({ name, version }) => `${name} ${version}`));
  const bundled = [...licencesText.matchAll(/^=+\n(\S+ \S+), .*\n=+$/gm)].map(([, which = '']) => which);
  if (bundled.length === 0) throw new Error('LICENSES.txt: expected the packages of a bundle, got none');
  return bundled.filter((which) => !named.has(which));
}

/** `name@version` of all components by licence, in SPDX's words; both sorted. */
export function groupByLicence({ components }: Pick<Bom, 'components'>): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(components, ({ licenses = [] }) => licenses.map(nameLicence).join(' AND ') || 'none');
  return new Map(
    [...groups]
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([licence, members]) => [licence, members.map(({ name, version }) => `${name}@${version}`).toSorted()]),
  );
}

function nameLicence(licence: Licence): string {
  return 'expression' in licence ? licence.expression : (licence.license.id ?? licence.license.name ?? 'none');
}

/** False for a licence that is not accepted. A choice (`OR`) is good when one of it is, a sum (`AND`) when all are. */
export function isAccepted(licence: string): boolean {
  const choices = licence.replaceAll(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((part) => ACCEPTED.has(part)));
}

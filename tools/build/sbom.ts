import { createHash } from 'node:crypto';
import { identify, listProduction, type Lock } from './production.ts';

/** The parts of a CycloneDX document that are read here; the rest passes through. */
export interface Bom {
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

export interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly Licence[];
}

type Licence = { readonly license: { readonly id?: string; readonly name?: string } } | { readonly expression: string };

/**
 * The production packages of `npm sbom` as CycloneDX 1.6, of which the 1.5 that npm writes is a part. They are picked by the
 * lock file: `--omit=dev` of npm 11 also leaves out what both production and development need, such as protobufjs. The same lock file
 * makes the same document: it has no time, and its serial number is made from the content.
 */
export function toCycloneDx(npmBom: string, lock: Lock, name: string): Bom & { readonly serialNumber: string } {
  const bom = JSON.parse(npmBom) as Bom; // as npm writes it
  if (bom.specVersion !== '1.5') throw new Error(`npm sbom: expected CycloneDX 1.5, got ${bom.specVersion}`);
  const production = new Set([...listProduction(lock)].map((folder) => identify(lock, folder)));
  const components = bom.components.filter((component) => production.has(`${component.name}@${component.version}`));
  const own = bom.metadata.component;
  const refs = new Set([own['bom-ref'], ...components.map((component) => component['bom-ref'])]);
  const content = {
    ...bom,
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    specVersion: '1.6',
    serialNumber: undefined,
    metadata: { ...bom.metadata, timestamp: undefined, component: { ...own, type: 'application', name } }, // npm takes the folder's name, and everything for a library
    components,
    dependencies: bom.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
  };
  return { ...content, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}` };
}

/** A version 8 UUID (RFC 9562) from a text. */
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex').slice(0, 32);
  const marked = `${digits.slice(0, 12)}8${digits.slice(13, 16)}8${digits.slice(17)}`;
  return marked.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

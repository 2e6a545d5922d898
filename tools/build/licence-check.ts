import type { Bom, Component } from './sbom.ts';

/** Licences that ask for no more than to be named, which `dist/app/LICENSES.txt` does. */
const ACCEPTED = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'CC0-1.0',
  'CC-BY-3.0',
  'PSF-2.0',
]);

/** `name@version` of all components by licence, in SPDX's words; both sorted. */
export function groupByLicence({ components }: Bom): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(components, licenceOf);
  return new Map(
    [...groups]
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([licence, members]) => [licence, members.map(({ name, version }) => `${name}@${version}`).toSorted()]),
  );
}

/** The licences that nobody has accepted yet; `none` is one of them. */
export function listUnaccepted(groups: ReadonlyMap<string, readonly string[]>): string[] {
  return [...groups.keys()].filter((licence) => !isAccepted(licence));
}

function licenceOf({ licenses = [] }: Component): string {
  const names = licenses.map((each) =>
    'expression' in each ? each.expression : (each.license.id ?? each.license.name ?? 'none'),
  );
  return names.join(' AND ') || 'none';
}

/** A choice (`OR`) is good when one of it is, a sum (`AND`) when all are. */
function isAccepted(licence: string): boolean {
  const bare = licence.replaceAll(/[()]/g, '');
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((part) => ACCEPTED.has(part)));
}

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../project.ts';
import { groupByLicence, listUnaccepted } from './licence-check.ts';
import { readBom } from './read-bom.ts';

const OUT = 'dist/sbom.cdx.json';

/** `make sbom`: the production packages of the lock file as CycloneDX, and their licences; fails on one that was not accepted. */
const bom = readBom(ROOT);
mkdirSync(path.join(ROOT, 'dist'), { recursive: true });
writeFileSync(path.join(ROOT, OUT), `${JSON.stringify(bom, undefined, 2)}\n`);

const groups = groupByLicence(bom);
for (const [licence, members] of groups) console.log(`${licence} (${members.length}): ${members.join(', ')}`);
console.log(`${OUT}: ${bom.components.length} production packages, CycloneDX ${bom.specVersion}`);
const unaccepted = listUnaccepted(groups);
if (unaccepted.length > 0) {
  console.error(`licences: expected those that tools/build/licence-check.ts accepts, got ${unaccepted.join(', ')}`);
  process.exitCode = 1;
}

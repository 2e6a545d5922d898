import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../project.ts';
import { buildApp } from './build.ts';
import { groupByLicence, isAccepted, listUnnamed, readBom } from './sbom.ts';

const OUT = 'dist/sbom.cdx.json';

/** `make sbom`: the production packages as CycloneDX, and their licences; fails on one that was not accepted, and on a bundled package that npm does not name. */
const bom = readBom(ROOT);
const appDir = path.join(ROOT, 'dist/sbom-app');
await buildApp({ root: ROOT, outDir: appDir });
const unnamed = listUnnamed(bom, readFileSync(path.join(appDir, 'LICENSES.txt'), 'utf8'));
mkdirSync(path.join(ROOT, 'dist'), { recursive: true });
writeFileSync(path.join(ROOT, OUT), `${JSON.stringify(bom, undefined, 2)}\n`);

const groups = groupByLicence(bom);
for (const [licence, members] of groups) console.log(`${licence} (${members.length}): ${members.join(', ')}`);
console.log(`${OUT}: ${bom.components.length} production packages, CycloneDX ${bom.specVersion}`);
const unaccepted = [...groups.keys()].filter((licence) => !isAccepted(licence));
if (unnamed.length > 0) console.error(`${OUT}: expected all that is bundled, but ${unnamed.join(', ')} is missing`);
if (unaccepted.length > 0)
  console.error(`licences: expected those that tools/build/sbom.ts accepts, got ${unaccepted.join(', ')}`);
process.exitCode = unnamed.length + unaccepted.length > 0 ? 1 : 0;

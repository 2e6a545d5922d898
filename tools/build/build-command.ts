import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../project.ts';
import { bakeCodeCache } from './bake.ts';
import { buildCli } from './build-cli.ts';
import { buildApp } from './build.ts';

/** `make build`: the application with its code cache and the command line, in dist/app or where `--out` says. */
const { values } = parseArgs({ options: { out: { type: 'string', default: path.join(ROOT, 'dist/app') } } });
const outDir = path.resolve(values.out);
await buildApp({ root: ROOT, outDir });
await bakeCodeCache(outDir);
await buildCli({ root: ROOT, outDir });
for (const file of readdirSync(outDir)) {
  console.log(`${path.join(outDir, file)}  ${Math.ceil(statSync(path.join(outDir, file)).size / 1024)} kB`);
}
process.exit(0); // the Nacos SDK's timers would keep the process up for 10 s

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../project.ts';
import { bakeCodeCache } from './bake.ts';
import { buildApp, buildCli } from './build.ts';
import { IMAGE_NODE, layOutImage } from './image-root.ts';

/**
 * `make build`: the application with its code cache and the command line, in dist/app or where `--out` says. With `--image-root`
 * also what the image adds to its base, laid out in that folder; `--base scratch` asks for Node's libraries too.
 */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(ROOT, 'dist/app') },
    'image-root': { type: 'string' },
    base: { type: 'string', default: '' },
  },
});
const outDir = path.resolve(values.out);
const imageRoot = values['image-root'];
const inImage = imageRoot === undefined ? {} : { runDir: '/app', node: IMAGE_NODE };
await buildApp({ root: ROOT, outDir });
await bakeCodeCache(outDir);
await buildCli({ root: ROOT, outDir, ...inImage });
if (imageRoot !== undefined) layOutImage({ appDir: outDir, outDir: imageRoot, isWhole: values.base === 'scratch' });
for (const file of readdirSync(outDir)) {
  console.log(`${path.join(outDir, file)}  ${Math.ceil(statSync(path.join(outDir, file)).size / 1024)} kB`);
}
process.exit(0); // the Nacos SDK's timers would keep the process up for 10 s

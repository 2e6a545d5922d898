import { bakeCodeCache } from '../../tools/build/bake.ts';
import { buildApp } from '../../tools/build/build.ts';
import { ROOT } from '../../tools/project.ts';
import { APP_DIR } from './app-dir.ts';

/** Builds what the image runs, once for all tests that start it. */
export default async function setup(): Promise<void> {
  await buildApp({ root: ROOT, outDir: APP_DIR });
  await bakeCodeCache(APP_DIR);
}

import path from 'node:path';
import { build } from 'esbuild';
import { compiledProtos } from '../build/compiled-protos-plugin.ts';
import { ROOT } from '../project.ts';

/** The framework's own entry, the file behind `npx functions-framework`. */
export const FRAMEWORK = path.join(ROOT, 'node_modules/@google-cloud/functions-framework/build/src/main.js');

/**
 * Bundles one task for the Functions Framework's Express host: the same code as in the image, but the framework stays
 * outside, since the task must register with the one that serves. Returns the file.
 */
export async function buildForFramework(task: string, outDir: string): Promise<string> {
  const outfile = path.join(outDir, `${task}.cjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [`functions/${task}/index.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    external: ['@google-cloud/functions-framework'],
    plugins: [compiledProtos(path.join(ROOT, 'protos'))],
  });
  return outfile;
}

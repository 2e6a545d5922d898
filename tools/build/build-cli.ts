import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { bundledTasks, unusedModules } from './bundle-plugins.ts';
import { compiledProtos } from './compiled-protos-plugin.ts';
import { listLicences } from './licences.ts';

export interface CliBuildOptions {
  /** The repository's folder. */
  readonly root: string;
  /** Where the application is; an absolute path. */
  readonly outDir: string;
  /** Where it will be when it runs, and the Node that runs it there; here, and this one, when missing. */
  readonly runDir?: string;
  readonly node?: string;
}

/**
 * Bundles the command line of the image beside its application: `cli.cjs`, which `main.cjs` runs when the container is given
 * a command, the executable `bi-cron`, which may lie in any folder of the PATH, and the licences of what is bundled. The
 * functions load none of it.
 */
export async function buildCli({
  root,
  outDir,
  runDir = outDir,
  node = process.execPath,
}: CliBuildOptions): Promise<void> {
  const bundle = path.join(outDir, 'cli.cjs');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['tools/cli/image-command.ts'],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    legalComments: 'none', // licences are in their own file
    logLevel: 'warning',
    metafile: true,
    define: { 'import.meta.main': 'false', 'import.meta.dirname': '__dirname' },
    plugins: [bundledTasks(root), compiledProtos(path.join(root, 'protos')), unusedModules()],
  });
  await writeFile(path.join(outDir, 'LICENSES-cli.txt'), listLicences(root, metafile));
  const executable = path.join(outDir, 'bi-cron');
  const script = `#!${node}\nimport(${JSON.stringify(path.join(runDir, 'cli.cjs'))});\n`; // right in either kind of module: a file without an extension is what its folder says
  await writeFile(executable, script);
  await chmod(executable, 0o755);
}

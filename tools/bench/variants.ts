import path from 'node:path';
import { APP_ARGUMENTS } from '../build/build.ts';
import { ROOT } from '../project.ts';
import { buildForFramework, FRAMEWORK } from './framework-bundle.ts';
import type { Variant } from './measure-start.ts';
import { TASK } from './scene.ts';

const PEERS = path.join(import.meta.dirname, 'peers');

/** The application, built as for the image. */
export const APP_DIR = path.join(ROOT, 'dist/bench/app');

/** Ours as the image starts it. */
export function imageVariant(appDir = APP_DIR): Variant {
  const args = APP_ARGUMENTS.map((arg) => (arg.startsWith('-') ? arg : path.join(appDir, arg)));
  return { name: 'ours', args, env: { FUNCTION_TARGET: TASK } };
}

/** Floor, ours, ours on the framework's Express host, naive peer. */
export async function listVariants(): Promise<Record<'floor' | 'ours' | 'express' | 'naive', Variant>> {
  const bundle = await buildForFramework(TASK, path.join(ROOT, 'dist/bench'));
  const framework = (source: string, signature: string): readonly string[] => [
    FRAMEWORK,
    `--source=${source}`,
    `--target=${TASK}`,
    `--signature-type=${signature}`,
  ];
  return {
    floor: { name: 'floor: node:http hello', args: [path.join(PEERS, 'floor.cjs')] },
    ours: imageVariant(),
    express: { name: 'ours on the Express host', args: framework(bundle, 'http') },
    naive: {
      name: 'naive: framework + SDK',
      args: framework(path.join(PEERS, 'naive/index.js'), 'cloudevent'),
      env: { NODE_CLUSTER_CLIENT_PORT: '0' }, // else the SDK's config client may follow another process's
    },
  };
}

import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { readText } from './event/read-options.ts';

type Env = CliHost['env'];

/** Adds `--env` to a command that reads Nacos. Not `--env-file`: Node takes that for itself, wherever it stands. */
export function addEnvFile(command: Command): Command {
  return command.option('--env <file>', 'NAME=value lines, such as knative/overlays/dev/nacos.env; set variables win');
}

/** What to do when variables are missing. */
export const ENVIRONMENT_HINT = 'set these variables, or give --env knative/overlays/<env>/nacos.env';

/** The environment as a pod would have it: the file's variables below those that are set. */
export async function readEnvironment(file: string | undefined, env: Env): Promise<Env> {
  const fromFile = file === undefined ? {} : parseEnv(await readText(`--env ${file}`, file));
  return { ...fromFile, ...env };
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../exit-code.ts';
import { BASE, CRON_JOB } from './manifest-files.ts';
import type { TaskNames } from './names.ts';

/** Throws UsageError when the repository has something of a name of the new task: its folder, a file, a proto type. */
export function refuseTakenNames(names: TaskNames, root: string): void {
  const { task, proto } = names;
  const own = [`functions/${task}`, `protos/${proto}`, `${BASE}/${task}.yaml`, `${CRON_JOB}/${task}.yaml`];
  const taken = own.find((file) => existsSync(path.join(root, file)));
  if (taken !== undefined) throw new UsageError(`task: expected a new name, but ${taken} exists`);
  const type = findType(names, root);
  if (type !== undefined) throw new UsageError(`task: expected a new name, but ${type}`);
}

/** `protos/bi/leke/v1/goods.proto has message GoodsRequest`; undefined when the package has none of the new types. */
function findType({ proto, method }: TaskNames, root: string): string | undefined {
  const folder = path.posix.join('protos', path.posix.dirname(proto));
  if (!existsSync(path.join(root, folder))) return undefined;
  const type = new RegExp(`^(?:message|enum|service) ${method}(?:Service|Request|Reply)\\b`, 'm');
  for (const file of readdirSync(path.join(root, folder)).filter((entry) => entry.endsWith('.proto'))) {
    const [found] = type.exec(readFileSync(path.join(root, folder, file), 'utf8')) ?? [];
    if (found !== undefined) return `${folder}/${file} has ${found}`;
  }
  return undefined;
}

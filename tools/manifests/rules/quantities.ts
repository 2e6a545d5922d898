import {
  describeActual,
  findingAt,
  listAt,
  mapAt,
  valueAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import { containerPath, forEach, type Rule } from '../manifest-set.ts';

const MI = 2 ** 20;
const UNITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit, power) => [unit, 1024 ** (power + 1)])),
  ...Object.fromEntries(['k', 'M', 'G', 'T', 'P', 'E'].map((unit, power) => [unit, 1000 ** (power + 1)])),
  '': 1,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
};

/** A process of Node with nothing in it takes 45 MB; a node has less than 64 GiB and 64 cores to give. */
const RANGES: Readonly<Record<string, { least: number; most: number; wanted: string }>> = {
  memory: { least: 64 * MI, most: 65_536 * MI, wanted: '64Mi to 64Gi' },
  cpu: { least: 0.001, most: 64, wanted: '1m to 64' },
};

/** `256m` is a quarter of a byte. */
export const quantities: Rule = {
  id: 'K049',
  title: 'Memory is given in bytes and CPU in cores that a process can live with, and no request is above its limit',
  reason:
    'm is a thousandth, of a byte too: such a pod is killed at its start, and a request above its limit is refused',
  check: forEach((set) => [...set.services, ...set.jobs], checkQuantities),
};

function checkQuantities(manifest: Manifest): RuleFinding[] {
  const containers: Path = containerPath(manifest).slice(0, -1);
  return listAt(manifest.body, containers).flatMap((_, index) => {
    const resources: Path = [...containers, index, 'resources'];
    return ['requests', 'limits'].flatMap((kind) =>
      Object.keys(mapAt(manifest.body, [...resources, kind])).flatMap((name) =>
        checkQuantity(manifest, resources, kind, name),
      ),
    );
  });
}

function checkQuantity(manifest: Manifest, resources: Path, kind: string, name: string): RuleFinding[] {
  const path: Path = [...resources, kind, name];
  if (!['cpu', 'memory', 'ephemeral-storage'].includes(name) && !name.includes('/')) {
    return [findingAt(manifest, path, `expected cpu, memory or ephemeral-storage, got ${name}`)];
  }
  const given = valueAt(manifest.body, path);
  const amount = parseQuantity(given);
  const { least, most, wanted } = RANGES[name] ?? { least: 0, most: Infinity, wanted: 'a quantity' };
  if (amount === undefined || amount < least || amount > most) {
    return [findingAt(manifest, path, `expected ${wanted}, but ${describeActual(given)}`)];
  }
  const limit = valueAt(manifest.body, [...resources, 'limits', name]);
  return kind === 'requests' && amount > (parseQuantity(limit) ?? Infinity)
    ? [findingAt(manifest, path, `expected at most the limit ${JSON.stringify(limit)}, got ${JSON.stringify(given)}`)]
    : [];
}

/** Kubernetes' resource.Quantity as a number: bytes, cores; undefined when it is none. */
export function parseQuantity(value: unknown): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(value));
  if (match === null || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
  const [, digits = '', exponent = '', unit = ''] = match;
  return Number(digits + exponent) * (UNITS[unit] ?? Number.NaN);
}

import path from 'node:path';
import { Readable } from 'node:stream';
import { listAt, mapAt, numberAt, textAt, type Manifest } from '../manifests/manifest.ts';
import { containerPath, podTemplatePath, toManifestSet } from '../manifests/manifest-set.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { parseSchedule, type Schedule } from '../manifests/schedule.ts';

/** What the manifests of one task tell the local cluster. */
export interface TaskManifests {
  readonly task: string;
  /** Undefined for a task without a PingSource: it runs on demand only. */
  readonly pingSource: PingSourceSpec | undefined;
  /** The Service's own environment, without what it takes from ConfigMaps and Secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** After this the activator answers 504, as queue-proxy does. */
  readonly timeoutMs: number;
}

export interface PingSourceSpec {
  readonly schedule: Schedule;
  readonly contentType: string;
  readonly data: string;
  readonly extensions: Readonly<Record<string, string>>;
}

const DEFAULT_TIMEOUT_SECONDS = 300; // knative serving config-defaults revision-timeout-seconds

/** Reads `knative/base`; tasks by name. Throws with file and line when a text is no manifest or a schedule is none. */
export async function readTaskManifests(root: string): Promise<TaskManifests[]> {
  const { manifests, findings } = await readManifests([path.join(root, 'knative/base')], Readable.from([]));
  const [problem] = findings;
  if (problem !== undefined) throw new Error(`${problem.file}:${problem.line} ${problem.message}`);
  const { functions, pingSources } = toManifestSet(manifests);
  return functions
    .map((service) => {
      const pingSource = pingSources.find(({ name }) => name === service.name);
      const seconds = numberAt(service.body, [...podTemplatePath(service), 'spec', 'timeoutSeconds']);
      return {
        task: service.name,
        pingSource: pingSource && readPingSource(pingSource),
        env: readEnv(service),
        timeoutMs: (seconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
      };
    })
    .toSorted((left, right) => left.task.localeCompare(right.task));
}

function readPingSource({ body }: Manifest): PingSourceSpec {
  const text = (name: string): string => textAt(body, ['spec', name]) ?? '';
  const extensions = Object.entries(mapAt(body, ['spec', 'ceOverrides', 'extensions']));
  return {
    schedule: parseSchedule(text('schedule') || '* * * * *', text('timezone') || 'UTC'),
    contentType: text('contentType'),
    data: text('data'),
    extensions: Object.fromEntries(extensions.map(([name, value]) => [name, String(value)])),
  };
}

function readEnv(service: Manifest): Record<string, string> {
  const entries = listAt(service.body, [...containerPath(service), 'env']);
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const [name, value] = [textAt(entry, ['name']), textAt(entry, ['value'])];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

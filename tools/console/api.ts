import { createHash, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { isObject } from '../../functions/runtime/object.ts';
import { defaultOverlapMs, planWindows, resolvePlan } from '../backfill/plan.ts';
import { nextRuns } from '../manifests/schedule.ts';
import type { BackfillRunner } from '../backfill/runner.ts';
import { checkRunRequest } from '../dev/check-run-request.ts';
import { MAX_SPEED } from '../dev/clock.ts';
import type { DocumentText } from '../dev/history.ts';
import type { ConfigProblem } from '../dev/local-config.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import type { LocalTask } from '../dev/task-pool.ts';
import { readRunReply } from '../events/run-reply.ts';
import { createTaskEvent } from '../events/task-event.ts';
import { postEvent } from '../stack/post.ts';
import { requestForm } from './request-form.ts';
import { toRunDetail } from './run-detail.ts';
import type { RunRequestReply } from './state.ts';

/** A request that the console cannot do as asked; its message is shown as it is. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: 400 | 404 | 412;

  constructor(status: ApiError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

export interface ApiTools {
  readonly cluster: LocalCluster;
  readonly backfills: BackfillRunner;
}

/** `match`: what stands for the parameters of the route's path, decoded; `body`: parsed JSON; `ifMatch`: the header of that name. */
type Handler = (tools: ApiTools, match: readonly string[], body: unknown, ifMatch: string | undefined) => unknown;

const json = v.custom<Record<string, unknown>>(isObject, 'expected an object');
const instant = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'expected an RFC 3339 time'),
  v.transform((text) => new Date(text)),
);
const runBody = v.strictObject({ data: json });
const backfillBody = v.strictObject({
  from: instant,
  to: instant,
  stepMs: v.number(),
  data: json,
  /** How many windows a person has agreed to; needed for many. */
  confirmedWindows: v.optional(v.number()),
});
const MANY_WINDOWS = 100;
const pauseBody = v.strictObject({ reason: v.nullable(v.pipe(v.string(), v.nonEmpty('expected a reason'))) });
const faultBody = v.strictObject({ isOn: v.boolean() });
const simulatorBody = v.strictObject({ isListed: v.boolean() });
const draftBody = v.strictObject({ content: v.string() });
const documentBody = v.strictObject({ content: v.string(), force: v.boolean() });
const clockBody = v.union([
  v.strictObject({ speed: v.pipe(v.number(), v.minValue(1), v.maxValue(MAX_SPEED)) }),
  v.strictObject({ jumpTo: v.string() }),
]);

const JUMP_REAL_MS = 3000; // a person wants to see the countdown end

/** Every route of the API: method, path with `*` for a parameter, and what it does. What is thrown here is answered 400. */
export const API: readonly (readonly [method: string, path: string, handler: Handler])[] = [
  [
    'GET',
    '/api/runs/*',
    ({ cluster }, [id = '']) => {
      const run = cluster.history.get(id);
      if (run === undefined) throw new ApiError(404, `run: expected one of the latest, got ${JSON.stringify(id)}`);
      return toRunDetail(cluster, run);
    },
  ],
  ['GET', '/api/tasks/*/form', ({ cluster }, [name]) => requestForm(cluster, taskOf(cluster, name))],
  [
    'POST',
    '/api/tasks/*/check',
    ({ cluster }, [name], body) => {
      const now = cluster.clock.now();
      const { definition } = taskOf(cluster, name);
      return checkRunRequest(definition, cluster.config, { ...v.parse(runBody, body), slot: now, now });
    },
  ],
  [
    'POST',
    '/api/tasks/*/run',
    async ({ cluster }, [name], body): Promise<RunRequestReply> => {
      const { data } = v.parse(runBody, body);
      const { definition, url } = taskOf(cluster, name);
      const now = cluster.clock.now();
      const checked = await checkRunRequest(definition, cluster.config, { data, slot: now, now });
      if (!checked.ok && checked.field?.startsWith('data') === true)
        return { runId: undefined, status: 400, message: checked.message }; // what the form has wrong is no run
      const runId = randomUUID();
      const work = { source: '/bi-cron/console', task: definition.name, id: runId, data };
      const result = await postEvent(createTaskEvent(work, now), { sink: url, mode: 'binary' });
      const { status, message } = readRunReply(result, definition.name);
      return { runId, status, message };
    },
  ],
  [
    'POST',
    '/api/tasks/*/backfill',
    ({ cluster, backfills }, [name], body) => {
      const { definition, url } = taskOf(cluster, name);
      const { confirmedWindows, ...span } = v.parse(backfillBody, body);
      const overlapMs = defaultOverlapMs(definition);
      const { stepMs, data } = span;
      const { length: count } = planWindows(span, { task: definition.name, stepMs, overlapMs, data }, () => []);
      resolvePlan(definition, span, { stepMs, overlapMs });
      if (count > MANY_WINDOWS && confirmedWindows !== count)
        throw new ApiError(
          400,
          `confirmedWindows: expected ${count}, because there are so many, got ${confirmedWindows ?? 'nothing'}`,
        );
      const request = { task: definition.name, sink: url, ...span, overlapMs };
      return { windows: backfills.start(request) };
    },
  ],
  [
    'POST',
    '/api/tasks/*/backfill/stop',
    ({ cluster, backfills }, [name]) => backfills.stop(taskOf(cluster, name).definition.name),
  ],
  [
    'POST',
    '/api/tasks/*/pause',
    ({ cluster }, [name], body) =>
      cluster.config.pause(taskOf(cluster, name).definition, v.parse(pauseBody, body).reason ?? undefined),
  ],
  [
    'POST',
    '/api/faults/*',
    ({ cluster }, [name = ''], body) => cluster.faults.set(name, v.parse(faultBody, body).isOn),
  ],
  [
    'POST',
    '/api/simulators/*',
    ({ cluster }, [name = ''], body) => cluster.platform.setListed(name, v.parse(simulatorBody, body).isListed),
  ],
  [
    'POST',
    '/api/documents/*',
    ({ cluster }, [dataId = ''], body, ifMatch) => {
      const { content, force } = v.parse(documentBody, body);
      const before = cluster.config.read().find((document) => document.dataId === dataId);
      if (ifMatch !== undefined && before !== undefined && ifMatch !== etagOf(before.content))
        throw new ApiError(
          412,
          `${dataId}: somebody else has saved it meanwhile; take over what you wrote, and save again`,
        );
      const problems = checkDocument(cluster, { dataId, content });
      const isSaved = problems.length === 0 || force;
      if (isSaved) cluster.config.save({ dataId, content });
      return { problems, isSaved };
    },
  ],
  [
    'POST',
    '/api/documents/*/check',
    ({ cluster }, [dataId = ''], body) => ({
      problems: checkDocument(cluster, { dataId, content: v.parse(draftBody, body).content }),
    }),
  ],
  [
    'POST',
    '/api/clock',
    ({ cluster }, _match, body) => {
      const change = v.parse(clockBody, body);
      if ('speed' in change) cluster.clock.set(change);
      else jump(cluster, taskOf(cluster, change.jumpTo));
    },
  ],
];

/** What tells whether a document is still the one that was read. */
export function etagOf(content: string): string {
  return `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;
}

/**
 * Sets the clock to a moment before the task's next tick, never back: ticks that were sent would be sent again. The
 * ticks of other tasks in between never were.
 */
function jump({ clock }: LocalCluster, { definition, manifests }: LocalTask): void {
  const now = clock.now();
  const [next] = manifests.pingSource === undefined ? [] : nextRuns(manifests.pingSource.schedule, now, 1);
  if (next === undefined) throw new ApiError(400, `${definition.name}: expected a schedule with a next tick, got none`);
  const at = new Date(next.getTime() - JUMP_REAL_MS * clock.setting.speed);
  if (at > now) clock.set({ at });
}

function checkDocument(cluster: LocalCluster, document: DocumentText): ConfigProblem[] {
  const definitions = new Map([...cluster.tasks].map(([name, { definition }]) => [name, definition]));
  return cluster.config.check(definitions, [document]);
}

function taskOf(cluster: LocalCluster, name = ''): LocalTask {
  const task = cluster.tasks.get(name);
  if (task === undefined)
    throw new ApiError(
      404,
      `task: expected one of ${[...cluster.tasks.keys()].join(', ')}, got ${JSON.stringify(name)}`,
    );
  return task;
}

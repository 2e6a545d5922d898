import { manualRunKey, scheduledRunKey } from '../../functions/runtime/event/run-key.ts';
import { isObject } from '../../functions/runtime/object.ts';
import type { RunAttempt, RunRecord } from '../dev/history.ts';
import { readReplyBody } from '../events/run-reply.ts';
import type { AttemptView, Outcome, PhaseName, RunView } from './state.ts';

/** A run as the timeline shows it. */
export function toRunView(run: RunRecord): RunView {
  const last = run.attempts.at(-1);
  const said = saidBy(last);
  const ending =
    run.kind === 'missed'
      ? { outcome: 'missed' as const }
      : run.ending === undefined
        ? { outcome: 'running' as const }
        : said;
  return {
    id: run.id,
    task: run.task,
    kind: run.kind,
    slot: run.slot.toISOString(),
    runKey: textOf(said.runKey) ?? (run.ending === undefined ? expectedKey(run) : undefined),
    outcome: ending.outcome,
    reason: textOf(said.reason),
    message: textOf(said.message),
    rows: said.rows,
    isLost: run.ending !== undefined && run.ending !== 'acknowledged',
    isCold: run.attempts.some(({ line }) => line?.['cold'] === true),
    startedAtMs: run.startedAt,
    endedAtMs: run.ending === undefined ? undefined : (last?.answeredAt ?? run.startedAt),
    attempts: run.attempts.map(toAttemptView),
  };
}

/** The run key that the function will say, by its own rules. */
function expectedKey({ task, kind, slot, id, event }: RunRecord): string {
  const made = kind === 'scheduled' ? scheduledRunKey(task, slot) : manualRunKey(task, id);
  return event?.attributes['runkey'] ?? made;
}

interface Said {
  readonly outcome: Outcome;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly runKey?: unknown;
  readonly rows?: number | undefined;
}

interface LogLine {
  readonly outcome?: Outcome;
  readonly reason?: string;
  readonly error?: string;
  readonly runKey?: string;
  readonly summary?: { readonly rows?: number };
  readonly ms?: Readonly<Record<string, number>>;
}

/** What the function said of an attempt: in its log line, else in its answer. */
function saidBy(attempt: RunAttempt | undefined): Said {
  if (attempt === undefined) return { outcome: 'no answer' };
  const line = attempt.line as LogLine | undefined; // written by our own logger
  if (line !== undefined) {
    const { outcome = 'no answer', reason, error, runKey, summary } = line;
    return { outcome, reason, message: error, runKey, rows: summary?.rows };
  }
  const answer = readReplyBody(attempt.body ?? '');
  if (answer === undefined) return { outcome: 'no answer', message: attempt.body };
  const { outcome, reason, message, runKey, summary } = answer;
  const rows = isObject(summary) && typeof summary['rows'] === 'number' ? summary['rows'] : undefined;
  return { outcome, reason, message, runKey, rows };
}

const HOLD_MS = 20; // less is the activator's own work, not the wait for a process
const PHASES = ['config', 'resolve', 'call'] as const satisfies readonly PhaseName[];

function toAttemptView({ arrivedAt, forwardedAt, answeredAt, status, line }: RunAttempt): AttemptView {
  const ms = (line as LogLine | undefined)?.ms ?? {}; // written by our own logger
  const wait = (forwardedAt ?? answeredAt ?? arrivedAt) - arrivedAt;
  const hold = wait < HOLD_MS ? 0 : wait;
  const known = PHASES.flatMap((name) => (ms[name] === undefined ? [] : [{ name, ms: ms[name] }]));
  const spent = known.reduce((sum, phase) => sum + phase.ms, hold);
  const rest = answeredAt === undefined ? 0 : Math.max(0, answeredAt - arrivedAt - spent);
  return {
    startMs: arrivedAt,
    endMs: answeredAt,
    status,
    isLogged: line !== undefined,
    phases: [...(hold > 0 ? [{ name: 'hold' as const, ms: hold }] : []), ...known, { name: 'rest' as const, ms: rest }],
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

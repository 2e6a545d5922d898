import { isObject } from '../../functions/runtime/object.ts';
import type { Outcome } from '../../functions/runtime/outcome.ts';
import type { RunReply } from '../events/run-reply.ts';
import type { Colors } from './host.ts';

const PAINT = {
  done: 'green',
  skipped: 'cyan',
  busy: 'yellow',
  unavailable: 'yellow',
  rejected: 'red',
  unknown: 'red',
} as const satisfies Record<Outcome, keyof Colors>;

/** The outcome, coloured. */
export function paintOutcome(outcome: Outcome, colors: Colors): string {
  return colors[PAINT[outcome]](outcome);
}

/** An answer as a person wants to read it, some lines that end with a line feed. */
export function formatReply(task: string, reply: RunReply, colors: Colors): string {
  const { outcome, reason, message, answer = {}, status } = reply;
  const title = reason === undefined ? '' : `: ${reason}`;
  const rows: [string, unknown][] = [
    ['message', message],
    ['run key', answer['runKey']],
    ['slot', answer['slot']],
    ['holder', isObject(answer['holder']) ? formatPairs(answer['holder']) : undefined],
    ['result', isObject(answer['summary']) ? formatPairs(answer['summary']) : undefined],
    ['backend', [answer['target'], answer['grpcCode']].filter(Boolean).join(' ')],
    ['config', answer['configSource'] === 'nacos' ? undefined : answer['configSource']],
    ['ms', isObject(answer['ms']) ? formatPairs(answer['ms']) : reply.durationMs.toFixed(1)],
    ['HTTP', status],
  ];
  const shown = rows.filter(([, value]) => value !== undefined && value !== '');
  const lines = shown.map(([name, value]) => `  ${colors.dim(name.padEnd(8))} ${String(value)}`);
  return `${colors.bold(task)} ${paintOutcome(outcome, colors)}${title}\n${lines.join('\n')}\n`;
}

function formatPairs(object: Readonly<Record<string, unknown>>): string {
  return Object.entries(object)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}

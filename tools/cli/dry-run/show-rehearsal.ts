import Table from 'cli-table3';
import { formatDuration } from '../../../functions/runtime/duration.ts';
import type { Colors } from '../cli-host.ts';
import type { Rehearsal } from './dry-run.ts';

/** A rehearsal as a person wants to read it. */
export function formatRehearsal(rehearsal: Rehearsal, colors: Colors): string {
  const { task, runKey, config, instances, chosen, method, timeoutMs, request, source, paused } = rehearsal;
  const table = new Table({ head: ['key', 'value', 'from'], style: { head: [], border: [] } });
  for (const { key, value, origin } of config) table.push([key, JSON.stringify(value), colors.dim(origin)]);
  const target = chosen === undefined ? colors.red('none usable') : colors.green(chosen);
  return [
    `${colors.bold(task)} ${colors.dim('dry run: nothing was called')}`,
    `${colors.dim('run key ')} ${runKey}`,
    ...(paused === undefined ? [] : [colors.yellow(`paused: ${paused}`)]),
    ...(source === 'fallback' ? [colors.yellow('Nacos is unreachable: NACOS_FALLBACK_DIR stands in')] : []),
    table.toString(),
    `${colors.dim('instance')} ${target}, drawn from ${instances.usable} usable of ${instances.total} ${instances.service}`,
    `${colors.dim('call    ')} ${method}, deadline ${formatDuration(timeoutMs)}`,
    `${colors.dim('request ')} ${JSON.stringify(request, null, 2)}`,
    '',
  ].join('\n');
}

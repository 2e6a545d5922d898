import { randomUUID } from 'node:crypto';
import { MANUAL_TYPE } from '../../functions/runtime/event/event-types.ts';

/** An event of its own run key, in binary mode as a PingSource sends it; JSON data, without which the framework's `cloudevent` signature answers 500. */
export function makeEvent(): { headers: Record<string, string | number>; body: string } {
  const body = '{}';
  const headers = {
    host: 'bench.bi-cron.svc.cluster.local',
    'ce-specversion': '1.0',
    'ce-id': randomUUID(),
    'ce-source': '/bi-cron/bench',
    'ce-type': MANUAL_TYPE,
    'ce-time': new Date().toISOString(),
    'content-type': 'application/json',
    'content-length': body.length,
  };
  return { headers, body };
}

import { containerError, type Answer } from './answer.ts';
import type { Fault, PlainFault } from './faults.ts';
import { apiGone } from './refusal.ts';

/** Undefined where the fault is no answer of its own: it lies in the connection or in the list that the route gives. */
const answers: Readonly<Record<PlainFault, ((path: string) => Answer) | undefined>> = {
  down: undefined,
  hang: undefined,
  'half-body': undefined,
  reset: undefined,
  '401': (path) => containerError(401, 'Unauthorized', path),
  '403': (path) => containerError(403, 'authorization failed!', path),
  'api-absent': (path) => containerError(404, 'No message available', path),
  '410': (path) => apiGone(path, 'client', 'GET /v3/client/cs/config'),
  '500': (path) => containerError(500, 'Server failed, scripted fault', path),
  '502': () => ({
    status: 502,
    headers: { 'Content-Type': 'text/html' },
    body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n',
  }),
  garbage: () => ({
    status: 200,
    headers: { 'Content-Type': 'application/json;charset=UTF-8' },
    body: Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22, 0xc3, 0x28, 0x5b, 0x80, 0x3a, 0x09]),
  }),
  'empty-list': undefined,
  'all-unhealthy': undefined,
  'naming-down': undefined,
};

/** The answer that a fault gives in place of the real one; undefined when it gives none. */
export function answerFault(fault: Fault | undefined, path: string): Answer | undefined {
  return typeof fault === 'string' ? answers[fault]?.(path) : undefined;
}

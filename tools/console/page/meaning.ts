/** What an ending means to the one who looks after the task: by `outcome reason`, or by the outcome alone. */
export const MEANINGS: Readonly<Record<string, string>> = {
  'done done': 'The backend did the work, or had done it under this run key before.',
  'skipped duplicate': 'The work of this run key is done already. Nothing was called.',
  'skipped overlap':
    'Another run was active when this tick came. Nothing was called; the next window reaches back over it.',
  'skipped paused': 'The task is paused: ticks are skipped, events that a person sends still run.',
  'rejected event': 'The event is not what the task takes. Sent again as it is, it would be refused again.',
  'rejected unauthenticated': 'The caller showed no token, or none that is genuine, current and for this function.',
  'rejected forbidden': 'The token is genuine, but its subject may not start runs.',
  'rejected method': 'Only POST starts a run.',
  'rejected config':
    'Nacos answered, but a document is missing, unparseable or invalid. Mend it: the next run reads it anew.',
  'rejected backend': 'The backend refused the request for good. Sent again as it is, it would be refused again.',
  'busy running': 'Another run was active. A tick would have been skipped; who sends an event by hand is told.',
  'unavailable nacos': 'Nacos cannot be reached. Nothing was called: safe to send again.',
  'unavailable instance':
    'There is no healthy instance that can be connected to. Nothing was called: safe to send again.',
  'unavailable backend': 'The backend says that it did nothing: safe to send again.',
  'unavailable issuer': 'The keys that verify tokens cannot be had. Nothing was called: safe to send again.',
  'unavailable budget': 'The time of the run was over before the call: safe to send again.',
  'unavailable caller': 'The sender hung up before the call: safe to send again.',
  'unavailable draining': 'The process was ending. Nothing was called: safe to send again.',
  'unknown backend': 'The call was sent and no clear answer came back: the work may have happened.',
  'unknown deadline': 'The call was sent and its time ran out: the work may have happened.',
  'unknown cancelled': 'The call was sent and broken off: the work may have happened.',
  'unknown bug': 'The function failed in a way that it does not know. This is a bug.',
  missed: 'This tick passed while nobody sent events. Knative does not catch up; the next window reaches back over it.',
  running: 'Under way.',
  'no answer': 'No process answered for the function.',
};

/** The sentence for a run; undefined for an ending that has none. */
export function meaningOf({
  outcome,
  reason = '',
}: {
  outcome: string;
  reason: string | undefined;
}): string | undefined {
  return MEANINGS[`${outcome} ${reason}`] ?? MEANINGS[outcome];
}

import { ROOT } from '../project.ts';
import { processHost } from './host.ts';
import { runProgram } from './program.ts';

/** `bi-cron` in the repository: every command. */
void runProgram(processHost(ROOT), {
  new: async () => (await import('./new.ts')).addNew,
  complete: async () => (await import('./completion.ts')).addCompletion,
});

import { ROOT } from '../project.ts';
import { processHost } from './host.ts';
import { runProgram, type CommandTable } from './program.ts';

/** `bi-cron` in the repository: every command. */
const COMMANDS: CommandTable = {
  list: async () => (await import('./list.ts')).addList,
  next: async () => (await import('./next.ts')).addNext,
  run: async () => (await import('./run.ts')).addRun,
  leke: async () => (await import('./run.ts')).addOldCommands,
  jushuitan: async () => (await import('./run.ts')).addOldCommands,
  send: async () => (await import('./send.ts')).addSend,
  backfill: async () => (await import('./backfill.ts')).addBackfill,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  new: async () => (await import('./new.ts')).addNew,
  complete: async () => (await import('./completion.ts')).addCompletion,
};

void runProgram(COMMANDS, processHost(ROOT));

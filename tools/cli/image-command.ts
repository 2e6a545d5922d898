#!/usr/bin/env node
import { ROOT } from '../project.ts';
import { processHost } from './host.ts';
import { runProgram, type CommandTable } from './program.ts';

/** `bi-cron` in the image: the commands that need no repository and no shell. */
const COMMANDS: CommandTable = {
  list: async () => (await import('./list.ts')).addList,
  next: async () => (await import('./next.ts')).addNext,
  run: async () => (await import('./run.ts')).addRun,
  leke: async () => (await import('./run.ts')).addOldCommands,
  jushuitan: async () => (await import('./run.ts')).addOldCommands,
  send: async () => (await import('./send.ts')).addSend,
  backfill: async () => (await import('./backfill.ts')).addBackfill,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
};

void runProgram(COMMANDS, processHost(ROOT));

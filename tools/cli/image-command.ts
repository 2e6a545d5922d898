#!/usr/bin/env node
import { ROOT } from '../project.ts';
import { addAliases } from './aliases.ts';
import { addBackfill } from './backfill.ts';
import { addDoctor } from './doctor.ts';
import { addList } from './list.ts';
import { addNext } from './next.ts';
import { processHost } from './process-host.ts';
import { runProgram } from './program.ts';
import { addRun } from './run.ts';
import { addSend } from './send.ts';

/** `bi-cron` in the image: the commands that need no repository and no shell. */
const COMMANDS = [addList, addNext, addRun, addSend, addBackfill, addDoctor, addAliases];

void runProgram(COMMANDS, processHost(ROOT));

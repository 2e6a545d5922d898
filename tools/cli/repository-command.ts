import { ROOT } from '../project.ts';
import { addAliases } from './aliases.ts';
import { addBackfill } from './backfill.ts';
import { addCompletion } from './completion.ts';
import { addDoctor } from './doctor.ts';
import { addList } from './list.ts';
import { addNew } from './new.ts';
import { addNext } from './next.ts';
import { processHost } from './process-host.ts';
import { runProgram } from './program.ts';
import { addRun } from './run.ts';
import { addSend } from './send.ts';

/** `bi-cron` in the repository: every command. */
const COMMANDS = [addList, addNext, addRun, addSend, addBackfill, addDoctor, addNew, addAliases, addCompletion];

void runProgram(COMMANDS, processHost(ROOT));

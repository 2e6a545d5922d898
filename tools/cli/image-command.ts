#!/usr/bin/env node
import { ROOT } from '../project.ts';
import { processHost } from './host.ts';
import { runProgram } from './program.ts';

/** `bi-cron` in the image, which has no repository and no shell. */
void runProgram(processHost(ROOT));

import { enableCompileCache } from 'node:module';
import path from 'node:path';

/** What `tools/cli/bi-cron` runs. What is compiled once is kept, as far as the folder can be written: the second start takes half the time. */
enableCompileCache(path.join(import.meta.dirname, '../../node_modules/.cache/node'));
await import('./repository-command.ts');

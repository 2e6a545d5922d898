import path from 'node:path';
import { ROOT } from '../../tools/project.ts';

/** Where the tests' build of the application is; not dist/app, which the tests of `make run` build anew. */
export const APP_DIR = path.join(ROOT, 'dist/test-app');

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Script } from 'node:vm';

/** The image's main.cjs. A command is for the command line: so the Jobs of the Go tool work by changing their image alone. */
const [, , command] = process.argv;
process.env['SSL_CERT_FILE'] ??= path.join(__dirname, 'roots.pem'); // who is trusted where no `ca` is configured, see appArguments
if (command === undefined || command === 'once') runApp();
else require(path.join(__dirname, 'cli.cjs'));

/**
 * Runs app.js with the V8 code cache that was baked after one real event, so that every function the first event needs is
 * compiled already. NODE_COMPILE_CACHE would hold only what was compiled at load.
 */
function runApp(): void {
  const file = path.join(__dirname, 'app.js');
  const cachedData = readCache(path.join(__dirname, 'app.cache'));
  const source = readFileSync(file, 'latin1'); // esbuild writes ASCII: a one-byte string that V8 uses where it is
  const script = new Script(source, {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (script.cachedDataRejected === true) {
    process.stderr.write('bi-cron: app.cache was made by another Node and is not used: cold starts are slower\n');
  }
  const run = script.runInThisContext() as (...args: unknown[]) => void; // app.js is a function of a CommonJS module's arguments
  run(exports, require, module, file, __dirname);

  const bakeTo = process.env['BAKE_CODE_CACHE'];
  if (bakeTo !== undefined) process.on('exit', () => writeFileSync(bakeTo, script.createCachedData()));
}

function readCache(cacheFile: string): Buffer | undefined {
  try {
    return readFileSync(cacheFile);
  } catch {
    return undefined; // a build without a cache runs too
  }
}

import { spawnSync } from 'node:child_process';
import { ROOT } from '../project.ts';
import { readAudit } from './audit.ts';

/** Fails on a known vulnerability of a production package; says so and passes where the registry offers no audit. */
const { stdout } = spawnSync('npm', ['audit', '--package-lock-only', '--omit=dev', '--json', '--loglevel=error'], {
  cwd: ROOT,
  encoding: 'utf8',
  timeout: 60_000,
});
const verdict = readAudit(stdout);
switch (verdict.is) {
  case 'clean':
    console.log('npm audit: no known vulnerability in the production packages');
    break;
  case 'unreachable':
    console.log(`npm audit: not done, the registry offers none (${verdict.got})`);
    break;
  case 'vulnerable':
    console.error(`npm audit: expected no known vulnerability, got ${verdict.packages.join(', ')}`);
    process.exitCode = 1;
}

import { spawnSync } from 'node:child_process';
import { ROOT } from '../project.ts';

interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
  readonly message?: string;
}

/** Fails on any known vulnerability of a production package; says so and passes where the registry offers no audit. */
const { stdout } = spawnSync('npm', ['audit', '--package-lock-only', '--omit=dev', '--json', '--loglevel=error'], {
  cwd: ROOT,
  encoding: 'utf8',
  timeout: 60_000,
});
const { vulnerabilities, message = 'no report' } = parse(stdout);
const found = Object.entries(vulnerabilities ?? {}).map(([name, { severity }]) => `${name} (${severity})`);
if (found.length > 0) {
  console.error(`npm audit: expected no known vulnerability, got ${found.join(', ')}`);
  process.exitCode = 1;
} else if (vulnerabilities === undefined) console.log(`npm audit: not done, the registry offers none (${message})`);
else console.log('npm audit: no known vulnerability in the production packages');

function parse(output: string): Report {
  try {
    return JSON.parse(output) as Report; // as npm writes it
  } catch {
    return {};
  }
}

/** What `npm audit --json` said. */
export type Verdict =
  | { readonly is: 'clean' }
  | { readonly is: 'vulnerable'; readonly packages: readonly string[] }
  | { readonly is: 'unreachable'; readonly got: string };

interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
  readonly message?: string;
}

/** Any known vulnerability counts, whatever its severity; a registry that has no audit is no proof of anything. */
export function readAudit(output: string): Verdict {
  const { vulnerabilities, message } = parse(output);
  if (vulnerabilities === undefined) return { is: 'unreachable', got: message ?? 'no report' };
  const packages = Object.entries(vulnerabilities).map(([name, { severity }]) => `${name} (${severity})`);
  return packages.length === 0 ? { is: 'clean' } : { is: 'vulnerable', packages };
}

function parse(output: string): Report {
  try {
    return JSON.parse(output) as Report; // as npm writes it
  } catch {
    return {};
  }
}

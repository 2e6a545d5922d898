import type { Finding, Manifest } from './manifest.ts';
import { toManifestSet } from './manifest-set.ts';
import type { LintContext } from './rule.ts';
import { RULES } from './rules.ts';

/** Checks objects that are applied together against every rule; findings sorted by file, line and rule. */
export function lint(manifests: readonly Manifest[], context: LintContext): Finding[] {
  const set = toManifestSet(manifests);
  const findings: Finding[] = [];
  for (const rule of RULES) {
    for (const finding of rule.check(set, context)) findings.push({ rule: rule.id, ...finding });
  }
  return findings.sort(byPlace);
}

/** Order of output. */
export function byPlace(left: Finding, right: Finding): number {
  return (
    left.file.localeCompare(right.file) ||
    left.line - right.line ||
    left.rule.localeCompare(right.rule) ||
    left.path.localeCompare(right.path)
  );
}

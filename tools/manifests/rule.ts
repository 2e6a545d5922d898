import type { Manifest, RuleFinding } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { TickReader } from './tick-reader.ts';

/** What a rule may know besides the manifests. */
export interface LintContext {
  /** The task folders of `functions/`. */
  readonly tasks: readonly string[];
  /** How each task reads its events (`loadTickReaders`); without one of its own an event is not read. */
  readonly readers?: ReadonlyMap<string, TickReader>;
  /** From when on daylight saving is looked at. */
  readonly now: Date;
}

/** One thing that must hold, with its number (never reused) and why. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  /** Completes a message: one sentence, what happens otherwise. */
  readonly reason: string;
  readonly check: (set: ManifestSet, context: LintContext) => readonly RuleFinding[];
}

/** A check that looks at one object at a time. */
export function forEach(
  select: (set: ManifestSet) => readonly Manifest[],
  check: (manifest: Manifest, set: ManifestSet, context: LintContext) => readonly RuleFinding[],
): Rule['check'] {
  return (set, context) => select(set).flatMap((manifest) => check(manifest, set, context));
}

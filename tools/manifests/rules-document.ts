import { RULES } from './rules.ts';

/** The text of RULES.md, made from the rules. */
export function rulesDocument(): string {
  const rows = RULES.map(({ id, title, reason }) => `| ${id} | ${title} | ${reason} |`);
  return [
    '# What `make lint-knative` checks',
    '',
    'Made from `tools/manifests/rules/`; `node tools/manifests/rules-document.ts > tools/manifests/RULES.md` writes it, a test compares.',
    'Each number stays with its rule. A message reads: file and line, number, field; what was expected and what came; why.',
    '',
    '| | must hold | otherwise |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

if (import.meta.main) process.stdout.write(rulesDocument());

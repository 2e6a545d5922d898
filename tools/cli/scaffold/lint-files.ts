import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { lint } from '../../manifests/lint.ts';
import type { LintContext } from '../../manifests/rule.ts';
import { parseManifests } from '../../manifests/read-manifests.ts';

/**
 * What the lint would say of the folders that hold `files` (path below `root` -> text) once these are written, in the
 * words `knative/base/x.yaml:47 K025 …`: the first finding about one of them; undefined when there is none.
 */
export function findProblem(
  root: string,
  files: ReadonlyMap<string, string>,
  context: LintContext,
): string | undefined {
  for (const folder of new Set([...files.keys()].map((file) => path.posix.dirname(file)))) {
    const texts = new Map(
      [...readFolder(root, folder), ...files].filter(([file]) => path.posix.dirname(file) === folder),
    );
    const parsed = [...texts].map(([file, text]) => parseManifests(text, file));
    const findings = [
      ...parsed.flatMap((each) => each.findings),
      ...lint(
        parsed.flatMap(({ manifests }) => manifests),
        context,
      ),
    ];
    const finding = findings.find(({ file }) => files.has(file));
    if (finding !== undefined) return `${finding.file}:${finding.line} ${finding.rule} ${finding.message}`;
  }
  return undefined;
}

function readFolder(root: string, folder: string): [file: string, text: string][] {
  const directory = path.join(root, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((entry) => entry.endsWith('.yaml'))
    .map((entry) => [`${folder}/${entry}`, readFileSync(path.join(directory, entry), 'utf8')]);
}

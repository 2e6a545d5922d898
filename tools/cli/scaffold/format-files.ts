import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { format, type FormatConfig } from 'oxfmt';

/** The files (path -> text) as `make format` writes them: a long name changes where lines break. */
export async function formatFiles(
  root: string,
  files: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const options = JSON.parse(await readFile(path.join(root, '.oxfmtrc.json'), 'utf8')) as FormatConfig; // checked by oxfmt itself
  const formatted = await Promise.all(
    [...files].map(async ([file, text]) => {
      if (file.endsWith('.proto')) return [file, text] as const; // oxfmt knows none
      const { code, errors } = await format(file, text, options);
      if (errors.length > 0) throw new Error(`${file}: ${errors.map(({ message }) => message).join('; ')}`);
      return [file, code] as const;
    }),
  );
  return new Map(formatted);
}

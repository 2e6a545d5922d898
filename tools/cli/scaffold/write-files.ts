import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, type FormatConfig } from 'oxfmt';
import { EXIT, ExitError } from '../exit-code.ts';

/** Writes all files (path below `root` -> text) or none: what was there is put back, and ExitError thrown, when one cannot be written. */
export async function writeFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  for (const [file, text] of files) {
    const target = path.join(root, file);
    try {
      const before = await readIfThere(target);
      const made = await mkdir(path.dirname(target), { recursive: true });
      undo.push(() =>
        before === undefined ? rm(made ?? target, { recursive: true, force: true }) : writeFile(target, before),
      );
      await writeFile(target, text);
    } catch (error) {
      for (const step of undo.toReversed()) await step().catch(() => {}); // what cannot be written now was not written before
      const { code } = error as NodeJS.ErrnoException; // the file system's own error
      throw new ExitError(
        EXIT.unavailable,
        `${file}: expected to be able to write it, got ${code}; nothing is changed`,
        {
          cause: error,
        },
      );
    }
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // the file system's own error
    throw error;
  }
}

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

import { X509Certificate } from 'node:crypto';
import { open, realpath } from 'node:fs/promises';

/** A file that more may read or change than a private key should suffer. The message says its mode, never its content. */
export class KeyPermissionError extends Error {
  override readonly name = 'KeyPermissionError';
}

const BY_OTHERS = 0o007;
const BY_GROUP_TO_CHANGE = 0o020;
const BY_GROUP = 0o070;

/** Kubernetes mounts the files of a Secret through a directory that is named for the time (`AtomicWriter`). */
const SECRET_VOLUME = /\/\.\.\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\.\d+\//;

/**
 * Reads a private key, unless others on the machine can do so too. As libpq has it: a file of this process's own user
 * is for that user alone (0600); a file of another user, such as root, may be read by a group as well (0640, which is what
 * fsGroup makes of it); no other user may. A Secret's volume is exempt: it belongs to root with mode 0644, and a
 * pod without fsGroup, which Knative does not let it have, could not read it otherwise; no other process can see it.
 */
export async function readKeyFile(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { mode, uid } = await handle.stat(); // of the open file, which cannot be swapped meanwhile
    const forbidden = BY_OTHERS | (uid === process.getuid?.() ? BY_GROUP : BY_GROUP_TO_CHANGE);
    if ((mode & forbidden) !== 0 && !SECRET_VOLUME.test(await realpath(file))) {
      throw new KeyPermissionError(`mode ${(mode & 0o777).toString(8).padStart(4, '0')}`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Throws unless the PEM text begins with a certificate: Node's TLS takes any other text for an empty list, and then trusts no certificate. */
export function requireCertificate(pem: Buffer | string): void {
  void new X509Certificate(pem);
}

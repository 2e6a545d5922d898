/** What is read of a package-lock.json (lockfileVersion 3): packages by their folder, the application itself under ''. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  /** Set where the folder has another name than the package. */
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** `name@version` of the package in a folder. */
export function identify({ packages }: Lock, folder: string): string {
  const { name = folder.split('node_modules/').at(-1), version } = packages[folder] ?? {};
  return `${name}@${version}`;
}

/** The folders of all packages that production code may load: those that lead there from the application's `dependencies`. */
export function listProduction({ packages }: Lock): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    for (const name of namesOf(packages[folder] ?? {})) {
      const at = resolve(packages, folder, name);
      if (at === undefined || found.has(at)) continue; // an optional package of another platform is not in the lock file
      found.add(at);
      visit(at);
    }
  };
  visit('');
  return found;
}

function namesOf({
  dependencies,
  optionalDependencies,
  peerDependencies,
  peerDependenciesMeta,
}: LockedPackage): string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
}

/** As Node looks for a package: in the folder's own node_modules, then in those above it. */
function resolve(packages: Lock['packages'], from: string, name: string): string | undefined {
  let folder = from;
  for (;;) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (candidate in packages) return candidate;
    if (folder === '') return undefined;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
  }
}

import { rmSync, watch, type FSWatcher } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildApp } from '../build/build.ts';

/** One bundle of the application; the folder lives until a later one takes its place. */
export interface Build {
  readonly generation: number;
  readonly appDir: string;
}

export interface BuilderOptions {
  readonly root: string;
  /** A build is there; its predecessor's folder goes when the promise resolves. */
  readonly onBuild: (build: Build) => Promise<void>;
  /** The source does not build: the last good build stays. */
  readonly onFailure: (message: string) => void;
}

const FOLDERS = ['functions', 'protos', 'knative/base'];
const IGNORED = /(^|[/\\])gen[/\\]|\.test\.ts$|~$|\.sw[px]$/; // made from the .proto files, tests, editors' own
const SETTLE_MS = 120; // an editor or a checkout writes several files

/** Bundles the application into temporary folders, once at the start and again after each change of a source. */
export class Builder {
  readonly #options: BuilderOptions;
  readonly #watchers: FSWatcher[] = [];
  #folder: string | undefined;
  #generation = 0;
  #timer: NodeJS.Timeout | undefined;
  #building: Promise<void> = Promise.resolve();

  constructor(options: BuilderOptions) {
    this.#options = options;
  }

  /** Builds and begins to watch. Rejects when the first build fails: there would be nothing to run. */
  async start(): Promise<void> {
    this.#folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-dev-'));
    process.on('exit', this.#remove); // also where close() was not called
    await this.#build();
    for (const folder of FOLDERS) {
      const watcher = watch(path.join(this.#options.root, folder), { recursive: true }, (_event, file) => {
        if (file === null || !IGNORED.test(file)) this.#schedule();
      });
      this.#watchers.push(watcher);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    await this.#building;
    this.#remove();
    process.off('exit', this.#remove);
  }

  readonly #remove = (): void => {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  };

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const again = async (): Promise<void> => {
        try {
          await this.#build();
        } catch (error) {
          this.#options.onFailure(error instanceof Error ? error.message : String(error));
        }
      };
      this.#building = this.#building.then(again);
    }, SETTLE_MS);
  }

  async #build(): Promise<void> {
    const generation = this.#generation + 1;
    const appDir = this.#appDir(generation);
    await buildApp({ root: this.#options.root, outDir: appDir });
    this.#generation = generation;
    await this.#options.onBuild({ generation, appDir });
    await rm(this.#appDir(generation - 1), { recursive: true, force: true });
  }

  #appDir(generation: number): string {
    return path.join(this.#folder ?? '', String(generation));
  }
}

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Part } from '../part.ts';
import { missingGo, run } from '../processes.ts';
import { installPackages, missingPython } from '../python.ts';

const HERE = import.meta.dirname;
/** Of the Java client: one of 2.x and one of 3.x. */
export const JAVA_VERSIONS = ['2.5.1', '3.0.3'] as const;
/** Of the Python SDK, by major version: a requirements file each. */
export const PYTHON_VERSIONS = ['2', '3'] as const;

/**
 * Programs that use Nacos as backends do, by the clients of three languages. Nothing runs between journeys: each starts
 * a program and the embedded Nacos itself.
 */
export const part: Part = {
  name: 'nacos-clients',
  version: 'go2.3-java2.5+3.0-python2+3',
  missing: async () => (await missingGo('1.26')) ?? (await missingPython()) ?? (await missingJava()),
  build: {
    recipe: [
      'go/go.mod',
      'go/go.sum',
      'go/main.go',
      'java/pom.xml',
      'java/Client.java',
      'python/requirements-2.txt',
      'python/requirements-3.txt',
    ],
    into: async (folder) => {
      await run('go', ['build', '-o', path.join(folder, 'go-client'), '.'], { cwd: path.join(HERE, 'go') });
      for (const version of JAVA_VERSIONS) await buildJava(version, path.join(folder, `java-${version}`));
      for (const version of PYTHON_VERSIONS) {
        const requirements = path.join(HERE, `python/requirements-${version}.txt`);
        await installPackages(requirements, path.join(folder, `python-${version}`), true);
      }
    },
  },
  start: () => Promise.resolve({ values: {}, stop: () => Promise.resolve() }),
};

async function missingJava(): Promise<string | undefined> {
  const found = await run('sh', ['-c', 'mvn --version && javac --version']).catch(() => undefined);
  return found === undefined ? 'java: a JDK and maven are needed' : undefined;
}

/** Fetches the client of this version with what it needs, and compiles the program against it. */
async function buildJava(version: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const settings = [`-Dnacos.version=${version}`, `-DoutputDirectory=${folder}`];
  await run('mvn', ['-q', '-B', '-f', path.join(HERE, 'java/pom.xml'), copy, ...settings]);
  await run('javac', ['-d', folder, '-cp', path.join(folder, '*'), path.join(HERE, 'java/Client.java')]);
}

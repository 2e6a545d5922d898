import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../../tools/project.ts';
import { buildPart } from '../build-part.ts';
import type { Part } from '../part.ts';
import { missingGo, run } from '../processes.ts';
import { installPackages, missingPython } from '../python.ts';
import { part as rnacos } from '../rnacos/part.ts';
import { missingCargo, startRnacos } from '../rnacos/start-rnacos.ts';

const HERE = import.meta.dirname;
/** Of the Java client: one of 2.x and one of 3.x. */
export const JAVA_VERSIONS = ['2.5.1', '3.0.3'] as const;
/** Of the Python SDK, by major version: a requirements file each. */
export const PYTHON_VERSIONS = ['2', '3'] as const;

/**
 * Programs that use Nacos as backends do, by the clients of four languages, and the two backends of
 * docs/local-backend.md. Journeys start the programs and the embedded Nacos themselves; r-nacos is there to compare.
 */
export const part: Part<{ readonly rnacosPort: number }> = {
  name: 'nacos-clients',
  version: 'go2.3-java2.5+3.0-python2+3',
  missing: async () =>
    (await missingGo('1.26')) ?? (await missingPython()) ?? (await missingJava()) ?? (await missingCargo()),
  build: {
    recipe: [
      'go/go.mod',
      'go/go.sum',
      'go/main.go',
      'backends/go/go.mod',
      'backends/go/go.sum',
      'backends/go/main.go',
      'backends/java/pom.xml',
      'backends/java/Backend.java',
      'java/pom.xml',
      'java/Client.java',
      'python/requirements-2.txt',
      'python/requirements-3.txt',
    ],
    into: async (folder) => {
      await run('go', ['build', '-o', path.join(folder, 'go-client'), '.'], { cwd: path.join(HERE, 'go') });
      await run('go', ['build', '-o', path.join(folder, 'go-backend'), '.'], { cwd: path.join(HERE, 'backends/go') });
      await buildJava('backends/java', 'Backend.java', path.join(folder, 'java-backend'));
      for (const version of JAVA_VERSIONS)
        await buildJava('java', 'Client.java', path.join(folder, `java-${version}`), [`-Dnacos.version=${version}`]);
      for (const version of PYTHON_VERSIONS) {
        const requirements = path.join(HERE, `python/requirements-${version}.txt`);
        await installPackages(requirements, path.join(folder, `python-${version}`), true);
      }
    },
  },
  start: async (_built, tmp) => {
    const { built } = await buildPart(rnacos, path.join(ROOT, 'test/real/rnacos'));
    const node = await startRnacos(built, path.join(tmp, 'rnacos'));
    const rnacosPort = Number(node.address.split(':')[1]);
    return { values: { rnacosPort }, stop: () => node.server.stop() };
  },
};

async function missingJava(): Promise<string | undefined> {
  const found = await run('sh', ['-c', 'mvn --version && javac --version']).catch(() => undefined);
  return found === undefined ? 'java: a JDK and maven are needed' : undefined;
}

/** Fetches what a program needs, and compiles it against that. */
async function buildJava(from: string, source: string, folder: string, settings: string[] = []): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  await run('mvn', [
    '-q',
    '-B',
    '-f',
    path.join(HERE, from, 'pom.xml'),
    copy,
    `-DoutputDirectory=${folder}`,
    ...settings,
  ]);
  await run('javac', ['-d', folder, '-cp', path.join(folder, '*'), path.join(HERE, from, source)]);
}

import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Build } from '../part.ts';
import { run } from '../processes.ts';

const FOLDER = import.meta.dirname;
const PROGRAMS = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};
/** Knative Serving as a Go module, for its CRDs; Eventing's is not to be had from every proxy (crds/ stands for it). */
const SERVING = { module: 'knative.dev/serving@v0.51.0', sum: 'h1:yN2Q7eYqJgoPfZkATjoBZyGbZ2P1Qhns9HIMU4mF+to=' };

/** Kubernetes' version, as go.mod pins it. */
export const VERSION = pinned('k8s.io/kubernetes');
const [, MAJOR = '', MINOR = ''] = /^(\d+)\.(\d+)/.exec(VERSION) ?? [];
/** The linker variables that hold the version of Kubernetes. */
const SAID = 'k8s.io/component-base/version';

export const build: Build = {
  recipe: ['go.mod', 'go.sum', 'build.ts'],
  async into(folder) {
    const said = [`gitVersion=v${VERSION}`, `gitMajor=${MAJOR}`, `gitMinor=${MINOR}`].map(
      (text) => `-X ${SAID}.${text}`,
    );
    const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', `-s -w ${said.join(' ')}`];
    const env = { CGO_ENABLED: '0', GOFLAGS: '' };
    for (const [name, program] of Object.entries(PROGRAMS)) {
      await run('go', ['build', ...flags, '-o', path.join(folder, name), program], { cwd: FOLDER, env });
    }
    const told = await run('go', ['mod', 'download', '-json', SERVING.module], { cwd: folder, env });
    const { Dir, Sum } = JSON.parse(told) as { Dir: string; Sum: string }; // what go help mod download documents
    if (Sum !== SERVING.sum) throw new Error(`${SERVING.module}: expected the sum ${SERVING.sum}, got ${Sum}`);
    const [from, to] = [path.join(Dir, 'config/core/300-resources'), path.join(folder, 'serving-crds')];
    mkdirSync(to); // not copied whole: Go's module cache is read-only
    for (const name of readdirSync(from).filter((file) => file.endsWith('.yaml'))) {
      copyFileSync(path.join(from, name), path.join(to, name));
    }
  },
};

function pinned(module: string): string {
  return new RegExp(`^\\s*${module} v(\\S+)`, 'm').exec(readFileSync(path.join(FOLDER, 'go.mod'), 'utf8'))?.[1] ?? '';
}

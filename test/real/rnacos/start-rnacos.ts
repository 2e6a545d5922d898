import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { findFreePort } from '../../../tools/stack/free-port.ts';
import { run, startServer, waitUntilUp, type Server } from '../processes.ts';

/** One node of r-nacos. */
export interface Rnacos {
  /** `host:port` of its HTTP API. */
  readonly address: string;
  /** `host:port` by which other nodes join it. */
  readonly joinAddress: string;
  readonly server: Server;
}

export interface RnacosOptions {
  /** 1 when missing: a node that is alone, or the first of several. */
  readonly id?: number;
  /** The first node's `joinAddress`. */
  readonly joins?: string;
  /** Auth is on, with this as the only user. */
  readonly user?: { readonly username: string; readonly password: string };
}

/** Builds the program, without its debug information, which would be 350 MB. */
export async function buildRnacos(version: string, folder: string): Promise<void> {
  const options = ['--locked', '--version', version, '--profile', 'dev', '--root', folder, '--no-track'];
  const env = { CARGO_PROFILE_DEV_DEBUG: '0', CARGO_TARGET_DIR: path.join(folder, 'target') };
  await run('cargo', ['install', 'rnacos', ...options], { env });
  await run('rm', ['-rf', env.CARGO_TARGET_DIR]);
}

/** Why r-nacos cannot be built here. */
export async function missingCargo(): Promise<string | undefined> {
  const found = await run('cargo', ['--version']).catch(() => undefined);
  return found === undefined ? 'cargo: not installed' : undefined;
}

const STARTS = 4;
const GRPC_OFFSET = 1000; // where clients of 2.x and 3.x look for it

/**
 * Starts one node; resolves when it answers. A node makes its first user half a second after its start, or ten seconds later,
 * if it leads its raft at that moment; on a busy machine it may not, and then has no user until it is started again.
 */
export async function startRnacos(built: string, folder: string, options: RnacosOptions = {}): Promise<Rnacos> {
  for (let start = 1; ; start += 1) {
    const node = await startNode(built, folder, options);
    const { user } = options;
    try {
      const isMember = (options.id ?? 1) === 1 || options.joins !== undefined;
      const look = () => (user === undefined ? answers(node.address, isMember) : letsIn(node.address, user));
      await waitUntilUp(node.server, look, 15_000);
      return node;
    } catch (error) {
      await node.server.stop();
      if (start === STARTS) throw error;
    }
  }
}

async function startNode(built: string, folder: string, options: RnacosOptions): Promise<Rnacos> {
  const { id = 1, joins, user } = options;
  mkdirSync(folder, { recursive: true });
  const http = await findFreePort(GRPC_OFFSET);
  const grpc = http + GRPC_OFFSET;
  const server = startServer(path.join(built, 'bin/rnacos'), [], path.join(folder, 'log'), {
    cwd: folder,
    env: {
      RNACOS_SDK_HOST: '127.0.0.1',
      RNACOS_HTTP_PORT: String(http),
      RNACOS_GRPC_PORT: String(grpc),
      RNACOS_HTTP_CONSOLE_PORT: '0',
      RNACOS_HTTP_WORKERS: '2',
      RNACOS_DATA_DIR: path.join(folder, 'data'),
      RNACOS_RAFT_NODE_ID: String(id),
      RNACOS_RAFT_NODE_ADDR: `127.0.0.1:${grpc}`,
      RNACOS_RAFT_AUTO_INIT: String(id === 1),
      ...(joins === undefined ? {} : { RNACOS_RAFT_JOIN_ADDR: joins }),
      ...(user === undefined
        ? {}
        : {
            RNACOS_ENABLE_OPEN_API_AUTH: 'true',
            RNACOS_API_LOGIN_ONE_MINUTE_LIMIT: '1000000', // 100 else, which asking while there is no leader uses up
            RNACOS_INIT_ADMIN_USERNAME: user.username,
            RNACOS_INIT_ADMIN_PASSWORD: user.password,
          }),
    },
  });
  const address = `127.0.0.1:${http}`;
  return { address, joinAddress: `127.0.0.1:${grpc}`, server };
}

/** A member of a raft is ready when the raft has a leader: what is published before is lost. */
async function answers(address: string, isMember: boolean): Promise<void> {
  const { status } = await fetch(`http://${address}/nacos/v1/console/health/readiness`);
  if (isMember && status !== 200) throw new Error(`readiness: ${status}`);
}

/** Until its raft has a leader, the server refuses every login. */
async function letsIn(address: string, user: { username: string; password: string }): Promise<void> {
  const body = new URLSearchParams(user);
  const { status } = await fetch(`http://${address}/nacos/v1/auth/login`, { method: 'POST', body });
  if (status !== 200) throw new Error(`login: ${status}`);
}

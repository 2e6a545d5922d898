import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { NacosSettings } from '../env.ts';
import { requireCertificate } from '../outbound/pem.ts';

/** The configured servers: whose turn it is, and the connections that are kept to them. */
export interface Servers {
  /** `host:port, host:port`, for messages. */
  readonly names: string;
  readonly isSingle: boolean;
  /** The servers in the order in which a question goes to them now. */
  readonly inOrder: () => readonly URL[];
  /** It answered: it is asked first from now on. */
  readonly prefer: (server: URL) => void;
  readonly agentFor: (server: URL) => http.Agent;
  close(): void;
}

/** Begins with one of the servers by chance. Throws when NACOS_CA_FILE cannot be read. */
export function createServers({ servers, caFile }: NacosSettings, random: () => number): Servers {
  const ca = readAuthorities(caFile);
  const plain = new http.Agent({ keepAlive: true });
  let secure: https.Agent | undefined; // made when it is needed: without, TLS is not loaded yet
  let first = Math.floor(random() * servers.length);
  return {
    names: servers.map((server) => server.host).join(', '),
    isSingle: servers.length === 1,
    inOrder: () => [...servers.slice(first), ...servers.slice(0, first)],
    prefer: (server) => {
      first = Math.max(servers.indexOf(server), 0);
    },
    agentFor: ({ protocol }) => (protocol === 'https:' ? (secure ??= new https.Agent({ keepAlive: true, ca })) : plain),
    close: () => {
      plain.destroy();
      secure?.destroy();
    },
  };
}

function readAuthorities(caFile: string | undefined): Buffer | undefined {
  if (caFile === undefined) return undefined;
  try {
    const authorities = readFileSync(caFile);
    requireCertificate(authorities);
    return authorities;
  } catch (error) {
    throw new Error(`environment: NACOS_CA_FILE: expected a readable PEM file, got ${JSON.stringify(caFile)}`, {
      cause: error,
    });
  }
}
